/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/derivation.c: the derivation list.
 *
 * Who is a child, bottom-up: first whether a capability covers another (untyped memory covers what
 * lies in it, interrupt control covers handlers, else both are of the same object), then the
 * badges: a badged capability has as children the copies of itself with the same badge, an
 * unbadged one all others (manual 3.1.4 and 3.1.6).
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

static bool covers(const struct slot *parent, const struct slot *child)
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

static bool has_badge(enum cap_type kind)
{
    return kind == CAP_ENDPOINT || kind == CAP_NOTIFICATION || kind == CAP_SMC;
}

bool derivation_is_child(const struct slot *parent, const struct slot *child)
{
    if ((parent->next & SLOT_ORIGINAL) == 0 || !covers(parent, child))
        return false;
    if (!has_badge(cap_kind(&parent->cap)) || parent->cap.endpoint.badge == 0)
        return true;
    return parent->cap.endpoint.badge == child->cap.endpoint.badge && (child->next & SLOT_FIRST) == 0;
}

bool derivation_is_last(const struct slot *slot)
{
    const struct slot *next = slot_next(slot);
    const struct slot *previous = slot_previous(slot);

    return !(next != NULL && cap_same_object(&slot->cap, &next->cap)) &&
           !(previous != NULL && cap_same_object(&slot->cap, &previous->cap));
}

/* Whether a capability made from `from` may have children of its own. */
static uint64_t flags_of_new(const struct capability *from, const struct capability *cap)
{
    enum cap_type type = cap_type(cap);

    if (type == CAP_UNTYPED || (cap_type(from) == CAP_IRQ_CONTROL && type != CAP_IRQ_CONTROL) ||
        (has_badge(type) && cap->endpoint.badge != from->endpoint.badge))
        return SLOT_ORIGINAL | SLOT_FIRST;
    return 0;
}

void derivation_insert(struct slot *from, struct slot *to, const struct capability *cap)
{
    struct slot *next = slot_next(from);

    /* Of two capabilities to the same untyped memory only the newer one can be used. */
    if (cap_type(cap) == CAP_UNTYPED && cap_type(&from->cap) == CAP_UNTYPED &&
        cap->any.object == from->cap.any.object && cap->untyped.size_bits == from->cap.untyped.size_bits)
        from->cap.untyped.watermark = UINT64_C(1) << (cap->untyped.size_bits - WATERMARK_BITS);
    to->cap = *cap;
    to->next = (uint64_t)next | flags_of_new(&from->cap, cap);
    to->previous = (uint64_t)from;
    from->next = (uint64_t)to | (from->next & ~SLOT_LINK_MASK);
    if (next != NULL)
        next->previous = (uint64_t)to;
}

/* The neighbours of `slot` shall point to it. */
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

void derivation_remove(struct slot *slot)
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
