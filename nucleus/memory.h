/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/memory.h: zeroing memory by cache lines.
 */
#ifndef NUCLEUS_MEMORY_H
#define NUCLEUS_MEMORY_H

#include "nucleus/arch.h"

/* Zeroes from `start` to `end`, kernel addresses, both multiples of four cache lines. */
static inline void memory_zero_lines(uint64_t start, uint64_t end)
{
    for (uint64_t line = start; line < end; line += 4 * CACHE_LINE) {
        line_zero(line);
        line_zero(line + CACHE_LINE);
        line_zero(line + 2 * CACHE_LINE);
        line_zero(line + 3 * CACHE_LINE);
    }
}

/* Writes the lines back to memory, for who looks without caches. Arguments as above. */
static inline void memory_clean_lines(uint64_t start, uint64_t end)
{
    for (uint64_t line = start; line < end; line += 4 * CACHE_LINE) {
        line_clean(line);
        line_clean(line + CACHE_LINE);
        line_clean(line + 2 * CACHE_LINE);
        line_clean(line + 3 * CACHE_LINE);
    }
}

/* One page. */
static inline void memory_zero_page(void *page)
{
    memory_zero_lines((uint64_t)page, (uint64_t)page + PAGE_SIZE);
}

#endif
