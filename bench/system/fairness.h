/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/system/fairness.h: the longest steps of the root task's loop, for bench/system/fairness.c.
 */
#pragma once

/* Drops what was measured before. */
void fairness_begin(void);
/* Sends rows: the longest step since the last call, of making PDs and of all else. */
void fairness_tell(const char *what);

/* Requests that reach much of the system (reach.c). */
void fairness_reach(void);
