/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/derivation.h: which capability came from which.
 *
 * The derivation tree is kept as a list in the order in which one walks it: a capability, then all
 * that was derived from it. Parent and child are not stored but found by comparison (derivation.c),
 * so the links stay right when an inner capability is deleted: its children become its parent's.
 * All capabilities of one object stand next to each other; so the last one is known by its
 * neighbours.
 *
 * Every capability but replies is in the list; those of the initial thread start lists of their own.
 */
#pragma once

#include "nucleus/capability.h"

/* Flags in `next`. */
#define SLOT_ORIGINAL 1 /* may have children: made by retype, or the first with its badge */
#define SLOT_FIRST 2    /* the first with its badge: not a child of another with the same badge */
#define SLOT_LINK_MASK (~(uint64_t)(SLOT_SIZE - 1))

static inline struct slot *slot_next(const struct slot *slot)
{
    return (struct slot *)(slot->next & SLOT_LINK_MASK);
}

static inline struct slot *slot_previous(const struct slot *slot)
{
    return (struct slot *)slot->previous;
}

/* Untyped memory covers what lies in it, interrupt control covers handlers, else both are of the same object. */
bool derivation_covers(const struct slot *parent, const struct slot *child);

static inline bool derivation_has_badge(enum cap_type kind)
{
    return kind == CAP_ENDPOINT || kind == CAP_NOTIFICATION || kind == CAP_SMC;
}

/* `child` was derived from `parent`, if it stands behind it in the list with only children between: it is covered, and
 * has the right badge: a badged capability has as children the copies of itself with the same badge, an unbadged one
 * all others (manual 3.1.4 and 3.1.6). */
static inline bool derivation_is_child(const struct slot *parent, const struct slot *child)
{
    uint64_t different = (parent->cap.word[0] ^ child->cap.word[0]) & CAP_IDENTITY;

    if ((parent->next & SLOT_ORIGINAL) == 0)
        return false;
    if (cap_type(&parent->cap) == CAP_UNTYPED && LIKELY(CAP_LIES_IN_UNTYPED >> cap_type(&child->cap) & 1))
        return (cap_physical(&child->cap) - cap_physical(&parent->cap)) >> parent->cap.untyped.size_bits == 0;
    if (UNLIKELY(different != 0 || (CAP_IDENTITY_IS_ALL >> cap_type(&parent->cap) & 1) == 0) &&
        !derivation_covers(parent, child))
        return false;
    if (!derivation_has_badge(cap_kind(&parent->cap)) || parent->cap.endpoint.badge == 0)
        return true;
    return parent->cap.endpoint.badge == child->cap.endpoint.badge && (child->next & SLOT_FIRST) == 0;
}

/* The next in the list, if it is a child; else null. */
static inline struct slot *derivation_child(const struct slot *parent)
{
    struct slot *next = slot_next(parent);

    return next != NULL && derivation_is_child(parent, next) ? next : NULL;
}

static inline bool derivation_has_children(const struct slot *slot)
{
    return derivation_child(slot) != NULL;
}

/* No other capability names the same object. */
static inline bool derivation_is_last(const struct slot *slot)
{
    const struct slot *next = slot_next(slot);
    const struct slot *previous = slot_previous(slot);

    return !(previous != NULL && cap_same_object(&slot->cap, &previous->cap)) &&
           !(next != NULL && cap_same_object(&slot->cap, &next->cap));
}

/* Whether a capability made from `from` may have children of its own. */
static inline uint64_t derivation_flags_of_new(const struct capability *from, const struct capability *cap)
{
    enum cap_type type = cap_type(cap);

    if (type == CAP_UNTYPED || (cap_type(from) == CAP_IRQ_CONTROL && type != CAP_IRQ_CONTROL) ||
        (derivation_has_badge(type) && cap->endpoint.badge != from->endpoint.badge))
        return SLOT_ORIGINAL | SLOT_FIRST;
    return 0;
}

/* Puts `cap` into the empty slot `to`, derived from the one in `from`. */
static inline void derivation_insert(struct slot *from, struct slot *to, const struct capability *cap)
{
    struct slot *next = slot_next(from);

    /* Of two capabilities to the same untyped memory only the newer one can be used. */
    if (UNLIKELY(cap_type(cap) == CAP_UNTYPED) && cap_type(&from->cap) == CAP_UNTYPED &&
        cap->any.object == from->cap.any.object && cap->untyped.size_bits == from->cap.untyped.size_bits)
        from->cap.untyped.watermark = UINT64_C(1) << (cap->untyped.size_bits - WATERMARK_BITS);
    to->cap = *cap;
    to->next = (uint64_t)next | derivation_flags_of_new(&from->cap, cap);
    to->previous = (uint64_t)from;
    from->next = (uint64_t)to | (from->next & ~SLOT_LINK_MASK);
    if (next != NULL)
        next->previous = (uint64_t)to;
}

/* Puts `cap`, which is what `from` holds or a changed form of it, into the empty slot `to` and
 * empties `from`. */
void derivation_move(struct slot *from, struct slot *to, const struct capability *cap);

/* Exchanges two slots, giving them new contents. */
void derivation_swap(struct slot *a, const struct capability *new_a, struct slot *b, const struct capability *new_b);

/* Empties a slot and takes it out of the list. */
static inline void derivation_remove(struct slot *slot)
{
    struct slot *next = slot_next(slot);
    struct slot *previous = slot_previous(slot);

    /* The next may be the first with its badge from now on. */
    if (next != NULL) {
        next->next |= slot->next & SLOT_FIRST;
        next->previous = (uint64_t)previous;
    }
    if (previous != NULL)
        previous->next = (uint64_t)next | (previous->next & ~SLOT_LINK_MASK);
    *slot = (struct slot){0};
}
