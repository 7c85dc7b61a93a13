/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/signals.h: signals. A signal is delivered when its thread leaves a call, or where a fault stopped it: a frame
 * as Linux has it goes onto the program's stack, and the handler runs; rt_sigreturn goes on where the frame says.
 */
#pragma once

#include "lib/linux/identity.h"

/* Faults come to the personality from now on. */
void signals_start(struct thread *thread);

/* Sends a signal to a thread of the process, or ends the process if that is what it does. */
void signal_send(struct thread *thread, unsigned signal);

/* Notes one that comes from another thread: it is delivered when the thread leaves a call. */
void signal_note(struct thread *thread, unsigned signal);

call_function signals_rt_sigaction, signals_rt_sigprocmask, signals_rt_sigpending, signals_rt_sigreturn, signals_sigaltstack,
    signals_kill, signals_tkill, signals_tgkill;
