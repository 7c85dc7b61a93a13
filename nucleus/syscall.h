/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/syscall.h: what vectors.S calls. Each gets the current thread, whose registers are stored
 * in its context, and returns the thread that shall run, with all set up for it.
 */
#ifndef NUCLEUS_SYSCALL_H
#define NUCLEUS_SYSCALL_H

#include "nucleus/thread.h"

/* `svc`: the number is in x7. */
struct thread *syscall_enter(struct thread *thread);

/* Every other synchronous exception of user level. */
struct thread *exception_enter(struct thread *thread, uint64_t syndrome);

/* A physical interrupt. */
struct thread *interrupt_enter(struct thread *thread);

/* Two calls with a fast path (fastpath.c); it hands over to syscall_enter when it cannot. */
struct thread *fastpath_call(struct thread *thread, uint64_t address, uint64_t info);
struct thread *fastpath_reply_receive(struct thread *thread, uint64_t address, uint64_t info);

/* The kernel itself made an exception: it is broken, and stops. */
_Noreturn void kernel_exception(uint64_t syndrome, uint64_t address, uint64_t pc);

#endif
