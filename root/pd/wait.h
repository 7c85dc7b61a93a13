/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/wait.h: requests that wait for the end of a PD.
 */
#pragma once

#include "root/loop/request.h"
#include "root/core/pd.h"

/* Answers the request with cause and code as soon as the PD is dead; at once if
 * it is. CELL_NO_MEMORY. */
cell_error_t wait_for(struct request *request, struct pd *pd);

/* Answers somebody who was deferred with nothing, as soon as the PD is dead; or at once, if it is, or without memory. */
void wait_instead(struct deferred *deferred, struct pd *pd);

/* The PD is dead: answers those who wait, as many as *units of work (reaper.h) allow;
 * true: all. */
bool wait_finish(struct pd *pd, uint32_t *units);
