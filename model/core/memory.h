/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arrays that grow, on a caller's allocator. Every byte that the model library holds passes through here, so the
 * amount in use is known and running out is an ordinary answer. A head in front of each array keeps its size.
 */
#pragma once

#include "graph.h"

/* An allocator and what was taken from it. */
struct cm_heap {
    struct cm_memory memory;
    size_t bytes;
};

/* Resizes an array to `count` elements; NULL makes one. NULL: no memory, and the old array stays. */
void *cm_heap_resize(struct cm_heap *heap, void *array, size_t element, size_t count);

/* Makes an array of `count` elements. NULL: no memory. */
static inline void *cm_heap_make(struct cm_heap *heap, size_t element, size_t count)
{
    return cm_heap_resize(heap, NULL, element, count);
}

/* Frees an array. NULL is allowed. */
void cm_heap_free(struct cm_heap *heap, void *array);

/* The array with room for `need` elements, at least half as much again as before. Updates *capacity. NULL: no memory. */
void *cm_heap_grow(struct cm_heap *heap, void *array, size_t element, uint32_t *capacity, uint64_t need);
