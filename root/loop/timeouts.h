/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/loop/timeouts.h: between clock.c, which has the timer, and timeouts.c, which
 * has the queue.
 */
#pragma once

#include <stdint.h>

/* Runs what is due, and sets the alarm for the next. */
void timeouts_run(void);

/* clock.c's: let timeouts_run() be called at `when` or soon after; 0: not at all. */
void clock_alarm(uint64_t when);
