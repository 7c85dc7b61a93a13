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

/* One level: the slot of `cnode` for the upper end of the address, of which `*bits` bits are left, from
 * bit 63 downwards; takes its bits off. */
static inline struct slot *step(const struct capability *cnode, uint64_t *address, unsigned *bits)
{
    unsigned left = *bits;
    unsigned guard_bits = cnode->cnode.guard_bits;
    unsigned radix = cnode->cnode.radix;
    uint64_t guard = *address >> 1 >> (63 - guard_bits); /* guard_bits may be 0 */
    uint64_t rest = *address << guard_bits;

    if (UNLIKELY(guard_bits > left || guard != cnode->cnode.guard)) {
        core.lookup_failure = (struct lookup_failure){seL4_GuardMismatch, left, {cnode->cnode.guard, guard_bits}};
        return NULL;
    }
    if (UNLIKELY(guard_bits + radix > left)) {
        core.lookup_failure = (struct lookup_failure){seL4_DepthMismatch, left, {guard_bits + radix, 0}};
        return NULL;
    }
    *bits = left - guard_bits - radix;
    *address = rest << radix;
    return cnode_slots(cnode) + (rest >> (64 - radix)); /* radix is at least 1 */
}

/* As many levels as there are, and what is wrong if it is that. */
static ASIDE struct slot *walk(const struct capability *cap, uint64_t address)
{
    unsigned bits = seL4_WordBits;
    struct slot *slot;

    if (UNLIKELY(cap_type(cap) != CAP_CNODE)) {
        core.lookup_failure = (struct lookup_failure){.type = seL4_InvalidRoot};
        return NULL;
    }
    do {
        slot = step(cap, &address, &bits);
        if (UNLIKELY(slot == NULL))
            return NULL;
        cap = &slot->cap;
    } while (bits > 0 && cap_type(cap) == CAP_CNODE);
    return slot;
}

struct slot *cspace_lookup_nested(const struct thread *thread, uint64_t address)
{
    const struct capability *root = &thread->slots[THREAD_SLOT_CSPACE].cap;
    struct slot *slot = cspace_two_nodes(root, address);

    return LIKELY(slot != NULL) ? slot : walk(root, address);
}

struct slot *cspace_lookup_from(const struct capability *root, uint64_t address, unsigned depth)
{
    unsigned bits = depth;
    struct slot *slot;

    if (cap_type(root) != CAP_CNODE) {
        core.lookup_failure = (struct lookup_failure){.type = seL4_InvalidRoot};
        return NULL;
    }
    address <<= seL4_WordBits - depth; /* depth is at least 1 */
    do {
        slot = step(root, &address, &bits);
        if (slot == NULL)
            return NULL;
        root = &slot->cap;
    } while (bits > 0 && cap_type(root) == CAP_CNODE);
    if (bits > 0) {
        core.lookup_failure = (struct lookup_failure){.type = seL4_DepthMismatch, .bits_left = bits};
        return NULL;
    }
    return slot;
}
