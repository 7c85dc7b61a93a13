/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/fastpath.c: the system calls that servers live on, and faults, in the case that is usual: the message has
 * no capabilities, the partner waits (or somebody else is ready), nobody above it does. Then the processor goes from
 * one thread to the other directly, and no queue but the endpoint's is touched.
 *
 * All conditions come first; where one does not hold, the call goes the ordinary way (syscall.c, fault.c), which
 * does the same, slower. The effects are those of the ordinary way, and the checked build tests the
 * same invariants. What holds on entry: the scheduler is settled, so nothing but the partner's priority, its
 * domain and the ready queues decides who runs (switch.h).
 *
 * Bottom-up: messages, ends of system calls, Call and ReplyRecv, faults, notifications.
 */
#include <sel4/constants.h>

#include "nucleus/syscall.h"

#include "nucleus/asid.h"
#include "nucleus/cspace.h"
#include "nucleus/endpoint.h"
#include "nucleus/fault.h"
#include "nucleus/message.h"
#include "nucleus/notification.h"
#include "nucleus/reply.h"
#include "nucleus/switch.h"

/* ---- Messages ---- */

static inline bool has_caps(uint64_t info)
{
    return message_cap_count(info) != 0;
}

/* More words than there are registers. Returns how many arrive. */
static __attribute__((noinline)) uint64_t move_long(const struct thread *from, struct thread *to, uint64_t info)
{
    const seL4_IPCBuffer *send = message_buffer_to_read(from);
    seL4_IPCBuffer *receive = message_buffer_to_write(to);
    unsigned length = message_length(info);

    if (send == NULL || receive == NULL)
        return seL4_FastMessageRegisters;
    message_copy_words(receive->msg + seL4_FastMessageRegisters, send->msg + seL4_FastMessageRegisters,
                       length - seL4_FastMessageRegisters);
    return length;
}

/* `info` without capabilities, and nothing was unwrapped. */
static inline void move_message(const struct thread *from, struct thread *to, uint64_t badge, uint64_t info)
{
    const uint64_t *a = from->context.x + REG_MESSAGE;
    uint64_t *b = to->context.x + REG_MESSAGE;

    info &= ~(uint64_t)0xe00;
    if ((info & 0x7c) != 0) {
        uint64_t w0 = a[0], w1 = a[1], w2 = a[2], w3 = a[3];

        b[0] = w0, b[1] = w1, b[2] = w2, b[3] = w3;
        if (UNLIKELY((info & 0x7f) != seL4_FastMessageRegisters))
            info = (info & ~(uint64_t)0x7f) | move_long(from, to, info);
    } else if ((info & 3) != 0) {
        b[0] = a[0];
        if ((info & 2) != 0) {
            b[1] = a[1];
            if ((info & 1) != 0)
                b[2] = a[2];
        }
    }
    to->context.x[REG_CAP] = badge;
    to->context.x[REG_INFO] = info;
}

/* ---- Ends ---- */

/* The current thread has stopped; whoever is ready goes on. */
static inline struct thread *give_up_processor(struct thread *thread)
{
    struct thread *next = scheduler_take_top();

    if (UNLIKELY(next == NULL)) {
        scheduler_request();
        return scheduler_run_slow();
    }
    if (next->state == THREAD_RESTART) {
        next->context.pc = next->context.fault_pc;
        next->state = THREAD_RUNNING;
    }
    switch_processor(thread, next);
    return next;
}

/* `woken` can run, and so can the current thread, as all that are ready of no greater priority. */
static inline struct thread *share_processor(struct thread *thread, struct thread *woken)
{
    if (woken->priority > thread->priority && woken->domain == scheduler.domain) {
        scheduler_push_front(thread);
        switch_processor(thread, woken);
        return woken;
    }
    if (woken->priority == thread->priority && woken->domain == scheduler.domain)
        scheduler_push_back(woken);
    else
        scheduler_push_front(woken);
    return NULL;
}

/* ---- Call ---- */

/* The thread that waits at the endpoint for a call with this capability, and can run at once; else null. */
static inline struct thread *receiver_of(const struct capability *cap)
{
    const struct endpoint *endpoint = cap_object(cap);
    struct thread *receiver = endpoint->queue.first;

    if (UNLIKELY((cap->endpoint.rights & RIGHT_WRITE) == 0 ||
                 (cap->endpoint.rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY)) == 0 || receiver == NULL ||
                 receiver->state != THREAD_RECEIVING || !switch_possible(receiver)))
        return NULL;
    return receiver;
}

/* The receiver leaves the queue, and may answer the caller. */
static inline void meet(const struct capability *cap, struct thread *caller, struct thread *receiver)
{
    struct endpoint *endpoint = cap_object(cap);

    queue_take(&endpoint->queue);
    caller->state = THREAD_REPLY;
    reply_drop(receiver);
    reply_link(caller, receiver, receiver->can_grant);
    receiver->state = THREAD_RUNNING;
}

struct thread *fastpath_call(uint64_t address, uint64_t info, struct thread *thread)
{
    struct slot *slot = cspace_lookup(thread, address);
    struct thread *receiver;

    if (UNLIKELY(slot == NULL))
        return syscall_call_nowhere(thread, address);
    if (cap_type(&slot->cap) != CAP_ENDPOINT)
        return syscall_call_object(thread, slot, info);
    receiver = receiver_of(&slot->cap);
    if (UNLIKELY(receiver == NULL || has_caps(info)))
        return syscall_call_endpoint(thread, slot);
    meet(&slot->cap, thread, receiver);
    move_message(thread, receiver, slot->cap.endpoint.badge, info);
    switch_processor(thread, receiver);
    return receiver;
}

/* ---- ReplyRecv ---- */

/* The answer to a fault: a caller that goes on for certain. */
static inline bool is_resumed(uint64_t info)
{
    return message_label(info) == 0;
}

static void answer_fault(struct thread *thread, struct thread *caller)
{
    fault_take_answer(caller, thread);
    caller->fault.type = seL4_Fault_NullFault;
    caller->context.pc = caller->context.fault_pc;
}

struct thread *fastpath_reply_receive(uint64_t address, uint64_t info, struct thread *thread)
{
    struct slot *reply = &thread->slots[THREAD_SLOT_CALLER];
    const struct slot *slot = cspace_lookup(thread, address);
    struct endpoint *endpoint;
    struct thread *caller;

    if (UNLIKELY(slot == NULL || has_caps(info) || cap_type(&reply->cap) != CAP_REPLY ||
                 cap_type(&slot->cap) != CAP_ENDPOINT || (slot->cap.endpoint.rights & RIGHT_READ) == 0))
        return syscall_reply_receive(thread);
    endpoint = cap_object(&slot->cap);
    caller = cap_object(&reply->cap);
    if (UNLIKELY((endpoint->queue.first != NULL && endpoint->queue.first->state == THREAD_SENDING) ||
                 (thread->notification != NULL && notification_signalled(thread->notification)) ||
                 !switch_possible(caller)))
        return syscall_reply_receive(thread);
    if (LIKELY(caller->fault.type == seL4_Fault_NullFault))
        move_message(thread, caller, 0, info);
    else if (is_resumed(info))
        answer_fault(thread, caller);
    else
        return syscall_reply_receive(thread);

    caller->reply_slot = NULL;
    reply->cap = (struct capability){0};
    thread->state = THREAD_RECEIVING;
    thread->waits_on = endpoint;
    thread->can_grant = (slot->cap.endpoint.rights & RIGHT_GRANT) != 0;
    queue_append(&endpoint->queue, thread);
    caller->state = THREAD_RUNNING;
    switch_processor(thread, caller);
    return caller;
}

/* ---- Faults ---- */

struct thread *fastpath_fault(struct thread *thread)
{
    struct slot *slot = cspace_lookup(thread, thread->fault_endpoint);
    struct thread *receiver;

    if (UNLIKELY(slot == NULL || cap_type(&slot->cap) != CAP_ENDPOINT || (receiver = receiver_of(&slot->cap)) == NULL)) {
        fault_raise(thread);
        return scheduler_run();
    }
    meet(&slot->cap, thread, receiver);
    fault_put_message(thread, receiver, slot->cap.endpoint.badge);
    switch_processor(thread, receiver);
    return receiver;
}

/* ---- Notifications ---- */

struct thread *fastpath_send(uint64_t address, uint64_t info, struct thread *thread)
{
    struct slot *slot = cspace_lookup(thread, address);
    struct notification *notification;

    if (UNLIKELY(slot == NULL))
        return syscall_call_nowhere(thread, address);
    if (UNLIKELY(cap_type(&slot->cap) != CAP_NOTIFICATION || (slot->cap.endpoint.rights & RIGHT_WRITE) == 0 ||
                 has_caps(info)))
        return syscall_send(thread, slot);
    notification = cap_object(&slot->cap);
    if (notification->queue.first != NULL && LIKELY(thread->priority >= scheduler.top)) {
        struct thread *woken = queue_take(&notification->queue);

        woken->context.x[REG_CAP] = slot->cap.endpoint.badge;
        woken->state = THREAD_RUNNING;
        return share_processor(thread, woken);
    }
    notification_signal(notification, slot->cap.endpoint.badge);
    return syscall_end();
}

struct thread *fastpath_receive(uint64_t address, uint64_t info, struct thread *thread)
{
    struct slot *slot = cspace_lookup(thread, address);
    struct notification *notification;

    (void)info;
    if (UNLIKELY(slot == NULL || cap_type(&slot->cap) != CAP_NOTIFICATION ||
                 (slot->cap.endpoint.rights & RIGHT_READ) == 0))
        return syscall_receive(thread, slot);
    notification = cap_object(&slot->cap);
    if (UNLIKELY(notification_bound(notification) != NULL))
        return syscall_receive(thread, slot);
    if (notification_signalled(notification)) {
        thread->context.x[REG_CAP] = notification_take(notification);
        return NULL;
    }
    thread->waits_on = notification;
    thread->state = THREAD_WAITING;
    queue_append(&notification->queue, thread);
    return give_up_processor(thread);
}
