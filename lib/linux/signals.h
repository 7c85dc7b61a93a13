/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/signals.h: signals. One that comes is noted for its thread, or the process, and the thread is interrupted: in the program at
 * once, in the personality when it looks, before it goes on or while it waits. Its handler runs with a frame on the program's stack
 * (frames.h), and rt_sigreturn goes on where that says.
 */
#pragma once

#include "lib/linux/frames.h"
#include "lib/linux/identity.h"

#define SIGNAL_BIT_OF(signal) (UINT64_C(1) << ((signal)-1))

/* Faults and interruptions come to the personality from now on. */
void signals_start(struct thread *thread);

/* Notes a signal for the process, unless it is ignored; ends the process if that is the signal's action. -EAGAIN: too many. */
int64_t signal_send(const struct linux_siginfo *info);
/* The same for a thread by its number; signal 0 only finds out whether it is there. -ESRCH. */
int64_t signal_send_to(uint64_t tid, const struct linux_siginfo *info);
/* The same for a thread, or the process (0): whether it is noted now, and a thread will take it. */
bool signal_note(uint64_t tid, const struct linux_siginfo *info);
/* The signal that kill, or a timer, sends. */
struct linux_siginfo signal_info(unsigned signal, int32_t code);

/* Is there a signal that the thread does not keep back? Then a call that waits ends with -EINTR, or -ERESTART. */
bool signal_waits(struct thread *thread);
/* Takes one out of a set; false: none is there. */
bool signal_take(struct thread *thread, uint64_t set, struct linux_siginfo *info);
/* Forgets what is noted for a thread that ends. */
void signals_drop(struct thread *thread);
/* A call that waits has the mask at an address of the program, of so many bytes, until a handler runs: -EINVAL, -EFAULT; or the mask that
 * was before again, since it ends otherwise. */
int64_t signals_wait_with(struct thread *thread, uint64_t at, uint64_t bytes);
void signals_wait_without(struct thread *thread);
/* The thread goes on as a frame's context says, with signals that are there delivered first; its stack is not needed. */
_Noreturn void signals_go_on(struct thread *thread, struct linux_frame *frame);
/* Has a thread look. */
void signal_interrupt(struct thread *thread);

call_function signals_rt_sigaction, signals_rt_sigprocmask, signals_rt_sigpending, signals_rt_sigreturn, signals_sigaltstack,
    signals_kill, signals_tkill, signals_tgkill, signals_rt_sigsuspend, signals_rt_sigtimedwait, signals_rt_sigqueueinfo,
    signals_rt_tgsigqueueinfo;
