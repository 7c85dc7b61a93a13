/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/sparse.h: arrays of 32-bit numbers, of which those that nobody touched are
 * 0 and take no memory: the pages of an MO, the copies that a region maps.
 *
 * Numbers stand in chunks of SPARSE_CHUNK; above these is a tree of nodes, made as
 * it is needed, so an array costs what was put into it and a constant, whatever
 * its size. Chunks and nodes are charged as records to an account that the caller
 * names, always the same.
 */
#pragma once

#include <stddef.h>

#include "root/core/account.h"

#define SPARSE_CHUNK_BITS 8u
#define SPARSE_CHUNK (1u << SPARSE_CHUNK_BITS)
#define SPARSE_NODE_BITS 7u
#define SPARSE_NODE (1u << SPARSE_NODE_BITS)
/* Levels of nodes, at most: for 2^29 numbers. */
#define SPARSE_LEVELS 3u

struct sparse {
    void *top;        /* a node, or the only chunk; NULL: nothing there yet */
    uint32_t objects; /* charged for what is below */
    uint32_t size : 29;
    uint32_t height : 2; /* levels of nodes */
    uint32_t lent : 1;   /* the only chunk is the caller's */
};

/* An array of `size` zeroes, below 2^29. `few`: memory for all of them, which stays the
 * caller's, or NULL. */
void sparse_init(struct sparse *array, uint64_t size, uint32_t *few);

/* The chunk that holds number `index`, from its number index % SPARSE_CHUNK on;
 * NULL: they are all 0. */
static inline uint32_t *sparse_chunk(const struct sparse *array, uint64_t index)
{
    void *at = array->top;

    for (unsigned height = array->height; height > 0 && at != NULL; height--)
        at = ((void **)at)[index >> (SPARSE_CHUNK_BITS + SPARSE_NODE_BITS * (height - 1)) &
                           (SPARSE_NODE - 1)];
    return at;
}

/* The same, making it if need be. CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t sparse_make(struct sparse *array, uint64_t index, struct account *account,
                         uint32_t **chunk);

/* The first chunk at or behind that of *index; *index becomes its first number. NULL:
 * there is none. Costs little where nothing is. */
uint32_t *sparse_next(const struct sparse *array, uint64_t *index);

/* How many numbers the chunk has that begins with number `first`. */
static inline uint32_t sparse_length(const struct sparse *array, uint64_t first)
{
    uint32_t left = array->size - (uint32_t)first;

    return left < SPARSE_CHUNK ? left : SPARSE_CHUNK;
}

/* Makes the array larger; further numbers are 0. CELL_NO_MEMORY, CELL_QUOTA: nothing has changed. */
cell_error_t sparse_grow(struct sparse *array, uint64_t size, struct account *account);

/* Frees everything; all numbers are 0 again. */
void sparse_clear(struct sparse *array, struct account *account);
