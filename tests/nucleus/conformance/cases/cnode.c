/* SPDX-License-Identifier: BSD-2-Clause */
/* CNode operations: copy, mint, move, mutate, rotate, delete, revoke, save caller, cancel badged sends; guards and
 * resolution in several levels; what may be derived (reference manual, "Capability spaces"). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits };

static seL4_Error copy(seL4_CPtr to, seL4_CPtr from)
{
    return seL4_CNode_Copy(root, to, deep, root, from, deep, seL4_AllRights);
}

static seL4_Error mint(seL4_CPtr to, seL4_CPtr from, seL4_Word badge)
{
    return seL4_CNode_Mint(root, to, deep, root, from, deep, seL4_AllRights, badge);
}

static seL4_Error move(seL4_CPtr to, seL4_CPtr from)
{
    return seL4_CNode_Move(root, to, deep, root, from, deep);
}

static void copying(void)
{
    seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr to = slot_new();
    check("copy", copy(to, endpoint));
    check("onto an occupied slot", copy(to, endpoint));
    check("from an empty slot", copy(slot_new(), 4002));
    check("source depth 0", seL4_CNode_Copy(root, slot_new(), deep, root, endpoint, 0, seL4_AllRights));
    check("source depth 65", seL4_CNode_Copy(root, slot_new(), deep, root, endpoint, 65, seL4_AllRights));
    check("source depth 12", seL4_CNode_Copy(root, slot_new(), deep, root, endpoint, 12, seL4_AllRights));
    check("destination depth 0", seL4_CNode_Copy(root, slot_new(), 0, root, endpoint, deep, seL4_AllRights));
    check("destination depth 65", seL4_CNode_Copy(root, slot_new(), 65, root, endpoint, deep, seL4_AllRights));
    check("guard mismatch", seL4_CNode_Copy(root, 1ul << 40, deep, root, endpoint, deep, seL4_AllRights));
    check("source guard mismatch", seL4_CNode_Copy(root, slot_new(), deep, root, 1ul << 40 | endpoint, deep, seL4_AllRights));
    check("source root is an endpoint", seL4_CNode_Copy(root, slot_new(), deep, endpoint, 1, deep, seL4_AllRights));
    check("source root is empty", seL4_CNode_Copy(root, slot_new(), deep, 4002, 1, deep, seL4_AllRights));
    check("service is an endpoint's copy", seL4_CNode_Copy(4002, 1, deep, root, endpoint, deep, seL4_AllRights));
    check("IRQ control", copy(slot_new(), seL4_CapIRQControl));
    check("ASID control", copy(slot_new(), seL4_CapASIDControl));
    check("domain", copy(slot_new(), seL4_CapDomain));
    check("mapped VSpace", copy(slot_new(), seL4_CapInitThreadVSpace));
    check("unassigned VSpace", copy(slot_new(), object_new(seL4_ARM_VSpaceObject, 0)));
    check("unmapped page table", copy(slot_new(), object_new(seL4_ARM_PageTableObject, 0)));
    check("ASID pool", copy(slot_new(), seL4_CapInitThreadASIDPool));
    check("VCPU", copy(slot_new(), object_new(seL4_ARM_VCPUObject, 0)));
    check("TCB", copy(slot_new(), seL4_CapInitThreadTCB));
    check("no rights", seL4_CNode_Copy(root, slot_new(), deep, root, endpoint, deep, seL4_NoRights));
}

static void minting(void)
{
    seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
    seL4_CPtr badged = slot_new();
    seL4_CPtr cnode = object_new(seL4_CapTableObject, 4);
    check("badge 7", mint(badged, endpoint, 7));
    check("badge on a badged one", mint(slot_new(), badged, 8));
    check("same badge on a badged one", mint(slot_new(), badged, 7));
    check("badge 0 on a badged one", mint(slot_new(), badged, 0));
    check("copy of a badged one", copy(slot_new(), badged));
    check("badge 2^63", mint(slot_new(), endpoint, 1ul << 63));
    check("badge all ones", mint(slot_new(), endpoint, ~0ul));
    check("badge 0", mint(slot_new(), endpoint, 0));
    check("notification badge", mint(slot_new(), notification, 3));
    check("CNode guard 4 bits of 5", mint(slot_new(), cnode, seL4_CNode_CapData_new(5, 4).words[0]));
    check("CNode guard 58 bits", mint(slot_new(), cnode, seL4_CNode_CapData_new(0, 58).words[0]));
    check("CNode guard 60 bits", mint(slot_new(), cnode, seL4_CNode_CapData_new(0, 60).words[0]));
    check("CNode guard 61 bits", mint(slot_new(), cnode, seL4_CNode_CapData_new(0, 61).words[0]));
    check("CNode guard 63 bits", mint(slot_new(), cnode, seL4_CNode_CapData_new(0, 63).words[0]));
    check("CNode guard 2 bits of value 9", mint(slot_new(), cnode, seL4_CNode_CapData_new(9, 2).words[0]));
    check("TCB with a badge", mint(slot_new(), seL4_CapInitThreadTCB, 5));
    check("frame with a badge", mint(slot_new(), object_new(seL4_ARM_SmallPageObject, 0), 5));
    check("untyped with a badge", mint(slot_new(), untyped_new(12), 5));
}

/* Badges of endpoints cannot change by rotation, so TCBs and CNodes go round. */
static void rotating(void)
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    seL4_CPtr cnode = object_new(seL4_CapTableObject, 4);
    seL4_CPtr empty = slot_new();
    seL4_CPtr other = slot_new();
    check("rotate three", seL4_CNode_Rotate(root, empty, deep, 0, root, tcb, deep, 0, root, cnode, deep));
    check("  first place", copy(slot_new(), empty));
    check("  pivot", copy(slot_new(), tcb));
    check("  source is empty", copy(slot_new(), cnode));
    check("swap", seL4_CNode_Rotate(root, empty, deep, 0, root, tcb, deep, 0, root, empty, deep));
    check("pivot is the source", seL4_CNode_Rotate(root, other, deep, 0, root, tcb, deep, 0, root, tcb, deep));
    check("pivot is the destination", seL4_CNode_Rotate(root, tcb, deep, 0, root, tcb, deep, 0, root, empty, deep));
    check("empty source", seL4_CNode_Rotate(root, other, deep, 0, root, tcb, deep, 0, root, cnode, deep));
    check("occupied destination",
          seL4_CNode_Rotate(root, seL4_CapInitThreadTCB, deep, 0, root, tcb, deep, 0, root, empty, deep));
    check("empty pivot", seL4_CNode_Rotate(root, other, deep, 0, root, cnode, deep, 0, root, empty, deep));
    check("a TCB with a badge", seL4_CNode_Rotate(root, other, deep, 5, root, tcb, deep, 9, root, empty, deep));
}

static void moving(void)
{
    seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr cnode = object_new(seL4_CapTableObject, 4);
    seL4_CPtr a = slot_new();
    seL4_CPtr b = slot_new();
    seL4_CPtr c = slot_new();
    check("move", move(a, endpoint));
    check("from the slot it left", move(b, endpoint));
    check("onto itself", move(a, a));
    check("from empty to occupied", move(a, endpoint));
    check("mutate: badge", seL4_CNode_Mutate(root, b, deep, root, a, deep, 9));
    check("mutate: badge again", seL4_CNode_Mutate(root, c, deep, root, b, deep, 10));
    check("mutate: guard", seL4_CNode_Mutate(root, slot_new(), deep, root, cnode, deep,
                                             seL4_CNode_CapData_new(1, 3).words[0]));
    check("rotate endpoints", seL4_CNode_Rotate(root, b, deep, 0, root, c, deep, 0, root, a, deep));
    rotating();
}

static void deleting(void)
{
    seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr badged = slot_new();
    seL4_CPtr grandchild = slot_new();
    seL4_CPtr plain = slot_new();
    check("delete an empty slot", seL4_CNode_Delete(root, slot_new(), deep));
    check("revoke an empty slot", seL4_CNode_Revoke(root, slot_new(), deep));
    check("delete at depth 3", seL4_CNode_Delete(root, endpoint, 3));
    check("delete at depth 100", seL4_CNode_Delete(root, endpoint, 100));
    mint(badged, endpoint, 1);
    copy(plain, endpoint);
    copy(grandchild, badged);
    check("revoke a badged one", seL4_CNode_Revoke(root, badged, deep));
    check("its copy is gone", copy(slot_new(), grandchild));
    check("the sibling is not", copy(slot_new(), plain));
    check("revoke a copy", seL4_CNode_Revoke(root, plain, deep));
    check("the badged one is still there", copy(slot_new(), badged));
    check("revoke the original", seL4_CNode_Revoke(root, endpoint, deep));
    check("the badged one is gone", copy(slot_new(), badged));
    check("the copy is gone", copy(slot_new(), plain));
    check("the original is not", copy(slot_new(), endpoint));
}

static void levels(void)
{
    seL4_CPtr outer = object_new(seL4_CapTableObject, 4);
    seL4_CPtr inner = object_new(seL4_CapTableObject, 4);
    seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr guarded = slot_new();
    check("inner with a guard of 8 bits", mint(guarded, inner, seL4_CNode_CapData_new(0xab, 8).words[0]));
    check("into outer", seL4_CNode_Move(outer, 3, 4, root, guarded, deep));
    check("through the guard", seL4_CNode_Copy(outer, 0x3ab5, 16, root, endpoint, deep, seL4_AllRights));
    check("wrong guard", seL4_CNode_Copy(outer, 0x3ac5, 16, root, endpoint, deep, seL4_AllRights));
    check("too short for the guard", seL4_CNode_Copy(outer, 0x3a, 8, root, endpoint, deep, seL4_AllRights));
    check("too short for the index", seL4_CNode_Copy(outer, 0xeac, 14, root, endpoint, deep, seL4_AllRights));
    check("through an empty slot", seL4_CNode_Copy(outer, 0x4ab5, 16, root, endpoint, deep, seL4_AllRights));
    check("bits left over", seL4_CNode_Copy(outer, 0x3ab55, 20, root, endpoint, deep, seL4_AllRights));
    check("source in the inner one", seL4_CNode_Copy(root, slot_new(), deep, outer, 0x3ab5, 16, seL4_AllRights));
    check("source, wrong guard", seL4_CNode_Copy(root, slot_new(), deep, outer, 0x3ac5, 16, seL4_AllRights));
    check("source, too short", seL4_CNode_Copy(root, slot_new(), deep, outer, 0x3a, 8, seL4_AllRights));
    check("source, bits left over", seL4_CNode_Copy(root, slot_new(), deep, outer, 0x3ab55, 20, seL4_AllRights));
    check("source, empty", seL4_CNode_Copy(root, slot_new(), deep, outer, 0x3ab6, 16, seL4_AllRights));
    check("delete the outer one", seL4_CNode_Delete(root, outer, deep));
    check("delete the inner one", seL4_CNode_Delete(root, inner, deep));
    check("the endpoint is left", copy(slot_new(), endpoint));
}

static void cycle(void)
{
    seL4_CPtr cnode = object_new(seL4_CapTableObject, 4);
    check("a CNode in itself", seL4_CNode_Copy(cnode, 1, 4, root, cnode, deep, seL4_AllRights));
    check("moved into itself", seL4_CNode_Move(cnode, 2, 4, root, cnode, deep));
    seL4_CPtr other = object_new(seL4_CapTableObject, 4);
    check("copy for a cycle", seL4_CNode_Copy(other, 1, 4, root, other, deep, seL4_AllRights));
    check("delete its outer capability", seL4_CNode_Delete(root, other, deep));
    check("reply, cancel: not an endpoint", seL4_CNode_CancelBadgedSends(root, seL4_CapInitThreadTCB, deep));
    check("cancel: empty slot", seL4_CNode_CancelBadgedSends(root, slot_new(), deep));
    seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
    check("cancel: unbadged", seL4_CNode_CancelBadgedSends(root, endpoint, deep));
    seL4_CPtr badged = cap_mint(endpoint, seL4_AllRights, 4);
    check("cancel: badged", seL4_CNode_CancelBadgedSends(root, badged, deep));
    seL4_CPtr weak = cap_mint(endpoint, seL4_CanWrite, 4);
    check("cancel: without all rights", seL4_CNode_CancelBadgedSends(root, weak, deep));
    check("save caller: none", seL4_CNode_SaveCaller(root, slot_new(), deep));
    check("save caller: occupied", seL4_CNode_SaveCaller(root, endpoint, deep));
    check("operation past the last", (seL4_Error)seL4_MessageInfo_get_label(
                                         seL4_Call(root, seL4_MessageInfo_new(10000, 0, 0, 4))));
    check("operation 0", (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(root, seL4_MessageInfo_new(0, 0, 0, 4))));
    check("copy without words",
          (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(root, seL4_MessageInfo_new(CNodeCopy, 0, 0, 0))));
    check("copy without a source root",
          (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(root, seL4_MessageInfo_new(CNodeCopy, 0, 0, 5))));
    check("delete with one word",
          (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(root, seL4_MessageInfo_new(CNodeDelete, 0, 0, 1))));
}

void run_case(void)
{
    section("copy");
    copying();
    section("mint");
    minting();
    section("move, mutate, rotate");
    moving();
    section("delete, revoke");
    deleting();
    section("levels");
    levels();
    section("cycles and the rest");
    cycle();
}
