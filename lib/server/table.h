/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/server/table.h: a hash table from 64-bit ids to records that contain the
 * entry. It grows with what is in it.
 */
#ifndef CELLULOS_SERVER_TABLE_H
#define CELLULOS_SERVER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* First member of a record, or found back with TABLE_RECORD. */
struct table_entry {
    uint64_t id;
    struct table_entry *next;
};

struct table {
    struct table_entry **buckets; /* 1 << bits of them; NULL: none yet */
    unsigned bits;
    size_t count;
};

#define TABLE_RECORD(entry, type, member) ((type *)((char *)(entry) - offsetof(type, member)))

/* NULL: not there. */
struct table_entry *table_find(const struct table *table, uint64_t id);
/* entry->id is set and not in the table. False: no memory. */
bool table_add(struct table *table, struct table_entry *entry);
/* The entry is in the table. */
void table_remove(struct table *table, struct table_entry *entry);
/* Any entry; NULL: it is empty. For taking all out. */
struct table_entry *table_any(const struct table *table);
/* Gives the buckets back. */
void table_free(struct table *table);

#endif
