/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/fastpath.c: the system calls that servers live on, and faults, in the usual case (syscall.h has the
 * drawing): the processor goes from one thread to the other directly, and no queue but the endpoint's is touched.
 *
 * What holds on entry: the scheduler is settled, so nothing but the partner's priority, its domain and the ready
 * queues decides who runs (switch.h).
 *
 * Call and ReplyRecv are there twice: the bodies, which do everything, and before them the most frequent case: one
 * CNode or two lead to the slot, the message is in registers. That one calls nothing, so that it needs no stack and no
 * register that it would have to keep; a function that it ends in does whatever else there is to do.
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

/* At most as many words as there are registers. */
INLINE void move_registers(const struct thread *from, struct thread *to, uint64_t info)
{
    const uint64_t *a = from->context.x + REG_MESSAGE;
    uint64_t *b = to->context.x + REG_MESSAGE;

    if ((info & 4) != 0) {
        uint64_t w0 = a[0], w1 = a[1], w2 = a[2], w3 = a[3];

        b[0] = w0, b[1] = w1, b[2] = w2, b[3] = w3;
    } else if ((info & 3) != 0) {
        b[0] = a[0];
        if ((info & 2) != 0) {
            b[1] = a[1];
            if ((info & 1) != 0)
                b[2] = a[2];
        }
    }
}

INLINE void put_head(struct thread *to, uint64_t badge, uint64_t info)
{
    to->context.x[REG_CAP] = badge;
    to->context.x[REG_INFO] = info & ~(uint64_t)0xe00; /* nothing was unwrapped */
}

/* The message goes to `to`. */
INLINE void move_message(const struct thread *from, struct thread *to, uint64_t badge, uint64_t info)
{
    const seL4_IPCBuffer *send;
    seL4_IPCBuffer *receive;
    unsigned length = message_length(info);

    if (message_is_short(info)) {
        move_registers(from, to, info);
    } else {
        move_registers(from, to, seL4_FastMessageRegisters);
        send = message_buffer_to_read(from);
        receive = message_buffer_to_write(to);
        if (send != NULL && receive != NULL)
            message_copy_words(receive->msg + seL4_FastMessageRegisters, send->msg + seL4_FastMessageRegisters,
                               length - seL4_FastMessageRegisters);
        else
            length = seL4_FastMessageRegisters;
        info = (info & ~(uint64_t)0x7f) | length;
    }
    put_head(to, badge, info);
}

/* ---- Ends ---- */

/* The current thread has stopped; the next ready one goes on. */
static inline struct thread *give_up_processor(struct thread *thread)
{
    struct thread *next = scheduler_take_top();

    if (UNLIKELY(next == NULL)) {
        scheduler_request();
        return scheduler_choose();
    }
    if (next->state == THREAD_RESTART) {
        next->context.pc = next->context.fault_pc;
        next->state = THREAD_RUNNING;
    }
    return switch_processor(thread, next);
}

/* `woken` can run, and so can the current thread, as all that are ready of no greater priority. */
static inline struct thread *share_processor(struct thread *thread, struct thread *woken)
{
    if (woken->priority > thread->priority && woken->domain == core.domain) {
        scheduler_push_front(thread);
        return switch_processor(thread, woken);
    }
    if (woken->priority == thread->priority && woken->domain == core.domain)
        scheduler_push_back(woken);
    else
        scheduler_push_front(woken);
    return NULL;
}

/* ---- Call ---- */

/* The thread that waits at the endpoint for a call with this capability, and can run at once; else null. */
INLINE struct thread *receiver_of(const struct capability *cap)
{
    const struct endpoint *endpoint = cap_object(cap);
    struct thread *receiver = endpoint->queue.first;

    if (UNLIKELY(!cap_may_send(cap) || !cap_may_be_answered(cap)))
        return NULL;
    if (UNLIKELY(receiver == NULL))
        return NULL;
    if (UNLIKELY(receiver->state != THREAD_RECEIVING))
        return NULL;
    if (UNLIKELY(!switch_possible(receiver)))
        return NULL;
    /* It may have called and never have been answered. */
    return LIKELY(slot_empty(&receiver->slots[THREAD_SLOT_CALLER])) ? receiver : NULL;
}

/* The receiver leaves the queue, and may answer the caller. */
INLINE void meet(const struct capability *cap, struct thread *caller, struct thread *receiver)
{
    struct endpoint *endpoint = cap_object(cap);

    queue_take(&endpoint->queue);
    caller->state = THREAD_REPLY;
    reply_link(caller, receiver, receiver->can_grant);
    receiver->state = THREAD_RUNNING;
}

/* Everything but looking for the slot. `info` is short, or has no capabilities. */
INLINE struct thread *call_endpoint(struct slot *slot, uint64_t info, struct thread *thread)
{
    struct thread *receiver = receiver_of(&slot->cap);

    if (UNLIKELY(receiver == NULL))
        return syscall_call_endpoint(slot, info, thread);
    thread->progress.label = 0;
    meet(&slot->cap, thread, receiver);
    move_message(thread, receiver, slot->cap.endpoint.badge, info);
    return switch_processor(thread, receiver);
}

static ASIDE struct thread *call_with_buffer(struct slot *slot, uint64_t info, struct thread *thread)
{
    return message_has_caps(info) ? syscall_call_endpoint(slot, info, thread) : call_endpoint(slot, info, thread);
}

static inline struct thread *call_slot(struct slot *slot, uint64_t info, struct thread *thread)
{
    if (cap_type(&slot->cap) != CAP_ENDPOINT)
        return syscall_call_object(slot, info, thread);
    return call_with_buffer(slot, info, thread);
}

/* `outer`: the slot in the first CNode, which may be where the walk ends, with bits left; or null. */
static ASIDE struct thread *call_nested(uint64_t address, uint64_t info, struct thread *thread, struct slot *outer)
{
    struct slot *slot = outer != NULL && cap_type(&outer->cap) != CAP_CNODE ? outer : cspace_lookup_deep(thread, address);

    return slot == NULL ? syscall_fault_address(address, info, thread) : call_slot(slot, info, thread);
}

struct thread *fastpath_call(uint64_t address, uint64_t info, struct thread *thread)
{
    const struct capability *cspace = &thread->slots[THREAD_SLOT_CSPACE].cap;
    struct slot *slot = cspace_one_node(cspace, address, 64);

    if (UNLIKELY(slot == NULL)) {
        uint64_t left;
        struct slot *outer = cspace_outer_slot(cspace, address, 64, &left);

        slot = outer == NULL ? NULL : cspace_one_node(&outer->cap, address, left);
        return LIKELY(slot != NULL) ? call_slot(slot, info, thread) : call_nested(address, info, thread, outer);
    }
    if (cap_type(&slot->cap) != CAP_ENDPOINT)
        return syscall_call_object(slot, info, thread);
    if (!message_is_short(info))
        return call_with_buffer(slot, info, thread);
    return call_endpoint(slot, info, thread);
}

/* ---- ReplyRecv ---- */

/* The caller that is answered goes on for certain. */
INLINE bool is_resumed(const struct thread *caller, uint64_t info)
{
    return caller->fault.type == seL4_Fault_NullFault || message_label(info) == 0;
}

static ASIDE struct thread *answer_fault(struct thread *thread, struct thread *caller)
{
    fault_take_answer(caller, thread);
    caller->fault.type = seL4_Fault_NullFault;
    caller->context.pc = caller->context.fault_pc;
    return switch_processor(thread, caller);
}

/* Something is there that the thread would take at once if it received: a sender, or a signal of its bound notification. */
INLINE bool something_waits(const struct thread *thread, const struct endpoint *endpoint)
{
    if (UNLIKELY(endpoint->queue.first != NULL) && endpoint->queue.first->state == THREAD_SENDING)
        return true;
    return UNLIKELY(thread->notification != NULL) && notification_signalled(thread->notification);
}

/* Everything but looking for the slot. `info` is short, or has no capabilities. */
INLINE struct thread *reply_receive(uint64_t address, const struct slot *slot, uint64_t info, struct thread *thread)
{
    struct slot *reply = &thread->slots[THREAD_SLOT_CALLER];
    struct endpoint *endpoint = cap_object(&slot->cap);
    struct thread *caller = cap_object(&reply->cap);

    if (UNLIKELY(cap_type(&slot->cap) != CAP_ENDPOINT || !cap_may_receive(&slot->cap) ||
                 cap_type(&reply->cap) != CAP_REPLY || something_waits(thread, endpoint) || !switch_possible(caller) ||
                 !is_resumed(caller, info)))
        return syscall_reply_receive(address, info, thread);

    caller->reply_slot = NULL;
    reply->cap = (struct capability){0};
    thread->state = THREAD_RECEIVING;
    thread->waits_on = endpoint;
    thread->can_grant = cap_may_grant(&slot->cap);
    queue_append(&endpoint->queue, thread);
    caller->state = THREAD_RUNNING;
    if (UNLIKELY(caller->fault.type != seL4_Fault_NullFault))
        return answer_fault(thread, caller);
    move_message(thread, caller, 0, info);
    return switch_processor(thread, caller);
}

static ASIDE struct thread *reply_receive_with_buffer(uint64_t address, uint64_t info, struct thread *thread,
                                                      const struct slot *slot)
{
    if (message_has_caps(info))
        return syscall_reply_receive(address, info, thread);
    return reply_receive(address, slot, info, thread);
}

static ASIDE struct thread *reply_receive_nested(uint64_t address, uint64_t info, struct thread *thread,
                                                 const struct slot *outer)
{
    const struct slot *slot = outer != NULL && cap_type(&outer->cap) != CAP_CNODE ? outer : cspace_lookup_deep(thread, address);

    if (slot == NULL)
        return syscall_reply_receive(address, info, thread);
    return reply_receive_with_buffer(address, info, thread, slot);
}

struct thread *fastpath_reply_receive(uint64_t address, uint64_t info, struct thread *thread)
{
    const struct capability *cspace = &thread->slots[THREAD_SLOT_CSPACE].cap;
    struct slot *slot = cspace_one_node(cspace, address, 64);

    if (UNLIKELY(slot == NULL)) {
        uint64_t left;
        struct slot *outer = cspace_outer_slot(cspace, address, 64, &left);

        slot = outer == NULL ? NULL : cspace_one_node(&outer->cap, address, left);
        if (UNLIKELY(slot == NULL))
            return reply_receive_nested(address, info, thread, outer);
    }
    if (UNLIKELY(!message_is_short(info)))
        return reply_receive_with_buffer(address, info, thread, slot);
    return reply_receive(address, slot, info, thread);
}

/* ---- Faults ---- */

struct thread *fastpath_fault(struct thread *thread)
{
    struct slot *slot = cspace_lookup(thread, thread->fault_endpoint);
    struct thread *receiver;

    receiver = slot != NULL && cap_type(&slot->cap) == CAP_ENDPOINT ? receiver_of(&slot->cap) : NULL;
    if (UNLIKELY(receiver == NULL)) {
        fault_raise(thread);
        return scheduler_run();
    }
    meet(&slot->cap, thread, receiver);
    fault_put_message(thread, receiver, slot->cap.endpoint.badge);
    return switch_processor(thread, receiver);
}

/* ---- Notifications ---- */

struct thread *fastpath_send(uint64_t address, uint64_t info, struct thread *thread)
{
    struct slot *slot = cspace_lookup(thread, address);
    struct notification *notification;

    if (UNLIKELY(slot == NULL))
        return syscall_fault_address(address, info, thread);
    if (UNLIKELY(cap_type(&slot->cap) != CAP_NOTIFICATION || !cap_may_send(&slot->cap) ||
                 message_has_caps(info)))
        return syscall_send(slot, info, thread);
    thread->progress.label = 0;
    notification = cap_object(&slot->cap);
    if (notification->queue.first != NULL && LIKELY(thread->priority >= core.top)) {
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

    if (UNLIKELY(slot == NULL || cap_type(&slot->cap) != CAP_NOTIFICATION ||
                 !cap_may_receive(&slot->cap)))
        return syscall_receive(slot, info, thread);
    notification = cap_object(&slot->cap);
    if (UNLIKELY(notification_bound(notification) != NULL))
        return syscall_receive(slot, info, thread);
    if (notification_signalled(notification)) {
        thread->context.x[REG_CAP] = notification_take(notification);
        return NULL;
    }
    thread->waits_on = notification;
    thread->state = THREAD_WAITING;
    queue_append(&notification->queue, thread);
    return give_up_processor(thread);
}
