/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/cspace.h: from an address in a capability space to a slot.
 */
#pragma once

#include "nucleus/core.h"

/* The walk in the case that is usual: one CNode whose guard and index take all of the `depth` bits of the address.
 * Null if it is not so; nothing is known of the address then. Any capability will do; `depth` is at most 255. */
static inline struct slot *cspace_one_node(const struct capability *root, uint64_t address, uint64_t depth)
{
    uint64_t word = root->word[0];
    uint64_t radix = word >> CNODE_RADIX_SHIFT & 63;

    /* Type, guard_bits (and zeros in between) in one comparison. */
    if (UNLIKELY((word >> CNODE_GUARD_BITS_SHIFT) + radix != CNODE_GUARD_BITS_TYPE + depth))
        return NULL;
    /* The guard goes; what is left is the index. */
    address = (address ^ root->cnode.guard << radix) << (-depth & 63) >> (-depth & 63);
    return LIKELY(address >> radix == 0) ? cnode_slots(root) + address : NULL;
}

/* The slot in the first CNode; *left is how many bits of the address follow. Null: the guard does not match, or too few bits are
 * left. */
INLINE struct slot *cspace_outer_slot(const struct capability *root, uint64_t address, uint64_t depth, uint64_t *left)
{
    uint64_t word = root->word[0];
    uint64_t radix = word >> CNODE_RADIX_SHIFT & 63;

    *left = CNODE_GUARD_BITS_TYPE + depth - ((word >> CNODE_GUARD_BITS_SHIFT) + radix);
    uint64_t upper = address >> (*left & 63) ^ root->cnode.guard << radix;

    return UNLIKELY(*left >= 64 || upper >> radix != 0) ? NULL : cnode_slots(root) + upper;
}

/* As cspace_one_node, for one CNode or two; `depth` may be anything. */
INLINE struct slot *cspace_one_or_two(const struct capability *root, uint64_t address, uint64_t depth)
{
    uint64_t left;

    if (UNLIKELY(depth - 1 >= seL4_WordBits))
        return NULL;
    address = address << (-depth & 63) >> (-depth & 63);
    struct slot *outer = cspace_outer_slot(root, address, depth, &left);

    return outer == NULL || left == 0 ? outer : cspace_one_node(&outer->cap, address, left);
}

/* The walk for a 64-bit address that leads through two CNodes. */
INLINE struct slot *cspace_two_nodes(const struct capability *root, uint64_t address)
{
    uint64_t left;
    const struct slot *outer = cspace_outer_slot(root, address, 64, &left);

    return UNLIKELY(outer == NULL) ? NULL : cspace_one_node(&outer->cap, address, left);
}

/* The slot at `address` in the thread's CSpace, where the walk ends at the first capability that is
 * not a CNode. Null: not found, see core.lookup_failure. The slot may be empty. */
struct slot *cspace_lookup_nested(const struct thread *thread, uint64_t address); /* it is not in the first CNode */
struct slot *cspace_lookup_deep(const struct thread *thread, uint64_t address);   /* nor in a second one */
static inline struct slot *cspace_lookup(const struct thread *thread, uint64_t address)
{
    struct slot *slot = cspace_one_node(&thread->slots[THREAD_SLOT_CSPACE].cap, address, 64);

    return LIKELY(slot != NULL) ? slot : cspace_lookup_nested(thread, address);
}

/* The slot at the `depth` bits of `address`, all of them used, from `root`. Null: see
 * core.lookup_failure. `depth` is 1 to 64 (the caller checks). */
struct slot *cspace_lookup_from(const struct capability *root, uint64_t address, unsigned depth);

/* The words that describe a failed lookup, as in errors and capability faults. Returns their number. */
unsigned lookup_failure_words(const struct lookup_failure *failure, uint64_t *words);

/* The slots that a message's capabilities were found in. */
struct message_caps {
    unsigned count;
    struct slot *slot[seL4_MsgMaxExtraCaps];
};

/* Sets core.lookup_failure to "nothing there". */
void cspace_missing(uint64_t bits_left);
