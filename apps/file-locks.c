/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/file-locks.c: locks of files, for tests:
 *
 *   work ROUNDS     owners lock and unlock ranges at random; the answers are compared with a list of which owner has which byte
 *   most FROM TO    takes as many locks as it may have, which must be a number from FROM to TO, and must be charged for each
 *   wait            waits for a lock that `hold`, which it starts, has until it ends
 *   hold            takes a lock, and stays until `wait` lets it end
 *
 * It says "file-locks: NAME: as it should be", or what was wrong.
 */
#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECKER "file-locks"
#include "apps/check.h"

enum { SHARED,
       EXCLUSIVE,
       UNLOCK,
       WAIT = 4,
       BY_HANDLE = 8,
       APART = 16 };

#define BYTES 24u
#define OWNERS 4u /* two numbers, and two handles */

static cell_cap_t root, files[2];
static cell_error_t open_path(const char *path, uint64_t flags, cell_cap_t *file)
{
    uint64_t id, mode, size;

    return file_open(root, flags, 0600, path, strlen(path), file, &id, &mode, &size);
}

static cell_error_t open_file(uint64_t flags, cell_cap_t *file)
{
    return open_path("/locked", flags, file);
}

/* ---- At random --------------------------------------------------------------------------------------------------------- */

/* Which lock each owner has on each byte: 0 none, 1 shared, 2 exclusive. */
static uint8_t has[OWNERS][BYTES + 1];

static unsigned random_below(unsigned most)
{
    static uint64_t state = 1;

    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(state >> 33) % most;
}

static bool is_in_the_way(unsigned owner, uint64_t kind, unsigned first, unsigned last)
{
    for (unsigned other = 0; other < OWNERS; other++)
        for (unsigned at = first; other != owner && at <= last; at++)
            if (has[other][at] == 2 || (has[other][at] == 1 && kind == EXCLUSIVE))
                return true;
    return false;
}

static void one_round(void)
{
    unsigned owner = random_below(OWNERS), first = random_below(BYTES), length = random_below(BYTES - first + 1);
    unsigned last = length == 0 ? BYTES : first + length - 1; /* the last byte represents all behind it */
    uint64_t kind = random_below(3), how = kind | (owner >= 2 ? BY_HANDLE : 0), found = UNLOCK, whose, from, bytes;
    cell_cap_t file = files[owner & 1];
    bool busy = kind != UNLOCK && is_in_the_way(owner, kind, first, last);

    expect("test", file_locked(file, how, owner, first, length, &found, &whose, &from, &bytes), CELL_OK);
    if ((found != UNLOCK) != busy)
        expect("what a test finds", CELL_BUSY, CELL_OK);
    expect("lock", file_lock(file, how, owner, first, length), busy ? CELL_BUSY : CELL_OK);
    if (!busy)
        memset(has[owner] + first, kind == UNLOCK ? 0 : kind == SHARED ? 1
                                                                       : 2,
               last - first + 1);
}

static void work(unsigned rounds)
{
    expect("open", open_file(3 | 16, &files[0]), CELL_OK);
    expect("open", open_file(3, &files[1]), CELL_OK);
    for (unsigned i = 0; i < rounds && faults == 0; i++)
        one_round();
    expect("a kind that there is not", file_lock(files[0], 3, 1, 0, 0), CELL_BAD_ARGUMENT);
    expect("beyond all bytes", file_lock(files[0], 0, 1, 2, UINT64_MAX), CELL_BAD_ARGUMENT);
    /* those of a handle go with it, those of a number stay */
    expect("all", file_lock(files[1], UNLOCK | BY_HANDLE, 0, 0, 0), CELL_OK);
    for (unsigned owner = 0; owner < 2; owner++)
        expect("all", file_lock(files[owner], UNLOCK, owner, 0, 0), CELL_OK);
    expect("by the handle", file_lock(files[0], EXCLUSIVE | BY_HANDLE, 0, 0, 0), CELL_OK);
    expect("another", file_lock(files[1], SHARED, 1, 5, 1), CELL_BUSY);
    expect("apart", file_lock(files[1], EXCLUSIVE | BY_HANDLE | APART, 0, 0, 0), CELL_OK);
    handle_drop(files[0]);
    cell_error_t error = CELL_BUSY;

    for (unsigned tries = 0; error == CELL_BUSY && tries < 100; tries++, cell_sleep(UINT64_C(1000000)))
        error = file_lock(files[1], SHARED, 1, 5, 1);
    expect("after the handle", error, CELL_OK);
    handle_drop(files[1]);
    cell_cap_t file;

    expect("only to read", open_file(1, &file), CELL_OK);
    expect("exclusive", file_lock(file, EXCLUSIVE, 1, 0, 1), CELL_DENIED);
    expect("shared", file_lock(file, SHARED, 1, 0, 1), CELL_OK);
    handle_drop(file);
}

static uint64_t own_objects(void)
{
    uint64_t state, pages, objects = 0, slots, limit, time;
    char name[32];

    expect("pd_info", pd_info(CSPACE_SELF, cell_pd_id(), &state, &pages, &objects, &slots, &limit, &time, name), CELL_OK);
    return objects;
}

static unsigned lock_apart(cell_cap_t file, unsigned most)
{
    cell_error_t error = CELL_OK;
    unsigned count = 0;

    while (error == CELL_OK && count < most) {
        error = file_lock(file, EXCLUSIVE, 7, 2 * (uint64_t)count, 1);
        count += error == CELL_OK;
    }
    expect("too many", error, CELL_QUOTA);
    return count;
}

static void most(unsigned from, unsigned to)
{
    cell_cap_t file;

    expect("open", open_file(3 | 16, &file), CELL_OK);
    uint64_t before = own_objects();
    unsigned count = lock_apart(file, 2 * to);

    if (count < from || count > to || own_objects() < before + count)
        printf("file-locks: %u locks, %lu objects\n", count, own_objects() - before), faults++;
    expect("one of them", file_lock(file, UNLOCK, 7, 0, 1), CELL_OK);
    expect("a wide one in place of all", file_lock(file, EXCLUSIVE, 7, 0, 0), CELL_OK);
    expect("unlock", file_lock(file, UNLOCK, 7, 0, 0), CELL_OK);
    if (lock_apart(file, 2 * to) != count)
        printf("file-locks: not as many again\n"), faults++;
    handle_drop(file);
}

/* ---- Waiting -------------------------------------------------------------------------------------------------------------- */

/* While this file does not exist, the process that holds the lock stays. */
#define GO "/go"
#define MILLISECONDS UINT64_C(1000000)

static void wait_for_other(void)
{
    static char *arguments[] = {"hold"};
    cell_cap_t file, go = 0;
    struct spawn spawn;
    struct spawned spawned;

    expect("open", open_file(3 | 16, &file), CELL_OK);
    spawn_begin(&spawn, "holder", "process", "program=file-locks");
    spawn_edges(&spawn);
    spawn_arguments(&spawn, 1, arguments);
    cell_error_t error = spawn_run(&spawn, &spawned);

    expect("start", error, CELL_OK);
    for (unsigned tries = 0; tries < 1000 && file_lock(file, SHARED, 1, 100, 1) == CELL_OK; tries++) {
        file_lock(file, UNLOCK, 1, 100, 1);
        cell_sleep(MILLISECONDS);
    }
    expect("while it is held", file_lock(file, EXCLUSIVE, 1, 100, 1), CELL_BUSY);
    expect("what is beside it", file_lock(file, EXCLUSIVE | WAIT, 1, 101, 1), CELL_OK);
    /* it ends soon after this */
    expect("go", open_path(GO, 3 | 16, &go), CELL_OK);
    expect("waited for", file_lock(file, EXCLUSIVE | WAIT, 1, 100, 1), CELL_OK);
    expect("what is had now", file_lock(file, EXCLUSIVE, 1, 100, 1), CELL_OK);
    handle_drop(go);
    expect("remove", file_remove(root, 0, GO, strlen(GO)), CELL_OK);
    handle_drop(file);
}

static void hold(void)
{
    cell_cap_t file;

    if (open_file(3, &file) != CELL_OK || file_lock(file, EXCLUSIVE, 1, 0, 101) != CELL_OK)
        return;
    while (open_path(GO, 1, &file) == CELL_NOT_FOUND)
        cell_sleep(10 * MILLISECONDS);
    cell_sleep(100 * MILLISECONDS);
}

int main(int argc, char **argv)
{
    const char *what = argc < 2 ? "" : argv[1];

    if (file_root(cell_rde("FILE"), &root) != CELL_OK)
        return 1;
    if (strcmp(what, "work") == 0 && argc > 2)
        work((unsigned)strtoul(argv[2], NULL, 0));
    else if (strcmp(what, "most") == 0 && argc > 3)
        most((unsigned)strtoul(argv[2], NULL, 0), (unsigned)strtoul(argv[3], NULL, 0));
    else if (strcmp(what, "wait") == 0)
        wait_for_other();
    else if (strcmp(what, "hold") == 0)
        hold();
    else
        return printf("usage: file-locks work ROUNDS|most FROM TO|wait\n"), 1;
    if (faults == 0 && strcmp(what, "hold") != 0)
        printf("file-locks: %s: as it should be\n", what);
    return faults != 0;
}
