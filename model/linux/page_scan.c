/* SPDX-License-Identifier: BSD-2-Clause */
/* The ioctl's argument is written down here as Linux documents it: older systems have no header for it. */
#include "page_scan.h"

#include <sys/ioctl.h>

struct scan_argument {
    uint64_t size, flags;
    uint64_t start, end, walk_end;
    uint64_t ranges, range_count, max_pages;
    uint64_t inverted, all_of, any_of, wanted;
};

#define PAGEMAP_SCAN_CALL _IOWR('f', 16, struct scan_argument)

int lx_page_scan(int pagemap, uint64_t *start, uint64_t end, struct lx_range *ranges)
{
    struct scan_argument argument = {
        .size = sizeof argument,
        .start = *start,
        .end = end,
        .ranges = (uint64_t)(uintptr_t)ranges,
        .range_count = LX_RANGES,
        .any_of = LX_PAGE_PRESENT | LX_PAGE_SWAPPED,
        .wanted = LX_PAGE_PRESENT | LX_PAGE_SWAPPED | LX_PAGE_FILE | LX_PAGE_ZERO,
    };
    int found = ioctl(pagemap, PAGEMAP_SCAN_CALL, &argument);
    if (found >= 0) {
        *start = argument.walk_end > *start ? argument.walk_end : end;
    }
    return found;
}
