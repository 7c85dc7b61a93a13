/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/family.h: ending a PD with all that it made, directly or through others.
 *
 * A family can be large and go on growing, so this goes in pieces, at the asker's priority:
 * first all CPUs are stopped, so that nobody makes more of them, then one after
 * the other ends.
 */
#pragma once

#include "root/core/pd.h"
#include "root/loop/request.h"

/* Begins to end the family of a PD, alive or not, and not the root task; the request is
 * answered when nobody of it is left (word 0: how many ended by this), and goes on without
 * an answer if the caller ends. Charged to the caller: CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t family_end(struct request *request, struct pd *pd);
