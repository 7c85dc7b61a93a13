/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/cnode.c: operations on slots (manual 3.1.2). The CNode that is invoked is the root for the
 * destination; sources have roots of their own.
 */
#include <sel4/constants.h>

#include "nucleus/cspace.h"
#include "nucleus/deletion.h"
#include "nucleus/derivation.h"
#include "nucleus/endpoint.h"
#include "nucleus/operations.h"

/* Words 0 and 1 of each operation. */
INLINE struct slot *target(const struct invocation *invocation, int *error)
{
    return invocation_slot(&invocation->slot->cap, invocation_word(invocation, 0),
                           invocation_depth(invocation, 1), false, error);
}

static struct slot *empty_target(const struct invocation *invocation, int *error)
{
    return invocation_empty_slot(&invocation->slot->cap, invocation_word(invocation, 0),
                                 invocation_depth(invocation, 1), error);
}

INLINE bool too_short(const struct invocation *invocation, unsigned words, unsigned caps)
{
    return invocation->length < words || invocation->cap_count < caps;
}

/* The occupied slot named by the words from `first` on in the `n`th capability of the message. */
INLINE struct slot *source(const struct invocation *invocation, unsigned n, unsigned first, bool is_source, int *error)
{
    uint64_t depth = invocation_depth(invocation, first + 1);
    struct slot *slot =
        invocation_slot(&invocation->caps[n]->cap, invocation_word(invocation, first), depth, is_source, error);

    if (slot != NULL && (slot_empty(slot) || cap_type(&slot->cap) >= CAP_DYING)) {
        cspace_missing(depth);
        *error = refuse_lookup(is_source);
        return NULL;
    }
    return slot;
}

/* The slots of an operation with one source: an empty one, and an occupied one. */
INLINE int both_slots(const struct invocation *invocation, unsigned words, struct slot **to, struct slot **from)
{
    int error;

    *to = target(invocation, &error);
    if (*to == NULL)
        return error;
    if (too_short(invocation, 4, 1))
        return refuse(seL4_TruncatedMessage);
    if (!slot_empty(*to))
        return refuse(seL4_DeleteFirst);
    *from = source(invocation, 0, 2, true, &error);
    if (*from == NULL)
        return error;
    return too_short(invocation, words, 1) ? refuse(seL4_TruncatedMessage) : seL4_NoError;
}

/* ---- Copies ---- */

/* The words behind those of the slots: rights, and for mint a badge or guard. */
INLINE int copy(struct invocation *invocation, bool mint)
{
    struct capability derived;
    struct slot *from;
    struct slot *to;
    int error = both_slots(invocation, mint ? 6 : 5, &to, &from);

    if (error != seL4_NoError)
        return error;
    error = cap_derive(from, &derived);
    if (error != seL4_NoError)
        return refuse((enum seL4_Error)error);
    cap_mask_rights(&derived, invocation_word(invocation, 4));
    if (mint && !cap_apply_data(&derived, invocation_word(invocation, 5), false))
        return refuse(seL4_IllegalOperation);
    if (cap_type(&derived) == CAP_NULL)
        return refuse(seL4_IllegalOperation);
    derivation_insert(from, to, &derived);
    return seL4_NoError;
}

int cnode_copy(struct invocation *invocation)
{
    return copy(invocation, false);
}

int cnode_mint(struct invocation *invocation)
{
    return copy(invocation, true);
}

/* ---- Moves ---- */

int cnode_move(struct invocation *invocation)
{
    struct capability cap;
    struct slot *from;
    struct slot *to;
    int error = both_slots(invocation, 4, &to, &from);

    if (error != seL4_NoError)
        return error;
    cap = from->cap;
    derivation_move(from, to, &cap);
    return seL4_NoError;
}

int cnode_mutate(struct invocation *invocation)
{
    struct capability cap;
    struct slot *from;
    struct slot *to;
    int error = both_slots(invocation, 5, &to, &from);

    if (error != seL4_NoError)
        return error;
    cap = from->cap;
    if (!cap_apply_data(&cap, invocation_word(invocation, 4), true))
        return refuse(seL4_IllegalOperation);
    derivation_move(from, to, &cap);
    return seL4_NoError;
}

/* Source to pivot, pivot to destination; destination and source may be the same. */
int cnode_rotate(struct invocation *invocation)
{
    struct slot *to;
    struct slot *pivot;
    struct slot *from;
    struct capability pivot_cap;
    struct capability from_cap;
    int error;

    to = target(invocation, &error);
    if (to == NULL)
        return error;
    if (too_short(invocation, 8, 2))
        return refuse(seL4_TruncatedMessage);
    from = invocation_slot(&invocation->caps[1]->cap, invocation_word(invocation, 6),
                           invocation_depth(invocation, 7), true, &error);
    if (from == NULL)
        return error;
    pivot = invocation_slot(&invocation->caps[0]->cap, invocation_word(invocation, 3),
                            invocation_depth(invocation, 4), true, &error);
    if (pivot == NULL)
        return error;
    if (pivot == from || pivot == to)
        return refuse(seL4_IllegalOperation);
    if (from != to && !slot_empty(to))
        return refuse(seL4_DeleteFirst);
    if (slot_empty(from) || cap_type(&from->cap) >= CAP_DYING) {
        cspace_missing(invocation_depth(invocation, 7));
        return refuse_lookup(true);
    }
    if (slot_empty(pivot) || cap_type(&pivot->cap) >= CAP_DYING) {
        cspace_missing(invocation_depth(invocation, 4));
        return refuse_lookup(false);
    }
    from_cap = from->cap;
    pivot_cap = pivot->cap;
    if (!cap_apply_data(&from_cap, invocation_word(invocation, 5), true) ||
        !cap_apply_data(&pivot_cap, invocation_word(invocation, 2), true))
        return refuse(seL4_IllegalOperation);
    if (from == to) {
        derivation_swap(from, &pivot_cap, pivot, &from_cap);
    } else {
        derivation_move(pivot, to, &pivot_cap);
        derivation_move(from, pivot, &from_cap);
    }
    return seL4_NoError;
}

int cnode_save_caller(struct invocation *invocation)
{
    struct slot *caller = &invocation->thread->slots[THREAD_SLOT_CALLER];
    struct slot *to;
    int error;

    to = empty_target(invocation, &error);
    if (to == NULL)
        return error;
    if (!slot_empty(caller)) {
        struct capability cap = caller->cap;

        derivation_move(caller, to, &cap);
    }
    return seL4_NoError;
}

/* ---- Ends ---- */

int cnode_revoke(struct invocation *invocation)
{
    int error;
    struct slot *slot = target(invocation, &error);

    return slot == NULL ? error : slot_revoke(slot);
}

int cnode_delete(struct invocation *invocation)
{
    int error;
    struct slot *slot = target(invocation, &error);

    return slot == NULL ? error : slot_delete(slot);
}

int cnode_cancel_badged_sends(struct invocation *invocation)
{
    int error;
    struct slot *slot = target(invocation, &error);
    struct endpoint *endpoint;
    uint64_t badge;
    uint64_t place;

    if (slot == NULL)
        return error;
    if (cap_type(&slot->cap) != CAP_ENDPOINT || slot->cap.endpoint.rights != RIGHTS_ALL)
        return refuse(seL4_IllegalOperation);
    if (slot->cap.endpoint.badge == 0)
        return seL4_NoError;
    endpoint = cap_object(&slot->cap);
    badge = slot->cap.endpoint.badge;
    place = invocation_place(invocation, (uint64_t)endpoint, badge, 0);
    error = endpoint_cancel_badge(endpoint, badge, &place);
    return error == PREEMPTED ? invocation_interrupted(invocation, (uint64_t)endpoint, badge, place) : error;
}
