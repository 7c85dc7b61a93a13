/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/untyped.c: making objects (manual 2.4, "Untyped memory").
 *
 * Untyped memory is used from its start upwards; the watermark says how far. When it has no children
 * left, it is used from the start again. New objects find zeroed memory. It is zeroed when it is
 * needed, not when it is given back, and only what is needed: how far beyond the watermark it is zero
 * already stands in the capability (`cleared`), so zeroing can be interrupted at every page and goes
 * on there when the call is made again.
 */
#include <sel4/constants.h>

#include "nucleus/arch.h"
#include "nucleus/cspace.h"
#include "nucleus/derivation.h"
#include "nucleus/memory.h"
#include "nucleus/object.h"
#include "nucleus/operations.h"

/* From this many objects on, checking their slots and making them are two steps. */
#define MANY_OBJECTS 32

/* What the arguments of a retype mean. */
struct retype {
    uint64_t type;
    unsigned bits;   /* log2 of the size of an object */
    uint64_t count;
    struct slot *to; /* the first of `count` empty slots */
    bool fresh;      /* the untyped memory has no children: it is used from its start */
    uint64_t offset; /* of the first object in the untyped memory, bytes */
};

/* ---- Checks ---- */

static int check_type(const struct invocation *invocation, struct retype *retype)
{
    uint64_t type = invocation_word(invocation, 0);
    uint64_t size_bits = invocation_word(invocation, 1);

    if (type >= seL4_ObjectTypeCount)
        return refuse_argument(0);
    if (size_bits >= seL4_WordBits)
        return refuse_range(0, seL4_MaxUntypedBits);
    retype->type = type;
    retype->bits = object_bits(type, size_bits);
    if (retype->bits > seL4_MaxUntypedBits)
        return refuse_range(0, seL4_MaxUntypedBits);
    if ((type == seL4_CapTableObject && size_bits == 0) ||
        (type == seL4_UntypedObject && size_bits < seL4_MinUntypedBits))
        return refuse_argument(1);
    return seL4_NoError;
}

/* The CNode that gets the capabilities: the root itself, or what is at `index`, `depth` in it. */
static int check_node(const struct invocation *invocation, const struct capability **node)
{
    const struct capability *root = &invocation->caps[0]->cap;
    uint64_t index = invocation_word(invocation, 2);
    uint64_t depth = invocation_word(invocation, 3);
    const struct slot *slot;
    int error;

    *node = root;
    if (depth != 0) {
        slot = depth > seL4_WordBits ? invocation_slot_checked(root, index, depth, false, &error)
                                     : invocation_slot(root, index, depth, false, &error);
        if (slot == NULL)
            return error;
        *node = &slot->cap;
    }
    if (cap_type(*node) != CAP_CNODE) {
        cspace_missing(depth);
        return refuse_lookup(false);
    }
    return seL4_NoError;
}

static int check_window(const struct invocation *invocation, struct retype *retype)
{
    const struct capability *node;
    uint64_t offset = invocation_word(invocation, 4);
    uint64_t count = invocation_word(invocation, 5);
    int error = check_node(invocation, &node);
    uint64_t slots;

    if (error != seL4_NoError)
        return error;
    slots = UINT64_C(1) << node->cnode.radix;
    if (offset >= slots)
        return refuse_range(0, slots - 1);
    if (count < 1 || count > seL4_UntypedRetypeMaxObjects)
        return refuse_range(1, seL4_UntypedRetypeMaxObjects);
    if (count > slots - offset)
        return refuse_range(1, slots - offset);
    retype->to = cnode_slots(node) + offset;
    retype->count = count;
#pragma GCC unroll 4
    for (uint64_t i = 0; i < count; i++)
        if (!slot_empty(&retype->to[i]))
            return refuse(seL4_DeleteFirst);
    return seL4_NoError;
}

static int check_memory(const struct slot *slot, struct retype *retype)
{
    const struct capability *cap = &slot->cap;
    uint64_t size = UINT64_C(1) << cap->untyped.size_bits;
    uint64_t used;

    retype->fresh = !derivation_has_children(slot);
    used = retype->fresh ? 0 : (uint64_t)cap->untyped.watermark << WATERMARK_BITS;
    if ((size - used) >> retype->bits < retype->count)
        return refuse_memory(size - used);
    if (cap->untyped.device && !object_may_be_device(retype->type))
        return refuse_argument(1);
    retype->offset = align_up(used, retype->bits);
    /* Alignment may have taken what was left. */
    if (retype->offset + (retype->count << retype->bits) > size)
        return refuse_memory(size - used);
    return seL4_NoError;
}

/* ---- Zeroing ---- */

static void zero_words(uint64_t *start, uint64_t *end)
{
    for (; start < end; start += 2) {
        start[0] = 0;
        start[1] = 0;
    }
}

/* Zeroes from `start` to `end`, offsets in the untyped memory, multiples of 16; beyond one page,
 * page by page, with what was done remembered in the capability. `clean`: frames, which user level may
 * map uncached. */
static inline __attribute__((always_inline)) int zero(struct capability *cap, uint64_t start, uint64_t end, bool clean)
{
    uint64_t base = (uint64_t)cap_object(cap);
    uint64_t done = (uint64_t)cap->untyped.cleared << PAGE_BITS;

    if (done > start && (cap->untyped.cleaned || !clean)) {
        cap->untyped.cleaned &= clean;
        start = done;
    } else {
        cap->untyped.cleaned = clean;
    }
    if ((start | end) % (4 * CACHE_LINE) != 0) {
        uint64_t page_end = (start | mask_bits(PAGE_BITS)) + 1;

        if (end <= page_end) {
            zero_words((uint64_t *)(base + start), (uint64_t *)(base + end));
            return seL4_NoError;
        }
        zero_words((uint64_t *)(base + start), (uint64_t *)(base + page_end));
        start = page_end;
        end = align_up(end, PAGE_BITS);
    }
    while (start < end) {
        uint64_t next = (start | mask_bits(PAGE_BITS)) + 1;

        if (next > end)
            next = end;
        if (clean)
            memory_zero_lines(base + start, base + next, true);
        else
            memory_zero_lines(base + start, base + next, false);
        start = next;
        cap->untyped.cleared = FIELD(start >> PAGE_BITS, 28);
        if (start < end && interrupt_waits())
            return PREEMPTED;
    }
    return seL4_NoError;
}

/* ---- Invoke ---- */

/* The new capabilities stand behind that of the untyped memory, the last one first. They differ in the address of the
 * object only. */
static void create_objects(struct slot *untyped, const struct retype *retype)
{
    uint64_t physical = cap_physical(&untyped->cap) + retype->offset;
    struct capability cap = object_capability(retype->type, physical, retype->bits, untyped->cap.untyped.device);
    struct slot *end = retype->to + retype->count;
    struct slot *behind = slot_next(untyped);

    if (behind != NULL)
        behind->previous = (uint64_t)retype->to;
    for (struct slot *to = retype->to; to < end; to++, cap.word[0] += UINT64_C(1) << retype->bits) {
        to->cap = cap;
        to->next = (uint64_t)behind | SLOT_ORIGINAL | SLOT_FIRST;
        to->previous = (uint64_t)(to + 1);
        behind = to;
    }
    behind->previous = (uint64_t)untyped;
    untyped->next = (uint64_t)behind | (untyped->next & ~SLOT_LINK_MASK);
    object_set_values(retype->type, physical, retype->bits, retype->count);
}

static int retype_invoke(struct slot *untyped, const struct retype *retype)
{
    struct capability *cap = &untyped->cap;
    uint64_t end = retype->offset + (retype->count << retype->bits);

    if (retype->fresh && cap->untyped.watermark != 0) {
        cap->untyped.watermark = 0;
        cap->untyped.cleared = 0;
    }
    if (!cap->untyped.device && retype->type != seL4_UntypedObject) {
        int error;

        /* What alignment leaves out is lost, so that all behind the watermark is zero up to `cleared`. */
        cap->untyped.watermark = FIELD(retype->offset >> WATERMARK_BITS, 36);
        error = zero(cap, retype->offset, end, object_may_be_device(retype->type));

        if (error != seL4_NoError)
            return error;
    }
    if (retype->count >= MANY_OBJECTS && interrupt_waits())
        return PREEMPTED;
    create_objects(untyped, retype);
    cap->untyped.watermark = FIELD(end >> WATERMARK_BITS, 36);
    return seL4_NoError;
}

int untyped_retype(struct invocation *invocation)
{
    struct retype retype;
    int error = check_type(invocation, &retype);

    if (error == seL4_NoError)
        error = check_window(invocation, &retype);
    if (error == seL4_NoError)
        error = check_memory(invocation->slot, &retype);
    if (error != seL4_NoError)
        return error;
    return retype_invoke(invocation->slot, &retype);
}

/* See abi/include/nucleus.h. */
int untyped_zero(struct invocation *invocation)
{
    struct capability *cap = &invocation->slot->cap;
    uint64_t pages = invocation_word(invocation, 0);
    int error = seL4_NoError;

    if (invocation->length < 1)
        return refuse(seL4_TruncatedMessage);
    if (cap->untyped.device || pages > (UINT64_C(1) << cap->untyped.size_bits) >> PAGE_BITS)
        return refuse_argument(0);
    if (derivation_has_children(invocation->slot))
        return refuse(seL4_RevokeFirst);
    if (cap->untyped.watermark != 0 || !cap->untyped.cleaned) {
        cap->untyped.watermark = 0;
        cap->untyped.cleared = 0;
    }
    if (pages > cap->untyped.cleared)
        error = zero(cap, 0, pages << PAGE_BITS, true);
    if (error == seL4_NoError && invocation->is_call) {
        invocation->thread->context.x[REG_MESSAGE] = cap->untyped.cleared;
        invocation->answer_length = 1;
    }
    return error;
}
