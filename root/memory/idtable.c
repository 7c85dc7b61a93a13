/* SPDX-License-Identifier: BSD-2-Clause */
/* root/memory/idtable.c: see idtable.h. Chains that hold one entry on average at most. */
#include "root/memory/idtable.h"

#include <stddef.h>

#include "root/memory/heap.h"

static uint32_t place_of(const struct id_table *table, uint64_t id)
{
    return (uint32_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (table->size - 1);
}

struct id_entry *id_table_find(const struct id_table *table, uint64_t id)
{
    if (table->size == 0)
        return NULL;
    struct id_entry *entry = table->places[place_of(table, id)];

    while (entry != NULL && entry->id != id)
        entry = entry->next;
    return entry;
}

static void put(struct id_table *table, struct id_entry *entry)
{
    struct id_entry **place = &table->places[place_of(table, entry->id)];

    entry->next = *place;
    *place = entry;
}

/* Moves everything to a table of another size; false: no memory, nothing changed. */
static bool resize(struct id_table *table, uint32_t size)
{
    struct id_table other = {.size = size, .count = table->count};

    other.places = heap_allocate(size * sizeof *other.places);
    if (other.places == NULL)
        return false;
    for (uint32_t i = 0; i < table->size; i++) {
        for (struct id_entry *entry = table->places[i]; entry != NULL;) {
            struct id_entry *next = entry->next;

            put(&other, entry);
            entry = next;
        }
    }
    heap_free(table->places, table->size * sizeof *table->places);
    *table = other;
    return true;
}

bool id_table_add(struct id_table *table, struct id_entry *entry)
{
    if (table->count == table->size && !resize(table, table->size == 0 ? 8 : table->size * 2))
        return false;
    put(table, entry);
    table->count++;
    return true;
}

void id_table_remove(struct id_table *table, struct id_entry *entry)
{
    struct id_entry **link = &table->places[place_of(table, entry->id)];

    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    if (--table->count == 0)
        id_table_clear(table);
    else if (table->count < table->size / 8)
        (void)resize(table, table->size / 2); /* without memory it stays as large */
}

void id_table_clear(struct id_table *table)
{
    heap_free(table->places, table->size * sizeof *table->places);
    *table = (struct id_table){0};
}
