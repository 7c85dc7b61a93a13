/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/boot/cspace_boot.c: see cspace_boot.h.
 *
 * Until the switch, slots are those of the CNode that the kernel made; the new
 * leaf is addressed as a CNode of its own.
 */
#include "root/boot/cspace_boot.h"

#include <board.h>

#include "root/base/bug.h"
#include "root/memory/blocks.h"

/* The root task's CSpace may take this many slots per page of RAM beyond what
 * blocks need: mappings of shared pages, answers owed, small objects. */
#define SLOTS_PER_PAGE 8u
#define ROOT_BITS_LOWEST 6u

static bool is_ram(const seL4_BootInfo *info, uint32_t index)
{
    return info->untypedList[index].isDevice == 0;
}

static uint32_t untyped_count(const seL4_BootInfo *info)
{
    return (uint32_t)(info->untyped.end - info->untyped.start);
}

/* Finds the range of blocks, and sizes the root CNode accordingly. */
static void measure(const seL4_BootInfo *info, struct boot_memory *memory)
{
    uint64_t pages = 0;

    memory->first = BOARD_DEVICES_BASE >> PAGE_BITS;
    memory->end = (page_t)(BOARD_DEVICES_END >> PAGE_BITS);
    for (uint32_t i = 0; i < untyped_count(info); i++) {
        const seL4_UntypedDesc *untyped = &info->untypedList[i];
        uint64_t end = (untyped->paddr + (UINT64_C(1) << untyped->sizeBits)) >> PAGE_BITS;

        if (!is_ram(info, i))
            continue;
        if (end > memory->end)
            memory->end = (page_t)end;
        pages += (UINT64_C(1) << untyped->sizeBits) >> PAGE_BITS;
    }
    uint64_t leaves = blocks_leaves(memory->first, memory->end) + pages * SLOTS_PER_PAGE / LEAF_SLOTS;

    kernel_root_bits = ROOT_BITS_LOWEST;
    while (UINT64_C(1) << kernel_root_bits < leaves)
        kernel_root_bits++;
}

/* The smallest untyped of RAM that holds root CNode and first leaf. */
static bool choose_untyped(const seL4_BootInfo *info, struct boot_memory *memory)
{
    unsigned best = UINT8_MAX;

    memory->bootstrap_used = (UINT64_C(1) << (kernel_root_bits + seL4_SlotBits)) +
                             (UINT64_C(1) << LEAF_SIZE_BITS);
    for (uint32_t i = 0; i < untyped_count(info); i++) {
        unsigned bits = info->untypedList[i].sizeBits;

        if (is_ram(info, i) && UINT64_C(1) << bits >= memory->bootstrap_used && bits < best) {
            best = bits;
            memory->bootstrap = i;
        }
    }
    return best != UINT8_MAX;
}

static int move(seL4_CPtr leaf, slot_t to, seL4_CPtr from)
{
    return (int)seL4_CNode_Move(leaf, to, LEAF_BITS, seL4_CapInitThreadCNode, from, seL4_WordBits);
}

static void transfer(seL4_CPtr leaf, slot_t to, seL4_CPtr from)
{
    must(move(leaf, to, from), "boot: move a capability");
}

static void duplicate(seL4_CPtr leaf, slot_t to, seL4_CPtr from)
{
    must((int)seL4_CNode_Copy(leaf, to, LEAF_BITS, seL4_CapInitThreadCNode, from, seL4_WordBits, seL4_AllRights),
         "boot: copy a capability");
}

static void fill_leaf(const seL4_BootInfo *info, seL4_CPtr leaf, seL4_CPtr root)
{
    duplicate(leaf, SLOT_ROOT_CNODE, root);
    duplicate(leaf, SLOT_BOOT_CNODE, seL4_CapInitThreadCNode);
    duplicate(leaf, SLOT_TCB, seL4_CapInitThreadTCB);
    duplicate(leaf, SLOT_VSPACE, seL4_CapInitThreadVSpace);
    transfer(leaf, SLOT_IRQ_CONTROL, seL4_CapIRQControl);
    transfer(leaf, SLOT_ASID_CONTROL, seL4_CapASIDControl);
    transfer(leaf, SLOT_ASID_POOL, seL4_CapInitThreadASIDPool);
    /* Not there when the kernel does not allow SMC calls. */
    (void)move(leaf, SLOT_SMC, seL4_CapSMC);
    for (uint32_t i = 0; i < untyped_count(info); i++)
        transfer(leaf, SLOT_UNTYPED + i, info->untyped.start + i);
}

bool cspace_boot(const seL4_BootInfo *info, struct boot_memory *memory)
{
    seL4_CPtr root = info->empty.start, leaf = root + 1;

    measure(info, memory);
    if (info->empty.end - info->empty.start < 2 || !choose_untyped(info, memory))
        return false;
    seL4_CPtr untyped = info->untyped.start + memory->bootstrap;

    must((int)seL4_Untyped_Retype(untyped, seL4_CapTableObject, kernel_root_bits,
                                  seL4_CapInitThreadCNode, 0, 0, root, 1),
         "boot: root CNode");
    must((int)seL4_Untyped_Retype(untyped, seL4_CapTableObject, LEAF_BITS, seL4_CapInitThreadCNode,
                                  0, 0, leaf, 1),
         "boot: first leaf");
    must((int)seL4_CNode_Copy(root, 0, (seL4_Uint8)kernel_root_bits, seL4_CapInitThreadCNode, leaf,
                              seL4_WordBits, seL4_AllRights),
         "boot: link the first leaf");
    fill_leaf(info, leaf, root);
    must((int)seL4_TCB_SetSpace(
             seL4_CapInitThreadTCB, 0, root,
             seL4_CNode_CapData_new(0, 64 - kernel_root_bits - LEAF_BITS).words[0],
             seL4_CapInitThreadVSpace, 0),
         "boot: switch to the own CSpace");
    return true;
}
