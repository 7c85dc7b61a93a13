/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/timers.h: timers that send signals: setitimer's three, and those of timer_create. The first thread of the process is
 * interrupted when the next one is due (word.alarm), and sends what is due then.
 */
#pragma once

#include "lib/linux/frames.h"
#include "lib/linux/identity.h"

/* Sends the signals of timers that are due. A periodic timer is stopped until its signal is taken. */
void timers_run(struct thread *thread);
/* A signal is taken, or will never be: the timer that sent it, if one did, goes on, and the signal says how often it was due meanwhile. */
void timers_taken(struct linux_siginfo *info);

call_function timers_setitimer, timers_getitimer, timers_create, timers_settime, timers_gettime, timers_getoverrun, timers_delete;
