/* SPDX-License-Identifier: BSD-2-Clause */
/* root/memory/window.c: see window.h. Page tables for the window are there from the start. */
#include "root/memory/window.h"

#include <string.h>

#include "model/core/graph.h"
#include "root/base/bug.h"
#include "root/memory/large.h"
#include "root/memory/own_space.h"

static slot_t open_slots[WINDOW_PAGES];
static uint32_t open_count;
static bool open_copies;

void *window_open(const page_t *pages, uint32_t count, bool mapped)
{
    if (open_count != 0)
        root_bug("the window is open already");
    open_copies = mapped;
    for (; open_count < count; open_count++) {
        slot_t slot = frame_slot(pages[open_count]);

        if (mapped) {
            slot_t original = slot;

            slot = slot_allocate();
            if (slot == 0) {
                window_close();
                return NULL;
            }
            if (kernel_copy(slot, original) != 0) {
                slot_free(slot);
                window_close();
                return NULL;
            }
        }
        open_slots[open_count] = slot;
        if (kernel_map(slot, SLOT_VSPACE, SPACE_WINDOW + open_count * PAGE_SIZE, CM_READ | CM_WRITE, false) != 0) {
            open_count++;
            window_close();
            return NULL;
        }
    }
    return (void *)SPACE_WINDOW;
}

void *window_open_large(unsigned order, page_t page)
{
    uint64_t address = order == ORDER_1G ? SPACE_WINDOW_1G : SPACE_WINDOW_2M;
    slot_t slot = slot_allocate();

    if (open_count != 0)
        root_bug("the window is open already");
    if (slot == 0)
        return NULL;
    if (kernel_copy(slot, large_slot(order, page)) != 0 || !space_map(address, slot, true, false)) {
        kernel_delete(slot);
        slot_free(slot);
        return NULL;
    }
    open_slots[open_count++] = slot;
    open_copies = true;
    return (void *)address;
}

void window_close(void)
{
    while (open_count > 0) {
        slot_t slot = open_slots[--open_count];

        if (open_copies) {
            must(kernel_delete(slot), "window: delete a copy");
            slot_free(slot);
        } else {
            must(kernel_unmap(slot), "window: unmap");
        }
    }
}

/* For a copy of the capability of what is read. */
static slot_t read_slot;

bool window_prepare(void)
{
    if (read_slot == 0)
        read_slot = slot_allocate();
    return read_slot != 0;
}

cell_error_t window_copy(page_t to, page_t from)
{
    char *window = (char *)SPACE_WINDOW;

    if (open_count != 0)
        root_bug("the window is open already");
    int failed = kernel_copy(read_slot, frame_slot(from));

    if (failed == 0)
        failed = kernel_map(read_slot, SLOT_VSPACE, SPACE_WINDOW, CM_READ, false);
    if (failed == 0)
        failed = kernel_map(frame_slot(to), SLOT_VSPACE, SPACE_WINDOW + PAGE_SIZE, CM_READ | CM_WRITE, false);
    if (failed == 0)
        memcpy(window + PAGE_SIZE, window, PAGE_SIZE);
    must(kernel_unmap(frame_slot(to)), "window: unmap");
    must(kernel_delete(read_slot), "window: delete a copy");
    return kernel_refused(failed);
}
