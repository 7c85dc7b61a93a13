/* SPDX-License-Identifier: BSD-2-Clause */
/* Where in a range of addresses there are pages at all: the kernel's PAGEMAP_SCAN (Linux 6.7), which steps over holes, so
 * that terabytes reserved and never touched cost nothing. It also tells the zero page where frames are hidden. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Categories of pages, as Linux documents them (admin-guide/mm/pagemap). */
#define LX_PAGE_FILE (UINT64_C(1) << 2)
#define LX_PAGE_PRESENT (UINT64_C(1) << 3)
#define LX_PAGE_SWAPPED (UINT64_C(1) << 4)
#define LX_PAGE_ZERO (UINT64_C(1) << 5)

/* Addresses [start, end) whose pages are of the same categories. */
struct lx_range {
    uint64_t start, end, categories;
};

enum { LX_RANGES = 4096 };

/* Finds up to LX_RANGES ranges of pages that are present or in swap in [*start, end), and moves *start to where to go
 * on. Returns how many; -1: the kernel cannot do this, or not for these addresses. */
int lx_page_scan(int pagemap, uint64_t *start, uint64_t end, struct lx_range *ranges);
