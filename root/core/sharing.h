/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/sharing.h: frames that are in several memory objects, until one of these is written.
 *
 * A copy of a memory object has its frames, and both lose the right to write them in their mappings
 * (mapping.c). The first to write gets a frame of its own with the same contents; the last to have
 * a frame has it alone. Each memory object is charged for all of its pages from the start, and the
 * frames that may be needed are set aside (memory_shared), so a write cannot fail; and one that ends,
 * what the others have is paid for.
 *
 * What is not ordinary memory, or is written beside its mappings (MO_PINNED), or is mapped by many regions
 * is not shared but copied.
 */
#pragma once

#include "root/core/mo.h"

/* Regions that may map a memory object that shares frames, at most. */
#define SHARING_REGIONS 64u

/* Whether another memory object has the frame, too. */
bool frame_is_shared(page_t page);
/* A memory object that has it gives it up; false: it was the last. */
bool frame_give_up(page_t page);

/* Whether a copy of a memory object can have its frames. */
bool sharing_possible(const struct mo *mo);
/* Whether one more region can map it. */
bool sharing_region_limit(const struct mo *mo);
static inline bool sharing_allows_region(const struct mo *mo)
{
    return (mo->flags & MO_COPIED) == 0 || sharing_region_limit(mo);
}

/* Units of work, of some hundred instructions each, that it takes to have a region lose the right to write a page. */
#define SHARING_UNITS 12u

/*
 * Makes frames of `from`, from `page` on, pages of `to` from `index` on, which has none there, and is charged; *count at most.
 * *count becomes how many were looked at: as many as lie in a row, and as *units of work allow, which become fewer. A page takes
 * one, the first copy of it SHARING_UNITS more for each region that maps `from`. CELL_NO_MEMORY, CELL_QUOTA: what was shared stays.
 */
cell_error_t sharing_begin(struct mo *to, uint64_t index, struct mo *from, uint64_t page, uint64_t *count, uint64_t *units);

/* Makes a page that is present the memory object's alone, wherever it is mapped, so that it can be
 * written. CELL_NO_MEMORY: never while the accounts are right. */
cell_error_t sharing_end(struct mo *mo, uint64_t index);

/* The same of a page that a device is told of, if it is present; and from now on the memory object shares no frames, and keeps its
 * pages. */
cell_error_t sharing_pin(struct mo *mo, uint64_t index);
