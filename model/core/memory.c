/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays that grow: see memory.h. */
#include "memory.h"

void *cm_heap_resize(struct cm_heap *heap, void *array, size_t element, size_t old_count, size_t new_count)
{
    if (new_count > SIZE_MAX / element) {
        return NULL;
    }
    if (new_count == 0 && array == NULL) {
        return NULL;
    }
    void *moved = heap->memory.resize(heap->memory.context, array, old_count * element, new_count * element);
    if (moved != NULL || new_count == 0) {
        heap->bytes += new_count * element;
        heap->bytes -= old_count * element;
    }
    return moved;
}

void *cm_heap_grow(struct cm_heap *heap, void *array, size_t element, uint32_t *capacity, uint64_t need)
{
    if (need <= *capacity && array != NULL) {
        return array;
    }
    uint64_t wanted = (uint64_t)*capacity + *capacity / 2 + 16;
    if (wanted < need) {
        wanted = need;
    }
    if (wanted > UINT32_MAX) {
        wanted = UINT32_MAX;
    }
    if (wanted < need) {
        return NULL;
    }
    void *moved = cm_heap_resize(heap, array, element, *capacity, (size_t)wanted);
    if (moved != NULL) {
        *capacity = (uint32_t)wanted;
    }
    return moved;
}
