/* SPDX-License-Identifier: BSD-2-Clause */
/* Address spaces: ASID pools, page tables, frames of all sizes, rights and attributes, remapping, unmapping, what is
 * left when a table, a frame or a whole space goes, cache operations (reference manual, "Virtual memory"). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, vspace = seL4_CapInitThreadVSpace };

/* The word of a failed lookup in which a map operation says how many bits of the address the missing table covers. */
enum { missing_level = 2 };

#define NORMAL seL4_ARM_Default_VMAttributes

static void asids(void)
{
    seL4_CPtr space = object_new(seL4_ARM_VSpaceObject, 0);
    seL4_CPtr pool = seL4_CapInitThreadASIDPool;
    check("assign", seL4_ARM_ASIDPool_Assign(pool, space));
    check("again", seL4_ARM_ASIDPool_Assign(pool, space));
    check("not a VSpace", seL4_ARM_ASIDPool_Assign(pool, root));
    check("an empty slot", seL4_ARM_ASIDPool_Assign(pool, 4003));
    check("copy of an assigned space", seL4_CNode_Copy(root, slot_new(), deep, root, space, deep, seL4_AllRights));
    seL4_CPtr made = slot_new();
    check("make a pool", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, untyped_new(12), root, made, deep));
    check("of 8 KiB", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, untyped_new(13), root, slot_new(), deep));
    check("of a frame", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, object_new(seL4_ARM_SmallPageObject, 0), root,
                                                      slot_new(), deep));
    seL4_CPtr used = untyped_new(12);
    seL4_Untyped_Retype(used, seL4_EndpointObject, 0, root, 0, 0, slot_new(), 1);
    check("of a used untyped", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, used, root, slot_new(), deep));
    check("into an occupied slot", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, untyped_new(12), root, used, deep));
    check("root is not a CNode", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, untyped_new(12), used, 0, deep));
    check("assign from the new pool", seL4_ARM_ASIDPool_Assign(made, object_new(seL4_ARM_VSpaceObject, 0)));
    check("delete the pool", seL4_CNode_Delete(root, made, deep));
    check("assign from a deleted pool", seL4_ARM_ASIDPool_Assign(made, object_new(seL4_ARM_VSpaceObject, 0)));
}

static void tables(void)
{
    seL4_CPtr space = object_new(seL4_ARM_VSpaceObject, 0);
    seL4_CPtr frame = object_new(seL4_ARM_SmallPageObject, 0);
    seL4_CPtr table = object_new(seL4_ARM_PageTableObject, 0);
    seL4_CPtr last = object_new(seL4_ARM_PageTableObject, 0);
    check("table in a space without an ASID", seL4_ARM_PageTable_Map(table, space, 0x40000000, NORMAL));
    check("frame in a space without an ASID", seL4_ARM_Page_Map(frame, space, 0x40000000, seL4_ReadWrite, NORMAL));
    check("assign", seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, space));
    check("frame without any table", seL4_ARM_Page_Map(frame, space, 0x40000000, seL4_ReadWrite, NORMAL));
    show("  level missing", seL4_GetMR(missing_level));
    check("table of 2 MiB blocks", seL4_ARM_PageTable_Map(table, space, 0x40000000, NORMAL));
    check("the same again", seL4_ARM_PageTable_Map(table, space, 0x40000000, NORMAL));
    check("frame without the last table", seL4_ARM_Page_Map(frame, space, 0x40000000, seL4_ReadWrite, NORMAL));
    show("  level missing", seL4_GetMR(missing_level));
    check("last table, address not aligned", seL4_ARM_PageTable_Map(last, space, 0x40001234, NORMAL));
    seL4_CPtr third = object_new(seL4_ARM_PageTableObject, 0);
    check("a further table where all are", seL4_ARM_PageTable_Map(third, space, 0x40000000, NORMAL));
    check("frame", seL4_ARM_Page_Map(frame, space, 0x40000000, seL4_ReadWrite, NORMAL));
    check("frame elsewhere", seL4_ARM_Page_Map(frame, space, 0x40001000, seL4_ReadWrite, NORMAL));
    check("frame at the same place", seL4_ARM_Page_Map(frame, space, 0x40000000, seL4_CanRead, NORMAL));
    check("another frame there", seL4_ARM_Page_Map(object_new(seL4_ARM_SmallPageObject, 0), space, 0x40000000,
                                                   seL4_CanRead, NORMAL));
    check("address not aligned", seL4_ARM_Page_Map(object_new(seL4_ARM_SmallPageObject, 0), space, 0x40002001,
                                                   seL4_CanRead, NORMAL));
    check("address past the end", seL4_ARM_Page_Map(object_new(seL4_ARM_SmallPageObject, 0), space, 1ul << 40,
                                                    seL4_CanRead, NORMAL));
    check("table past the end", seL4_ARM_PageTable_Map(third, space, 1ul << 40, NORMAL));
    check("large page over a table", seL4_ARM_Page_Map(object_new(seL4_ARM_LargePageObject, 0), space, 0x40000000,
                                                       seL4_CanRead, NORMAL));
    seL4_CPtr large = object_new(seL4_ARM_LargePageObject, 0);
    check("large page, not aligned", seL4_ARM_Page_Map(large, space, 0x40201000, seL4_CanRead, NORMAL));
    check("large page", seL4_ARM_Page_Map(large, space, 0x40200000, seL4_CanRead, NORMAL));
    check("table over a large page", seL4_ARM_PageTable_Map(third, space, 0x40200000, NORMAL));
    check("small page in a large one", seL4_ARM_Page_Map(object_new(seL4_ARM_SmallPageObject, 0), space, 0x40200000,
                                                         seL4_CanRead, NORMAL));
    check("space is a table", seL4_ARM_Page_Map(object_new(seL4_ARM_SmallPageObject, 0), table, 0x40003000,
                                                seL4_CanRead, NORMAL));
    check("space is empty", seL4_ARM_Page_Map(object_new(seL4_ARM_SmallPageObject, 0), 4003, 0x40003000,
                                              seL4_CanRead, NORMAL));
    check("copy of a mapped table", seL4_CNode_Copy(root, slot_new(), deep, root, last, deep, seL4_AllRights));
    check("unmap the last table", seL4_ARM_PageTable_Unmap(last));
    check("unmap it again", seL4_ARM_PageTable_Unmap(last));
    check("remap the frame that was in it", seL4_ARM_Page_Map(frame, space, 0x40000000, seL4_CanRead, NORMAL));
    check("unmap the frame", seL4_ARM_Page_Unmap(frame));
    check("again", seL4_ARM_Page_Unmap(frame));
    check("delete the space", seL4_CNode_Delete(root, space, deep));
    check("unmap from a dead space", seL4_ARM_Page_Unmap(large));
    check("unmap a table of a dead space", seL4_ARM_PageTable_Unmap(table));
    check("map in a dead space", seL4_ARM_Page_Map(large, space, 0x40200000, seL4_CanRead, NORMAL));
}

/* A page goes where the last one went, and the table, or the space, is gone meanwhile. */
static void gone(void)
{
    seL4_CPtr space = object_new(seL4_ARM_VSpaceObject, 0), table = object_new(seL4_ARM_PageTableObject, 0);
    seL4_CPtr last = object_new(seL4_ARM_PageTableObject, 0), pool = slot_new();
    seL4_CPtr frames[4];
    for (int i = 0; i < 4; i++) {
        frames[i] = object_new(seL4_ARM_SmallPageObject, 0);
    }
    check("pool", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, untyped_new(12), root, pool, deep));
    check("assign", seL4_ARM_ASIDPool_Assign(pool, space));
    check("table", seL4_ARM_PageTable_Map(table, space, 0x40000000, NORMAL));
    check("last table", seL4_ARM_PageTable_Map(last, space, 0x40000000, NORMAL));
    check("frame", seL4_ARM_Page_Map(frames[0], space, 0x40000000, seL4_ReadWrite, NORMAL));
    check("unmap the last table", seL4_ARM_PageTable_Unmap(last));
    check("frame beside it", seL4_ARM_Page_Map(frames[1], space, 0x40001000, seL4_ReadWrite, NORMAL));
    check("last table", seL4_ARM_PageTable_Map(last, space, 0x40000000, NORMAL));
    check("frame beside it", seL4_ARM_Page_Map(frames[1], space, 0x40001000, seL4_ReadWrite, NORMAL));
    check("delete the first table", seL4_CNode_Delete(root, table, deep));
    check("a third", seL4_ARM_Page_Map(frames[2], space, 0x40002000, seL4_ReadWrite, NORMAL));
    table = object_new(seL4_ARM_PageTableObject, 0), last = object_new(seL4_ARM_PageTableObject, 0);
    check("table", seL4_ARM_PageTable_Map(table, space, 0x40000000, NORMAL));
    check("last table", seL4_ARM_PageTable_Map(last, space, 0x40000000, NORMAL));
    check("a third", seL4_ARM_Page_Map(frames[2], space, 0x40002000, seL4_ReadWrite, NORMAL));
    check("delete the pool", seL4_CNode_Delete(root, pool, deep));
    check("a fourth", seL4_ARM_Page_Map(frames[3], space, 0x40003000, seL4_ReadWrite, NORMAL));
}

static void remap(void)
{
    seL4_CPtr frame;
    volatile seL4_Word *page = page_new(&frame);
    page[3] = 7;
    seL4_CPtr copy = cap_copy(frame, seL4_AllRights);
    frame_map(copy, 0x30001000, seL4_CanRead);
    show("through the second mapping", ((volatile seL4_Word *)0x30001000)[3]);
    check("remap it writable", seL4_ARM_Page_Map(copy, vspace, 0x30001000, seL4_ReadWrite, NORMAL));
    ((volatile seL4_Word *)0x30001000)[3] = 8;
    show("through the first", page[3]);
    check("in another space", seL4_ARM_Page_Map(copy, object_new(seL4_ARM_VSpaceObject, 0), 0x30001000, seL4_ReadWrite,
                                                NORMAL));
    seL4_CPtr reader = cap_copy(frame, seL4_CanRead);
    check("map read-only capability with write", seL4_ARM_Page_Map(reader, vspace, 0x30002000, seL4_ReadWrite, NORMAL));
    check("execute never", seL4_ARM_Page_Map(reader, vspace, 0x30002000, seL4_CanRead, NORMAL | seL4_ARM_ExecuteNever));
    check("no rights", seL4_ARM_Page_Map(reader, vspace, 0x30002000, seL4_NoRights, NORMAL));
    seL4_ARM_Page_GetAddress_t one = seL4_ARM_Page_GetAddress(frame);
    seL4_ARM_Page_GetAddress_t two = seL4_ARM_Page_GetAddress(copy);
    show("same physical address", one.paddr == two.paddr && one.error == 0);
    check("delete the second", seL4_CNode_Delete(root, copy, deep));
    show("first still there", page[3]);
}

static void touch(void *address)
{
    show_hex("  holds", *(volatile seL4_Word *)address);
}

static void poke(void *address)
{
    *(volatile seL4_Word *)address = 1;
    print("  written\n");
}

/* Lets a thread do it and tells of its fault (label, address, status). */
static void attempt(const char *what, void (*function)(void *), seL4_Word address)
{
    seL4_CPtr handler = object_new(seL4_EndpointObject, 0);
    struct thread *thread = thread_new(255, cap_mint(handler, seL4_AllRights, 1));
    seL4_Word badge = 0;
    print(what);
    print("\n");
    thread_start(thread, function, (void *)address);
    seL4_Yield();
    seL4_MessageInfo_t info = seL4_NBRecv(handler, &badge);
    if (badge != 0) {
        show("  fault", seL4_MessageInfo_get_label(info));
        if (seL4_MessageInfo_get_label(info) != seL4_Fault_VMFault) {
            show_hex("    number", seL4_GetMR(seL4_UserException_Number));
            return;
        }
        show_hex("    address", seL4_GetMR(seL4_VMFault_Addr));
        show("    fetch", seL4_GetMR(seL4_VMFault_PrefetchFault));
        /* The register that took part (bits 16 to 20 of the syndrome) is the compiler's choice. */
        show_hex("    status", seL4_GetMR(seL4_VMFault_FSR) & ~(0x1ful << 16));
    }
    seL4_TCB_Suspend(thread->tcb);
}

static void access_rights(void)
{
    seL4_CPtr frame = object_new(seL4_ARM_SmallPageObject, 0);
    frame_map(frame, 0x30010000, seL4_CanRead);
    attempt("read a read-only page", touch, 0x30010000);
    attempt("write to it", poke, 0x30010000);
    check("unmap", seL4_ARM_Page_Unmap(frame));
    attempt("read an unmapped page", touch, 0x30010000);
    attempt("read where no table is", touch, 0x7000000000);
    attempt("read past the end of the space", touch, 1ul << 40);
    attempt("read at the top", touch, ~7ul);
    check("write only", seL4_ARM_Page_Map(frame, vspace, 0x30010000, seL4_CanWrite, NORMAL));
    attempt("read it", touch, 0x30010000);
    attempt("write to it", poke, 0x30010000);
    check("execute never", seL4_ARM_Page_Map(frame, vspace, 0x30010000, seL4_ReadWrite, NORMAL | seL4_ARM_ExecuteNever));
    attempt("execute it", (void (*)(void *))0x30010000, 0);
    check("executable", seL4_ARM_Page_Map(frame, vspace, 0x30010000, seL4_ReadWrite, NORMAL));
    attempt("execute it (zeroes are undefined)", (void (*)(void *))0x30010000, 0);
    check("uncached", seL4_ARM_Page_Map(frame, vspace, 0x30010000, seL4_ReadWrite, 0));
    attempt("read it", touch, 0x30010000);
}

static void cache(void)
{
    seL4_CPtr frame;
    seL4_Word page = (seL4_Word)page_new(&frame);
    seL4_CPtr unmapped = object_new(seL4_ARM_SmallPageObject, 0);
    check("clean", seL4_ARM_Page_Clean_Data(frame, 0, 4096));
    check("invalidate", seL4_ARM_Page_Invalidate_Data(frame, 0, 64));
    check("clean and invalidate", seL4_ARM_Page_CleanInvalidate_Data(frame, 64, 128));
    check("unify", seL4_ARM_Page_Unify_Instruction(frame, 0, 4096));
    check("past the end", seL4_ARM_Page_Clean_Data(frame, 0, 4097));
    check("end before start", seL4_ARM_Page_Clean_Data(frame, 64, 0));
    check("empty range", seL4_ARM_Page_Clean_Data(frame, 64, 64));
    check("unmapped", seL4_ARM_Page_Clean_Data(unmapped, 0, 64));
    check("space: clean", seL4_ARM_VSpace_Clean_Data(vspace, page, page + 64));
    check("space: unify", seL4_ARM_VSpace_Unify_Instruction(vspace, page, page + 64));
    check("space: over a page's end", seL4_ARM_VSpace_Clean_Data(vspace, page + 4000, page + 4200));
    check("space: nothing mapped", seL4_ARM_VSpace_Clean_Data(vspace, 0x7000000000, 0x7000000040));
    check("space: end before start", seL4_ARM_VSpace_Clean_Data(vspace, page + 64, page));
    check("space: past the end", seL4_ARM_VSpace_Clean_Data(vspace, 1ul << 40, (1ul << 40) + 64));
    check("frame: unknown operation",
          (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(frame, seL4_MessageInfo_new(10002, 0, 0, 4))));
    check("frame: map without words",
          (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(unmapped, seL4_MessageInfo_new(ARMPageMap, 0, 0, 1))));
}

void run_case(void)
{
    section("ASIDs");
    asids();
    section("tables");
    tables();
    section("tables that go");
    gone();
    section("remap");
    remap();
    section("access");
    access_rights();
    section("cache");
    cache();
}
