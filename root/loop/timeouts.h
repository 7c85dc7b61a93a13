/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/loop/timeouts.h: between clock.c, which has the timer, and timeouts.c, which
 * has the queue.
 */
#pragma once

#include <stdint.h>

/* Runs what is due, and sets the alarm for the next. Those that are too many for a step wait. */
void timeouts_run(void);

/* Their priority; -1: there are none. */
int timeouts_waiting(void);

/* Runs them, or some of them. */
void timeouts_run_others(void);

/* Calls `wake` when some wait, and none did, or none as urgent. */
void timeouts_wake(void (*wake)(void));

/* clock.c's: let timeouts_run() be called at `when` or soon after; 0: not at all. */
void clock_alarm(uint64_t when);
