/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/syscall.c: system calls, from the numbers in x7 to the object that is meant.
 *
 * Bottom-up: sending to what a capability names, receiving, and the table of calls. If the message
 * cannot be delivered because an address leads nowhere, the thread gets a capability fault, unless
 * the call is one that does not wait; if the capability cannot be invoked, a Call is answered with an
 * error and a Send does nothing.
 */
#include <sel4/constants.h>

#include "nucleus/syscall.h"

#include "nucleus/arch.h"
#include "nucleus/cspace.h"
#include "nucleus/debug.h"
#include "nucleus/endpoint.h"
#include "nucleus/fault.h"
#include "nucleus/invocation.h"
#include "nucleus/irq.h"
#include "nucleus/message.h"
#include "nucleus/notification.h"
#include "nucleus/reply.h"
#include "nucleus/scheduler.h"

/* ---- Sending ---- */

struct send_call {
    bool can_wait;
    bool is_call;
};

/* The kernel answers a Call itself. */
static void answer(struct thread *thread, uint64_t label, unsigned length)
{
    thread->context.x[REG_CAP] = 0;
    thread->context.x[REG_INFO] = message_info(label, 0, 0, length);
}

static void answer_refusal(struct thread *thread, int error)
{
    answer(thread, (uint64_t)error, message_put(thread, refusal.word, refusal.length));
}

static void invoke_object(struct thread *thread, struct slot *slot, uint64_t info, seL4_IPCBuffer *buffer,
                          struct slot **caps, bool is_call)
{
    struct invocation invocation = {
        .thread = thread,
        .slot = slot,
        .label = message_label(info),
        .length = message_length(info),
        .cap_count = buffer == NULL ? 0 : message_cap_count(info),
        .word = thread->context.x + REG_MESSAGE,
        .is_call = is_call,
    };
    int error;

    if (invocation.length > seL4_FastMessageRegisters) {
        if (buffer == NULL)
            invocation.length = seL4_FastMessageRegisters;
        else
            invocation.buffer = buffer->msg;
    }
    for (unsigned i = 0; i < invocation.cap_count; i++)
        invocation.caps[i] = caps[i];
    error = invocation_run(&invocation);
    if (error == PREEMPTED) {
        thread_repeat_call(thread);
        irq_handle();
    } else if (is_call && thread->state == THREAD_RUNNING) {
        if (error == seL4_NoError)
            answer(thread, seL4_NoError, invocation.answer_length);
        else
            answer_refusal(thread, error);
    }
}

/* `slot`'s capability gets the message in the thread's registers. */
static void send_to(struct thread *thread, struct slot *slot, const struct send_call *call)
{
    const struct capability *cap = &slot->cap;
    uint64_t info = thread->context.x[REG_INFO];
    struct slot *caps[seL4_MsgMaxExtraCaps];
    seL4_IPCBuffer *buffer = NULL;
    uint64_t bad;

    if (message_cap_count(info) != 0 || message_length(info) > seL4_FastMessageRegisters)
        buffer = message_buffer_to_read(thread);
    if (buffer != NULL && !message_lookup_caps(thread, info, buffer, caps, &bad)) {
        if (call->can_wait)
            fault_raise_capability(thread, bad, false);
        return;
    }
    switch (cap_type(cap)) {
    case CAP_ENDPOINT:
        if ((cap->endpoint.rights & RIGHT_WRITE) == 0)
            break;
        endpoint_send(cap_object(cap), thread,
                      &(struct send){.badge = cap->endpoint.badge,
                                     .can_grant = (cap->endpoint.rights & RIGHT_GRANT) != 0,
                                     .can_grant_reply = (cap->endpoint.rights & RIGHT_GRANT_REPLY) != 0,
                                     .is_call = call->is_call,
                                     .can_wait = call->can_wait});
        return;
    case CAP_NOTIFICATION:
        if ((cap->endpoint.rights & RIGHT_WRITE) == 0)
            break;
        notification_signal(cap_object(cap), cap->endpoint.badge);
        if (call->is_call)
            answer(thread, seL4_NoError, 0);
        return;
    case CAP_REPLY:
        reply_send(slot, thread);
        if (call->is_call)
            answer(thread, seL4_NoError, 0);
        return;
    default:
        invoke_object(thread, slot, info, buffer, caps, call->is_call);
        return;
    }
    if (call->is_call)
        answer_refusal(thread, refuse_capability(0));
}

static void send(struct thread *thread, bool can_wait, bool is_call)
{
    uint64_t address = thread->context.x[REG_CAP];
    struct slot *slot = cspace_lookup(thread, address);

    if (LIKELY(slot != NULL))
        send_to(thread, slot, &(struct send_call){can_wait, is_call});
    else if (can_wait)
        fault_raise_capability(thread, address, false);
}

static void reply(struct thread *thread)
{
    struct slot *slot = &thread->slots[THREAD_SLOT_CALLER];

    if (!slot_empty(slot))
        reply_send(slot, thread);
}

/* ---- Receiving ---- */

static void receive(struct thread *thread, bool can_wait)
{
    uint64_t address = thread->context.x[REG_CAP];
    const struct slot *slot = cspace_lookup(thread, address);
    const struct capability *cap;

    if (slot == NULL) {
        fault_raise_capability(thread, address, true);
        return;
    }
    cap = &slot->cap;
    if (cap_type(cap) == CAP_ENDPOINT && (cap->endpoint.rights & RIGHT_READ) != 0) {
        reply_drop(thread);
        endpoint_receive(cap_object(cap), thread, (cap->endpoint.rights & RIGHT_GRANT) != 0, can_wait);
        return;
    }
    if (cap_type(cap) == CAP_NOTIFICATION && (cap->endpoint.rights & RIGHT_READ) != 0) {
        struct notification *notification = cap_object(cap);
        const struct thread *bound = notification_bound(notification);

        if (bound == NULL || bound == thread) {
            notification_wait(notification, thread, can_wait);
            return;
        }
    }
    cspace_missing(0);
    fault_raise_capability(thread, address, true);
}

/* ---- The calls ---- */

static void call_call(struct thread *thread)
{
    send(thread, true, true);
}

static void call_reply_receive(struct thread *thread)
{
    reply(thread);
    receive(thread, true);
}

static void call_send(struct thread *thread)
{
    send(thread, true, false);
}

static void call_nb_send(struct thread *thread)
{
    send(thread, false, false);
}

static void call_receive(struct thread *thread)
{
    receive(thread, true);
}

static void call_yield(struct thread *thread)
{
    (void)thread;
    scheduler_yield();
}

static void call_nb_receive(struct thread *thread)
{
    receive(thread, false);
}

/* By number, from -1 downwards. */
static void (*const calls[])(struct thread *thread) = {
    [-1 - seL4_SysCall] = call_call,       [-1 - seL4_SysReplyRecv] = call_reply_receive,
    [-1 - seL4_SysSend] = call_send,       [-1 - seL4_SysNBSend] = call_nb_send,
    [-1 - seL4_SysRecv] = call_receive,    [-1 - seL4_SysReply] = reply,
    [-1 - seL4_SysYield] = call_yield,     [-1 - seL4_SysNBRecv] = call_nb_receive,
};

struct thread *syscall_enter(struct thread *thread)
{
    uint64_t number = thread->context.x[REG_NUMBER];
    uint64_t index = ~number; /* -1 - number */

    if (LIKELY(index < sizeof calls / sizeof calls[0]))
        calls[index](thread);
    else if (!debug_syscall(thread, number))
        fault_raise_simple(thread, seL4_Fault_UnknownSyscall, number, 0);
    scheduler_run();
    return current;
}
