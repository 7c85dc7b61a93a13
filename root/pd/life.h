/* SPDX-License-Identifier: BSD-2-Clause */
/* root/pd/life.h: the two ends of a PD: what execute.c begins with, and what cleanup.c ends with. */
#pragma once

#include "root/core/pd.h"

/* A new PD, made by `maker`, with an account and a CSpace, and nothing else; it refers to itself.
 * `founded`: its own budget, or NULL: it is in its maker's. `common`: whose common table it shares, or NULL. CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t pd_begin(struct pd *maker, struct budget *founded, const char *name, size_t length,
                      struct pd *common, struct pd **made);

/* Stops its CPU, which one that is being made may not have yet. */
void pd_stop(struct pd *pd);

/* Takes from a PD all that it has: CPU, regions, handles, spaces; and ends those that are linked
 * to it. It is not alive any more; what takes long is done in pieces (root/core/reaper.h), and then
 * waiting requests are answered. For execute.c (undoing) and cleanup.c; the PD must be running. */
void pd_finish(struct pd *pd);

/* A PD that runs is not alive any more: it is stopped; pd_take() is to follow. */
void pd_leave(struct pd *pd, enum pd_cause cause, uint64_t code);
/* Lets the reaper do all the rest of pd_finish(). */
void pd_take(struct pd *pd);
/* Both. */
void pd_end(struct pd *pd, enum pd_cause cause, uint64_t code);
