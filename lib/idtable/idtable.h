/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/idtable/idtable.h: a hash table from 64-bit numbers to records that embed an entry. It keeps no
 * memory per entry but a pointer, and grows and shrinks by one chain at a time; O(1) on average.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A member of a record, which ID_RECORD finds again. */
struct id_entry {
    uint64_t id;
    struct id_entry *next;
};

struct id_table {
    struct id_entry **first; /* the first chains, `room` of them at most */
    struct id_entry ***more; /* further ones, in blocks */
    uint32_t room, blocks, block_room;
    uint32_t size; /* chains in use */
    uint32_t count;
};

#define ID_RECORD(entry, type, member) ((type *)((char *)(entry)-offsetof(type, member)))

/* The entry of an id; NULL: not found. */
struct id_entry *id_table_find(const struct id_table *table, uint64_t id);
/* Adds an entry whose id is set and not in the table; false: no memory. */
bool id_table_add(struct id_table *table, struct id_entry *entry);
/* Takes out an entry that is in the table. */
void id_table_remove(struct id_table *table, struct id_entry *entry);
/* Puts another entry into the place of one that is in the table; it gets the same id. */
void id_table_replace(struct id_table *table, struct id_entry *entry, struct id_entry *by);
/* Returns some entry, for taking all out, which is O(1) for each: empty chains at the table's end go. NULL: the table is empty. */
struct id_entry *id_table_any(struct id_table *table);
/* Frees the table; its entries are the caller's. */
void id_table_clear(struct id_table *table);

/*
 * Allocates `size` bytes, resizes a block from its `old` size, or frees it (`size` 0, returns NULL). NULL otherwise: no
 * memory, the old block stays. Each program brings its own: root/memory/idtable.c, memory_libc.c.
 */
void *id_table_memory(void *block, size_t old, size_t size);
