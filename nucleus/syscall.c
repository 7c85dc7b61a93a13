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
    answer(thread, (uint64_t)error, message_put(thread, core.refusal.word, core.refusal.length));
}

/* The capabilities of the invocation's message, and the words behind the fourth. False: an address that leads nowhere
 * (`*bad`). */
static bool take_buffer(struct invocation *invocation, uint64_t info, uint64_t *bad)
{
    const seL4_IPCBuffer *buffer = message_buffer_to_read(invocation->thread);

    if (buffer == NULL) {
        if (invocation->length > seL4_FastMessageRegisters)
            invocation->length = seL4_FastMessageRegisters;
        return true;
    }
    invocation->buffer = buffer;
    invocation->cap_count = message_cap_count(info);
    return message_lookup_caps(invocation->thread, info, buffer, invocation->caps, bad);
}

/* The same in the usual case: there is a buffer, at most one capability, found in one step or two. False: it is another
 * case. */
INLINE bool take_buffer_one_cap(struct invocation *invocation, uint64_t info)
{
    const struct thread *thread = invocation->thread;
    const struct capability *cspace = &thread->slots[THREAD_SLOT_CSPACE].cap;
    const seL4_IPCBuffer *buffer = message_buffer_page(thread, RIGHT_READ);
    struct slot *slot;

    if (UNLIKELY(buffer == NULL))
        return false;
    invocation->buffer = buffer;
    if (!message_has_caps(info))
        return true;
    if (UNLIKELY(message_cap_count(info) != 1))
        return false;
    slot = cspace_one_node(cspace, buffer->caps_or_badges[0], 64);
    if (slot == NULL)
        slot = cspace_two_nodes(cspace, buffer->caps_or_badges[0]);
    invocation->caps[0] = slot;
    invocation->cap_count = 1;
    return LIKELY(slot != NULL);
}

static inline bool takes_messages(const struct slot *slot)
{
    enum cap_type type = cap_type(&slot->cap);

    return type == CAP_ENDPOINT || type == CAP_NOTIFICATION || type == CAP_REPLY;
}

static void send_message(struct thread *thread, struct slot *slot, struct send_call call);

/* The operation could not be done, is none of the table, or somebody else is to run now. */
static ASIDE struct thread *end_invocation(const struct invocation *invocation, int error)
{
    struct thread *thread = invocation->thread;

    if (error == PREEMPTED) {
        thread_repeat_call(thread);
        irq_handle();
        return scheduler_run();
    }
    if (invocation->is_call && thread->state == THREAD_RUNNING) {
        if (error == seL4_NoError)
            answer(thread, seL4_NoError, invocation->answer_length);
        else
            answer_refusal(thread, error);
    }
    return syscall_end();
}

static ASIDE struct thread *no_operation(struct invocation *invocation, bool can_wait)
{
    if (!takes_messages(invocation->slot))
        return end_invocation(invocation, operation_refuse(invocation));
    send_message(invocation->thread, invocation->slot,
                 (struct send_call){.can_wait = can_wait, .is_call = invocation->is_call});
    return syscall_end();
}

/* Everything but the message's buffer and capabilities. */
INLINE struct thread *invoke(struct invocation *invocation, struct send_call call)
{
    const struct operation *operation = operation_find(invocation, cap_type(&invocation->slot->cap));
    int error;

    if (UNLIKELY(operation == NULL))
        return no_operation(invocation, call.can_wait);
    error = operation->run(invocation);
    /* Who asked runs on, since nobody wants another choice. */
    if (LIKELY(error == seL4_NoError && scheduler_is_settled())) {
        if (call.is_call)
            answer(invocation->thread, seL4_NoError, invocation->answer_length);
        return NULL;
    }
    return end_invocation(invocation, error);
}

INLINE void begin(struct invocation *invocation, struct slot *slot, uint64_t info, struct thread *thread, bool is_call)
{
    invocation->thread = thread;
    invocation->slot = slot;
    invocation->label = message_label(info);
    invocation->length = info & 0x7f;
    invocation->cap_count = 0;
    invocation->buffer = NULL;
    invocation->answer_length = 0;
    invocation->is_call = is_call;
}

/* Any message. */
static struct thread *invoke_object(struct slot *slot, uint64_t info, struct thread *thread, struct send_call call)
{
    struct invocation invocation;
    uint64_t bad;

    begin(&invocation, slot, info, thread, call.is_call);
    if (!message_is_short(info) && !take_buffer(&invocation, info, &bad)) {
        if (call.can_wait)
            fault_raise_capability(thread, bad, false);
        return syscall_end();
    }
    return invoke(&invocation, call);
}

static ASIDE struct thread *call_object_with_caps(struct slot *slot, uint64_t info, struct thread *thread)
{
    return invoke_object(slot, info, thread, (struct send_call){.can_wait = true, .is_call = true});
}

ASIDE struct thread *syscall_call_object(struct slot *slot, uint64_t info, struct thread *thread)
{
    struct invocation invocation;

    begin(&invocation, slot, info, thread, true);
    if (!message_is_short(info) && UNLIKELY(!take_buffer_one_cap(&invocation, info)))
        return call_object_with_caps(slot, info, thread);
    return invoke(&invocation, (struct send_call){.can_wait = true, .is_call = true});
}

/* The addresses of the message's capabilities lead somewhere; if not, the thread gets a fault. */
static bool caps_are_there(struct thread *thread, uint64_t info, bool can_wait)
{
    const seL4_IPCBuffer *buffer;
    struct slot *caps[seL4_MsgMaxExtraCaps];
    uint64_t bad;

    if (LIKELY(message_cap_count(info) == 0))
        return true;
    buffer = message_buffer_to_read(thread);
    if (buffer == NULL || message_lookup_caps(thread, info, buffer, caps, &bad))
        return true;
    if (can_wait)
        fault_raise_capability(thread, bad, false);
    return false;
}

/* An endpoint, notification or reply capability gets the message in the thread's registers. */
static void send_message(struct thread *thread, struct slot *slot, struct send_call call)
{
    const struct capability *cap = &slot->cap;

    if (!caps_are_there(thread, thread->context.x[REG_INFO], call.can_wait))
        return;
    if (cap_type(cap) == CAP_REPLY) {
        reply_send(slot, thread);
        if (call.is_call)
            answer(thread, seL4_NoError, 0);
    } else if (!cap_may_send(cap)) {
        if (call.is_call)
            answer_refusal(thread, refuse_capability(0));
    } else if (cap_type(cap) == CAP_ENDPOINT) {
        endpoint_send(cap_object(cap), thread,
                      &(struct send){.badge = cap->endpoint.badge,
                                     .can_grant = cap_may_grant(cap),
                                     .may_be_answered = cap_may_be_answered(cap),
                                     .is_call = call.is_call,
                                     .can_wait = call.can_wait});
    } else {
        notification_signal(cap_object(cap), cap->endpoint.badge);
        if (call.is_call)
            answer(thread, seL4_NoError, 0);
    }
}

static struct thread *send_to(struct thread *thread, struct slot *slot, struct send_call call)
{
    if (!takes_messages(slot))
        return invoke_object(slot, thread->context.x[REG_INFO], thread, call);
    send_message(thread, slot, call);
    return syscall_end();
}

ASIDE struct thread *syscall_call_endpoint(struct slot *slot, uint64_t info, struct thread *thread)
{
    (void)info;
    send_message(thread, slot, (struct send_call){.can_wait = true, .is_call = true});
    return syscall_end();
}

ASIDE struct thread *syscall_fault_address(uint64_t address, uint64_t info, struct thread *thread)
{
    (void)info;
    fault_raise_capability(thread, address, false);
    return syscall_end();
}

ASIDE struct thread *syscall_send(struct slot *slot, uint64_t info, struct thread *thread)
{
    (void)info;
    return send_to(thread, slot, (struct send_call){.can_wait = true, .is_call = false});
}

static struct thread *nb_send(uint64_t address, uint64_t info, struct thread *thread)
{
    struct slot *slot = cspace_lookup(thread, address);

    (void)info;
    if (slot == NULL)
        return NULL;
    return send_to(thread, slot, (struct send_call){.can_wait = false, .is_call = false});
}

static void reply(struct thread *thread)
{
    struct slot *slot = &thread->slots[THREAD_SLOT_CALLER];

    if (!slot_empty(slot))
        reply_send(slot, thread);
}

/* ---- Receiving ---- */

static void receive(struct thread *thread, const struct slot *slot, bool can_wait)
{
    uint64_t address = thread->context.x[REG_CAP];
    const struct capability *cap;

    if (slot == NULL) {
        fault_raise_capability(thread, address, true);
        return;
    }
    cap = &slot->cap;
    if (cap_type(cap) == CAP_ENDPOINT && cap_may_receive(cap)) {
        reply_drop(thread);
        endpoint_receive(cap_object(cap), thread, cap_may_grant(cap), can_wait);
        return;
    }
    if (cap_type(cap) == CAP_NOTIFICATION && cap_may_receive(cap)) {
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

ASIDE struct thread *syscall_receive(struct slot *slot, uint64_t info, struct thread *thread)
{
    (void)info;
    receive(thread, slot, true);
    return syscall_end();
}

static struct thread *nb_receive(uint64_t address, uint64_t info, struct thread *thread)
{
    (void)info;
    receive(thread, cspace_lookup(thread, address), false);
    return syscall_end();
}

/* ---- The calls ---- */

ASIDE struct thread *syscall_reply_receive(uint64_t address, uint64_t info, struct thread *thread)
{
    (void)info;
    reply(thread);
    receive(thread, cspace_lookup(thread, address), true);
    return syscall_end();
}

static struct thread *reply_only(uint64_t address, uint64_t info, struct thread *thread)
{
    (void)address;
    (void)info;
    reply(thread);
    return syscall_end();
}

static struct thread *yield(uint64_t address, uint64_t info, struct thread *thread)
{
    (void)address;
    (void)info;
    (void)thread;
    scheduler_yield();
    return syscall_end();
}

struct thread *syscall_unknown(uint64_t address, uint64_t info, struct thread *thread)
{
    uint64_t number = thread->context.x[REG_NUMBER];

    (void)address;
    (void)info;
    if (debug_syscall(thread, number))
        return scheduler_run();
    thread->fault.type = seL4_Fault_UnknownSyscall;
    thread->fault.word[0] = number;
    thread->fault.word[1] = 0;
    return fastpath_fault(thread);
}

#define CALLS 8 /* vectors.S counts on it */

system_call *const syscall_table[CALLS] = {
    [-1 - seL4_SysCall] = fastpath_call,    [-1 - seL4_SysReplyRecv] = fastpath_reply_receive,
    [-1 - seL4_SysSend] = fastpath_send,    [-1 - seL4_SysNBSend] = nb_send,
    [-1 - seL4_SysRecv] = fastpath_receive, [-1 - seL4_SysReply] = reply_only,
    [-1 - seL4_SysYield] = yield,           [-1 - seL4_SysNBRecv] = nb_receive,
};

struct thread *syscall_enter(struct thread *thread)
{
    uint64_t index = ~thread->context.x[REG_NUMBER]; /* -1 - number */
    system_call *call = index < CALLS ? syscall_table[index] : syscall_unknown;
    struct thread *next = call(thread->context.x[REG_CAP], thread->context.x[REG_INFO], thread);

    return next == NULL ? thread : next;
}
