/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/heap.c: memory of the personality's own, out of the PD's heap, which grows by request. Blocks have sizes of
 * powers of two and are kept for others of the same size.
 */
#include <cell/idl/pd.h>

#include "lib/linux/linux.h"

#define SMALLEST_BITS 5u
#define SIZES 24u

static struct free_block {
    struct free_block *next;
} * free_blocks[SIZES];

static uint64_t start, used, committed; /* bytes */
static lock_t lock;

void heap_start(const struct start_block *block)
{
    start = block->heap_start;
    committed = block->heap_pages * PAGE;
}

/* Pages that are committed at once, at most (pd.commit_heap). */
#define COMMIT_PAGES 64u

static bool commit(uint64_t end)
{
    while (committed < end) {
        uint64_t total = (end - committed + PAGE - 1) / PAGE;
        uint64_t count = total < COMMIT_PAGES ? total : COMMIT_PAGES;

        if (pd_commit_heap(committed / PAGE, count, total) != CELL_OK)
            return false;
        committed += count * PAGE;
    }
    return true;
}

static unsigned size_of(uint64_t bytes)
{
    unsigned size = 0;

    while ((UINT64_C(1) << (SMALLEST_BITS + size)) < bytes)
        size++;
    return size;
}

void *heap_get(uint64_t bytes)
{
    unsigned size = size_of(bytes);
    uint64_t room = UINT64_C(1) << (SMALLEST_BITS + size);
    void *block = NULL;

    if (size >= SIZES)
        return NULL;
    lock_take(&lock);
    if (free_blocks[size] != NULL) {
        block = free_blocks[size];
        free_blocks[size] = free_blocks[size]->next;
    } else if (commit(used + room)) {
        block = (void *)(start + used);
        used += room;
    }
    lock_give(&lock);
    if (block != NULL)
        __builtin_memset(block, 0, bytes);
    return block;
}

void heap_put(void *block, uint64_t bytes)
{
    unsigned size = size_of(bytes);
    struct free_block *freed = block;

    if (block == NULL)
        return;
    lock_take(&lock);
    freed->next = free_blocks[size];
    free_blocks[size] = freed;
    lock_give(&lock);
}
