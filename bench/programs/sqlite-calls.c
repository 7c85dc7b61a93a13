/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/programs/sqlite-calls.c: an insert and a select by key, each a transaction of its own, with SQLite's defaults; it runs on Linux
 * as well.
 *
 *   sqlite-calls FOLDER   the database is made in the folder, and removed
 */
#include <sqlite3.h>
#include <unistd.h>

#include "bench/programs/measure.h"

#define ROUNDS 200

static sqlite3 *database;

static void need(int result, int expected, const char *what)
{
    if (result == expected)
        return;
    fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(database));
    exit(1);
}

static void bench(const char *name, const char *text, int expected)
{
    sqlite3_stmt *statement;

    need(sqlite3_prepare_v2(database, text, -1, &statement, NULL), SQLITE_OK, name);
    uint64_t start = measure_now();

    for (int i = 0; i < ROUNDS; i++) {
        sqlite3_bind_int(statement, 1, i);
        need(sqlite3_step(statement), expected, name);
        sqlite3_reset(statement);
    }
    measure_row("sqlite", name, start, ROUNDS);
    sqlite3_finalize(statement);
}

int main(int argc, char **argv)
{
    measure_need(argc == 2 && chdir(argv[1]) == 0, "the folder");
    need(sqlite3_open("bench.db", &database), SQLITE_OK, "open");
    need(sqlite3_exec(database, "create table t(a integer primary key, b text)", NULL, NULL, NULL), SQLITE_OK, "create");
    bench("insert", "insert into t values(?1, 'value ' || ?1)", SQLITE_DONE);
    bench("select", "select b from t where a = ?1", SQLITE_ROW);
    sqlite3_close(database);
    unlink("bench.db");
    return 0;
}
