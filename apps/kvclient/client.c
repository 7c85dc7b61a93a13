/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/kvclient/client.c: a client of a key-value store that checks every answer.
 *
 *   … [rounds=N] [log=PATH] [hold | watch]
 *
 * It opens the store `words`, does N random operations, and compares each answer with what it remembers. With `log` it keeps a record
 * of each change in a file, and compares that, too. Then it prints what it did. hold: it stays; watch: it stays, stores something
 * ten times a second, and prints the error whenever that changes.
 */
#include <cell/idl/handle.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/files/files.h"
#include "apps/kvclient/kv.h"

#define KEYS 64u
#define ROUNDS 300u

const char *program;

/* What the store should hold. */
static struct {
    bool there;
    uint64_t bytes;
    unsigned char value[KV_VALUE_MOST];
} expected[KEYS];
static uint64_t present; /* of these */

static const struct kv_way *way;
static uint64_t store;
static uint64_t state = 1;

static uint64_t random_below(uint64_t bound)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (state >> 33) % bound;
}

/* Whether an answer is the right one; prints it if it is not. */
static bool right(const char *what, uint64_t key, cell_error_t is, cell_error_t wanted)
{
    if (is != wanted)
        printf("%s: %s %lu: %s instead of %s\n", program, what, (unsigned long)key, cell_error_text(is), cell_error_text(wanted));
    return is == wanted;
}

/* ---- The log ---------------------------------------------------------------------------------------------------------------- */

/* A record of a change. */
struct record {
    uint64_t key, sum; /* of the value; 0: it was removed */
};

static cell_cap_t log_file;
static uint64_t logged; /* records */

static uint64_t sum_of(uint64_t key)
{
    uint64_t sum = 1;

    for (uint64_t i = 0; i < expected[key].bytes; i++)
        sum = sum * 31 + expected[key].value[i];
    return expected[key].there ? sum : 0;
}

static bool log_begin(const char *path)
{
    if (!files_begin())
        return false;
    log_file = files_open(path, FILES_READ | FILES_WRITE | FILES_CREATE | FILES_TRUNCATE, 0644);
    return log_file != 0;
}

static bool log_change(uint64_t key)
{
    struct record record = {key, sum_of(key)};

    if (log_file == 0)
        return true;
    memcpy(files_piece.address, &record, sizeof record);
    return right("log", key, files_write(log_file, logged++ * sizeof record, sizeof record), CELL_OK);
}

/* Compares the last record of each key with its present value. */
static bool log_check(void)
{
    uint64_t sums[KEYS] = {0}, length = 1;

    for (uint64_t at = 0; log_file != 0 && length > 0; at += length) {
        const struct record *records = files_piece.address;

        if (!right("log", at, files_read(log_file, at, &length), CELL_OK))
            return false;
        for (uint64_t i = 0; i < length / sizeof *records; i++)
            sums[records[i].key % KEYS] = records[i].sum;
    }
    for (uint64_t key = 0; log_file != 0 && key < KEYS; key++)
        if (sums[key] != sum_of(key)) {
            printf("%s: the log is wrong about %lu\n", program, (unsigned long)key);
            return false;
        }
    return true;
}

/* ---- Operations ------------------------------------------------------------------------------------------------------------- */

static bool do_set(uint64_t key)
{
    unsigned char value[KV_VALUE_MOST];
    uint64_t bytes = random_below(4) == 0 ? random_below(KV_VALUE_MOST + 1) : random_below(40);

    for (uint64_t i = 0; i < bytes; i++)
        value[i] = (unsigned char)random_below(256);
    if (!right("set", key, way->set(store, key, value, bytes), CELL_OK))
        return false;
    present += !expected[key].there;
    expected[key].there = true;
    expected[key].bytes = bytes;
    memcpy(expected[key].value, value, bytes);
    return log_change(key);
}

static bool do_get(uint64_t key)
{
    unsigned char value[KV_VALUE_MOST];
    uint64_t bytes = 0;

    if (!right("get", key, way->get(store, key, value, &bytes), expected[key].there ? CELL_OK : CELL_NOT_FOUND))
        return false;
    if (!expected[key].there || (bytes == expected[key].bytes && memcmp(value, expected[key].value, bytes) == 0))
        return true;
    printf("%s: get %lu: another value\n", program, (unsigned long)key);
    return false;
}

static bool do_remove(uint64_t key)
{
    if (!right("remove", key, way->remove(store, key), expected[key].there ? CELL_OK : CELL_NOT_FOUND))
        return false;
    if (!expected[key].there)
        return true;
    present--;
    expected[key].there = false;
    return log_change(key);
}

static bool do_count(void)
{
    uint64_t keys = 0;

    if (!right("count", 0, way->count(store, &keys), CELL_OK))
        return false;
    if (keys != present)
        printf("%s: count: %lu instead of %lu\n", program, (unsigned long)keys, (unsigned long)present);
    return keys == present;
}

/* Removes keys that an earlier run may have left. */
static bool do_clear(void)
{
    for (uint64_t key = 0; key < KEYS; key++) {
        cell_error_t error = way->remove(store, key);

        if (error != CELL_NOT_FOUND && !right("clear", key, error, CELL_OK))
            return false;
    }
    return do_count();
}

static bool do_something(void)
{
    uint64_t key = random_below(KEYS), what = random_below(16);

    return what < 7 ? do_set(key) : what < 12 ? do_get(key)
                                : what < 15   ? do_remove(key)
                                              : do_count();
}

static bool work(uint64_t rounds)
{
    bool well = do_clear();

    for (uint64_t i = 0; well && i < rounds; i++)
        well = do_something();
    for (uint64_t key = 0; well && key < KEYS; key++)
        well = do_get(key);
    return well && do_count() && log_check();
}

/* ---- The program ------------------------------------------------------------------------------------------------------------ */

/* Prints the error of setting a key whenever it changes. */
static void watch(void)
{
    cell_error_t before = CELL_OK;
    uint64_t value = 0;

    /* Each value is another one, as the same value would not be written again. */
    for (;; cell_sleep(UINT64_C(100000000)), value++) {
        cell_error_t error = way->set(store, KEYS, &value, sizeof value);

        if (error != before)
            printf("%s: set: %s\n", program, cell_error_text(error));
        before = error;
    }
}

static bool read_arguments(int argc, char **argv, uint64_t *rounds, const char **log, bool *hold, bool *watches)
{
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "rounds=", 7) == 0)
            *rounds = strtoull(argv[i] + 7, NULL, 0);
        else if (strncmp(argv[i], "log=", 4) == 0)
            *log = argv[i] + 4;
        else if (strcmp(argv[i], "hold") == 0)
            *hold = true;
        else if (strcmp(argv[i], "watch") == 0)
            *watches = true;
        else {
            fprintf(stderr, "%s: '%s' is not rounds=N, log=PATH, hold or watch\n", argv[0], argv[i]);
            return false;
        }
    }
    return true;
}

int client_run(const struct kv_way *chosen, int argc, char **argv)
{
    uint64_t rounds = ROUNDS;
    const char *log = NULL;
    bool hold = false, watches = false;

    program = "kvclient";
    way = chosen;
    if (!read_arguments(argc, argv, &rounds, &log, &hold, &watches))
        return 1;
    if (!right("open", 0, way->open("words", &store), CELL_OK) || (log != NULL && !log_begin(log)) || !work(rounds))
        return 1;
    printf("%s: %s: %lu operations, all answers right\n", program, way->name, (unsigned long)rounds);
    cell_ready();
    if (watches)
        watch();
    while (hold)
        cell_sleep(UINT64_C(3600000000000));
    return 0;
}
