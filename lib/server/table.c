/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/server/table.c: see table.h. Chains that hold one entry on average. */
#include <lib/server/table.h>

#include <stdlib.h>

enum { least_bits = 4 };

/* Fibonacci hashing: the multiplier is 2^64 over the golden ratio. */
static struct table_entry **bucket(struct table_entry **buckets, unsigned bits, uint64_t id)
{
    return &buckets[id * UINT64_C(0x9e3779b97f4a7c15) >> (64 - bits)];
}

struct table_entry *table_find(const struct table *table, uint64_t id)
{
    if (table->buckets == NULL)
        return NULL;
    struct table_entry *entry = *bucket(table->buckets, table->bits, id);

    while (entry != NULL && entry->id != id)
        entry = entry->next;
    return entry;
}

static bool resize(struct table *table, unsigned bits)
{
    struct table_entry **buckets = calloc((size_t)1 << bits, sizeof(*buckets));

    if (buckets == NULL)
        return false;
    for (size_t i = 0; table->buckets != NULL && i < (size_t)1 << table->bits; i++) {
        for (struct table_entry *entry = table->buckets[i], *next; entry != NULL; entry = next) {
            struct table_entry **to = bucket(buckets, bits, entry->id);

            next = entry->next;
            entry->next = *to;
            *to = entry;
        }
    }
    free(table->buckets);
    table->buckets = buckets;
    table->bits = bits;
    return true;
}

bool table_add(struct table *table, struct table_entry *entry)
{
    if (table->buckets == NULL && !resize(table, least_bits))
        return false;
    /* Without memory for a larger one the chains get longer. */
    if (table->count >= (size_t)1 << table->bits)
        resize(table, table->bits + 1);
    struct table_entry **to = bucket(table->buckets, table->bits, entry->id);

    entry->next = *to;
    *to = entry;
    table->count++;
    return true;
}

void table_remove(struct table *table, struct table_entry *entry)
{
    struct table_entry **at = bucket(table->buckets, table->bits, entry->id);

    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    table->count--;
    if (table->bits > least_bits && table->count < (size_t)1 << (table->bits - 2))
        resize(table, table->bits - 1);
}

struct table_entry *table_any(const struct table *table)
{
    if (table->count == 0)
        return NULL;
    for (size_t i = 0;; i++)
        if (table->buckets[i] != NULL)
            return table->buckets[i];
}

void table_free(struct table *table)
{
    free(table->buckets);
    *table = (struct table){0};
}
