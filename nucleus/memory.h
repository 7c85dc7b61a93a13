/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/memory.h: zeroing memory by cache lines.
 */
#pragma once

#include "nucleus/arch.h"

INLINE void memory_line_zero(uint64_t line, bool clean)
{
    line_zero(line);
    if (clean)
        line_clean(line);
}

/* What is zeroed at once: four cache lines. */
#define MEMORY_STEP (4 * CACHE_LINE)

/* Zeroes from `start` to `end`, kernel addresses, both multiples of MEMORY_STEP. `clean`: writes the lines back to
 * memory too, for readers without caches. */
INLINE void memory_zero_lines(uint64_t start, uint64_t end, bool clean)
{
#pragma GCC unroll 4
    for (uint64_t step = start; step < end; step += MEMORY_STEP) {
        memory_line_zero(step, clean);
        memory_line_zero(step + CACHE_LINE, clean);
        memory_line_zero(step + 2 * CACHE_LINE, clean);
        memory_line_zero(step + 3 * CACHE_LINE, clean);
    }
}

/* One page. */
static inline void memory_zero_page(void *page)
{
    memory_zero_lines((uint64_t)page, (uint64_t)page + PAGE_SIZE, false);
}
