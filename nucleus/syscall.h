/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/syscall.h: what vectors.S calls. Each gets the current thread, whose registers are stored
 * in its context, and returns the thread that is to run, with all set up for it.
 *
 * A system call may return null instead: the current thread goes on, and of its registers none but x0 to x18 was
 * changed. So what changes others of the current thread asks for a new choice (scheduler_request), as if it were
 * another thread.
 *
 *     svc, vectors.S
 *      |   Call, ReplyRecv, Send, Recv; every fault           the other calls
 *      v                                                            |
 *     fastpath_...: all conditions, nothing changed yet             |
 *      |    the address names an endpoint (a notification)          |
 *      |    with the right to do it             cap_may_...()       |
 *      |    no capabilities in the message                          |
 *      |    the partner waits there             its queue           |
 *      |    and would run next                  switch_possible()   |
 *      |                                                            |
 *      | all hold                    one does not hold              |
 *      v                                    v                       v
 *     words and reply capability       syscall_..., fault_raise(): every message, every object
 *     go over: switch_processor()           v
 *      |                               scheduler_choose(), if another thread may have to run
 *      v                                    v
 *     to_user, vectors.S  <-----------------+
 *
 * Both ways have the same effects: what a right allows stands in capability.h, what a message becomes in message.h,
 * how a caller and its answer find each other in reply.h, who runs next in scheduler.c.
 */
#pragma once

#include "nucleus/scheduler.h"
#include "nucleus/thread.h"

/* `svc`. The first two arguments are the thread's x0 and x1: capability address and message information. */
typedef struct thread *system_call(uint64_t address, uint64_t info, struct thread *thread);

system_call fastpath_call, fastpath_reply_receive, fastpath_send, fastpath_receive;

/* Other numbers than those of the API, in x7. */
system_call syscall_unknown;

/* By number, from -1 downwards. */
extern system_call *const syscall_table[];

/* `hvc` of a guest: is taken for a system call. Never null. */
struct thread *syscall_enter(struct thread *thread);

/* Every other synchronous exception of user level. */
struct thread *exception_enter(struct thread *thread, uint64_t syndrome);

/* A physical interrupt. */
struct thread *interrupt_enter(struct thread *thread);

/* What the fast paths leave to the ordinary way (syscall.c), with the slot that the address names. Their arguments are
 * in the order of a system call's, so that handing over costs a jump. For syscall_receive the slot may be null. */
typedef struct thread *slot_call(struct slot *slot, uint64_t info, struct thread *thread);

slot_call syscall_call_endpoint, syscall_call_object, syscall_send, syscall_receive;
system_call syscall_reply_receive;
/* The address names nothing. */
system_call syscall_fault_address;

/* Sends `thread->fault`, a fault of the current thread, to its handler (fastpath.c). */
struct thread *fastpath_fault(struct thread *thread);

/* The end of a system call. */
static inline struct thread *syscall_end(void)
{
    return LIKELY(scheduler_is_settled()) ? NULL : scheduler_choose();
}

/* The kernel itself made an exception: it is broken, and stops. */
_Noreturn void kernel_exception(uint64_t syndrome, uint64_t address, uint64_t pc);
