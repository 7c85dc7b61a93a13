/* SPDX-License-Identifier: BSD-2-Clause */
/* Retype: each object, each refusal with its extra words, the watermark, reset after the children are gone, device
 * memory, zeroing (reference manual, "Untyped memory" and seL4_Untyped_Retype). */
#include "../lib/conformance.h"

static seL4_Error retype(seL4_CPtr untyped, seL4_Word type, seL4_Word bits, seL4_CPtr slot, seL4_Word count)
{
    return seL4_Untyped_Retype(untyped, type, bits, seL4_CapInitThreadCNode, 0, 0, slot, count);
}

static void every_object(void)
{
    static const struct {
        const char *name;
        seL4_Word type;
        seL4_Word bits;
    } objects[] = {
        {"untyped 4", seL4_UntypedObject, 4},
        {"untyped 3 (too small)", seL4_UntypedObject, 3},
        {"untyped 48 (too large)", seL4_UntypedObject, 48},
        {"untyped 64 (too large)", seL4_UntypedObject, 64},
        {"TCB", seL4_TCBObject, 0},
        {"TCB with a size", seL4_TCBObject, 5},
        {"endpoint", seL4_EndpointObject, 0},
        {"notification", seL4_NotificationObject, 0},
        {"CNode 0", seL4_CapTableObject, 0},
        {"CNode 1", seL4_CapTableObject, 1},
        {"CNode 58", seL4_CapTableObject, 58},
        {"CNode 100", seL4_CapTableObject, 100},
        {"small page", seL4_ARM_SmallPageObject, 0},
        {"page table", seL4_ARM_PageTableObject, 0},
        {"VSpace", seL4_ARM_VSpaceObject, 0},
        {"VCPU", seL4_ARM_VCPUObject, 0},
        {"large page", seL4_ARM_LargePageObject, 0},
        {"huge page", seL4_ARM_HugePageObject, 0},
        {"type one past the last", seL4_ObjectTypeCount, 0},
        {"type 1000", 1000, 0},
    };
    seL4_CPtr untyped = untyped_new(22);
    for (seL4_Word i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        check(objects[i].name, retype(untyped, objects[i].type, objects[i].bits, slot_new(), 1));
    }
}

static void destination(void)
{
    seL4_CPtr untyped = untyped_new(16);
    seL4_CPtr cnode = object_new(seL4_CapTableObject, 3);
    seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
    seL4_Word root = seL4_CapInitThreadCNode;
    check("no objects", retype(untyped, seL4_EndpointObject, 0, slot_new(), 0));
    check("256 objects", retype(untyped, seL4_EndpointObject, 0, slots_new(256), 256));
    check("257 objects", retype(untyped, seL4_EndpointObject, 0, slots_new(257), 257));
    check("occupied slot", retype(untyped, seL4_EndpointObject, 0, endpoint, 1));
    check("window into an occupied slot", retype(untyped, seL4_EndpointObject, 0, endpoint - 1, 3));
    check("offset past the end", retype(untyped, seL4_EndpointObject, 0, 4096, 1));
    check("window past the end", retype(untyped, seL4_EndpointObject, 0, 4095, 2));
    check("into a CNode by depth", seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, root, cnode, 64, 0, 2));
    check("its window past the end", seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, root, cnode, 64, 7, 2));
    check("node is not a CNode", seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, root, endpoint, 64, 0, 1));
    check("node in an empty slot", seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, root, 4000, 64, 0, 1));
    check("depth 65", seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, root, cnode, 65, 0, 1));
    check("depth 1000", seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, root, cnode, 1000, 0, 1));
    check("depth 30", seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, root, cnode, 30, 0, 1));
    check("root is an endpoint", seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, endpoint, 0, 0, 0, 1));
    check("root is an empty slot", seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, 4000, 0, 0, 0, 1));
    check("root is an endpoint, by depth", seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, endpoint, 0, 64, 0, 1));
    check("service is a CNode", retype(cnode, seL4_EndpointObject, 0, slot_new(), 1));
    check("service is empty", retype(4001, seL4_EndpointObject, 0, slot_new(), 1));
}

static void truncated(void)
{
    seL4_CPtr untyped = untyped_new(12);
    for (seL4_Word length = 0; length < 7; length++) {
        for (int i = 0; i < 8; i++) {
            seL4_SetMR(i, 0);
        }
        seL4_SetMR(0, seL4_EndpointObject);
        seL4_SetMR(4, slot_new());
        seL4_SetMR(5, 1);
        seL4_SetCap(0, seL4_CapInitThreadCNode);
        seL4_MessageInfo_t info = seL4_Call(untyped, seL4_MessageInfo_new(UntypedRetype, 0, length == 6, length));
        show("length", length);
        check("  result", (seL4_Error)seL4_MessageInfo_get_label(info));
    }
}

static void watermark(void)
{
    seL4_CPtr untyped = untyped_new(13);
    seL4_CPtr first = slot_new();
    seL4_CPtr second = slot_new();
    check("first page", retype(untyped, seL4_ARM_SmallPageObject, 0, first, 1));
    check("an endpoint behind it", retype(untyped, seL4_EndpointObject, 0, second, 1));
    check("a page: alignment leaves no room", retype(untyped, seL4_ARM_SmallPageObject, 0, slot_new(), 1));
    check("two pages", retype(untyped, seL4_ARM_SmallPageObject, 0, slots_new(2), 2));
    check("255 endpoints", retype(untyped, seL4_EndpointObject, 0, slots_new(255), 255));
    check("one more", retype(untyped, seL4_EndpointObject, 0, slot_new(), 1));
    cap_delete(second);
    check("still children", retype(untyped, seL4_ARM_SmallPageObject, 0, slot_new(), 1));
    check("copy while it has children", seL4_CNode_Copy(seL4_CapInitThreadCNode, slot_new(), seL4_WordBits,
                                                        seL4_CapInitThreadCNode, untyped, seL4_WordBits, seL4_AllRights));
    check("revoke", seL4_CNode_Revoke(seL4_CapInitThreadCNode, untyped, seL4_WordBits));
    check("first slot is empty again", retype(untyped, seL4_ARM_SmallPageObject, 0, first, 2));
    check("and its neighbour was filled", retype(untyped, seL4_EndpointObject, 0, second, 1));
}

static void copies(void)
{
    seL4_CPtr untyped = untyped_new(13);
    seL4_CPtr copy = slot_new();
    check("copy of a fresh untyped", seL4_CNode_Copy(seL4_CapInitThreadCNode, copy, seL4_WordBits,
                                                     seL4_CapInitThreadCNode, untyped, seL4_WordBits, seL4_AllRights));
    check("original has a child", retype(untyped, seL4_EndpointObject, 0, slot_new(), 1));
    check("the copy is a leaf", retype(copy, seL4_EndpointObject, 0, slot_new(), 1));
    cap_delete(copy);
    check("original alone", retype(untyped, seL4_EndpointObject, 0, slot_new(), 1));
}

static void zeroing(void)
{
    seL4_CPtr untyped = untyped_new(12);
    seL4_CPtr slot = slot_new();
    seL4_Word *page = (seL4_Word *)0x30000000;
    for (int round = 0; round < 2; round++) {
        check("retype", retype(untyped, seL4_ARM_SmallPageObject, 0, slot, 1));
        frame_map(slot, (seL4_Word)page, seL4_ReadWrite);
        seL4_Word sum = 0;
        for (int i = 0; i < 512; i++) {
            sum |= page[i];
            page[i] = 0x5a5a5a5a5a5a5a5a;
        }
        show_hex("  fresh page holds", sum);
        check("  delete", seL4_CNode_Delete(seL4_CapInitThreadCNode, slot, seL4_WordBits));
    }
}

static void device(void)
{
    seL4_Word count = boot_info->untyped.end - boot_info->untyped.start;
    for (seL4_Word i = 0; i < count; i++) {
        const seL4_UntypedDesc *desc = &boot_info->untypedList[i];
        if (desc->isDevice && desc->paddr == 0x40000000) {
            seL4_CPtr untyped = boot_info->untyped.start + i;
            check("endpoint", retype(untyped, seL4_EndpointObject, 0, slot_new(), 1));
            check("TCB", retype(untyped, seL4_TCBObject, 0, slot_new(), 1));
            check("CNode", retype(untyped, seL4_CapTableObject, 4, slot_new(), 1));
            check("page table", retype(untyped, seL4_ARM_PageTableObject, 0, slot_new(), 1));
            check("untyped", retype(untyped, seL4_UntypedObject, 21, slot_new(), 1));
            seL4_CPtr frame = slot_new();
            check("large page", retype(untyped, seL4_ARM_LargePageObject, 0, frame, 1));
            check("small page", retype(untyped, seL4_ARM_SmallPageObject, 0, slot_new(), 1));
            seL4_ARM_Page_GetAddress_t address = seL4_ARM_Page_GetAddress(frame);
            show_hex("its address", address.paddr);
            seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
            seL4_CPtr small = slot_new();
            check("another small page", retype(untyped, seL4_ARM_SmallPageObject, 0, small, 1));
            check("as an IPC buffer", seL4_TCB_SetIPCBuffer(tcb, 0x7000000, small));
        }
    }
}

void run_case(void)
{
    section("every object");
    every_object();
    section("destination");
    destination();
    section("truncated");
    truncated();
    section("watermark");
    watermark();
    section("copies");
    copies();
    section("zeroing");
    zeroing();
    section("device memory");
    device();
}
