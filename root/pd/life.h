/* SPDX-License-Identifier: BSD-2-Clause */
/* root/pd/life.h: the two ends of a PD: what execute.c begins with, and what cleanup.c ends with. */
#pragma once

#include "root/core/pd.h"

/* A new PD, made by `maker`, with an account and a CSpace, and nothing else; it refers to itself.
 * `founded`: its own budget, or NULL: it is in its maker's. `common`: whose common table it shares, or NULL. CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t pd_begin(struct pd *maker, struct budget *founded, const char *name, size_t length,
                      struct pd *common, struct pd **made);

/* Takes from a PD all that it has: CPU, regions, handles, spaces. For
 * execute.c (undoing) and cleanup.c; pd->state must not be PD_DEAD. */
void pd_finish(struct pd *pd);
