/* SPDX-License-Identifier: BSD-2-Clause */
/* root/memory/own_space.c: see own_space.h. Page tables of the root task are never freed. */
#include "root/memory/own_space.h"

#include <sel4/constants.h>

#include "model/core/graph.h"
#include "root/base/bug.h"
#include "root/memory/blocks.h"

static int map(uint64_t address, slot_t frame, bool write, bool device)
{
    return kernel_map(frame, SLOT_VSPACE, address, write ? CM_READ | CM_WRITE : CM_READ, device);
}

bool space_map(uint64_t address, slot_t frame, bool write, bool device)
{
    int error;

    while ((error = map(address, frame, write, device)) == KERNEL_MISSING_TABLE) {
        struct kernel_object table;

        if (object_allocate(seL4_ARM_PageTableObject, PAGE_BITS, &table) != CELL_OK)
            return false;
        if (kernel_map_table(table.slot, SLOT_VSPACE, address) != 0) {
            object_free(&table);
            return false;
        }
    }
    return error == 0;
}

bool space_prepare(uint64_t address, slot_t *spare)
{
    for (;;) {
        slot_t slot = *spare;

        if (!pool_object(slot, seL4_ARM_PageTableObject, PAGE_BITS))
            return false;
        ++*spare;
        if (kernel_map_table(slot, SLOT_VSPACE, address) != 0) {
            /* All levels are there: the last one was not needed. */
            return true;
        }
    }
}
