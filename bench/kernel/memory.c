/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and destroying objects. They come from one untyped of 8 MiB, in which a child of the beginning keeps the rest
 * from being used again, so that each object lies in fresh memory. */
#include "bench/kernel/measure.h"

enum { usual = 1000, fewer = 100, few = 50, arena_bits = 23, page_bits = 12, many = 100, frames = 16 };

static seL4_CPtr arena;
static seL4_CPtr keeper;
static seL4_CPtr slot;
static seL4_CPtr slots;
static seL4_CPtr page_untyped;

static void arena_empty(void)
{
    if (arena == 0) {
        arena = untyped_new(arena_bits);
        keeper = slot_new();
        slot = slot_new();
        slots = slots_new(many);
        page_untyped = slot_new();
    }
    seL4_CNode_Revoke(root, arena, deep);
    seL4_Untyped_Retype(arena, seL4_EndpointObject, 0, root, 0, 0, keeper, 1);
}

static void make(seL4_Word type, seL4_Word bits) { seL4_Untyped_Retype(arena, type, bits, root, 0, 0, slot, 1); }
static void delete(void) { seL4_CNode_Delete(root, slot, deep); }
static void make_endpoint(void) { make(seL4_EndpointObject, 0); }
static void make_notification(void) { make(seL4_NotificationObject, 0); }
static void make_cnode(void) { make(seL4_CapTableObject, 4); }
static void make_tcb(void) { make(seL4_TCBObject, 0); }
static void make_frame(void) { make(seL4_ARM_SmallPageObject, 0); }
static void make_table(void) { make(seL4_ARM_PageTableObject, 0); }
static void make_untyped(void) { make(seL4_UntypedObject, page_bits); }
static void make_space(void) { make(seL4_ARM_VSpaceObject, 0); }
static void make_vcpu(void) { make(seL4_ARM_VCPUObject, 0); }
static void make_many(void) { seL4_Untyped_Retype(arena, seL4_EndpointObject, 0, root, 0, 0, slots, many); }
static void make_frames(void) { seL4_Untyped_Retype(arena, seL4_ARM_SmallPageObject, 0, root, 0, 0, slots, frames); }
static void delete_many(void)
{
    for (seL4_Word i = 0; i < many; i++) {
        seL4_CNode_Delete(root, slots + i, deep);
    }
}

/* An untyped of one page in the arena. */
static void page_open(void)
{
    arena_empty();
    seL4_Untyped_Retype(arena, seL4_UntypedObject, page_bits, root, 0, 0, page_untyped, 1);
}

static void page_frame(void) { seL4_Untyped_Retype(page_untyped, seL4_ARM_SmallPageObject, 0, root, 0, 0, slot, 1); }
static void page_again(void)
{
    page_frame();
    delete();
}
static void page_revoke(void) { seL4_CNode_Revoke(root, page_untyped, deep); }

/* The same of 2 MiB. */
static void large_open(void)
{
    arena_empty();
    seL4_Untyped_Retype(arena, seL4_UntypedObject, seL4_LargePageBits, root, 0, 0, page_untyped, 1);
}

static void large_frame(void) { seL4_Untyped_Retype(page_untyped, seL4_ARM_LargePageObject, 0, root, 0, 0, slot, 1); }
static void large_again(void)
{
    large_frame();
    delete();
}

static void assign(void) { seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, slot); }

static const struct operation list[] = {
    {"Untyped_Retype endpoint", 0, usual, arena_empty, 0, make_endpoint, delete, 0},
    {"Untyped_Retype notification", 0, usual, arena_empty, 0, make_notification, delete, 0},
    {"Untyped_Retype CNode 2^4 slots", 0, usual, arena_empty, 0, make_cnode, delete, 0},
    {"Untyped_Retype TCB", 0, usual, arena_empty, 0, make_tcb, delete, 0},
    {"Untyped_Retype 4K frame", 0, usual, arena_empty, 0, make_frame, delete, 0},
    {"Untyped_Retype page table", 0, usual, arena_empty, 0, make_table, delete, 0},
    {"Untyped_Retype untyped 2^12", 0, usual, arena_empty, 0, make_untyped, delete, 0},
    {"Untyped_Retype VSpace", 0, fewer, arena_empty, 0, make_space, delete, 0},
    {"Untyped_Retype VCPU", 0, fewer, arena_empty, 0, make_vcpu, delete, 0},
    {"Untyped_Retype 100 endpoints in one call", 0, fewer, arena_empty, 0, make_many, delete_many, 0},
    {"Untyped_Retype 16 x 4K frames in one call", 0, few, arena_empty, 0, make_frames, delete_many, 0},
    {"Untyped 4K: Retype after reset (zeroes 4K + frame)", 0, usual, page_open, page_again, page_frame, delete, 0},
    {"Revoke of 4K untyped with 1 unmapped frame child", 0, usual, page_open, page_frame, page_revoke, 0, 0},
    {"CNode_Delete final endpoint cap", 0, usual, arena_empty, make_endpoint, delete, 0, 0},
    {"CNode_Delete final TCB cap (inactive)", 0, usual, arena_empty, make_tcb, delete, 0, 0},
    {"CNode_Delete final 4K frame (unmapped)", 0, usual, arena_empty, make_frame, delete, 0, 0},
    {"ASIDPool_Assign (new VSpace)", 0, fewer, arena_empty, make_space, assign, delete, 0},
    {"Untyped_Retype 2M frame incl. untyped reset", 0, 5, large_open, large_again, large_frame, delete, 0},
};

void bench_memory(void)
{
    measure_list(list, sizeof list / sizeof list[0]);
}
