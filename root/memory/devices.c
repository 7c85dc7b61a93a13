/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/devices.c: see devices.h.
 *
 * The kernel gives out an untyped from its start only, so what lies before a
 * wanted place is cut off first: in blocks of 2 MiB from an untyped of that size
 * or more, in pages from a smaller one. Blocks are cut into runs and runs into
 * frames as for RAM (blocks.h).
 */
#include "root/memory/devices.h"

#include <sel4/constants.h>

#include "root/base/bug.h"
#include "root/memory/blocks.h"

#define DEVICE_LIMIT 256u

struct device {
    slot_t untyped;
    page_t next, end; /* not cut off yet */
    page_t first;
};

static struct device devices[DEVICE_LIMIT];
static uint32_t device_count;

void devices_add(slot_t untyped, page_t first, unsigned size_bits)
{
    page_t pages = (page_t)(UINT64_C(1) << (size_bits - PAGE_BITS));

    if (device_count < DEVICE_LIMIT && size_bits >= PAGE_BITS && size_bits < 40)
        devices[device_count++] = (struct device){untyped, first, first + pages, first};
}

static struct device *device_of(page_t page)
{
    for (uint32_t i = 0; i < device_count; i++)
        if (page >= devices[i].first && page < devices[i].end)
            return &devices[i];
    return NULL;
}

/* Makes the frames of a small untyped up to `page`. */
static cell_error_t cut_pages(struct device *device, page_t page)
{
    while (device->next <= page) {
        page_t next = device->next;

        if (block_foreign(next, 0) == NULL)
            return CELL_NO_MEMORY;
        must(kernel_retype(device->untyped, seL4_ARM_SmallPageObject, 0, frame_slot(next), 1),
             "devices: frame");
        device->next++;
    }
    return CELL_OK;
}

/* Makes blocks up to the one with `page`, and that one's runs. */
static cell_error_t cut_blocks(struct device *device, page_t page)
{
    while (device->next <= page) {
        struct block *block = block_foreign(device->next, device->untyped);

        if (block == NULL)
            return CELL_NO_MEMORY;
        device->next += BLOCK_PAGES;
    }
    return CELL_OK;
}

/* Makes the 16 frames around `page` in its block; false: they are there. */
static bool cut_run(page_t page)
{
    struct run *run = run_of_page(page);
    struct run *first = run - run->index;
    slot_t untyped = block_untyped(page);

    if (run->state == RUN_FRAMES)
        return false;
    /* The block's untyped is cut at once; run 0 tells whether it was. */
    if (first->order == 0) {
        must(kernel_retype(untyped, seL4_UntypedObject, RUN_BITS, untyped + BLOCK_RUNS, BLOCK_RUNS),
             "devices: runs");
        first->order = 1;
    }
    must(kernel_retype(run_untyped(run), seL4_ARM_SmallPageObject, 0, run_slots(run), RUN_PAGES),
         "devices: frames");
    run->state = RUN_FRAMES;
    return true;
}

cell_error_t foreign_frames_some(page_t first, uint32_t count, uint32_t most)
{
    for (page_t page = first; page - first < count; page++) {
        struct device *device = device_of(page);
        cell_error_t error;

        if (most == 0)
            return CELL_AGAIN;

        if (device == NULL || !blocks_in_range(page))
            return CELL_BAD_ARGUMENT;
        if (device->end - device->first < BLOCK_PAGES) {
            error = cut_pages(device, page);
        } else {
            error = cut_blocks(device, page);
            if (error == CELL_OK && cut_run(page))
                most--;
        }
        if (error != CELL_OK)
            return error;
    }
    return CELL_OK;
}

cell_error_t foreign_frames(page_t first, uint32_t count)
{
    return foreign_frames_some(first, count, UINT32_MAX);
}
