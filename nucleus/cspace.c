/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/cspace.c: walks CNodes (manual 3.3, "CSpace addressing"). Each CNode takes its guard and
 * its index from the bits that are left of the address.
 */
#include <sel4/constants.h>

#include "nucleus/cspace.h"

void cspace_missing(uint64_t bits_left)
{
    core.lookup_failure = (struct lookup_failure){.type = seL4_MissingCapability, .bits_left = bits_left};
}

unsigned lookup_failure_words(const struct lookup_failure *failure, uint64_t *words)
{
    static const uint8_t lengths[] = {
        [seL4_InvalidRoot] = 1,
        [seL4_MissingCapability] = 2,
        [seL4_DepthMismatch] = 3,
        [seL4_GuardMismatch] = 4,
    };

    words[0] = failure->type;
    words[1] = failure->bits_left;
    words[2] = failure->found[0];
    words[3] = failure->found[1];
    return lengths[failure->type];
}

/* Why the CNode cannot take its bits off the upper end of `address`, of which `left` are left. */
static ASIDE void note_mismatch(const struct capability *cnode, uint64_t address, uint64_t left)
{
    unsigned guard_bits = cnode->cnode.guard_bits;
    uint64_t guard = address >> 1 >> (63 - guard_bits); /* guard_bits may be 0 */

    if (guard_bits > left || guard != cnode->cnode.guard)
        core.lookup_failure = (struct lookup_failure){seL4_GuardMismatch, left, {cnode->cnode.guard, guard_bits}};
    else
        core.lookup_failure = (struct lookup_failure){seL4_DepthMismatch, left, {guard_bits + cnode->cnode.radix, 0}};
}

/* Walks CNodes until no bits are left, or up to the first slot without a CNode: the upper end of `address` has `*bits`
 * bits, 1 to 64, and what is left of them is stored there. Null: see lookup_failure. */
static struct slot *walk(const struct capability *cap, uint64_t address, unsigned *bits)
{
    uint64_t left = *bits;
    struct slot *slot = NULL;

    for (;;) {
        uint64_t word = cap->word[0];
        uint64_t radix = word >> CNODE_RADIX_SHIFT & 63; /* at least 1 */
        uint64_t guard = cap->cnode.guard;
        /* Bits that the CNode resolves; enormous if it is no CNode. */
        uint64_t taken = (word >> CNODE_GUARD_BITS_SHIFT) - CNODE_GUARD_BITS_TYPE + radix;
        uint64_t upper = address >> (-taken & 63);

        if (UNLIKELY(taken > left || upper >> radix != guard))
            break;
        slot = cnode_slots(cap) + (upper ^ guard << radix);
        left -= taken;
        if (left == 0)
            break;
        address <<= taken;
        cap = &slot->cap;
    }
    *bits = (unsigned)left;
    if (left == 0 || (slot != NULL && cap_type(cap) != CAP_CNODE))
        return slot;
    if (cap_type(cap) != CAP_CNODE)
        core.lookup_failure = (struct lookup_failure){.type = seL4_InvalidRoot};
    else
        note_mismatch(cap, address, left);
    return NULL;
}

struct slot *cspace_lookup_deep(const struct thread *thread, uint64_t address)
{
    unsigned bits = seL4_WordBits;

    return walk(&thread->slots[THREAD_SLOT_CSPACE].cap, address, &bits);
}

struct slot *cspace_lookup_nested(const struct thread *thread, uint64_t address)
{
    struct slot *slot = cspace_two_nodes(&thread->slots[THREAD_SLOT_CSPACE].cap, address);

    return LIKELY(slot != NULL) ? slot : cspace_lookup_deep(thread, address);
}

struct slot *cspace_lookup_from(const struct capability *root, uint64_t address, unsigned depth)
{
    unsigned bits = depth;
    struct slot *slot = walk(root, address << (seL4_WordBits - depth), &bits);

    if (slot != NULL && bits > 0) {
        core.lookup_failure = (struct lookup_failure){.type = seL4_DepthMismatch, .bits_left = bits};
        return NULL;
    }
    return slot;
}
