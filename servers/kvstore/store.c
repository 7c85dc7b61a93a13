/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/kvstore/store.c: see store.h. A store is a row of the table `stores`, its keys are rows of the table `pairs`. */
#include "servers/kvstore/store.h"

#include <lib/sqlite/vfs.h>
#include <sqlite3.h>
#include <string.h>

#define NAME_MOST 31u

/* With a write-ahead log, a change takes one request to write, at the end of the log, and one to sync. Nobody else has the database,
 * so the log's index needs no shared memory. The log begins again after 32 pages, and so stays in the file server's cache. */
static const char setup[] = "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                            "PRAGMA wal_autocheckpoint=32;"
                            "CREATE TABLE IF NOT EXISTS stores(store INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
                            "CREATE TABLE IF NOT EXISTS pairs(store INTEGER, key INTEGER, value BLOB NOT NULL,"
                            " PRIMARY KEY(store, key)) WITHOUT ROWID;";

enum statement { FIND_STORE,
                 MAKE_STORE,
                 HAS_STORE,
                 SET,
                 GET,
                 REMOVE,
                 COUNT,
                 STATEMENTS };

static const char *const texts[STATEMENTS] = {
    [FIND_STORE] = "SELECT store FROM stores WHERE name = ?1",
    [MAKE_STORE] = "INSERT INTO stores(name) VALUES(?1)",
    [HAS_STORE] = "SELECT 1 FROM stores WHERE store = ?1",
    [SET] = "INSERT OR REPLACE INTO pairs VALUES(?1, ?2, ?3)",
    [GET] = "SELECT value FROM pairs WHERE store = ?1 AND key = ?2",
    [REMOVE] = "DELETE FROM pairs WHERE store = ?1 AND key = ?2",
    [COUNT] = "SELECT count(*) FROM pairs WHERE store = ?1",
};

static sqlite3 *database;
static sqlite3_stmt *statements[STATEMENTS];
static cell_cap_t database_file;

/* The error that a result of SQLite stands for. */
static cell_error_t error_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return CELL_OK;
    case SQLITE_NOMEM:
        return CELL_NO_MEMORY;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return sqlite_files_error();
    case SQLITE_READONLY:
        return CELL_READ_ONLY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return CELL_CORRUPT;
    default:
        return CELL_UNSUPPORTED;
    }
}

/* The first file that is opened is the database. */
static void note_file(cell_cap_t file)
{
    if (database_file == 0)
        database_file = file;
}

cell_cap_t store_file(void)
{
    return database_file;
}

cell_error_t store_begin(const char *path)
{
    cell_error_t error = sqlite_files_begin();

    if (error != CELL_OK)
        return error;
    sqlite_files_opened = note_file;
    int code = sqlite3_open(path, &database);

    if (code == SQLITE_OK)
        code = sqlite3_exec(database, setup, NULL, NULL, NULL);
    for (unsigned i = 0; code == SQLITE_OK && i < STATEMENTS; i++)
        code = sqlite3_prepare_v3(database, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &statements[i], NULL);
    if (code != SQLITE_OK) {
        sqlite3_close_v2(database);
        database = NULL;
    }
    return error_of(code);
}

/* ---- One statement -------------------------------------------------------------------------------------------------------- */

/* Runs a statement up to its first row or its end. */
static int step(enum statement which)
{
    return database == NULL ? SQLITE_IOERR : sqlite3_step(statements[which]);
}

/* Ends a statement; a change is on the disk then. `code`: of its last step; a row is no error. */
static cell_error_t finish(enum statement which, int code)
{
    int end = sqlite3_reset(statements[which]);

    sqlite3_clear_bindings(statements[which]);
    return error_of(code == SQLITE_ROW || code == SQLITE_DONE ? end : code);
}

static void bind(enum statement which, uint64_t store, uint64_t key)
{
    sqlite3_bind_int64(statements[which], 1, (sqlite3_int64)store);
    if (which != COUNT && which != HAS_STORE)
        sqlite3_bind_int64(statements[which], 2, (sqlite3_int64)key);
}

static cell_error_t find_store(uint64_t store)
{
    bind(HAS_STORE, store, 0);
    int code = step(HAS_STORE);
    cell_error_t error = finish(HAS_STORE, code);

    return error == CELL_OK && code != SQLITE_ROW ? CELL_NOT_FOUND : error;
}

/* ---- Operations ------------------------------------------------------------------------------------------------------------ */

cell_error_t store_open(const char *name, uint64_t *store)
{
    size_t length = strlen(name);

    if (length == 0 || length > NAME_MOST)
        return CELL_BAD_ARGUMENT;
    sqlite3_bind_text(statements[FIND_STORE], 1, name, (int)length, SQLITE_STATIC);
    int code = step(FIND_STORE);

    if (code == SQLITE_ROW)
        *store = (uint64_t)sqlite3_column_int64(statements[FIND_STORE], 0);
    cell_error_t error = finish(FIND_STORE, code);

    if (error != CELL_OK || code == SQLITE_ROW)
        return error;
    sqlite3_bind_text(statements[MAKE_STORE], 1, name, (int)length, SQLITE_STATIC);
    error = finish(MAKE_STORE, step(MAKE_STORE));
    *store = (uint64_t)sqlite3_last_insert_rowid(database);
    return error;
}

cell_error_t store_set(uint64_t store, uint64_t key, const void *value, uint64_t bytes)
{
    if (bytes > STORE_VALUE_MOST)
        return CELL_TOO_LARGE;
    cell_error_t error = find_store(store);

    if (error != CELL_OK)
        return error;
    bind(SET, store, key);
    /* SQLite takes an empty blob for NULL if its address is NULL. */
    sqlite3_bind_blob(statements[SET], 3, bytes == 0 ? "" : value, (int)bytes, SQLITE_STATIC);
    return finish(SET, step(SET));
}

cell_error_t store_get(uint64_t store, uint64_t key, void *value, uint64_t *bytes)
{
    bind(GET, store, key);
    int code = step(GET);

    if (code == SQLITE_ROW) {
        const void *blob = sqlite3_column_blob(statements[GET], 0);
        int length = sqlite3_column_bytes(statements[GET], 0);

        *bytes = (uint64_t)length < STORE_VALUE_MOST ? (uint64_t)length : STORE_VALUE_MOST;
        if (length > 0)
            memcpy(value, blob, *bytes);
    }
    cell_error_t error = finish(GET, code);

    return error == CELL_OK && code != SQLITE_ROW ? CELL_NOT_FOUND : error;
}

cell_error_t store_remove(uint64_t store, uint64_t key)
{
    bind(REMOVE, store, key);
    cell_error_t error = finish(REMOVE, step(REMOVE));

    return error == CELL_OK && sqlite3_changes(database) == 0 ? CELL_NOT_FOUND : error;
}

cell_error_t store_count(uint64_t store, uint64_t *keys)
{
    cell_error_t error = find_store(store);

    if (error != CELL_OK)
        return error;
    bind(COUNT, store, 0);
    int code = step(COUNT);

    if (code == SQLITE_ROW)
        *keys = (uint64_t)sqlite3_column_int64(statements[COUNT], 0);
    return finish(COUNT, code);
}
