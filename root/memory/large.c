/* SPDX-License-Identifier: BSD-2-Clause */
/* root/memory/large.c: see large.h. */
#include "root/memory/large.h"

#include <sel4/constants.h>

static uint64_t used;

slot_t large_slot(unsigned order, page_t page)
{
    return order == ORDER_2M ? block_untyped(page) + 1 : gib_untyped(page) + 1;
}

static page_t take(unsigned order)
{
    if (order == ORDER_1G)
        return gib_take();
    const struct block *block = block_take();

    return block == NULL ? 0 : block->first_page;
}

static void give(unsigned order, page_t page)
{
    if (order == ORDER_1G)
        gib_give(page);
    else
        block_give(run_block(run_of_page(page)));
}

/* 4 KiB that are zeroed in a piece. */
#define ZERO_PAGES 128u

bool large_zeroed(unsigned order)
{
    page_t taken = take(order);

    if (taken == 0)
        return true;
    bool zeroed = kernel_zero(large_slot(order, taken) - 1, UINT64_C(1) << order, ZERO_PAGES);

    /* It is the next that is taken. */
    give(order, taken);
    return zeroed;
}

cell_error_t large_frame_allocate(unsigned order, page_t *page)
{
    page_t taken = take(order);

    if (taken == 0)
        return CELL_NO_MEMORY;
    slot_t slot = large_slot(order, taken), untyped = slot - 1;
    int failed = kernel_retype(untyped, order == ORDER_1G ? seL4_ARM_HugePageObject : seL4_ARM_LargePageObject, 0, slot, 1);

    if (failed != 0) {
        give(order, taken);
        return kernel_refused(failed);
    }
    used += UINT64_C(1) << order;
    *page = taken;
    return CELL_OK;
}

void large_frame_free(unsigned order, page_t page)
{
    used -= UINT64_C(1) << order;
    give(order, page);
}

uint64_t large_pages(void)
{
    return used;
}
