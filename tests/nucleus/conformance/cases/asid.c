/* SPDX-License-Identifier: BSD-2-Clause */
/* ASID pools to their limits: 512 spaces to a pool, 128 pools (the first is the initial thread's), what becomes free
 * again when a space or a pool goes, and more spaces at work than the processor has identifiers for (8 bits). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, spaces = 512, pools = 128, working = 300 };

static seL4_CPtr pool_new(seL4_Error *error)
{
    seL4_CPtr slot = slot_new();
    *error = seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, untyped_new(12), root, slot, deep);
    return slot;
}

/* Fills a pool; returns the first of the spaces' slots. */
static seL4_CPtr fill(seL4_CPtr untyped, seL4_CPtr pool, seL4_Word count)
{
    seL4_CPtr first = slots_new(count);
    for (seL4_Word made = 0; made < count; made += 128) {
        seL4_Word now = count - made < 128 ? count - made : 128;
        check("retype", seL4_Untyped_Retype(untyped, seL4_ARM_VSpaceObject, 0, root, 0, 0, first + made, now));
    }
    seL4_Word assigned = 0;
    seL4_Error error = seL4_NoError;
    while (assigned < count && error == seL4_NoError) {
        error = seL4_ARM_ASIDPool_Assign(pool, first + assigned);
        assigned += error == seL4_NoError;
    }
    show("assigned", assigned);
    check("last result", error);
    return first;
}

static void one_pool(void)
{
    seL4_Error error;
    seL4_CPtr pool = pool_new(&error);
    check("pool", error);
    seL4_CPtr untyped = untyped_new(23);
    seL4_CPtr first = fill(untyped, pool, spaces + 1);
    seL4_CPtr further = first + spaces;
    check("one more", seL4_ARM_ASIDPool_Assign(pool, further));
    cap_delete(first + 100);
    check("after one went", seL4_ARM_ASIDPool_Assign(pool, further));
    check("and again", seL4_ARM_ASIDPool_Assign(pool, further));
    seL4_CPtr table = object_new(seL4_ARM_PageTableObject, 0);
    check("table in the last", seL4_ARM_PageTable_Map(table, further, 0x40000000, seL4_ARM_Default_VMAttributes));
    check("delete the pool", seL4_CNode_Delete(root, pool, deep));
    seL4_CPtr other = object_new(seL4_ARM_PageTableObject, 0);
    check("table in a space without a pool",
          seL4_ARM_PageTable_Map(other, further, 0x80000000, seL4_ARM_Default_VMAttributes));
    check("unmap the table", seL4_ARM_PageTable_Unmap(table));
    check("assign it to another pool", seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, further));
    check("cache operation in it", seL4_ARM_VSpace_Clean_Data(further, 0x1000, 0x1040));
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    check("as a thread's space", seL4_TCB_SetSpace(tcb, 0, root, 0, further, 0));
    check("revoke them all", seL4_CNode_Revoke(root, untyped, deep));
    pool = pool_new(&error);
    check("a new pool", error);
    first = fill(untyped, pool, 3);
    seL4_CPtr copy = cap_copy(first, seL4_AllRights);
    cap_delete(first);
    check("a copy keeps it", seL4_ARM_PageTable_Map(table, copy, 0x40000000, seL4_ARM_Default_VMAttributes));
    check("delete the copy", seL4_CNode_Delete(root, copy, deep));
}

static void all_pools(void)
{
    static seL4_CPtr slots[pools + 1];
    seL4_Error error = seL4_NoError;
    seL4_Word made = 0;
    while (made < pools + 1 && error == seL4_NoError) {
        slots[made] = pool_new(&error);
        made += error == seL4_NoError;
    }
    show("pools made", made);
    check("last result", error);
    cap_delete(slots[made / 2]);
    slots[made / 2] = pool_new(&error);
    check("after one went", error);
    seL4_CPtr space = object_new(seL4_ARM_VSpaceObject, 0);
    check("assign from it", seL4_ARM_ASIDPool_Assign(slots[made / 2], space));
    check("copy of a pool", seL4_CNode_Copy(root, slot_new(), deep, root, slots[0], deep, seL4_AllRights));
    cap_delete(slots[0]);
    slots[0] = pool_new(&error);
    check("the copy keeps the pool", error);
    for (seL4_Word i = 1; i < made; i++) {
        cap_delete(slots[i]);
    }
}

extern const char code_call[];

__asm__(".section .text.code, \"ax\"\n"
        "code_call: ldr x2, [x3]\n mov x1, #1\n mov x0, x4\n mov x7, #-3\n svc #0\n b code_call\n"
        ".previous\n");

/* Many spaces that each map a page of their own at the same address and read it in turn. */
static void many_at_work(void)
{
    seL4_CPtr untyped = untyped_new(22);
    seL4_CPtr first = fill(untyped, seL4_CapInitThreadASIDPool, working);
    seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr code = object_new(seL4_ARM_SmallPageObject, 0);
    seL4_Word *words = (seL4_Word *)0x33000000;
    frame_map(code, (seL4_Word)words, seL4_ReadWrite);
    for (int i = 0; i < 16; i++) {
        ((unsigned *)words)[i] = ((const unsigned *)(const void *)code_call)[i];
    }
    seL4_ARM_Page_Unify_Instruction(code, 0, 4096);
    static seL4_CPtr tcbs[working];
    for (seL4_Word i = 0; i < working; i++) {
        seL4_CPtr table[2] = {object_new(seL4_ARM_PageTableObject, 0), object_new(seL4_ARM_PageTableObject, 0)};
        seL4_CPtr page = object_new(seL4_ARM_SmallPageObject, 0);
        seL4_CPtr shared = cap_copy(code, seL4_AllRights);
        frame_map(page, 0x33001000, seL4_ReadWrite);
        *(seL4_Word *)0x33001000 = 0x10000 + i;
        seL4_ARM_Page_Unmap(page);
        seL4_ARM_PageTable_Map(table[0], first + i, 0x40000000, seL4_ARM_Default_VMAttributes);
        seL4_ARM_PageTable_Map(table[1], first + i, 0x40000000, seL4_ARM_Default_VMAttributes);
        seL4_ARM_Page_Map(page, first + i, 0x40000000, seL4_CanRead, seL4_ARM_Default_VMAttributes);
        seL4_ARM_Page_Map(shared, first + i, 0x40001000, seL4_CanRead, seL4_ARM_Default_VMAttributes);
        tcbs[i] = object_new(seL4_TCBObject, 0);
        seL4_TCB_Configure(tcbs[i], 0, root, 0, first + i, 0, 0, 0);
        seL4_TCB_SetPriority(tcbs[i], seL4_CapInitThreadTCB, 254);
        seL4_UserContext context = {0};
        context.pc = 0x40001000;
        context.x3 = 0x40000000;
        context.x4 = endpoint;
        seL4_TCB_WriteRegisters(tcbs[i], 1, 0, 10, &context);
    }
    for (int round = 0; round < 3; round++) {
        seL4_Word sum = 0;
        for (seL4_Word i = 0; i < working; i++) {
            seL4_Word badge;
            seL4_Recv(endpoint, &badge);
            sum += seL4_GetMR(0) - 0x10000;
        }
        show("sum of what they read", sum);
    }
    for (seL4_Word i = 0; i < working; i++) {
        seL4_TCB_Suspend(tcbs[i]);
    }
    check("revoke them all", seL4_CNode_Revoke(root, untyped, deep));
}

void run_case(void)
{
    section("one pool");
    one_pool();
    section("all pools");
    all_pools();
    section("many at work");
    many_at_work();
}
