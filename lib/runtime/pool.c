/* SPDX-License-Identifier: BSD-2-Clause */
/* A pool of memory blocks.
 *
 * Memory is divided into blocks without gaps. A block knows its size; the last word of a free block repeats it, so that
 * the block behind can find its beginning. Two free blocks never stand side by side: freeing joins them.
 *
 *     block ->  +--------------------+
 *               | before             |  size of the block in front if that is free; else the end of its contents
 *               | head               |  size of this one, and two flags
 *     memory -> +--------------------+  a multiple of POOL_GRAIN
 *               | contents …         |  or, when free, the links of its list
 *               +--------------------+
 *     next ->   | …                  |
 *
 * Free blocks are in lists by size class: up to 63 grains each size has a class, above that every power of two has eight.
 * Bit maps tell which lists have something, so a block that is large enough is found in a few instructions however many
 * there are. Blocks of the wanted size's own class may be too small by a little: a few of them are tried first, all of them
 * only when memory runs out.
 *
 * File order: blocks, size classes, lists, splitting and joining, growing, and what pool.h offers.
 */
#include <lib/runtime/pool.h>

struct pool_block {
    size_t before;
    size_t head;
    struct pool_block *next, *previous; /* only while it is free */
};

enum { flag_free = 1, flag_before_free = 2, flags = 15, contents = 16, overhead = 8 };
enum { least_block = sizeof(struct pool_block), exact_classes = 64, classes_per_double = 8, tries = 4 };

/* ---- Blocks ---- */

static size_t size_of(const struct pool_block *block)
{
    return block->head & ~(size_t)flags;
}

static struct pool_block *at(const struct pool_block *block, size_t distance)
{
    return (struct pool_block *)((char *)block + distance);
}

static struct pool_block *behind(const struct pool_block *block)
{
    return at(block, size_of(block));
}

static struct pool_block *block_of(const void *memory)
{
    return (struct pool_block *)((char *)memory - contents);
}

static void *memory_of(struct pool_block *block)
{
    return (char *)block + contents;
}

/* Bytes of a block that can hold `size`. */
static size_t block_size(size_t size)
{
    size_t bytes = (size + overhead + POOL_GRAIN - 1) & ~(POOL_GRAIN - 1);
    return bytes > least_block ? bytes : least_block;
}

/* ---- Size classes ---- */

static unsigned class_of(size_t bytes)
{
    size_t grains = bytes / POOL_GRAIN;
    if (grains < exact_classes) {
        return (unsigned)grains;
    }
    unsigned power = 63 - (unsigned)__builtin_clzl(grains); /* 6 or more */
    return exact_classes + (power - 6) * classes_per_double + (unsigned)(grains >> (power - 3)) % classes_per_double;
}

/* The first class from `class` on whose list is not empty, or pool_classes. */
static unsigned class_filled(const struct pool *pool, unsigned class)
{
    if (class >= pool_classes) {
        return pool_classes;
    }
    unsigned word = class / 64;
    uint64_t bits = pool->filled[word] >> class % 64 << class % 64;
    if (bits == 0) {
        uint64_t words = word + 1 < pool_words ? pool->summary >> (word + 1) << (word + 1) : 0;
        if (words == 0) {
            return pool_classes;
        }
        word = (unsigned)__builtin_ctzl(words);
        bits = pool->filled[word];
    }
    return word * 64 + (unsigned)__builtin_ctzl(bits);
}

/* ---- Lists ---- */

static void list_add(struct pool *pool, struct pool_block *block)
{
    unsigned class = class_of(size_of(block));
    block->previous = NULL;
    block->next = pool->free[class];
    if (block->next != NULL) {
        block->next->previous = block;
    }
    pool->free[class] = block;
    pool->filled[class / 64] |= (uint64_t)1 << class % 64;
    pool->summary |= (uint64_t)1 << class / 64;
}

static void list_remove(struct pool *pool, struct pool_block *block)
{
    unsigned class = class_of(size_of(block));
    if (block->next != NULL) {
        block->next->previous = block->previous;
    }
    if (block->previous != NULL) {
        block->previous->next = block->next;
        return;
    }
    pool->free[class] = block->next;
    if (block->next == NULL) {
        pool->filled[class / 64] &= ~((uint64_t)1 << class % 64);
        if (pool->filled[class / 64] == 0) {
            pool->summary &= ~((uint64_t)1 << class / 64);
        }
    }
}

/* A free block of at least `bytes`, or null; looks at `most` blocks of the wanted class. */
static struct pool_block *list_find(const struct pool *pool, size_t bytes, size_t most)
{
    unsigned class = class_of(bytes);
    struct pool_block *block = class < pool_classes ? pool->free[class] : NULL;
    for (; block != NULL && most > 0; block = block->next, most--) {
        if (size_of(block) >= bytes) {
            return block;
        }
    }
    class = class_filled(pool, class + 1);
    return class < pool_classes ? pool->free[class] : NULL;
}

/* ---- Splitting and joining ---- */

/* Makes `bytes` at `block` a free block: joined with free neighbours, in its list, known to the block behind. What stood
 * there is in no list; flag_before_free of its head is right. */
static void make_free(struct pool *pool, struct pool_block *block, size_t bytes)
{
    struct pool_block *next = at(block, bytes);
    block->head |= flag_free; /* stays inside the joined block, to catch a second free */
    if ((next->head & flag_free) != 0) {
        list_remove(pool, next);
        bytes += size_of(next);
    }
    if ((block->head & flag_before_free) != 0) {
        bytes += block->before;
        block = (struct pool_block *)((char *)block - block->before);
        list_remove(pool, block);
    }
    block->head = bytes | flag_free; /* what is in front of it is in use, or it would have been joined */
    next = behind(block);
    next->before = bytes;
    next->head |= flag_before_free;
    list_add(pool, block);
}

/* Cuts a block in use down to `bytes`; the rest becomes free, if it is large enough for a block. */
static void cut(struct pool *pool, struct pool_block *block, size_t bytes)
{
    size_t rest = size_of(block) - bytes;
    if (rest >= least_block) {
        block->head -= rest;
        struct pool_block *other = at(block, bytes);
        other->head = 0;
        make_free(pool, other, rest);
    }
}

/* Takes a free block out of its list; it is in use then. */
static void take(struct pool *pool, struct pool_block *block)
{
    list_remove(pool, block);
    block->head &= ~(size_t)flag_free;
    behind(block)->head &= ~(size_t)flag_before_free;
}

/* ---- Growing ---- */

/* Gets memory for a free block of `bytes`, if it follows what is there, else a part of that. A block of size 0 that is in
 * use stands at its end. */
static bool grow(struct pool *pool, size_t bytes)
{
    size_t added = bytes + contents;
    if (pool->end != NULL && (pool->end->head & flag_before_free) != 0 && pool->end->before < bytes) {
        added = bytes - pool->end->before;
    }
    char *memory = pool->more(&added);
    if (memory == NULL) {
        return false;
    }
    struct pool_block *block = pool->end;
    if (block == NULL || memory != memory_of(block)) {
        if (added < contents + least_block) {
            return true; /* a scrap: lost */
        }
        added -= contents;
        block = pool->first = (struct pool_block *)memory;
        block->head = 0;
    }
    pool->end = at(block, added);
    pool->end->head = 0;
    make_free(pool, block, added);
    return true;
}

/* ---- What pool.h offers ---- */

static struct pool_block *find(struct pool *pool, size_t bytes)
{
    struct pool_block *block = list_find(pool, bytes, tries);
    /* Memory that did not follow may have been a part only: the rest follows that. */
    for (int round = 0; block == NULL && round < 2 && grow(pool, bytes); round++) {
        block = list_find(pool, bytes, tries);
    }
    return block != NULL ? block : list_find(pool, bytes, SIZE_MAX);
}

void *pool_allocate(struct pool *pool, size_t size, size_t align)
{
    if (size >= POOL_SIZE_LIMIT || align >= POOL_SIZE_LIMIT) {
        return NULL;
    }
    size_t bytes = block_size(size);
    struct pool_block *block = find(pool, align <= POOL_GRAIN ? bytes : bytes + align + least_block);
    if (block == NULL) {
        return NULL;
    }
    take(pool, block);
    if (align > POOL_GRAIN && (uintptr_t)memory_of(block) % align != 0) {
        /* What is in front becomes a free block, so it has to be large enough for one. */
        uintptr_t from = (uintptr_t)memory_of(block) + least_block;
        size_t front = ((from + align - 1) & ~(uintptr_t)(align - 1)) - (uintptr_t)memory_of(block);
        struct pool_block *aligned = at(block, front);
        aligned->head = size_of(block) - front;
        make_free(pool, block, front);
        block = aligned;
    }
    cut(pool, block, bytes);
    return memory_of(block);
}

bool pool_free(struct pool *pool, void *memory)
{
    struct pool_block *block = block_of(memory);
    if ((block->head & flag_free) != 0) {
        return false;
    }
    make_free(pool, block, size_of(block));
    return true;
}

bool pool_resize(struct pool *pool, void *memory, size_t size)
{
    if (size >= POOL_SIZE_LIMIT) {
        return false;
    }
    struct pool_block *block = block_of(memory);
    struct pool_block *next = behind(block);
    size_t bytes = block_size(size);
    if (bytes > size_of(block)) {
        if ((next->head & flag_free) == 0 || size_of(block) + size_of(next) < bytes) {
            return false;
        }
        take(pool, next);
        block->head += size_of(next);
    }
    cut(pool, block, bytes);
    return true;
}

size_t pool_usable(const void *memory)
{
    return size_of(block_of(memory)) - overhead;
}

static bool in_list(const struct pool *pool, const struct pool_block *block)
{
    unsigned class = class_of(size_of(block));
    const struct pool_block *found = pool->free[class];
    while (found != NULL && found != block) {
        found = found->next;
    }
    return found != NULL && (pool->filled[class / 64] >> class % 64 & 1) != 0 && (pool->summary >> class / 64 & 1) != 0;
}

bool pool_check(const struct pool *pool)
{
    const struct pool_block *block = pool->first;
    size_t before = 0; /* size of the block in front, if it is free */
    while (block != NULL && block < pool->end) {
        bool is_free = (block->head & flag_free) != 0;
        bool before_free = (block->head & flag_before_free) != 0;
        if (size_of(block) < least_block || before_free != (before != 0) || (before_free && block->before != before) ||
            (is_free && (before_free || !in_list(pool, block)))) {
            return false;
        }
        before = is_free ? size_of(block) : 0;
        block = behind(block);
    }
    return block == pool->end && (block == NULL || ((block->head & flag_before_free) != 0) == (before != 0));
}
