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
    answer(thread, (uint64_t)error, message_put(thread, core.refusal.word, core.refusal.length));
}

/* The capabilities of the invocation's message, and the words behind the fourth. Result as of message_lookup_caps. */
static int take_buffer(struct invocation *invocation, uint64_t *bad)
{
    const seL4_IPCBuffer *buffer = message_buffer_to_read(invocation->thread);

    invocation->buffer = buffer;
    if (buffer == NULL && invocation->length > seL4_FastMessageRegisters)
        invocation->length = seL4_FastMessageRegisters;
    return message_lookup_caps(invocation->thread, invocation->caps, &invocation->cap_count, bad);
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
    if (message_cap_count(info) != 1)
        return LIKELY(!message_has_caps(info));
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

static struct thread *send_message(struct thread *thread, struct slot *slot, struct send_call call);

/* An interrupt waits; the call is made again. */
static ASIDE struct thread *end_preempted(struct thread *thread)
{
    thread_repeat_call(thread);
    irq_handle();
    return scheduler_run();
}

/* The operation failed, is not in the table, or another thread has to run now. */
static ASIDE struct thread *end_invocation(const struct invocation *invocation, int error)
{
    struct thread *thread = invocation->thread;

    if (error == PREEMPTED)
        return end_preempted(thread);
    thread->progress.label = 0;
    /* It stopped and restarted itself; it still gets its answer and goes on behind the call. */
    if (thread->state == THREAD_RESTART)
        thread->state = THREAD_RUNNING;
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
    return send_message(invocation->thread, invocation->slot,
                        (struct send_call){.can_wait = can_wait, .is_call = invocation->is_call});
}

/* Everything but the message's buffer and capabilities. */
INLINE struct thread *invoke(struct invocation *invocation, struct send_call call)
{
    const struct operation *operation = operation_find(invocation, cap_type(&invocation->slot->cap));
    int error;

    if (UNLIKELY(operation == NULL))
        return no_operation(invocation, call.can_wait);
    error = operation->run(invocation);
    /* The caller runs on: nothing calls for another choice. */
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
    invocation->answer_length = 0;
    invocation->is_call = is_call;
}

/* The message's capabilities were not looked up. */
static ASIDE struct thread *end_lookup(struct thread *thread, int error, uint64_t bad, bool can_wait)
{
    if (error == PREEMPTED)
        return end_preempted(thread);
    if (can_wait)
        fault_raise_capability(thread, bad, false);
    return syscall_end();
}

/* Any message. */
static struct thread *invoke_object(struct slot *slot, uint64_t info, struct thread *thread, struct send_call call)
{
    struct invocation invocation;
    int error = seL4_NoError;
    uint64_t bad;

    begin(&invocation, slot, info, thread, call.is_call);
    if (message_is_short(info))
        invocation.buffer = NULL;
    else
        error = take_buffer(&invocation, &bad);
    return LIKELY(error == seL4_NoError) ? invoke(&invocation, call) : end_lookup(thread, error, bad, call.can_wait);
}

static ASIDE struct thread *call_object_with_caps(struct slot *slot, uint64_t info, struct thread *thread)
{
    return invoke_object(slot, info, thread, (struct send_call){.can_wait = true, .is_call = true});
}

ASIDE struct thread *syscall_call_object(struct slot *slot, uint64_t info, struct thread *thread)
{
    struct invocation invocation;

    begin(&invocation, slot, info, thread, true);
    if (message_is_short(info))
        invocation.buffer = NULL;
    else if (UNLIKELY(!take_buffer_one_cap(&invocation, info)))
        return call_object_with_caps(slot, info, thread);
    return invoke(&invocation, (struct send_call){.can_wait = true, .is_call = true});
}

/* An endpoint, notification or reply capability gets the message in the thread's registers. */
static struct thread *send_message(struct thread *thread, struct slot *slot, struct send_call call)
{
    const struct capability *cap = &slot->cap;
    struct message_caps caps = {0};
    uint64_t bad;

    if (UNLIKELY(message_has_caps(thread->context.x[REG_INFO]))) {
        int error = message_lookup_caps(thread, caps.slot, &caps.count, &bad);

        if (error != seL4_NoError)
            return end_lookup(thread, error, bad, call.can_wait);
    }
    thread->progress.label = 0;
    if (cap_type(cap) == CAP_REPLY) {
        reply_send(slot, thread, &caps);
        if (call.is_call)
            answer(thread, seL4_NoError, 0);
    } else if (!cap_may_send(cap)) {
        if (call.is_call)
            answer_refusal(thread, refuse_capability(0));
    } else if (cap_type(cap) == CAP_ENDPOINT) {
        if (!cap_may_grant(cap))
            caps.count = 0;
        endpoint_send(cap_object(cap), thread,
                      &(struct send){.badge = cap->endpoint.badge,
                                     .caps = &caps,
                                     .can_grant = cap_may_grant(cap),
                                     .may_be_answered = cap_may_be_answered(cap),
                                     .is_call = call.is_call,
                                     .can_wait = call.can_wait});
    } else {
        notification_signal(cap_object(cap), cap->endpoint.badge);
        if (call.is_call)
            answer(thread, seL4_NoError, 0);
    }
    return syscall_end();
}

static struct thread *send_to(struct thread *thread, struct slot *slot, struct send_call call)
{
    if (!takes_messages(slot))
        return invoke_object(slot, thread->context.x[REG_INFO], thread, call);
    return send_message(thread, slot, call);
}

ASIDE struct thread *syscall_call_endpoint(struct slot *slot, uint64_t info, struct thread *thread)
{
    (void)info;
    return send_message(thread, slot, (struct send_call){.can_wait = true, .is_call = true});
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

/* Answers the last caller, if there is one. seL4_NoError or PREEMPTED. */
static int reply(struct thread *thread)
{
    struct slot *slot = &thread->slots[THREAD_SLOT_CALLER];
    struct message_caps caps;

    if (slot_empty(slot))
        return seL4_NoError;
    if (message_find_caps(thread, cap_may_grant(&slot->cap), &caps) == PREEMPTED)
        return PREEMPTED;
    reply_send(slot, thread, &caps);
    return seL4_NoError;
}

/* ---- Receiving ---- */

static struct thread *receive(struct thread *thread, const struct slot *slot, bool can_wait)
{
    uint64_t address = thread->context.x[REG_CAP];
    const struct capability *cap;

    if (slot == NULL) {
        fault_raise_capability(thread, address, true);
        return syscall_end();
    }
    cap = &slot->cap;
    if (cap_type(cap) == CAP_ENDPOINT && cap_may_receive(cap)) {
        reply_drop(thread);
        if (endpoint_receive(cap_object(cap), thread, cap_may_grant(cap), can_wait) == PREEMPTED)
            return end_preempted(thread);
        return syscall_end();
    }
    if (cap_type(cap) == CAP_NOTIFICATION && cap_may_receive(cap)) {
        struct notification *notification = cap_object(cap);
        const struct thread *bound = notification_bound(notification);

        if (bound == NULL || bound == thread) {
            notification_wait(notification, thread, can_wait);
            return syscall_end();
        }
    }
    cspace_missing(0);
    fault_raise_capability(thread, address, true);
    return syscall_end();
}

ASIDE struct thread *syscall_receive(struct slot *slot, uint64_t info, struct thread *thread)
{
    (void)info;
    return receive(thread, slot, true);
}

static struct thread *nb_receive(uint64_t address, uint64_t info, struct thread *thread)
{
    (void)info;
    return receive(thread, cspace_lookup(thread, address), false);
}

/* ---- The calls ---- */

ASIDE struct thread *syscall_reply_receive(uint64_t address, uint64_t info, struct thread *thread)
{
    bool answers = !slot_empty(&thread->slots[THREAD_SLOT_CALLER]);

    (void)info;
    /* When the call is made again after the answer, nobody is left to be answered. */
    if (reply(thread) == PREEMPTED || (answers && interrupt_waits()))
        return end_preempted(thread);
    return receive(thread, cspace_lookup(thread, address), true);
}

static struct thread *reply_only(uint64_t address, uint64_t info, struct thread *thread)
{
    (void)address;
    (void)info;
    return reply(thread) == PREEMPTED ? end_preempted(thread) : syscall_end();
}

static struct thread *yield(uint64_t address, uint64_t info, struct thread *thread)
{
    (void)address;
    (void)info;
    (void)thread;
    scheduler_yield();
    return scheduler_choose();
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
