/* SPDX-License-Identifier: BSD-2-Clause */
/* Slots and memory of a conformance case: slots are taken in order from bootinfo's empty ones, memory from the first
 * RAM untyped that is large enough, device pages by halving the device untyped that contains them. */
#include "conformance.h"

enum { pool_bits = 25, pages_address = 0x20000000, max_blocks = 400 };

seL4_BootInfo *boot_info;

static seL4_CPtr next_slot;
static seL4_CPtr pool;
static seL4_Word next_page = pages_address;

void conformance_objects_start(seL4_BootInfo *info);

void stop(const char *why)
{
    print("STOP: ");
    print(why);
    print("\nEND\n");
    for (;;) {
        seL4_Yield();
    }
}

seL4_CPtr slots_new(seL4_Word count)
{
    seL4_CPtr slot = next_slot;
    next_slot += count;
    if (next_slot > boot_info->empty.end) {
        stop("no slots left");
    }
    return slot;
}

seL4_CPtr slot_new(void)
{
    return slots_new(1);
}

static seL4_CPtr retype(seL4_CPtr untyped, seL4_Word type, seL4_Word size_bits, seL4_Word count)
{
    seL4_CPtr slot = slots_new(count);
    if (seL4_Untyped_Retype(untyped, type, size_bits, seL4_CapInitThreadCNode, 0, 0, slot, count) != seL4_NoError) {
        check("retype", seL4_Untyped_Retype(untyped, type, size_bits, seL4_CapInitThreadCNode, 0, 0, slot, count));
        stop("retype failed");
    }
    return slot;
}

seL4_CPtr object_new(seL4_Word type, seL4_Word size_bits)
{
    return retype(pool, type, size_bits, 1);
}

seL4_CPtr untyped_new(seL4_Word size_bits)
{
    return object_new(seL4_UntypedObject, size_bits);
}

/* Device memory: bootinfo's untypeds and the halves that they were cut into. */
struct block {
    seL4_Word base;
    seL4_Word bits;
    seL4_CPtr untyped;
};

static struct block blocks[max_blocks];
static seL4_Word block_count;

static struct block *device_block(seL4_Word physical)
{
    for (seL4_Word i = 0; i < block_count; i++) {
        if (physical >= blocks[i].base && physical - blocks[i].base < (seL4_Word)1 << blocks[i].bits) {
            return &blocks[i];
        }
    }
    stop("no device memory there");
    return 0;
}

seL4_CPtr device_untyped(seL4_Word physical, seL4_Word size_bits)
{
    struct block *block = device_block(physical);
    while (block->bits > size_bits) {
        block->bits--;
        seL4_CPtr halves = retype(block->untyped, seL4_UntypedObject, block->bits, 2);
        if (block_count == max_blocks) {
            stop("too many pieces of device memory");
        }
        blocks[block_count] = (struct block){block->base + ((seL4_Word)1 << block->bits), block->bits, halves + 1};
        block->untyped = halves;
        if (physical >= blocks[block_count].base) {
            block = &blocks[block_count];
        }
        block_count++;
    }
    return block->untyped;
}

seL4_CPtr device_page(seL4_Word physical)
{
    return retype(device_untyped(physical, seL4_PageBits), seL4_ARM_SmallPageObject, 0, 1);
}

void tables_for(seL4_CPtr vspace, seL4_Word address)
{
    for (;;) {
        seL4_CPtr table = object_new(seL4_ARM_PageTableObject, 0);
        if (seL4_ARM_PageTable_Map(table, vspace, address, seL4_ARM_Default_VMAttributes) != seL4_NoError) {
            return;
        }
    }
}

void frame_map(seL4_CPtr frame, seL4_Word address, seL4_CapRights_t rights)
{
    seL4_Error error;
    while ((error = seL4_ARM_Page_Map(frame, seL4_CapInitThreadVSpace, address, rights,
                                      seL4_ARM_Default_VMAttributes)) == seL4_FailedLookup) {
        seL4_CPtr table = object_new(seL4_ARM_PageTableObject, 0);
        if (seL4_ARM_PageTable_Map(table, seL4_CapInitThreadVSpace, address, seL4_ARM_Default_VMAttributes) !=
            seL4_NoError) {
            stop("page table");
        }
    }
    if (error != seL4_NoError) {
        check("frame_map", error);
        stop("frame not mapped");
    }
}

seL4_CPtr cap_copy(seL4_CPtr source, seL4_CapRights_t rights)
{
    seL4_CPtr slot = slot_new();
    if (seL4_CNode_Copy(seL4_CapInitThreadCNode, slot, seL4_WordBits, seL4_CapInitThreadCNode, source, seL4_WordBits,
                        rights) != seL4_NoError) {
        stop("copy failed");
    }
    return slot;
}

seL4_CPtr cap_mint(seL4_CPtr source, seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_CPtr slot = slot_new();
    if (seL4_CNode_Mint(seL4_CapInitThreadCNode, slot, seL4_WordBits, seL4_CapInitThreadCNode, source, seL4_WordBits,
                        rights, badge) != seL4_NoError) {
        stop("mint failed");
    }
    return slot;
}

void cap_delete(seL4_CPtr slot)
{
    if (seL4_CNode_Delete(seL4_CapInitThreadCNode, slot, seL4_WordBits) != seL4_NoError) {
        stop("delete failed");
    }
}

void *page_new(seL4_CPtr *frame)
{
    seL4_CPtr slot = object_new(seL4_ARM_SmallPageObject, 0);
    seL4_Word address = next_page;
    next_page += 2 * 4096;
    frame_map(slot, address, seL4_ReadWrite);
    if (frame != 0) {
        *frame = slot;
    }
    return (void *)address;
}

void conformance_objects_start(seL4_BootInfo *info)
{
    boot_info = info;
    next_slot = info->empty.start;
    seL4_Word count = info->untyped.end - info->untyped.start;
    seL4_Word best = 0;
    for (seL4_Word i = 0; i < count; i++) {
        const seL4_UntypedDesc *desc = &info->untypedList[i];
        if (desc->isDevice && block_count < max_blocks) {
            blocks[block_count++] = (struct block){desc->paddr, desc->sizeBits, info->untyped.start + i};
        }
        if (!desc->isDevice && desc->sizeBits >= pool_bits && (best == 0 || desc->sizeBits < best)) {
            best = desc->sizeBits;
            pool = info->untyped.start + i;
        }
    }
}
