/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/malloc.c: the C library's malloc on the root task's heap, for library
 * code; the root task's own code calls heap.h. A head of 16 bytes keeps the size.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "root/memory/heap.h"

#define HEAD 16u

static size_t *head_of(void *block)
{
    return (size_t *)((char *)block - HEAD);
}

void *malloc(size_t size)
{
    if (size > SIZE_MAX - HEAD)
        return NULL;
    size_t *head = heap_allocate(size + HEAD);

    if (head == NULL)
        return NULL;
    *head = size + HEAD;
    return (char *)head + HEAD;
}

void free(void *block)
{
    if (block != NULL)
        heap_free(head_of(block), *head_of(block));
}

void *calloc(size_t count, size_t size)
{
    size_t bytes;

    /* The heap's blocks are zero. */
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : malloc(bytes);
}

void *realloc(void *block, size_t size)
{
    if (block == NULL)
        return malloc(size);
    if (size > SIZE_MAX - HEAD)
        return NULL;
    size_t *head = heap_resize(head_of(block), *head_of(block), size + HEAD);

    if (head == NULL)
        return NULL;
    *head = size + HEAD;
    return (char *)head + HEAD;
}
