/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/heap.h: the root task's own dynamic memory.
 *
 * Sizes are passed back when freeing, so that blocks carry no header. Pages are
 * taken from and returned to the machine's memory as needed; running out is an
 * ordinary answer (NULL), never the end.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* `size` bytes, zeroed, aligned to 16; NULL: no memory. `size` > 0. */
void *heap_allocate(size_t size);

/* Returns a block; `size` as it was asked for. NULL is allowed. */
void heap_free(void *block, size_t size);

/*
 * As realloc, with the old size; new bytes are zeroed. NULL for a block makes
 * one; size 0 frees and returns NULL. NULL for a size above 0: no memory, the
 * old block stays.
 */
void *heap_resize(void *block, size_t old_size, size_t size);

/* A copy of `size` bytes; NULL: no memory. */
void *heap_copy(const void *bytes, size_t size);

/* Bytes handed out, and pages that the heap holds at present. */
uint64_t heap_used(void);
uint64_t heap_pages(void);
