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
static struct slot *target(const struct invocation *invocation, int *error)
{
    return invocation_slot(&invocation->slot->cap, invocation_word(invocation, 0),
                           (uint8_t)invocation_word(invocation, 1), false, error);
}

static struct slot *empty_target(const struct invocation *invocation, int *error)
{
    return invocation_empty_slot(&invocation->slot->cap, invocation_word(invocation, 0),
                                 (uint8_t)invocation_word(invocation, 1), error);
}

/* The occupied slot named by the words from `first` on in the `n`th capability of the message. */
static struct slot *source(const struct invocation *invocation, unsigned n, unsigned first, bool is_source, int *error)
{
    uint64_t depth = (uint8_t)invocation_word(invocation, first + 1);
    struct slot *slot =
        invocation_slot(&invocation->caps[n]->cap, invocation_word(invocation, first), depth, is_source, error);

    if (slot != NULL && (slot_empty(slot) || cap_type(&slot->cap) >= CAP_DYING)) {
        cspace_missing(depth);
        *error = refuse_lookup(is_source);
        return NULL;
    }
    return slot;
}

/* ---- Copies ---- */

/* `data`: null for a copy. */
static int copy(struct invocation *invocation, const uint64_t *data)
{
    struct capability derived;
    struct slot *from;
    struct slot *to;
    int error;

    to = empty_target(invocation, &error);
    if (to == NULL)
        return error;
    from = source(invocation, 0, 2, true, &error);
    if (from == NULL)
        return error;
    error = cap_derive(from, &derived);
    if (error != seL4_NoError)
        return refuse((enum seL4_Error)error);
    cap_mask_rights(&derived, invocation_word(invocation, 4));
    if (cap_type(&derived) == CAP_NULL || (data != NULL && !cap_apply_data(&derived, *data, false)))
        return refuse(seL4_IllegalOperation);
    derivation_insert(from, to, &derived);
    return seL4_NoError;
}

int cnode_copy(struct invocation *invocation)
{
    return copy(invocation, NULL);
}

int cnode_mint(struct invocation *invocation)
{
    uint64_t data = invocation_word(invocation, 5);

    return copy(invocation, &data);
}

/* ---- Moves ---- */

static int move(struct invocation *invocation, const uint64_t *data)
{
    struct capability cap;
    struct slot *from;
    struct slot *to;
    int error;

    to = empty_target(invocation, &error);
    if (to == NULL)
        return error;
    from = source(invocation, 0, 2, true, &error);
    if (from == NULL)
        return error;
    cap = from->cap;
    if (data != NULL && !cap_apply_data(&cap, *data, true))
        return refuse(seL4_IllegalOperation);
    derivation_move(from, to, &cap);
    return seL4_NoError;
}

int cnode_move(struct invocation *invocation)
{
    return move(invocation, NULL);
}

int cnode_mutate(struct invocation *invocation)
{
    uint64_t data = invocation_word(invocation, 4);

    return move(invocation, &data);
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
    from = invocation_slot(&invocation->caps[1]->cap, invocation_word(invocation, 6),
                           (uint8_t)invocation_word(invocation, 7), true, &error);
    if (from == NULL)
        return error;
    pivot = invocation_slot(&invocation->caps[0]->cap, invocation_word(invocation, 3),
                            (uint8_t)invocation_word(invocation, 4), false, &error);
    if (pivot == NULL)
        return error;
    if (pivot == from || pivot == to)
        return refuse(seL4_IllegalOperation);
    if (from != to && !slot_empty(to))
        return refuse(seL4_DeleteFirst);
    if (slot_empty(from) || cap_type(&from->cap) >= CAP_DYING) {
        cspace_missing((uint8_t)invocation_word(invocation, 7));
        return refuse_lookup(true);
    }
    if (slot_empty(pivot) || cap_type(&pivot->cap) >= CAP_DYING) {
        cspace_missing((uint8_t)invocation_word(invocation, 4));
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

    if (slot == NULL)
        return error;
    if (cap_type(&slot->cap) != CAP_ENDPOINT || slot->cap.endpoint.rights != RIGHTS_ALL)
        return refuse(seL4_IllegalOperation);
    if (slot->cap.endpoint.badge == 0)
        return seL4_NoError;
    return endpoint_cancel_badge(cap_object(&slot->cap), slot->cap.endpoint.badge);
}
