/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/heap_pages.c: pages of the heap.
 *
 * Spans below 2 MiB come from chunks of 2 MiB of addresses; the first page of a
 * chunk records which frames its pages have. A larger span has a place of 1 GiB
 * of addresses to itself, so it grows without being copied.
 */
#include "root/memory/heap_pages.h"

#include <string.h>

#include "root/base/list.h"
#include "root/memory/heap.h"
#include "root/memory/memory.h"
#include "root/memory/own_space.h"

#define CHUNK_SIZE UINT64_C(0x200000)
#define CHUNK_PAGES 512u
#define CHUNKS ((SPACE_HEAP_END - SPACE_HEAP) / CHUNK_SIZE)
/* Chunks that are looked at for a span before a new one is begun: bounds the
 * time, at the price of some addresses. */
#define CHUNK_TRIES 8

struct chunk {
    struct list list; /* chunks with free pages */
    uint32_t free;
    uint64_t bits[CHUNK_PAGES / 64]; /* 1: in use */
    page_t frames[CHUNK_PAGES];
};

static struct list chunks = {&chunks, &chunks};
static uint64_t chunk_used[CHUNKS / 64]; /* a bit per chunk that exists */
static uint64_t page_count;

/* ---- Mapping --------------------------------------------------------- */

static void unmap(const page_t *frames, uint32_t count)
{
    if (count == 0)
        return;
    for (uint32_t i = 0; i < count; i++)
        kernel_unmap(frame_slot(frames[i]));
    frames_free(count, frames);
    page_count -= count;
}

/* Takes frames and maps them one after the other. All or none. */
static bool map(uint64_t address, page_t *frames, uint32_t count)
{
    if (frames_allocate(count, frames) != CELL_OK)
        return false;
    page_count += count;
    for (uint32_t i = 0; i < count; i++)
        if (!space_map(address + i * PAGE_SIZE, frame_slot(frames[i]), true, false)) {
            unmap(frames, count);
            return false;
        }
    return true;
}

/* ---- Chunks ---------------------------------------------------------- */

static struct chunk *chunk_create(void)
{
    uint64_t word = 0;

    while (word < CHUNKS / 64 && chunk_used[word] == ~UINT64_C(0))
        word++;
    if (word == CHUNKS / 64)
        return NULL;
    uint64_t number = word * 64 + (unsigned)__builtin_ctzll(~chunk_used[word]);
    struct chunk *chunk = (struct chunk *)(SPACE_HEAP + number * CHUNK_SIZE);
    page_t frame;

    /* Marked first: getting the frame may come back here for a page. */
    chunk_used[word] |= UINT64_C(1) << number % 64;
    if (!map((uint64_t)chunk, &frame, 1)) {
        chunk_used[word] &= ~(UINT64_C(1) << number % 64);
        return NULL;
    }
    chunk->frames[0] = frame;
    chunk->bits[0] = 1;
    chunk->free = CHUNK_PAGES - 1;
    list_insert(&chunks, &chunk->list);
    return chunk;
}

static void chunk_destroy(struct chunk *chunk)
{
    uint64_t number = ((uint64_t)chunk - SPACE_HEAP) / CHUNK_SIZE;
    page_t frame = chunk->frames[0];

    list_remove(&chunk->list);
    chunk_used[number / 64] &= ~(UINT64_C(1) << number % 64);
    unmap(&frame, 1);
}

static bool page_in_use(const struct chunk *chunk, uint32_t page)
{
    return (chunk->bits[page / 64] >> page % 64 & 1) != 0;
}

static void mark(struct chunk *chunk, uint32_t first, uint32_t count, bool in_use)
{
    for (uint32_t page = first; page < first + count; page++)
        if (in_use)
            chunk->bits[page / 64] |= UINT64_C(1) << page % 64;
        else
            chunk->bits[page / 64] &= ~(UINT64_C(1) << page % 64);
    chunk->free += in_use ? -count : count;
}

/* The first of `count` free pages in a row; 0: none. */
static uint32_t chunk_find(const struct chunk *chunk, uint32_t count)
{
    for (uint32_t page = 1, end; page < CHUNK_PAGES; page = end + 1) {
        uint64_t free = ~chunk->bits[page / 64] >> page % 64;

        end = page | 63;
        if (free == 0)
            continue;
        page += (uint32_t)__builtin_ctzll(free);
        for (end = page; end < CHUNK_PAGES && end - page < count && !page_in_use(chunk, end);)
            end++;
        if (end - page == count)
            return page;
    }
    return 0;
}

static struct chunk *chunk_with_room(uint32_t count, uint32_t *first)
{
    int tries = 0;

    LIST_EACH(entry, &chunks) {
        struct chunk *chunk = CONTAINER(entry, struct chunk, list);

        *first = chunk->free < count ? 0 : chunk_find(chunk, count);
        if (*first != 0)
            return chunk;
        if (++tries == CHUNK_TRIES)
            break;
    }
    struct chunk *chunk = chunk_create();

    if (chunk == NULL)
        return NULL;
    *first = chunk_find(chunk, count);
    return *first == 0 ? NULL : chunk;
}

/* ---- Spare spans ----------------------------------------------------- */

/*
 * Spans that were given back last, still mapped: zeroing them again costs a
 * quarter of taking, mapping and unmapping frames. The oldest makes room for the
 * next.
 */
#define SPARES 16u
#define SPARE_PAGES 8u

static struct {
    void *first; /* NULL: none */
    uint32_t count;
} spares[SPARES];
static unsigned oldest_spare;

static void give(void *address, uint32_t count);

static void *spare_take(uint32_t count)
{
    for (unsigned i = 0; i < SPARES; i++)
        if (spares[i].count == count && spares[i].first != NULL) {
            void *first = spares[i].first;

            spares[i].first = NULL;
            return memset(first, 0, count * (size_t)PAGE_SIZE);
        }
    return NULL;
}

void heap_pages_give(void *address, uint32_t count)
{
    if (count > SPARE_PAGES) {
        give(address, count);
        return;
    }
    unsigned place = oldest_spare++ % SPARES;
    void *old = spares[place].first;
    uint32_t old_count = spares[place].count;

    spares[place].first = address;
    spares[place].count = count;
    if (old != NULL)
        give(old, old_count);
}

bool heap_pages_flush(void)
{
    bool any = false;

    for (unsigned i = 0; i < SPARES; i++) {
        void *first = spares[i].first;

        spares[i].first = NULL;
        if (first != NULL)
            give(first, spares[i].count);
        any |= first != NULL;
    }
    return any;
}

/* ---- Spans ----------------------------------------------------------- */

static void *take(uint32_t count)
{
    uint32_t first;
    struct chunk *chunk = chunk_with_room(count, &first);

    if (chunk == NULL)
        return NULL;
    /* Marked before frames are taken, which may come back here. */
    mark(chunk, first, count, true);
    if (chunk->free == 0)
        list_remove(&chunk->list);
    uint64_t address = (uint64_t)chunk + first * PAGE_SIZE;

    if (map(address, chunk->frames + first, count))
        return (void *)address;
    mark(chunk, first, count, false);
    if (chunk->free == count)
        list_insert(&chunks, &chunk->list);
    return NULL;
}

static void give(void *address, uint32_t count)
{
    struct chunk *chunk = (struct chunk *)((uint64_t)address & ~(CHUNK_SIZE - 1));
    uint32_t first = (uint32_t)(((uint64_t)address - (uint64_t)chunk) / PAGE_SIZE);

    unmap(chunk->frames + first, count);
    mark(chunk, first, count, false);
    if (chunk->free == count)
        list_insert(&chunks, &chunk->list);
    /* One empty chunk stays. */
    if (chunk->free == CHUNK_PAGES - 1 && chunks.next->next != &chunks)
        chunk_destroy(chunk);
}

void *heap_pages_take(uint32_t count)
{
    void *first = spare_take(count);

    return first != NULL ? first : take(count);
}

/* ---- Large spans ----------------------------------------------------- */

#define LARGE_PLACES ((SPACE_LARGE_END - SPACE_LARGE) / HEAP_LARGE_LIMIT)

struct large {
    page_t *frames; /* NULL: place not in use */
    uint32_t count;
    uint32_t room;  /* entries of `frames` */
};

static struct large large[LARGE_PLACES];

static struct large *large_of(const void *first)
{
    return &large[((uint64_t)first - SPACE_LARGE) / HEAP_LARGE_LIMIT];
}

static bool large_grow(struct large *span, uint64_t address, uint32_t count)
{
    if (count > span->room) {
        page_t *frames =
            heap_resize(span->frames, span->room * sizeof *frames, count * sizeof *frames);

        if (frames == NULL)
            return false;
        span->frames = frames;
        span->room = count;
    }
    if (!map(address + (uint64_t)span->count * PAGE_SIZE, span->frames + span->count,
             count - span->count))
        return false;
    span->count = count;
    return true;
}

void heap_large_give(void *first)
{
    struct large *span = large_of(first);
    struct large old = *span;

    unmap(old.frames, old.count);
    *span = (struct large){0};
    heap_free(old.frames, old.room * sizeof *old.frames);
}

void *heap_large_take(uint32_t count)
{
    uint64_t place = 0;

    while (place < LARGE_PLACES && large[place].frames != NULL)
        place++;
    if (place == LARGE_PLACES || count > HEAP_LARGE_LIMIT / PAGE_SIZE)
        return NULL;
    void *first = (void *)(SPACE_LARGE + place * HEAP_LARGE_LIMIT);

    if (large_grow(&large[place], (uint64_t)first, count))
        return first;
    heap_large_give(first);
    return NULL;
}

bool heap_large_resize(void *first, uint32_t count)
{
    struct large *span = large_of(first);

    if (count > HEAP_LARGE_LIMIT / PAGE_SIZE)
        return false;
    if (count > span->count)
        return large_grow(span, (uint64_t)first, count);
    unmap(span->frames + count, span->count - count);
    span->count = count;
    return true;
}

uint64_t heap_pages(void)
{
    return page_count;
}
