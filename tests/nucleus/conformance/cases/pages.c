/* SPDX-License-Identifier: BSD-2-Clause */
/* Large and huge pages: mapping, alignment, contents, neighbours in tables, addresses, cache operations; and frames of
 * device memory (reference manual, "Virtual memory"). Huge pages are of device memory: RAM has none whole. */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, vspace = seL4_CapInitThreadVSpace };

#define NORMAL seL4_ARM_Default_VMAttributes

static seL4_Error map(seL4_CPtr frame, seL4_Word address)
{
    return seL4_ARM_Page_Map(frame, vspace, address, seL4_ReadWrite, NORMAL);
}

/* A huge frame of addresses where nothing is. */
static seL4_CPtr huge_new(seL4_Word physical)
{
    seL4_CPtr slot = slot_new();
    check("huge frame", seL4_Untyped_Retype(device_untyped(physical, seL4_HugePageBits), seL4_ARM_HugePageObject, 0, root,
                                            0, 0, slot, 1));
    return slot;
}

static void large(void)
{
    seL4_CPtr frame = object_new(seL4_ARM_LargePageObject, 0);
    check("no table there", map(frame, 0x4000000000));
    show("  level missing", seL4_GetMR(2));
    seL4_CPtr table = object_new(seL4_ARM_PageTableObject, 0);
    check("table", seL4_ARM_PageTable_Map(table, vspace, 0x4000000000, NORMAL));
    check("small page next to nothing", map(object_new(seL4_ARM_SmallPageObject, 0), 0x4000000000));
    show("  level missing", seL4_GetMR(2));
    check("map", map(frame, 0x4000000000));
    volatile seL4_Word *words = (volatile seL4_Word *)0x4000000000;
    seL4_Word sum = 0;
    for (seL4_Word i = 0; i < 0x200000 / 8; i += 512) {
        sum |= words[i];
        words[i] = i;
    }
    show("fresh contents", sum);
    show("last page", words[511 * 512]);
    check("again", map(frame, 0x4000000000));
    check("at another place", map(frame, 0x4000200000));
    seL4_CPtr copy = cap_copy(frame, seL4_AllRights);
    check("copy at another place", map(copy, 0x4000200000));
    show("seen there", ((volatile seL4_Word *)0x4000200000)[511 * 512]);
    check("over another large page", map(object_new(seL4_ARM_LargePageObject, 0), 0x4000200000));
    check("table of small pages over it",
          seL4_ARM_PageTable_Map(object_new(seL4_ARM_PageTableObject, 0), vspace, 0x4000200000, NORMAL));
    seL4_ARM_Page_GetAddress_t address = seL4_ARM_Page_GetAddress(frame);
    show("aligned", (address.paddr & 0x1fffff) == 0 && address.error == 0);
    check("clean 2 MiB", seL4_ARM_Page_Clean_Data(frame, 0, 0x200000));
    check("clean past it", seL4_ARM_Page_Clean_Data(frame, 0, 0x200001));
    check("space: clean in it", seL4_ARM_VSpace_Clean_Data(vspace, 0x4000001000, 0x4000002000));
    check("space: clean over its end", seL4_ARM_VSpace_Clean_Data(vspace, 0x40001ff000, 0x4000201000));
    check("unmap the table of both", seL4_ARM_PageTable_Unmap(table));
    check("the page is not mapped any more: unmap", seL4_ARM_Page_Unmap(frame));
    check("table again", seL4_ARM_PageTable_Map(table, vspace, 0x4000000000, NORMAL));
    check("map again", map(frame, 0x4000000000));
    show("contents stay", words[511 * 512]);
    check("delete it", seL4_CNode_Delete(root, frame, deep));
}

static void huge(void)
{
    seL4_CPtr frame = huge_new(0x100000000);
    seL4_CPtr other = huge_new(0x140000000);
    seL4_CPtr table = object_new(seL4_ARM_PageTableObject, 0);
    check("not aligned", map(frame, 0x5000200000));
    check("map: no table needed", map(frame, 0x5000000000));
    check("table over it", seL4_ARM_PageTable_Map(table, vspace, 0x5000000000, NORMAL));
    check("large page in it", map(object_new(seL4_ARM_LargePageObject, 0), 0x5000000000));
    show("  level missing", seL4_GetMR(2));
    check("remap read-only", seL4_ARM_Page_Map(frame, vspace, 0x5000000000, seL4_CanRead, NORMAL));
    check("elsewhere", map(frame, 0x5040000000));
    check("another over it", map(other, 0x5000000000));
    check("unmap the other", seL4_ARM_Page_Unmap(other));
    check("unmap the first", seL4_ARM_Page_Unmap(frame));
    check("past the end", map(frame, 1ul << 40));
    check("in the last gigabyte", map(frame, (1ul << 40) - (1ul << 30)));
    seL4_ARM_Page_GetAddress_t address = seL4_ARM_Page_GetAddress(frame);
    show_hex("address", address.paddr);
    check("table beside it", seL4_ARM_PageTable_Map(table, vspace, 0x5000000000, NORMAL));
    check("huge over a table", map(other, 0x5000000000));
    check("space: clean in a huge page", seL4_ARM_VSpace_Unify_Instruction(vspace, 0x5000000000, 0x5000000040));
    check("copy", seL4_CNode_Copy(root, slot_new(), deep, root, frame, deep, seL4_CanRead));
    check("delete", seL4_CNode_Delete(root, frame, deep));
    check("delete the other", seL4_CNode_Delete(root, other, deep));
}

static void device(void)
{
    seL4_CPtr frame = device_page(0x41000000);
    frame_map(frame, 0x34000000, seL4_ReadWrite);
    volatile seL4_Word *words = (volatile seL4_Word *)0x34000000;
    words[7] = 0x1234;
    check("clean", seL4_ARM_Page_Clean_Data(frame, 0, 64));
    check("unmap", seL4_ARM_Page_Unmap(frame));
    check("delete", seL4_CNode_Delete(root, frame, deep));
    seL4_CPtr untyped = device_untyped(0x41000000, 12);
    seL4_CPtr again = slot_new();
    check("retype again", seL4_Untyped_Retype(untyped, seL4_ARM_SmallPageObject, 0, root, 0, 0, again, 1));
    frame_map(again, 0x34000000, seL4_ReadWrite);
    show_hex("contents stay", words[7]);
    seL4_CPtr large = slot_new();
    untyped = device_untyped(0x42000000, seL4_LargePageBits);
    check("large", seL4_Untyped_Retype(untyped, seL4_ARM_LargePageObject, 0, root, 0, 0, large, 1));
    check("map it", map(large, 0x4000600000));
    check("one more", seL4_Untyped_Retype(untyped, seL4_ARM_SmallPageObject, 0, root, 0, 0, slot_new(), 1));
    check("copy is no parent", seL4_CNode_Copy(root, slot_new(), deep, root, untyped, deep, seL4_AllRights));
    static const struct {
        const char *name;
        seL4_Word type;
        seL4_Word bits;
    } kinds[] = {{"TCB", seL4_TCBObject, 0},
                 {"endpoint", seL4_EndpointObject, 0},
                 {"notification", seL4_NotificationObject, 0},
                 {"CNode", seL4_CapTableObject, 1},
                 {"VSpace", seL4_ARM_VSpaceObject, 0},
                 {"page table", seL4_ARM_PageTableObject, 0},
                 {"VCPU", seL4_ARM_VCPUObject, 0},
                 {"untyped 4", seL4_UntypedObject, 4}};
    untyped = device_untyped(0x43000000, 14);
    for (seL4_Word i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        check(kinds[i].name, seL4_Untyped_Retype(untyped, kinds[i].type, kinds[i].bits, root, 0, 0, slot_new(), 1));
    }
    check("ASID pool", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, device_untyped(0x44000000, 12), root, slot_new(),
                                                     deep));
    check("execute never, not cached", seL4_ARM_Page_Map(device_page(0x45000000), vspace, 0x34001000, seL4_ReadWrite,
                                                         seL4_ARM_ExecuteNever));
    check("all attributes", seL4_ARM_Page_Map(device_page(0x45001000), vspace, 0x34002000, seL4_ReadWrite, 0xffffffff));
}

void run_case(void)
{
    section("large");
    large();
    section("huge");
    huge();
    section("device");
    device();
}
