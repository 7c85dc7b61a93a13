/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/derivation.c: the derivation list: what untyped memory and interrupt control cover; moving and exchanging
 * slots.
 */
#include <sel4/constants.h>

#include "nucleus/derivation.h"
#include "nucleus/reply.h"

static uint64_t remnant_physical(const struct slot *slot)
{
    return physical_of(slot) + SLOT_SIZE - (UINT64_C(SLOT_SIZE) << slot->cap.remnant.radix);
}

/* The object lies in the untyped memory. An object never reaches over its end; other untyped
 * memory at the same start may. */
static bool untyped_covers(const struct capability *untyped, const struct slot *slot)
{
    enum cap_type kind = cap_kind(&slot->cap);
    uint64_t physical = kind == CAP_REMNANT ? remnant_physical(slot) : cap_physical(&slot->cap);

    if (kind == CAP_UNTYPED)
        return slot->cap.untyped.size_bits <= untyped->untyped.size_bits &&
               (physical - cap_physical(untyped)) >> untyped->untyped.size_bits == 0;
    if (kind != CAP_REMNANT && cap_size_bits(&slot->cap) == 0)
        return false;
    return (physical - cap_physical(untyped)) >> untyped->untyped.size_bits == 0;
}

bool derivation_covers(const struct slot *parent, const struct slot *child)
{
    enum cap_type kind = cap_kind(&child->cap);

    switch (cap_kind(&parent->cap)) {
    case CAP_UNTYPED:
        return untyped_covers(&parent->cap, child);
    case CAP_IRQ_CONTROL:
        return kind == CAP_IRQ_CONTROL || kind == CAP_IRQ_HANDLER || kind == CAP_SGI_SIGNAL;
    default:
        return cap_same_object(&parent->cap, &child->cap);
    }
}

/* The neighbours of `slot` are to point to it. */
static void link_neighbours(struct slot *slot)
{
    struct slot *next = slot_next(slot);
    struct slot *previous = slot_previous(slot);

    if (next != NULL)
        next->previous = (uint64_t)slot;
    if (previous != NULL)
        previous->next = (uint64_t)slot | (previous->next & ~SLOT_LINK_MASK);
}

void derivation_move(struct slot *from, struct slot *to, const struct capability *cap)
{
    to->cap = *cap;
    to->next = from->next;
    to->previous = from->previous;
    *from = (struct slot){0};
    link_neighbours(to);
    if (cap_type(&to->cap) == CAP_REPLY)
        reply_moved(to);
}

/* After its links were exchanged with those of `other`, a slot that stood beside it has itself as a
 * neighbour. */
static void fix_adjacent(struct slot *slot, struct slot *other)
{
    if (slot_next(slot) == slot)
        slot->next = (uint64_t)other | (slot->next & ~SLOT_LINK_MASK);
    if (slot_previous(slot) == slot)
        slot->previous = (uint64_t)other;
}

void derivation_swap(struct slot *a, const struct capability *new_a, struct slot *b, const struct capability *new_b)
{
    struct slot old_a = *a;
    struct slot old_b = *b;

    *a = (struct slot){*new_a, old_b.next, old_b.previous};
    *b = (struct slot){*new_b, old_a.next, old_a.previous};
    fix_adjacent(a, b);
    fix_adjacent(b, a);
    if (!slot_empty(a))
        link_neighbours(a);
    if (!slot_empty(b))
        link_neighbours(b);
    if (cap_type(&a->cap) == CAP_REPLY)
        reply_moved(a);
    if (cap_type(&b->cap) == CAP_REPLY)
        reply_moved(b);
}
