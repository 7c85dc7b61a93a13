/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/fastpath.c: Call and ReplyRecv in the case that servers live on: a short message without
 * capabilities, the partner waiting, nobody of greater priority ready, no virtual CPU. Then the
 * processor goes from one thread to the other directly, and no queue but the endpoint's is touched.
 *
 * All conditions come first; where one does not hold, the call goes the ordinary way (syscall.c), which
 * does the same, slower. The effects are those of the ordinary way, and the checked build tests the
 * same invariants.
 */
#include <sel4/constants.h>

#include "nucleus/syscall.h"

#include "nucleus/asid.h"
#include "nucleus/cspace.h"
#include "nucleus/endpoint.h"
#include "nucleus/fpu.h"
#include "nucleus/message.h"
#include "nucleus/notification.h"
#include "nucleus/reply.h"
#include "nucleus/scheduler.h"
#include "nucleus/vcpu.h"
#include "nucleus/vspace.h"

/* Only a length of at most four, no capabilities. */
static inline bool message_is_short(uint64_t info)
{
    return (info & 0x1ff) <= seL4_FastMessageRegisters;
}

static inline void move_message(const struct thread *from, struct thread *to, uint64_t badge, uint64_t info)
{
    const uint64_t *a = from->context.x + REG_MESSAGE;
    uint64_t *b = to->context.x + REG_MESSAGE;

    switch (info & 7) {
    case 4:
        b[3] = a[3];
        /* fall through */
    case 3:
        b[2] = a[2];
        /* fall through */
    case 2:
        b[1] = a[1];
        /* fall through */
    case 1:
        b[0] = a[0];
        break;
    default:
        break;
    }
    to->context.x[REG_CAP] = badge;
    to->context.x[REG_INFO] = info & ~(uint64_t)0xe00; /* nothing was unwrapped */
}

/* The thread could run now, in the ordinary way of switching. */
static inline bool can_switch_to(const struct thread *thread)
{
    return thread->domain == scheduler.domain && scheduler_would_run(thread->priority) && thread->vcpu == NULL &&
           !vcpu_running && scheduler.candidate == NULL && !scheduler.choose;
}

static inline void switch_to(struct thread *from, struct thread *to)
{
    from->context.tls = READ_REGISTER(tpidr_el0);
    vspace_activate(to);
    fpu_switch(to);
    WRITE_REGISTER(tpidr_el0, to->context.tls);
    WRITE_REGISTER(tpidrro_el0, to->context.tls_readonly);
    current = to;
}

struct thread *fastpath_call(struct thread *thread, uint64_t address, uint64_t info)
{
    const struct slot *slot = cspace_lookup(thread, address);
    const struct capability *cap;
    struct endpoint *endpoint;
    struct thread *receiver;

    if (UNLIKELY(slot == NULL || !message_is_short(info)))
        return syscall_enter(thread);
    cap = &slot->cap;
    if (UNLIKELY(cap_type(cap) != CAP_ENDPOINT || (cap->endpoint.rights & RIGHT_WRITE) == 0 ||
                 (cap->endpoint.rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY)) == 0))
        return syscall_enter(thread);
    endpoint = cap_object(cap);
    receiver = endpoint->queue.first;
    if (UNLIKELY(receiver == NULL || receiver->state != THREAD_RECEIVING || !can_switch_to(receiver)))
        return syscall_enter(thread);

    queue_take(&endpoint->queue);
    thread->state = THREAD_REPLY;
    reply_drop(receiver);
    reply_link(thread, receiver, receiver->can_grant);
    move_message(thread, receiver, cap->endpoint.badge, info);
    receiver->state = THREAD_RUNNING;
    switch_to(thread, receiver);
    return receiver;
}

struct thread *fastpath_reply_receive(struct thread *thread, uint64_t address, uint64_t info)
{
    const struct slot *reply = &thread->slots[THREAD_SLOT_CALLER];
    const struct slot *slot = cspace_lookup(thread, address);
    const struct capability *cap;
    struct endpoint *endpoint;
    struct thread *caller;

    if (UNLIKELY(slot == NULL || !message_is_short(info) || cap_type(&reply->cap) != CAP_REPLY))
        return syscall_enter(thread);
    cap = &slot->cap;
    if (UNLIKELY(cap_type(cap) != CAP_ENDPOINT || (cap->endpoint.rights & RIGHT_READ) == 0))
        return syscall_enter(thread);
    endpoint = cap_object(cap);
    caller = cap_object(&reply->cap);
    if (UNLIKELY((endpoint->queue.first != NULL && endpoint->queue.first->state == THREAD_SENDING) ||
                 (thread->notification != NULL && notification_signalled(thread->notification)) ||
                 caller->fault.type != seL4_Fault_NullFault || !can_switch_to(caller)))
        return syscall_enter(thread);

    move_message(thread, caller, 0, info);
    reply_delete(&thread->slots[THREAD_SLOT_CALLER]);
    thread->state = THREAD_RECEIVING;
    thread->waits_on = endpoint;
    thread->can_grant = (cap->endpoint.rights & RIGHT_GRANT) != 0;
    queue_append(&endpoint->queue, thread);
    caller->state = THREAD_RUNNING;
    switch_to(thread, caller);
    return caller;
}
