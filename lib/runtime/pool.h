/* SPDX-License-Identifier: BSD-2-Clause */
/* A pool of memory blocks of any size, in constant time: on which malloc is built (pool.c explains it). Knows neither
 * locks nor where memory comes from. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Blocks start at multiples of this, as max_align_t wants. */
#define POOL_GRAIN ((size_t)16)
/* Sizes from here on are refused, so that sums of sizes never wrap. */
#define POOL_SIZE_LIMIT ((size_t)1 << 46)

enum { pool_words = 6, pool_classes = 64 * pool_words };

struct pool_block;

/* All zeroes is an empty pool, but for `more`. */
struct pool {
    /* Gives at least `*bytes` of memory at a multiple of POOL_GRAIN, and tells how many (a multiple as well), or null.
     * Memory that follows the last it gave is joined with that. */
    void *(*more)(size_t *bytes);
    struct pool_block *free[pool_classes]; /* lists of free blocks by size class */
    uint64_t filled[pool_words];           /* a bit for each list that is not empty */
    uint64_t summary;                      /* a bit for each word of those that is not 0 */
    struct pool_block *end;                /* behind the memory given last */
    struct pool_block *first;              /* of that memory, for pool_check */
};

/* `size` bytes at a multiple of `align` (a power of two); null if there is no memory. A size of 0 is a block as well. */
void *pool_allocate(struct pool *pool, size_t size, size_t align);
/* Gives a block back. False, and nothing is done, if it is free already. */
bool pool_free(struct pool *pool, void *memory);
/* Makes a block larger or smaller where it stands, if that is possible. */
bool pool_resize(struct pool *pool, void *memory, size_t size);
/* Bytes that may be used of a block: its size or a little more. */
size_t pool_usable(const void *memory);
/* For tests: whether all of the pool's rules hold in the memory given last. */
bool pool_check(const struct pool *pool);
