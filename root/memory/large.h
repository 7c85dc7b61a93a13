/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/large.h: frames of 2 MiB and of 1 GiB, each all of a block or of a GiB (blocks.h).
 *
 * `order` is log2 of the 4 KiB pages that a frame has. A block of which everything was given back serves again for a large frame; a
 * GiB does so only if it was never cut into blocks.
 */
#pragma once

#include "root/memory/blocks.h"

#define ORDER_SMALL 0u
#define ORDER_2M BLOCK_PAGE_BITS
#define ORDER_1G GIB_PAGE_BITS

/* Takes a frame of zeroed memory, unmapped; *page is its first page. CELL_NO_MEMORY: no such piece is free. */
cell_error_t large_frame_allocate(unsigned order, page_t *page);
/* Zeroes a piece of the memory that the next one of that size takes; true: it is zero, or there is none. Whoever can, has this done
 * until then before large_frame_allocate(), which does what is left at once. */
bool large_zeroed(unsigned order);
/* Returns it; copies of its capability go, and are unmapped. */
void large_frame_free(unsigned order, page_t page);

/* The capability of a frame that has 2^order pages from `page` on. */
slot_t large_slot(unsigned order, page_t page);
static inline slot_t frame_slot_of(unsigned order, page_t page)
{
    return order == ORDER_SMALL ? frame_slot(page) : large_slot(order, page);
}

/* 4 KiB pages of those that are in use. */
uint64_t large_pages(void);
