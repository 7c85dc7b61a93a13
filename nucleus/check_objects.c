/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/check_objects.c: what is true between two entries to the kernel, of capabilities and of what they stand for.
 *
 * All CNodes are found from the threads' slots on; then each derivation list is walked from its first
 * capability, which lies in one of those CNodes. Lists also lead to capabilities that nobody can reach any more, so
 * everything is seen, once. Then the sums must agree: as many pages are mapped as capabilities say that they mapped
 * one, and as many ASIDs are in use as address spaces have one.
 *
 * Bottom-up: the CNodes, a capability, sums over the tables, all of it. While a deletion is half done (remnants, dying
 * capabilities), sums are not compared.
 */
#include <sel4/constants.h>

#include "nucleus/check.h"

#include "nucleus/asid.h"
#include "nucleus/debug.h"
#include "nucleus/deletion.h"
#include "nucleus/derivation.h"
#include "nucleus/endpoint.h"
#include "nucleus/notification.h"
#include "nucleus/vspace.h"

/* More are left out, and sums are not compared. */
#define CNODES 256

static struct {
    const struct capability *found[CNODES];
    unsigned count;
    bool all;            /* none was left out, and no deletion is half done */
    uint64_t mapped;     /* capabilities with a mapping that is there */
    uint64_t spaces;     /* address spaces with an ASID */
} walk;

/* ---- CNodes ---- */

static void note_cnode(const struct capability *cap)
{
    if (cap_type(cap) != CAP_CNODE)
        return;
    for (unsigned i = 0; i < walk.count; i++)
        if (walk.found[i]->cnode.object == cap->cnode.object)
            return;
    if (walk.count == CNODES)
        walk.all = false;
    else
        walk.found[walk.count++] = cap;
}

static void find_cnodes(void)
{
    for (const struct thread *thread = debug_threads(); thread != NULL; thread = thread->all_next)
        note_cnode(&thread->slots[THREAD_SLOT_CSPACE].cap);
    for (unsigned i = 0; i < walk.count; i++) {
        const struct slot *slots = cnode_slots(walk.found[i]);

        for (uint64_t at = 0; at < UINT64_C(1) << walk.found[i]->cnode.radix; at++)
            note_cnode(&slots[at].cap);
    }
}

/* ---- A capability ---- */

static void check_links(const struct slot *slot)
{
    const struct slot *next = slot_next(slot);
    const struct slot *previous = slot_previous(slot);

    check_that(next == NULL || slot_previous(next) == slot, "derivation: the next one's link back");
    check_that(previous == NULL || slot_next(previous) == slot, "derivation: the previous one's link forward");
    check_that(next == NULL || !slot_empty(next), "derivation: an empty slot");
}

/* The newest of its children must lie below the watermark. Of two capabilities to the same memory, the older one is
 * full. */
static void check_untyped(const struct slot *slot)
{
    const struct capability *cap = &slot->cap;
    const struct slot *child = derivation_child(slot);
    uint64_t used = (uint64_t)cap->untyped.watermark << WATERMARK_BITS;

    check_that(used <= UINT64_C(1) << cap->untyped.size_bits, "untyped: the watermark is beyond its end");
    if (child == NULL || cap_type(&child->cap) == CAP_REMNANT || cap_type(&child->cap) == CAP_DYING)
        return;
    uint64_t end = cap_physical(&child->cap) + (UINT64_C(1) << cap_size_bits(&child->cap));

    check_that(end - cap_physical(cap) <= used, "untyped: a child above the watermark");
}

/* Whether the mapping that the capability made is there still. */
static bool is_mapped(const struct capability *cap)
{
    uint64_t *entry = cap->frame.asid == 0 ? NULL : asid_entry(cap->frame.asid);

    if (entry == NULL || *entry == 0)
        return false;
    struct walk found = vspace_walk(window(*entry & VTTBR_ROOT), cap->frame.address);

    return found.bits == cap_frame_bits(cap) && (*found.entry & ENTRY_VALID) != 0 &&
           (*found.entry & ENTRY_ADDRESS) == cap_physical(cap);
}

static void check_queue(const struct thread_queue *queue)
{
    check_that((queue->first == NULL) == (queue->last == NULL), "queue: only one end");
    check_that(queue->first == NULL || queue->first->queue_previous == NULL, "queue: its start");
    check_that(queue->last == NULL || queue->last->queue_next == NULL, "queue: its end");
}

static void check_space(const struct slot *slot)
{
    const struct slot *previous = slot_previous(slot);
    const struct capability *cap = &slot->cap;

    if (vspace_of(cap) == NULL)
        return;
    check_that(vspace_of(cap) == cap_object(cap), "address space: its ASID is another's");
    if (previous == NULL || !cap_same_object(cap, &previous->cap))
        walk.spaces++;
}

static void check_capability(const struct slot *slot)
{
    check_links(slot);
    switch (cap_type(&slot->cap)) {
    case CAP_UNTYPED:
        check_untyped(slot);
        break;
    case CAP_ENDPOINT:
        check_queue(&((const struct endpoint *)cap_object(&slot->cap))->queue);
        break;
    case CAP_NOTIFICATION:
        check_queue(&((const struct notification *)cap_object(&slot->cap))->queue);
        break;
    case CAP_FRAME:
        walk.mapped += is_mapped(&slot->cap);
        break;
    case CAP_VSPACE:
        check_space(slot);
        break;
    case CAP_REPLY:
        check_that(false, "derivation: a reply capability");
        break;
    case CAP_DYING:
    case CAP_REMNANT:
        walk.all = false;
        break;
    default:
        check_that(cap_type(&slot->cap) < CAP_TYPES, "capability: no such type");
    }
}

static void check_list_from(const struct slot *first)
{
    if (slot_empty(first) || cap_type(&first->cap) == CAP_REPLY || slot_previous(first) != NULL)
        return;
    for (const struct slot *slot = first; slot != NULL; slot = slot_next(slot))
        check_capability(slot);
}

/* ---- Tables ---- */

static uint64_t pages_below(const uint64_t *table, unsigned count, unsigned bits)
{
    uint64_t pages = 0;

    for (unsigned i = 0; i < count; i++)
        if (entry_is_table(table[i], bits))
            pages += pages_below(window(table[i] & ENTRY_ADDRESS), 1u << LEVEL_BITS, bits - LEVEL_BITS);
        else
            pages += table[i] & ENTRY_VALID;
    return pages;
}

static void check_sums(void)
{
    uint64_t pages = 0, spaces = 0;

    for (unsigned pool = 0; pool < ASID_POOLS; pool++) {
        if (asid_pools[pool] == NULL)
            continue;
        for (unsigned i = 0; i < ASIDS_A_POOL; i++) {
            uint64_t entry = asid_pools[pool]->entry[i];
            unsigned vmid = entry >> VTTBR_VMID_SHIFT & 0xff;

            if (entry == 0)
                continue;
            check_that(vmid == 0 || asid_of_vmid(vmid) == pool * ASIDS_A_POOL + i, "ASID: its VMID is another's");
            spaces++;
            pages += pages_below(window(entry & VTTBR_ROOT), 1u << (LEVEL_BITS + 1), ROOT_BITS);
        }
    }
    if (!walk.all)
        return;
    if (pages != walk.mapped)
        panic("broken: pages in tables, capabilities with a mapping", __LINE__, pages, walk.mapped);
    if (spaces != walk.spaces)
        panic("broken: ASIDs in use, address spaces with one", __LINE__, spaces, walk.spaces);
}

/* ---- All ---- */

void check_objects(void)
{
    walk.count = 0;
    walk.mapped = 0;
    walk.spaces = 0;
    walk.all = deletion_remnants() == NULL;
    find_cnodes();
    for (unsigned i = 0; i < walk.count; i++) {
        const struct slot *slots = cnode_slots(walk.found[i]);

        for (uint64_t at = 0; at < UINT64_C(1) << walk.found[i]->cnode.radix; at++)
            check_list_from(&slots[at]);
    }
    for (const struct thread *thread = debug_threads(); thread != NULL; thread = thread->all_next)
        for (unsigned i = 0; i < THREAD_SLOTS; i++)
            check_list_from(&thread->slots[i]);
    check_sums();
}
