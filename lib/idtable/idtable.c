/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/idtable/idtable.c: see idtable.h. Linear hashing: with `size` chains, of which 2^n <= size, an id's
 * chain is its hash modulo 2^(n+1), or modulo 2^n if there is no such chain yet. A new last chain takes
 * from one other what is its own, so nothing is ever moved at large. Chains hold one entry on average at
 * most. Bottom-up: the chains, one more and one less, the table.
 */
#include "lib/idtable/idtable.h"

/* Chains of a block. */
#define BLOCK 256u
#define LEAST 8u

/* ---- Chains ---------------------------------------------------------- */

static uint32_t hash_of(uint64_t id)
{
    return (uint32_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static struct id_entry **chain(const struct id_table *table, uint32_t number)
{
    return number < BLOCK ? &table->first[number]
                          : &table->more[number / BLOCK - 1][number % BLOCK];
}

static uint32_t highest_power(uint32_t size)
{
    return UINT32_C(1) << (31 - __builtin_clz(size));
}

static struct id_entry **chain_of(const struct id_table *table, uint64_t id)
{
    uint32_t power = highest_power(table->size), hash = hash_of(id);
    uint32_t number = hash & (2 * power - 1);

    return chain(table, number < table->size ? number : hash & (power - 1));
}

static void put(struct id_table *table, struct id_entry *entry)
{
    struct id_entry **place = chain_of(table, entry->id);

    entry->next = *place;
    *place = entry;
}

/* ---- One more and one less -------------------------------------------- */

/* Room in the list of blocks. */
static bool block_room(struct id_table *table)
{
    if (table->blocks < table->block_room)
        return true;
    uint32_t room = table->block_room == 0 ? 4 : table->block_room * 2;
    struct id_entry ***more = id_table_memory(table->more, table->block_room * sizeof *more, room * sizeof *more);

    if (more == NULL)
        return false;
    table->more = more;
    table->block_room = room;
    return true;
}

/* Memory for the next chain. */
static bool make_room(struct id_table *table)
{
    if (table->size < table->room + table->blocks * BLOCK)
        return true;
    if (table->room < BLOCK) {
        uint32_t room = table->room == 0 ? LEAST : table->room * 2;
        struct id_entry **first = id_table_memory(table->first, table->room * sizeof *first, room * sizeof *first);

        if (first == NULL)
            return false;
        table->first = first;
        table->room = room;
        return true;
    }
    struct id_entry **block = block_room(table) ? id_table_memory(NULL, 0, BLOCK * sizeof *block) : NULL;

    if (block == NULL)
        return false;
    table->more[table->blocks++] = block;
    return true;
}

static bool grow(struct id_table *table)
{
    if (!make_room(table))
        return false;
    uint32_t number = table->size++;

    *chain(table, number) = NULL;
    if (number == 0)
        return true;
    struct id_entry **from = chain(table, number & (highest_power(number) - 1));
    struct id_entry *entry = *from;

    *from = NULL;
    while (entry != NULL) {
        struct id_entry *next = entry->next;

        put(table, entry);
        entry = next;
    }
    return true;
}

static void shrink(struct id_table *table)
{
    struct id_entry *entry = *chain(table, --table->size);

    while (entry != NULL) {
        struct id_entry *next = entry->next;

        put(table, entry);
        entry = next;
    }
    /* A block too many stays, for a table that grows again. */
    if (table->blocks >= 2 && table->size <= table->room + (table->blocks - 2) * BLOCK)
        id_table_memory(table->more[--table->blocks], BLOCK * sizeof **table->more, 0);
}

/* ---- The table ------------------------------------------------------- */

struct id_entry *id_table_find(const struct id_table *table, uint64_t id)
{
    if (table->size == 0)
        return NULL;
    struct id_entry *entry = *chain_of(table, id);

    while (entry != NULL && entry->id != id)
        entry = entry->next;
    return entry;
}

bool id_table_add(struct id_table *table, struct id_entry *entry)
{
    if (table->count >= table->size && !grow(table))
        return false;
    put(table, entry);
    table->count++;
    return true;
}

/* Chains that go with one entry, at most. */
#define SHRINK_MOST 4u

void id_table_remove(struct id_table *table, struct id_entry *entry)
{
    struct id_entry **link = chain_of(table, entry->id);

    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    if (--table->count == 0)
        id_table_clear(table);
    for (unsigned i = 0; i < SHRINK_MOST && table->count < table->size / 8; i++)
        shrink(table);
}

void id_table_replace(struct id_table *table, struct id_entry *entry, struct id_entry *by)
{
    struct id_entry **link = chain_of(table, entry->id);

    while (*link != entry)
        link = &(*link)->next;
    *by = *entry;
    *link = by;
}

struct id_entry *id_table_any(struct id_table *table)
{
    if (table->count == 0)
        return NULL;
    while (*chain(table, table->size - 1) == NULL)
        shrink(table);
    return *chain(table, table->size - 1);
}

void id_table_clear(struct id_table *table)
{
    for (uint32_t i = 0; i < table->blocks; i++)
        id_table_memory(table->more[i], BLOCK * sizeof **table->more, 0);
    id_table_memory(table->more, table->block_room * sizeof *table->more, 0);
    id_table_memory(table->first, table->room * sizeof *table->first, 0);
    *table = (struct id_table){0};
}
