/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/timers.h: timers that send signals: setitimer's three, and those of timer_create. The first thread of the process is
 * interrupted when the next one is due (word.alarm), and sends what is due then.
 */
#pragma once

#include "lib/linux/identity.h"

/* Sends the signals of timers that are due. */
void timers_run(struct thread *thread);

call_function timers_setitimer, timers_getitimer, timers_create, timers_settime, timers_gettime, timers_getoverrun, timers_delete;
