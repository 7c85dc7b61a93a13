/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/endpoint.c: sending and receiving. A message goes from the sender's registers and buffer
 * straight to the receiver's; nothing is stored in between, so the second to come finds the first
 * waiting.
 */
#include <sel4/constants.h>

#include "nucleus/endpoint.h"

#include "nucleus/arch.h"
#include "nucleus/fault.h"
#include "nucleus/message.h"
#include "nucleus/notification.h"
#include "nucleus/reply.h"
#include "nucleus/scheduler.h"

/* Where a cancellation of badged sends was interrupted: the sender that comes next. Its number tells the one who goes
 * on that no other was interrupted since. A sender that leaves hands the mark on. */
static struct {
    struct thread *sender;
    uint64_t number;
} mark;

static inline void sender_leaves(struct thread *thread)
{
    if (UNLIKELY(thread == mark.sender))
        mark.sender = thread->queue_next;
}

static void wait_at(struct endpoint *endpoint, struct thread *thread, enum thread_state state)
{
    thread->waits_on = endpoint;
    thread_set_state(thread, state);
    queue_append(&endpoint->queue, thread);
}

static void deliver(struct thread *sender, struct thread *receiver, uint64_t badge, const struct message_caps *caps,
                    const struct endpoint *endpoint)
{
    if (UNLIKELY(sender->fault.type != seL4_Fault_NullFault))
        fault_put_message(sender, receiver, badge);
    else
        message_transfer(sender, receiver, badge, caps, endpoint);
}

/* The sender made a call, and its message is with `receiver`. */
static void await_answer(struct thread *sender, struct thread *receiver, bool may_reply, bool reply_can_grant)
{
    if (may_reply)
        reply_give(sender, receiver, reply_can_grant);
    else
        thread_set_state(sender, THREAD_INACTIVE);
}

void endpoint_send(struct endpoint *endpoint, struct thread *sender, const struct send *send)
{
    struct thread *receiver;

    if (endpoint_state(endpoint) != ENDPOINT_RECEIVING) {
        if (!send->can_wait)
            return;
        sender->badge = send->badge;
        sender->can_grant = send->can_grant;
        sender->may_be_answered = send->may_be_answered;
        sender->is_call = send->is_call;
        wait_at(endpoint, sender, THREAD_SENDING);
        return;
    }
    receiver = queue_take(&endpoint->queue);
    deliver(sender, receiver, send->badge, send->caps, endpoint);
    thread_set_state(receiver, THREAD_RUNNING);
    scheduler_wake(receiver);
    if (send->is_call)
        await_answer(sender, receiver, send->may_be_answered, receiver->can_grant);
}

int endpoint_receive(struct endpoint *endpoint, struct thread *receiver, bool can_grant, bool can_wait)
{
    struct message_caps caps;
    struct thread *sender;

    if (notification_take_bound(receiver))
        return seL4_NoError;
    if (endpoint_state(endpoint) != ENDPOINT_SENDING) {
        if (!can_wait) {
            receiver->context.x[REG_CAP] = 0;
            return seL4_NoError;
        }
        receiver->can_grant = can_grant;
        wait_at(endpoint, receiver, THREAD_RECEIVING);
        return seL4_NoError;
    }
    sender = endpoint->queue.first;
    if (message_find_caps(sender, sender->can_grant && sender->fault.type == seL4_Fault_NullFault, &caps) == PREEMPTED)
        return PREEMPTED;
    sender_leaves(sender);
    queue_take(&endpoint->queue);
    deliver(sender, receiver, sender->badge, &caps, endpoint);
    if (sender->is_call) {
        await_answer(sender, receiver, sender->may_be_answered, can_grant);
    } else {
        thread_set_state(sender, THREAD_RUNNING);
        scheduler_wake(sender);
    }
    return seL4_NoError;
}

void endpoint_leave(struct thread *thread)
{
    struct endpoint *endpoint = thread->waits_on;

    sender_leaves(thread);
    queue_remove(&endpoint->queue, thread);
}

bool endpoint_restart_one(struct endpoint *endpoint)
{
    struct thread *thread;

    if (endpoint->queue.first == NULL)
        return false;
    sender_leaves(endpoint->queue.first);
    thread = queue_take(&endpoint->queue);
    thread->fault.type = seL4_Fault_NullFault;
    thread_restart(thread);
    scheduler_request();
    return true;
}

/* Senders are looked at a bounded number at a time. */
#define SENDERS_A_STEP 32

int endpoint_cancel_badge(struct endpoint *endpoint, uint64_t badge, uint64_t *place)
{
    bool again = *place != 0 && *place == mark.number;
    struct thread *thread = again ? mark.sender : endpoint->queue.first;
    struct thread *next;

    if (!again && endpoint_state(endpoint) != ENDPOINT_SENDING)
        return seL4_NoError;
    for (unsigned i = 1; thread != NULL; i++, thread = next) {
        next = thread->queue_next;
        if (thread->badge == badge) {
            sender_leaves(thread);
            queue_remove(&endpoint->queue, thread);
            thread->fault.type = seL4_Fault_NullFault;
            thread_restart(thread);
        }
        if (i % SENDERS_A_STEP == 0 && next != NULL && interrupt_waits()) {
            mark.sender = next;
            *place = ++mark.number;
            scheduler_request();
            return PREEMPTED;
        }
    }
    scheduler_request();
    return seL4_NoError;
}
