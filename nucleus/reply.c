/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/reply.c: answers.
 */
#include <sel4/constants.h>

#include "nucleus/reply.h"

#include "nucleus/fault.h"
#include "nucleus/message.h"
#include "nucleus/scheduler.h"

void reply_give(struct thread *caller, struct thread *answerer, bool can_grant)
{
    thread_set_state(caller, THREAD_REPLY);
    reply_drop(answerer);
    reply_link(caller, answerer, can_grant);
}

void reply_delete(struct slot *slot)
{
    reply_caller(slot)->reply_slot = NULL;
    *slot = (struct slot){0};
}

void reply_send(struct slot *slot, struct thread *sender, struct message_caps *caps)
{
    struct thread *caller = reply_caller(slot);

    if (LIKELY(caller->fault.type == seL4_Fault_NullFault)) {
        if (!cap_may_grant(&slot->cap))
            caps->count = 0;
        message_transfer(sender, caller, 0, caps, NULL);
        reply_delete(slot);
        thread_set_state(caller, THREAD_RUNNING);
        scheduler_wake(caller);
        return;
    }
    reply_delete(slot);
    if (fault_take_answer(caller, sender)) {
        thread_set_state(caller, THREAD_RESTART);
        scheduler_wake(caller);
    } else {
        thread_set_state(caller, THREAD_INACTIVE);
    }
    caller->fault.type = seL4_Fault_NullFault;
}

void reply_leave(struct thread *caller)
{
    if (caller->reply_slot != NULL)
        reply_delete(caller->reply_slot);
}
