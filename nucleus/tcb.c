/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/tcb.c: operations on threads (manual 6.1, seL4_TCB), but for registers (registers.c).
 *
 * Bottom-up: the capabilities that a TCB holds; priorities; the rest.
 */
#include <sel4/constants.h>

#include "nucleus/deletion.h"
#include "nucleus/derivation.h"
#include "nucleus/fpu.h"
#include "nucleus/notification.h"
#include "nucleus/operations.h"
#include "nucleus/scheduler.h"
#include "nucleus/vspace.h"

static struct thread *target_of(const struct invocation *invocation)
{
    return cap_object(&invocation->slot->cap);
}

/* ---- Capabilities in the TCB ---- */

/* A capability that is to be put into a TCB: where it comes from, and what it is there. */
struct installed {
    struct slot *from; /* null: none, the slot stays empty */
    struct capability cap;
};

static int check_root(struct slot *slot, uint64_t data, enum cap_type type, struct installed *root)
{
    int error;

    root->from = slot;
    error = cap_derive(slot, &root->cap);
    if (error != seL4_NoError)
        return refuse((enum seL4_Error)error);
    if ((data != 0 && !cap_apply_data(&root->cap, data, false)) || cap_type(&root->cap) != type)
        return refuse(seL4_IllegalOperation);
    return seL4_NoError;
}

static int check_buffer(struct slot *slot, uint64_t address, struct installed *buffer)
{
    int error;

    buffer->from = NULL;
    if (address == 0)
        return seL4_NoError;
    error = cap_derive(slot, &buffer->cap);
    if (error != seL4_NoError)
        return refuse((enum seL4_Error)error);
    if (cap_type(&buffer->cap) != CAP_FRAME || buffer->cap.frame.device)
        return refuse(seL4_IllegalOperation);
    if (!aligned(address, seL4_IPCBufferSizeBits))
        return refuse(seL4_AlignmentError);
    buffer->from = slot;
    return seL4_NoError;
}

/* Puts a capability into a TCB's slot in place of what is there. Deleting that may take the TCB's own
 * capability, or the source, with it; then nothing is put there. */
static int install(const struct invocation *invocation, enum thread_slot place, const struct installed *installed)
{
    struct thread *thread = target_of(invocation);
    const struct capability self = invocation->slot->cap;
    int error;

    if (!slot_empty(&thread->slots[place])) {
        error = slot_delete(&thread->slots[place]);
        if (error != seL4_NoError)
            return error;
    }
    if (installed->from != NULL && cap_same_object(&installed->cap, &installed->from->cap) &&
        cap_same_object(&self, &invocation->slot->cap))
        derivation_insert(installed->from, &thread->slots[place], &installed->cap);
    return seL4_NoError;
}

static int install_spaces(const struct invocation *invocation, uint64_t fault_endpoint, const struct installed *cspace,
                          const struct installed *vspace)
{
    struct thread *thread = target_of(invocation);
    int error;

    thread->fault_endpoint = fault_endpoint;
    error = install(invocation, THREAD_SLOT_CSPACE, cspace);
    if (error == seL4_NoError)
        error = install(invocation, THREAD_SLOT_VSPACE, vspace);
    thread->space_epoch = 0;
    if (thread == core.current)
        vspace_activate(thread);
    return error;
}

static int install_buffer(const struct invocation *invocation, uint64_t address, const struct installed *buffer)
{
    struct thread *thread = target_of(invocation);
    int error = install(invocation, THREAD_SLOT_BUFFER, buffer);

    if (error == seL4_NoError)
        thread->buffer_address = address;
    if (thread == core.current)
        scheduler_request();
    return error;
}

int tcb_configure(struct invocation *invocation)
{
    uint64_t address = invocation_word(invocation, 3);
    struct installed cspace;
    struct installed vspace;
    struct installed buffer;
    int error;

    error = check_buffer(invocation->caps[2], address, &buffer);
    if (error == seL4_NoError)
        error = check_root(invocation->caps[0], invocation_word(invocation, 1), CAP_CNODE, &cspace);
    if (error == seL4_NoError)
        error = check_root(invocation->caps[1], invocation_word(invocation, 2), CAP_VSPACE, &vspace);
    if (error != seL4_NoError)
        return error;
    error = install_spaces(invocation, invocation_word(invocation, 0), &cspace, &vspace);
    if (error == seL4_NoError)
        error = install_buffer(invocation, address, &buffer);
    return error;
}

int tcb_set_space(struct invocation *invocation)
{
    struct installed cspace;
    struct installed vspace;
    int error;

    error = check_root(invocation->caps[0], invocation_word(invocation, 1), CAP_CNODE, &cspace);
    if (error == seL4_NoError)
        error = check_root(invocation->caps[1], invocation_word(invocation, 2), CAP_VSPACE, &vspace);
    if (error != seL4_NoError)
        return error;
    return install_spaces(invocation, invocation_word(invocation, 0), &cspace, &vspace);
}

int tcb_set_ipc_buffer(struct invocation *invocation)
{
    uint64_t address = invocation_word(invocation, 0);
    struct installed buffer;
    int error = check_buffer(invocation->caps[0], address, &buffer);

    return error != seL4_NoError ? error : install_buffer(invocation, address, &buffer);
}

/* ---- Priorities ---- */

/* Capability 0 is the thread whose authority is used: nothing above its own limit. */
static int check_priority(const struct invocation *invocation, uint64_t priority)
{
    const struct capability *authority = &invocation->caps[0]->cap;
    const struct thread *giver;

    if (cap_type(authority) != CAP_THREAD)
        return refuse_capability(1);
    giver = cap_object(authority);
    if (priority > giver->mcp)
        return refuse_range(seL4_MinPrio, giver->mcp);
    return seL4_NoError;
}

int tcb_set_priority(struct invocation *invocation)
{
    uint64_t priority = invocation_word(invocation, 0);
    int error = check_priority(invocation, priority);

    if (error == seL4_NoError)
        scheduler_set_priority(target_of(invocation), (unsigned)priority);
    return error;
}

int tcb_set_mc_priority(struct invocation *invocation)
{
    uint64_t mcp = invocation_word(invocation, 0);
    int error = check_priority(invocation, mcp);

    if (error == seL4_NoError)
        target_of(invocation)->mcp = (uint8_t)mcp;
    return error;
}

int tcb_set_sched_params(struct invocation *invocation)
{
    uint64_t mcp = invocation_word(invocation, 0);
    uint64_t priority = invocation_word(invocation, 1);
    int error = check_priority(invocation, mcp);

    if (error == seL4_NoError)
        error = check_priority(invocation, priority);
    if (error != seL4_NoError)
        return error;
    target_of(invocation)->mcp = (uint8_t)mcp;
    scheduler_set_priority(target_of(invocation), (unsigned)priority);
    return seL4_NoError;
}

/* ---- The rest ---- */

int tcb_suspend(struct invocation *invocation)
{
    thread_suspend(target_of(invocation));
    return seL4_NoError;
}

int tcb_resume(struct invocation *invocation)
{
    thread_resume(target_of(invocation));
    return seL4_NoError;
}

int tcb_bind_notification(struct invocation *invocation)
{
    struct thread *thread = target_of(invocation);
    const struct capability *cap = &invocation->caps[0]->cap;
    struct notification *notification;

    if (thread->notification != NULL || cap_type(cap) != CAP_NOTIFICATION || !cap_may_receive(cap))
        return refuse(seL4_IllegalOperation);
    notification = cap_object(cap);
    if (notification_bound(notification) != NULL || notification->queue.first != NULL)
        return refuse(seL4_IllegalOperation);
    notification_bind(notification, thread);
    return seL4_NoError;
}

int tcb_unbind_notification(struct invocation *invocation)
{
    struct thread *thread = target_of(invocation);

    if (thread->notification == NULL)
        return refuse(seL4_IllegalOperation);
    notification_unbind(thread->notification);
    return seL4_NoError;
}

int tcb_set_flags(struct invocation *invocation)
{
    struct thread *thread = target_of(invocation);
    uint64_t clear = invocation_word(invocation, 0);
    uint64_t set = invocation_word(invocation, 1);

    thread->flags = (uint8_t)((thread->flags & ~clear) | (set & seL4_TCBFlag_MASK));
    fpu_flags_changed(thread);
    invocation_answer(invocation, thread->flags);
    return seL4_NoError;
}

int tcb_ticks(struct invocation *invocation)
{
    if (!invocation->is_call)
        return seL4_NoError;
    invocation->thread->context.x[REG_MESSAGE] = target_of(invocation)->ticks;
    invocation->thread->context.x[REG_MESSAGE + 1] = CONFIG_TIMER_TICK_MS * UINT64_C(1000000);
    invocation->answer_length = 2;
    return seL4_NoError;
}
