/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/heap.c: see heap.h. Small blocks share a page with others of their size
 * class; the page begins with a header and is given back when the last of them
 * is freed. Larger ones take whole pages.
 */
#include "root/memory/heap.h"

#include <stdbool.h>
#include <string.h>

#include "root/base/list.h"
#include "root/memory/heap_pages.h"
#include "root/memory/memory.h"

struct small_page {
    struct list list; /* pages of the class with room */
    uint16_t class;
    uint16_t used;
    uint16_t free;  /* offset of the first free block; 0: none */
    uint16_t fresh; /* offset of what was never used */
};

/* Sizes that fill a page behind the header without much waste. */
static const uint16_t class_sizes[] = {16,  32,  48,  64,  80,  96,  112, 128, 160, 192, 224,
                                       256, 320, 400, 496, 576, 672, 800, 1008, 1344, 2032};
#define CLASSES (sizeof class_sizes / sizeof *class_sizes)
#define SMALL_LIMIT 2032u

static struct list pages_with_room[CLASSES];
static uint8_t class_by_size[SMALL_LIMIT / 16 + 1]; /* by size rounded up to 16 */
static uint64_t used;

static void prepare(void)
{
    unsigned class = 0;

    for (unsigned i = 0; i <= SMALL_LIMIT / 16; i++) {
        if (i * 16 > class_sizes[class])
            class++;
        class_by_size[i] = (uint8_t)class;
    }
    for (unsigned i = 0; i < CLASSES; i++)
        list_init(&pages_with_room[i]);
}

/* ---- Small blocks ---------------------------------------------------- */

static struct small_page *page_of(const void *block)
{
    return (struct small_page *)((uintptr_t)block & ~(uintptr_t)(PAGE_SIZE - 1));
}

static bool page_full(const struct small_page *page)
{
    return page->free == 0 && page->fresh + class_sizes[page->class] > PAGE_SIZE;
}

static inline void *small_allocate(struct small_page *page, size_t size)
{
    bool fresh = page->free == 0;
    char *block = (char *)page + (fresh ? page->fresh : page->free);

    if (fresh)
        page->fresh += class_sizes[page->class];
    else
        page->free = *(uint16_t *)block;
    page->used++;
    if (page->free == 0 && page_full(page))
        list_remove(&page->list);
    /* What was never used is zero since the page is new. */
    return fresh ? block : memset(block, 0, size);
}

static void small_free(void *block)
{
    struct small_page *page = page_of(block);
    struct list *head = &pages_with_room[page->class];
    bool was_full = page_full(page);

    *(uint16_t *)block = page->free;
    page->free = (uint16_t)((char *)block - (char *)page);
    page->used--;
    if (page->used != 0) {
        if (was_full)
            list_insert(head, &page->list);
        return;
    }
    /* One empty page per class stays, as the last that is taken from. */
    list_remove(&page->list);
    if (head->next != head && CONTAINER(head->previous, struct small_page, list)->used == 0)
        heap_pages_give(page, 1);
    else
        list_append(head, &page->list);
}

/* ---- Whole pages ----------------------------------------------------- */

static uint64_t pages_for(size_t size)
{
    return ((uint64_t)size + PAGE_SIZE - 1) / PAGE_SIZE;
}

static bool is_large(size_t size)
{
    return pages_for(size) > HEAP_SPAN_PAGES;
}

static void *allocate_pages(size_t size)
{
    uint64_t count = pages_for(size);

    if (count > HEAP_LARGE_LIMIT / PAGE_SIZE)
        return NULL;
    return is_large(size) ? heap_large_take((uint32_t)count) : heap_pages_take((uint32_t)count);
}

/* ---- The interface --------------------------------------------------- */

/* The same when there is no page of the class with room; NULL: no memory. */
static __attribute__((noinline)) void *small_allocate_new(size_t size)
{
    if (pages_with_room[0].next == NULL)
        prepare();
    struct small_page *page = heap_pages_take(1);

    if (page == NULL)
        return NULL;
    page->class = class_by_size[(size + 15) / 16];
    page->fresh = sizeof *page;
    list_insert(&pages_with_room[page->class], &page->list);
    used += size;
    return small_allocate(page, size);
}

static __attribute__((noinline)) void *large_allocate(size_t size)
{
    void *block = allocate_pages(size);

    used += block != NULL ? size : 0;
    return block;
}

void *heap_allocate(size_t size)
{
    if (size > SMALL_LIMIT)
        return large_allocate(size);
    struct list *head = &pages_with_room[class_by_size[(size + 15) / 16]];

    if (head->next == head || head->next == NULL)
        return small_allocate_new(size);
    used += size;
    return small_allocate(CONTAINER(head->next, struct small_page, list), size);
}

void heap_free(void *block, size_t size)
{
    if (block == NULL)
        return;
    used -= size;
    if (size <= SMALL_LIMIT)
        small_free(block);
    else if (is_large(size))
        heap_large_give(block);
    else
        heap_pages_give(block, (uint32_t)pages_for(size));
}

/* Whether a block of one size can be one of the other size where it is. */
static bool fits_in_place(size_t old_size, size_t size)
{
    if (size <= SMALL_LIMIT && old_size <= SMALL_LIMIT)
        return class_by_size[(size + 15) / 16] == class_by_size[(old_size + 15) / 16];
    return size > SMALL_LIMIT && old_size > SMALL_LIMIT && !is_large(size) && !is_large(old_size) &&
           pages_for(size) == pages_for(old_size);
}

void *heap_resize(void *block, size_t old_size, size_t size)
{
    if (block == NULL)
        return size == 0 ? NULL : heap_allocate(size);
    if (size == 0) {
        heap_free(block, old_size);
        return NULL;
    }
    bool in_place = fits_in_place(old_size, size);

    if (!in_place && is_large(old_size) && is_large(size)) {
        if (!heap_large_resize(block, (uint32_t)pages_for(size)))
            return NULL;
        in_place = true;
    }
    if (in_place) {
        used += size - old_size;
        if (size > old_size)
            memset((char *)block + old_size, 0, size - old_size);
        return block;
    }
    void *copy = heap_allocate(size);

    if (copy == NULL)
        return NULL;
    memcpy(copy, block, size < old_size ? size : old_size);
    heap_free(block, old_size);
    return copy;
}

void *heap_copy(const void *bytes, size_t size)
{
    void *copy = heap_allocate(size);

    if (copy != NULL)
        memcpy(copy, bytes, size);
    return copy;
}

uint64_t heap_used(void)
{
    return used;
}
