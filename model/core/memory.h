/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arrays that grow, on a caller's allocator. Every byte that the model library holds passes through here, so the
 * amount in use is known and running out is an ordinary answer.
 */
#ifndef CELLULOS_MODEL_MEMORY_H
#define CELLULOS_MODEL_MEMORY_H

#include "graph.h"

/* An allocator and what was taken from it. */
struct cm_heap {
    struct cm_memory memory;
    size_t bytes;
};

/* Resizes an array of `old_count` elements to `new_count`. NULL: no memory; the old array stays. 0 frees. */
void *cm_heap_resize(struct cm_heap *heap, void *array, size_t element, size_t old_count, size_t new_count);

/* The array with room for `need` elements, at least half as much again as before. Updates *capacity. NULL: no memory. */
void *cm_heap_grow(struct cm_heap *heap, void *array, size_t element, uint32_t *capacity, uint64_t need);

#endif
