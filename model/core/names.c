/* SPDX-License-Identifier: BSD-2-Clause */
/* String pool and string tables: see names.h. Bottom up: pool, hash, table. */
#include "names.h"

#include <string.h>

/* ------------------------------------------------------------------------------------------------------------- pool */

enum cm_status cm_pool_reserve(struct cm_heap *heap, struct cm_pool *pool, uint64_t more)
{
    if (more > CM_MAX_TEXT - pool->used) {
        return CM_TOO_MUCH_TEXT;
    }
    char *bytes = cm_heap_grow(heap, pool->bytes, 1, &pool->capacity, pool->used + more);
    if (bytes == NULL) {
        return CM_NO_MEMORY;
    }
    pool->bytes = bytes;
    return CM_OK;
}

uint32_t cm_pool_append(struct cm_pool *pool, struct cm_text text)
{
    uint32_t offset = pool->used;
    if (text.length > 0) {
        memcpy(pool->bytes + offset, text.at, text.length);
    }
    pool->bytes[offset + text.length] = '\0';
    pool->used = offset + (uint32_t)text.length + 1;
    return offset;
}

void cm_pool_free(struct cm_heap *heap, struct cm_pool *pool)
{
    cm_heap_free(heap, pool->bytes);
    *pool = (struct cm_pool){0};
}

/* ------------------------------------------------------------------------------------------------------------- hash */

/* Odd constants with well-mixed bits: the fractions of the square roots of 2 and 3, of the golden ratio. */
#define MIX_A 0x6a09e667f3bcc909ull
#define MIX_B 0xbb67ae8584caa73bull
#define MIX_C 0x9e3779b97f4a7c15ull

static uint64_t load(const char *bytes, size_t length)
{
    uint64_t word = 0;
    memcpy(&word, bytes, length);
    return word;
}

/* Multiplies and folds the upper half of the product into the lower one: every input bit reaches every output bit. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint32_t cm_hash(const char *bytes, size_t length)
{
    uint64_t state = MIX_C ^ length;
    const char *at = bytes;
    size_t left = length;
    while (left > 16) {
        state = fold(load(at, 8) ^ MIX_A ^ state, load(at + 8, 8) ^ MIX_B);
        at += 16;
        left -= 16;
    }
    uint64_t first, last; /* of the tail, overlapping when it is shorter than 16 */
    if (left >= 8) {
        first = load(at, 8);
        last = load(at + left - 8, 8);
    } else if (left >= 4) {
        first = load(at, 4);
        last = load(at + left - 4, 4);
    } else if (left > 0) {
        first = load(at, 1) | load(at + left / 2, 1) << 8;
        last = load(at + left - 1, 1);
    } else {
        first = last = 0;
    }
    state = fold(first ^ MIX_A ^ state, last ^ MIX_B);
    return (uint32_t)fold(state ^ MIX_C, MIX_A);
}

/* ------------------------------------------------------------------------------------------------------------ table */

#define FIRST_SLOTS 64u

void cm_table_insert(struct cm_table *table, uint32_t hash, uint32_t index)
{
    uint32_t slot = hash & table->mask;
    while (table->slots[slot] != 0) {
        slot = (slot + 1) & table->mask;
    }
    table->slots[slot] = (uint64_t)hash << 32 | ((uint64_t)index + 1);
    table->count++;
}

/* At most three quarters full. */
enum cm_status cm_table_reserve(struct cm_heap *heap, struct cm_table *table)
{
    uint64_t size = table->slots == NULL ? 0 : (uint64_t)table->mask + 1;
    if (((uint64_t)table->count + 1) * 4 <= size * 3) {
        return CM_OK;
    }
    uint64_t wanted = size == 0 ? FIRST_SLOTS : size * 2;
    if (wanted > (uint64_t)1 << 32) {
        return CM_TOO_MANY_NODES;
    }
    struct cm_table larger = {.mask = (uint32_t)(wanted - 1)};
    larger.slots = cm_heap_make(heap, sizeof *larger.slots, (size_t)wanted);
    if (larger.slots == NULL) {
        return CM_NO_MEMORY;
    }
    memset(larger.slots, 0, (size_t)wanted * sizeof *larger.slots);
    for (uint64_t i = 0; i < size; i++) {
        uint64_t slot = table->slots[i];
        if (slot != 0) {
            cm_table_insert(&larger, (uint32_t)(slot >> 32), (uint32_t)slot - 1);
        }
    }
    cm_heap_free(heap, table->slots);
    *table = larger;
    return CM_OK;
}

uint32_t cm_table_find(const struct cm_table *table, const struct cm_pool *pool, const uint32_t *text_of,
                       struct cm_text key, uint32_t hash)
{
    if (table->slots == NULL) {
        return CM_NONE;
    }
    for (uint32_t slot = hash & table->mask;; slot = (slot + 1) & table->mask) {
        uint64_t entry = table->slots[slot];
        if (entry == 0) {
            return CM_NONE;
        }
        if ((uint32_t)(entry >> 32) != hash) {
            continue;
        }
        uint32_t index = (uint32_t)entry - 1;
        uint32_t offset = text_of[index];
        if (key.length < pool->used - offset && pool->bytes[offset + key.length] == '\0' &&
            memcmp(pool->bytes + offset, key.at, key.length) == 0) {
            return index;
        }
    }
}

void cm_table_free(struct cm_heap *heap, struct cm_table *table)
{
    cm_heap_free(heap, table->slots);
    *table = (struct cm_table){0};
}
