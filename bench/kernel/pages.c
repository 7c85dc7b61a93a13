/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping. */
#include "bench/kernel/measure.h"

enum { usual = 1000, fewer = 100, few = 20, place = 0x36000000, large_place = 0x37000000, table_place = 0x38000000 };

#define NORMAL seL4_ARM_Default_VMAttributes

static seL4_CPtr frame;
static seL4_CPtr copy;
static seL4_CPtr table;
static seL4_CPtr large;
static seL4_CPtr space;

/* A frame, and tables for where it will be. */
static void open(void)
{
    frame = object_new(seL4_ARM_SmallPageObject, 0);
    frame_map(frame, place, seL4_ReadWrite);
    seL4_ARM_Page_Unmap(frame);
}

static void open_mapped(void)
{
    open();
    seL4_ARM_Page_Map(frame, own_space, place, seL4_ReadWrite, NORMAL);
}

static void open_other(void)
{
    open();
    space = object_new(seL4_ARM_VSpaceObject, 0);
    seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, space);
    tables_for(space, place);
}

static void open_copy(void)
{
    open();
    copy = slot_new();
}

static void open_table(void)
{
    seL4_CPtr small = object_new(seL4_ARM_SmallPageObject, 0);
    frame_map(small, table_place, seL4_ReadWrite);
    table = object_new(seL4_ARM_PageTableObject, 0);
}

static void open_large(void)
{
    large = object_new(seL4_ARM_LargePageObject, 0);
    frame_map(large, large_place, seL4_ReadWrite);
    seL4_ARM_Page_Unmap(large);
}

static void map(void) { seL4_ARM_Page_Map(frame, own_space, place, seL4_ReadWrite, NORMAL); }
static void map_other(void) { seL4_ARM_Page_Map(frame, space, place, seL4_ReadWrite, NORMAL); }
static void remap(void) { seL4_ARM_Page_Map(frame, own_space, place, seL4_CanRead, NORMAL); }
static void unmap(void) { seL4_ARM_Page_Unmap(frame); }
static void delete_copy(void) { seL4_CNode_Delete(root, copy, deep); }
static void map_copy(void)
{
    seL4_CNode_Copy(root, copy, deep, root, frame, deep, seL4_AllRights);
    seL4_ARM_Page_Map(copy, own_space, place, seL4_ReadWrite, NORMAL);
}
static void get_address(void) { seL4_ARM_Page_GetAddress(frame); }
static void map_table(void) { seL4_ARM_PageTable_Map(table, own_space, table_place + (1 << 21), NORMAL); }
static void unmap_table(void) { seL4_ARM_PageTable_Unmap(table); }
static void map_and_unmap_large(void)
{
    seL4_ARM_Page_Map(large, own_space, large_place, seL4_ReadWrite, NORMAL);
    seL4_ARM_Page_Unmap(large);
}

static void clean(void) { seL4_ARM_Page_Clean_Data(frame, 0, 1ul << seL4_PageBits); }
static void unify(void) { seL4_ARM_Page_Unify_Instruction(frame, 0, 1ul << seL4_PageBits); }
static void clean_large(void) { seL4_ARM_Page_Clean_Data(large, 0, 1ul << seL4_LargePageBits); }
static void unify_large(void) { seL4_ARM_Page_Unify_Instruction(large, 0, 1ul << seL4_LargePageBits); }
static void open_large_mapped(void)
{
    seL4_ARM_Page_Map(large, own_space, large_place, seL4_ReadWrite, NORMAL);
}
static void unmap_large(void) { seL4_ARM_Page_Unmap(large); }

static const struct operation list[] = {
    {"Page_Map 4K (own VSpace, tables present)", 0, usual, open, 0, map, unmap, 0},
    {"Page_Map 4K (other VSpace, tables present)", 0, usual, open_other, 0, map_other, unmap, 0},
    {"Page_Map remap same address, new rights", 0, usual, open_mapped, map, remap, 0, unmap},
    {"Page_Unmap 4K (mapped)", 0, usual, open, map, unmap, 0, 0},
    {"CNode_Delete of mapped 4K frame copy cap", 0, usual, open_copy, map_copy, delete_copy, 0, 0},
    {"Page_GetAddress", 0, usual, open, 0, get_address, 0, 0},
    {"PageTable_Map (last level)", 0, usual, open_table, 0, map_table, unmap_table, 0},
    {"PageTable_Unmap (empty)", 0, usual, open_table, map_table, unmap_table, 0, 0},
    {"Page_Map 2M + Unmap", 0, fewer, open_large, 0, map_and_unmap_large, 0, 0},
    {"Page_Clean_Data 4K", 0, usual, open_mapped, 0, clean, 0, unmap},
    {"Page_Unify_Instruction 4K", 0, usual, open_mapped, 0, unify, 0, unmap},
    {"Page_Clean_Data 2M", 0, few, open_large_mapped, 0, clean_large, 0, unmap_large},
    {"Page_Unify_Instruction 2M", 0, few, open_large_mapped, 0, unify_large, 0, unmap_large},
};

void bench_pages(void)
{
    measure_list(list, sizeof list / sizeof list[0]);
}
