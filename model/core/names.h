/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pool of NUL-terminated strings and hash tables that find one of them.
 *
 * Ten million lookups a second are wanted of a table that is larger than any cache, so a slot carries 32 bits of the
 * hash beside the index: a probe touches a string only when it is almost certainly the right one, and growing the table
 * touches no string at all. The hash is taken once by the caller, which may prefetch the slot long before the look-up.
 */
#pragma once

#include "memory.h"

/* Strings one after the other. A string is known by the offset of its first byte. */
struct cm_pool {
    char *bytes;
    uint32_t used, capacity;
};

/* A table from strings to indices. The strings stand in a pool, at text_of[index]. */
struct cm_table {
    uint64_t *slots; /* 0: empty; else hash << 32 | (index + 1) */
    uint32_t mask, count;
};

/* Room for `more` further bytes. */
enum cm_status cm_pool_reserve(struct cm_heap *heap, struct cm_pool *pool, uint64_t more);

/* Appends the text and a NUL; room must have been reserved. Returns its offset. */
uint32_t cm_pool_append(struct cm_pool *pool, struct cm_text text);

uint32_t cm_hash(const char *bytes, size_t length);

/* Room for one more entry. */
enum cm_status cm_table_reserve(struct cm_heap *heap, struct cm_table *table);

/* The index of a text, or CM_NONE. */
uint32_t cm_table_find(const struct cm_table *table, const struct cm_pool *pool, const uint32_t *text_of,
                       struct cm_text key, uint32_t hash);

/* Adds an index whose string is not in the table yet; room must have been reserved. */
void cm_table_insert(struct cm_table *table, uint32_t hash, uint32_t index);

void cm_pool_free(struct cm_heap *heap, struct cm_pool *pool);
void cm_table_free(struct cm_heap *heap, struct cm_table *table);
