/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/derivation.h: which capability came from which.
 *
 * The derivation tree is kept as a list in the order in which one walks it: a capability, then all
 * that was derived from it. Who is whose child is not stored but told by comparison (derivation.c),
 * so the links stay right when an inner capability is deleted: its children become its parent's.
 * All capabilities of one object stand next to each other; so the last one is known by its
 * neighbours.
 *
 * Every capability but replies is in the list; those of the initial thread start lists of their own.
 */
#ifndef NUCLEUS_DERIVATION_H
#define NUCLEUS_DERIVATION_H

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

/* `child` was derived from `parent`, if it stands behind it in the list with only children between. */
bool derivation_is_child(const struct slot *parent, const struct slot *child);

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
bool derivation_is_last(const struct slot *slot);

/* Puts `cap` into the empty slot `to`, derived from the one in `from`. */
void derivation_insert(struct slot *from, struct slot *to, const struct capability *cap);

/* The same for a new object of untyped memory. */
static inline void derivation_insert_object(struct slot *parent, struct slot *to, const struct capability *cap)
{
    struct slot *next = slot_next(parent);

    to->cap = *cap;
    to->next = (uint64_t)next | SLOT_ORIGINAL | SLOT_FIRST;
    to->previous = (uint64_t)parent;
    parent->next = (uint64_t)to | (parent->next & ~SLOT_LINK_MASK);
    if (next != NULL)
        next->previous = (uint64_t)to;
}

/* Puts `cap`, which is what `from` holds or a changed form of it, into the empty slot `to` and
 * empties `from`. */
void derivation_move(struct slot *from, struct slot *to, const struct capability *cap);

/* Exchanges two slots, giving them new contents. */
void derivation_swap(struct slot *a, const struct capability *new_a, struct slot *b, const struct capability *new_b);

/* Empties a slot and takes it out of the list. */
void derivation_remove(struct slot *slot);

#endif
