/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/reply.h: the right to answer a call, once.
 *
 * A thread that has called (THREAD_REPLY) and the reply capability point to each other; so there is
 * at most one, it needs no place in the derivation list, and it goes when the caller stops waiting.
 * It starts in the receiver's TCB and can be moved from there (CNodeSaveCaller).
 */
#pragma once

#include "nucleus/cspace.h"

/* The thread that the reply capability in the slot answers. */
static inline struct thread *reply_caller(const struct slot *slot)
{
    return cap_object(&slot->cap);
}

/* `caller` waits for an answer, which `answerer` may give, with capabilities if `can_grant`. The
 * answerer's slot for it is empty (reply_drop). */
static inline void reply_link(struct thread *caller, struct thread *answerer, bool can_grant)
{
    struct slot *slot = &answerer->slots[THREAD_SLOT_CALLER];

    slot->cap = cap_new(CAP_REPLY, physical_of(caller) | (uint64_t)can_grant * RIGHT_GRANT);
    caller->reply_slot = slot;
}

void reply_give(struct thread *caller, struct thread *answerer, bool can_grant);

/* Gives up the right in a slot that holds a reply capability; the caller goes on waiting. */
void reply_delete(struct slot *slot);

/* The thread receives again: it loses the right to answer the previous caller. */
static inline void reply_drop(struct thread *thread)
{
    struct slot *slot = &thread->slots[THREAD_SLOT_CALLER];

    if (UNLIKELY(!slot_empty(slot)))
        reply_delete(slot);
}

/* The answer: `sender`'s message with its capabilities `caps`, or its verdict on a fault, goes to the caller. The slot is
 * emptied. */
void reply_send(struct slot *slot, struct thread *sender, struct message_caps *caps);

/* The caller stops waiting. */
void reply_leave(struct thread *caller);

/* A reply capability was moved to `slot`. */
static inline void reply_moved(struct slot *slot)
{
    reply_caller(slot)->reply_slot = slot;
}
