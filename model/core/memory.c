/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays that grow: see memory.h. */
#include "memory.h"

#define HEAD 16u /* bytes: the size of the block, itself included; arrays stay aligned to 16 */

static size_t *head_of(void *array)
{
    return array == NULL ? NULL : (size_t *)(void *)((char *)array - HEAD);
}

void *cm_heap_resize(struct cm_heap *heap, void *array, size_t element, size_t count)
{
    size_t *head = head_of(array), before = head == NULL ? 0 : *head, bytes;
    if (__builtin_mul_overflow(element, count, &bytes) || bytes > SIZE_MAX - HEAD) {
        return NULL;
    }
    head = heap->memory.resize(heap->memory.context, head, bytes + HEAD);
    if (head == NULL) {
        return NULL;
    }
    *head = bytes + HEAD;
    heap->bytes += *head - before;
    return (char *)head + HEAD;
}

void cm_heap_free(struct cm_heap *heap, void *array)
{
    if (array != NULL) {
        heap->bytes -= *head_of(array);
        heap->memory.resize(heap->memory.context, head_of(array), 0);
    }
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
    void *moved = cm_heap_resize(heap, array, element, (size_t)wanted);
    if (moved != NULL) {
        *capacity = (uint32_t)wanted;
    }
    return moved;
}
