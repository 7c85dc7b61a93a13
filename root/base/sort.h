/* SPDX-License-Identifier: BSD-2-Clause */
/* root/base/sort.h: sorting in place, by a heap with the largest first: no memory, and n log n steps at the worst. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* By index: whether one comes before another; and how two change places. */
typedef bool (*sort_before_t)(const void *items, uint32_t one, uint32_t other);
typedef void (*sort_exchange_t)(void *items, uint32_t one, uint32_t other);

static inline void sort_sift(void *items, uint32_t from, uint32_t end, sort_before_t is_before, sort_exchange_t exchange)
{
    for (uint32_t child; (child = 2 * from + 1) < end; from = child) {
        child += child + 1 < end && is_before(items, child, child + 1);
        if (!is_before(items, from, child))
            return;
        exchange(items, from, child);
    }
}

/* Sorts `count` items. Inline, so that the two functions are, too. */
static inline void sort(void *items, uint32_t count, sort_before_t is_before, sort_exchange_t exchange)
{
    for (uint32_t i = count / 2; i-- > 0;)
        sort_sift(items, i, count, is_before, exchange);
    for (uint32_t end = count; end-- > 1;) {
        exchange(items, 0, end);
        sort_sift(items, 0, end, is_before, exchange);
    }
}
