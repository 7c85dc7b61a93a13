/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/heap_pages.h: pages of the root task's heap, for heap.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `count` pages in a row, zeroed (HEAP_SPAN_PAGES at most); NULL: no memory. */
#define HEAP_SPAN_PAGES 511u
void *heap_pages_take(uint32_t count);
void heap_pages_give(void *first, uint32_t count);
/* Returns frames that are kept for the next span; whether there were any. */
bool heap_pages_flush(void);

/* Spans of any size up to HEAP_LARGE_LIMIT bytes, which can grow and shrink
 * where they are. */
#define HEAP_LARGE_LIMIT (UINT64_C(1) << 30)
void *heap_large_take(uint32_t count);
bool heap_large_resize(void *first, uint32_t count);
void heap_large_give(void *first);

uint64_t heap_pages(void);
