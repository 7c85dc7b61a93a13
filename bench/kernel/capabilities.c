/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on capabilities: copy, mint, move, mutate, delete, and revocation with this many children. */
#include "bench/kernel/measure.h"

enum { usual = 1000, fewer = 200, children_maximum = 100 };

static seL4_CPtr endpoint;
static seL4_CPtr cnode;
static seL4_CPtr slot;
static seL4_CPtr other_slot;
static seL4_CPtr children;

static void open(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    cnode = object_new(seL4_CapTableObject, 4);
    if (slot == 0) {
        slot = slot_new();
        other_slot = slot_new();
        children = slots_new(children_maximum);
    }
}

static void copy(void) { seL4_CNode_Copy(root, slot, deep, root, endpoint, deep, seL4_AllRights); }
static void mint(void) { seL4_CNode_Mint(root, slot, deep, root, endpoint, deep, seL4_AllRights, 7); }
static void delete(void) { seL4_CNode_Delete(root, slot, deep); }
static void delete_other(void) { seL4_CNode_Delete(root, other_slot, deep); }
static void move(void) { seL4_CNode_Move(root, other_slot, deep, root, slot, deep); }
static void copy_cnode(void) { seL4_CNode_Copy(root, slot, deep, root, cnode, deep, seL4_AllRights); }
static void mutate(void)
{
    seL4_CNode_Mutate(root, other_slot, deep, root, slot, deep, seL4_CNode_CapData_new(1, 4).words[0]);
}
static void revoke(void) { seL4_CNode_Revoke(root, endpoint, deep); }

static void make_children(seL4_Word count)
{
    for (seL4_Word i = 0; i < count; i++) {
        seL4_CNode_Copy(root, children + i, deep, root, endpoint, deep, seL4_AllRights);
    }
}

static void make_1(void) { make_children(1); }
static void make_10(void) { make_children(10); }
static void make_50(void) { make_children(50); }
static void make_100(void) { make_children(children_maximum); }

static const struct operation list[] = {
    {"CNode_Copy endpoint cap", 0, usual, open, 0, copy, delete, 0},
    {"CNode_Mint endpoint cap (badge)", 0, usual, open, 0, mint, delete, 0},
    {"CNode_Move", 0, usual, open, copy, move, delete_other, 0},
    {"CNode_Mutate CNode cap (new guard)", 0, usual, open, copy_cnode, mutate, delete_other, 0},
    {"CNode_Delete non-final cap", 0, usual, open, copy, delete, 0, 0},
    {"CNode_Delete empty slot", 0, usual, open, 0, delete, 0, 0},
    {"CNode_Revoke, 0 children", 0, usual, open, 0, revoke, 0, 0},
    {"CNode_Revoke, 1 child", 0, usual, open, make_1, revoke, 0, 0},
    {"CNode_Revoke, 10 children", 0, usual, open, make_10, revoke, 0, 0},
    {"CNode_Revoke, 50 children", 0, fewer, open, make_50, revoke, 0, 0},
    {"CNode_Revoke, 100 children", 0, fewer, open, make_100, revoke, 0, 0},
};

void bench_capabilities(void)
{
    measure_list(list, sizeof list / sizeof list[0]);
}
