/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/kvstore/store.h: the key-value store itself, however clients reach it: stores are tables of one SQLite database at a
 * file server. Not for several threads at once.
 *
 * A change is on the disk when a function has returned CELL_OK; with an error, nothing has changed. Besides the errors below there
 * are those of the file server: CELL_FULL, CELL_IO, CELL_GONE …
 */
#pragma once

#include <lib/client/client.h>
#include <stdint.h>

/* Most bytes of a value. */
#define STORE_VALUE_MOST 880u

/* Opens the database in a file of the namespace that the PD has an edge to, and makes it if it does not exist. Errors as
 * sqlite_files_begin(); CELL_CORRUPT: the file is not a database. */
cell_error_t store_begin(const char *path);

/* The open file of the database; 0: it is not open. */
cell_cap_t store_file(void);

/* Finds the store with a name of 1 to 31 bytes, and makes it if there is none; *store is its number, the same each time.
 * CELL_BAD_ARGUMENT: the name is empty or too long. */
cell_error_t store_open(const char *name, uint64_t *store);

/* Stores up to STORE_VALUE_MOST bytes under a key, in place of its earlier value. CELL_NOT_FOUND: no such store; CELL_TOO_LARGE. */
cell_error_t store_set(uint64_t store, uint64_t key, const void *value, uint64_t bytes);
/* Copies a key's value to `value`, which has room for STORE_VALUE_MOST bytes. CELL_NOT_FOUND: no such store or key. */
cell_error_t store_get(uint64_t store, uint64_t key, void *value, uint64_t *bytes);
/* Removes a key. CELL_NOT_FOUND: no such store or key. */
cell_error_t store_remove(uint64_t store, uint64_t key);
/* Counts the keys. CELL_NOT_FOUND: no such store. */
cell_error_t store_count(uint64_t store, uint64_t *keys);
