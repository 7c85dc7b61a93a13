/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/system/files.c: instructions of requests to the file server, from the client's request to the answer: on a file system in
 * memory whose blocks are in the server's cache; where it says `disk`, they are not.
 *
 *   bench-files          measures, and turns the machine off
 *   bench-files client   one of several that ask at once
 */
#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <cell/idl/machine.h>
#include <lib/client/client.h>
#include <lib/client/spawn.h>
#include <lib/file/map.h>
#include <stdio.h>
#include <string.h>

#include "bench/system/measure.h"

#define ROUNDS 32u
#define PAGES 256u
#define SOME_PAGES 16u
#define MIB (1u << 20)
#define LARGE (16u * MIB) /* twice the server's cache */
#define SYNCS 1000u
enum { READ_WRITE = 3,
       CREATE = 16 };

static cell_cap_t root, there;

static cell_cap_t open_file(const char *path, uint64_t flags)
{
    uint64_t id, mode, size;
    cell_cap_t file;

    measure_need(file_open(root, flags, 0644, path, strlen(path), &file, &id, &mode, &size), path);
    return file;
}

static void bench_names(void)
{
    static char names[ROUNDS][4];

    for (unsigned i = 0; i < ROUNDS; i++)
        snprintf(names[i], sizeof names[i], "f%02u", i % 100);
    uint64_t start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++)
        handle_drop(open_file("file", READ_WRITE));
    measure_row("open and close a file", measure_now() - start, ROUNDS);
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        handle_drop(open_file(names[i], READ_WRITE | CREATE));
    measure_row("create and close a file", measure_now() - start, ROUNDS);
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(file_remove(root, 0, names[i], 3), "remove");
    measure_row("remove a file", measure_now() - start, ROUNDS);
}

static void bench_stat(cell_cap_t file)
{
    uint64_t is[16], start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(file_stat(file, &is[0], &is[1], &is[2], &is[3], &is[4], &is[5], &is[6], &is[7], &is[8], &is[9], &is[10],
                               &is[11], &is[12], &is[13], &is[14], &is[15]),
                     "stat");
    measure_row("stat an open file", measure_now() - start, ROUNDS);
}

static void bench_read(cell_cap_t file, uint64_t bytes)
{
    char name[40];
    uint64_t done, start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(file_read(file, there, 0, bytes, 0, &done), "read");
    snprintf(name, sizeof name, "read %lu bytes", (unsigned long)bytes);
    measure_row(name, measure_now() - start, ROUNDS);
}

static void bench_write(cell_cap_t file, uint64_t bytes)
{
    char name[40];
    uint64_t done, size, start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(file_write(file, there, 0, bytes, 0, &done, &size), "write");
    snprintf(name, sizeof name, "overwrite %lu bytes", (unsigned long)bytes);
    measure_row(name, measure_now() - start, ROUNDS);
}

static void bench_sync(cell_cap_t file)
{
    uint64_t done, size;

    uint64_t start = 0;

    /* until the disk has memory for all blocks of the journal */
    for (unsigned i = 0; i < SYNCS; i++) {
        if (i == SYNCS - ROUNDS)
            start = measure_now();
        measure_need(file_write(file, there, 0, 4096, i % SOME_PAGES * CELL_PAGE, &done, &size), "write");
        measure_need(file_sync(file, 0), "sync");
    }
    measure_row("overwrite 4096 bytes and sync", measure_now() - start, ROUNDS);
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(file_sync(file, 0), "sync");
    measure_row("sync when nothing has changed", measure_now() - start, ROUNDS);
}

static void bench_locks(cell_cap_t file)
{
    uint64_t start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(file_lock(file, 1, 1, 0, 100), "lock");
    measure_row("lock a range again", measure_now() - start, ROUNDS);
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++) {
        measure_need(file_lock(file, 1, 1, 0, 100), "lock");
        measure_need(file_lock(file, 2, 1, 0, 100), "unlock");
    }
    measure_row("lock and unlock a range", measure_now() - start, ROUNDS);
}

/* ---- Large files ---------------------------------------------------------------------------------------------------------- */

/* Reads or writes pieces of a file, one behind the other or anywhere. */
static void bench_pieces(const char *name, cell_cap_t file, uint64_t bytes, uint64_t within, unsigned rounds, bool random, bool writes)
{
    uint64_t done, size, pieces = within / bytes, place = 1, start = measure_now();

    for (unsigned i = 0; i < rounds; i++) {
        place = random ? place * UINT64_C(6364136223846793005) + 1 : i;
        uint64_t at = (random ? place >> 33 : place) % pieces * bytes;

        measure_need(writes ? file_write(file, there, 0, bytes, at, &done, &size) : file_read(file, there, 0, bytes, at, &done), name);
    }
    measure_row(name, measure_now() - start, rounds);
}

static void bench_large(void)
{
    cell_cap_t file = open_file("large", READ_WRITE | CREATE);

    bench_pieces("append 1 MiB", file, MIB, LARGE, LARGE / MIB, false, true);
    bench_pieces("read 1 MiB, disk", file, MIB, LARGE, LARGE / MIB, false, false);
    bench_pieces("read 4096 bytes in a row, disk", file, 4096, LARGE, LARGE / 4096, false, false);
    bench_pieces("read 4096 bytes anywhere, disk", file, 4096, LARGE, 1024, true, false);
    bench_pieces("overwrite 4096 bytes in a row, disk", file, 4096, LARGE, LARGE / 4096, false, true);
    bench_pieces("overwrite 4096 bytes anywhere, disk", file, 4096, LARGE, 1024, true, true);
    bench_pieces("overwrite 1 MiB, disk", file, MIB, LARGE, LARGE / MIB, false, true);
    for (uint64_t at = 0, done; at < 2 * MIB; at += MIB)
        measure_need(file_read(file, there, 0, MIB, at, &done), "read");
    bench_pieces("read 1 MiB", file, MIB, 2 * MIB, ROUNDS, false, false);
    bench_pieces("read 4096 bytes anywhere", file, 4096, 2 * MIB, 1024, true, false);
    bench_pieces("overwrite 1 MiB", file, MIB, 2 * MIB, ROUNDS, false, true);
    bench_pieces("overwrite 4096 bytes anywhere", file, 4096, 2 * MIB, 1024, true, true);
    handle_drop(file);
    measure_need(file_remove(root, 0, "large", 5), "remove");
}

/* ---- Many files ----------------------------------------------------------------------------------------------------------- */

#define SMALL_FILES 10000u
#define DEEP "/deep/in/a/path/that/has/ten/names/up/there"

static void bench_long_path(void)
{
    uint64_t is[16];
    char path[] = DEEP;

    for (char *at = path + 1; at != NULL; at = strchr(at, '/')) {
        at += *at == '/';
        char *end = strchr(at, '/');

        measure_need(file_make_directory(root, 0755, path, end == NULL ? strlen(path) : (size_t)(end - path)), "directory");
    }
    uint64_t start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(file_stat_path(root, 0, path, strlen(path), &is[0], &is[1], &is[2], &is[3], &is[4], &is[5], &is[6], &is[7], &is[8],
                                    &is[9], &is[10], &is[11], &is[12], &is[13], &is[14], &is[15]),
                     "stat");
    measure_row("stat of a path of 10 names", measure_now() - start, ROUNDS);
}

static void bench_many_files(void)
{
    static char names[SMALL_FILES][16];
    uint64_t done, size, filled = 1, cookie = 0;

    measure_need(file_make_directory(root, 0755, "many", 4), "directory");
    for (unsigned i = 0; i < SMALL_FILES; i++)
        snprintf(names[i], sizeof names[i], "many/%u", i);
    uint64_t start = measure_now();

    for (unsigned i = 0; i < SMALL_FILES; i++) {
        cell_cap_t file = open_file(names[i], READ_WRITE | CREATE);

        measure_need(file_write(file, there, 0, 1000, 0, &done, &size), "write");
        handle_drop(file);
    }
    measure_row("make one of 10000 files with 1000 bytes", measure_now() - start, SMALL_FILES);
    cell_cap_t directory = open_file("many", 1);

    start = measure_now();
    while (filled > 0)
        measure_need(file_list(directory, cookie, there, 0, 65536, &filled, &cookie), "list");
    measure_row("list one of them", measure_now() - start, SMALL_FILES);
    handle_drop(directory);
    start = measure_now();
    for (unsigned i = 0; i < SMALL_FILES; i++)
        measure_need(file_remove(root, 0, names[i], strlen(names[i])), "remove");
    measure_row("remove one of them", measure_now() - start, SMALL_FILES);
}

/* ---- Several clients -------------------------------------------------------------------------------------------------------- */

#define OTHERS 7u
#define TURNS 256u
enum { SHARED,
       EXCLUSIVE,
       UNLOCK,
       WAIT = 4 };
/* Bytes of the file that are locked: while no worker may begin yet; while a worker is working. */
enum { BEGINS,
       WORKS };

static void work(unsigned kind, const char *name)
{
    cell_cap_t file = open_file(name, READ_WRITE | CREATE);
    uint64_t done, size;

    for (unsigned i = 0; i < TURNS; i++)
        measure_need(kind == 0 ? file_read(file, there, 0, 4096, 0, &done) : file_write(file, there, 0, 4096, 0, &done, &size), name);
    handle_drop(file);
}

/* What each does: both kinds of work, when all may begin. */
static void be_client(void)
{
    char name[16];
    cell_cap_t file = open_file("locked", READ_WRITE | CREATE);

    snprintf(name, sizeof name, "of-%lu", cell_pd_id());
    for (unsigned kind = 0; kind < 2; kind++) {
        measure_need(file_lock(file, SHARED | WAIT, 1, 2 * kind + WORKS, 1), "works");
        measure_need(file_lock(file, SHARED | WAIT, 1, 2 * kind + BEGINS, 1), "begins");
        work(kind, name);
        measure_need(file_lock(file, UNLOCK, 1, 2 * kind + WORKS, 1), "unlock");
    }
}

static void bench_several(void)
{
    static char *arguments[] = {"client"};
    cell_cap_t file = open_file("locked", READ_WRITE | CREATE);
    uint64_t start;

    for (unsigned kind = 0; kind < 2; kind++)
        measure_need(file_lock(file, EXCLUSIVE, 1, 2 * kind + BEGINS, 1), "lock");
    for (unsigned i = 0; i < OTHERS; i++) {
        struct spawn spawn;
        struct spawned spawned;

        spawn_begin(&spawn, "client", "process", "program=bench-files");
        spawn_edges(&spawn);
        spawn_arguments(&spawn, 1, arguments);
        measure_need(spawn_run(&spawn, &spawned), spawned.fault);
    }
    for (unsigned kind = 0; kind < 2; kind++) {
        cell_sleep(UINT64_C(100000000)); /* all wait now */
        start = measure_now();
        measure_need(file_lock(file, UNLOCK, 1, 2 * kind + BEGINS, 1), "unlock");
        work(kind, "own");
        measure_need(file_lock(file, EXCLUSIVE | WAIT, 1, 2 * kind + WORKS, 1), "end");
        measure_row(kind == 0 ? "read 4096 bytes, 8 clients" : "overwrite 4096 bytes, 8 clients", measure_now() - start,
                    TURNS * (OTHERS + 1));
    }
    handle_drop(file);
}

#define NAMESPACES 32u

static void bench_namespaces(void)
{
    static cell_cap_t directories[NAMESPACES], spaces[NAMESPACES], edges[NAMESPACES];
    uint64_t id;

    for (unsigned i = 0; i < NAMESPACES; i++) {
        char name[] = {'/', 'n', (char)('0' + i)};

        measure_need(file_make_directory(root, 0755, name, sizeof name), "directory");
        directories[i] = open_file((char[]){'/', 'n', (char)('0' + i), 0}, 1 | 2 | 4 | 128);
    }
    uint64_t start = measure_now();

    for (unsigned i = 0; i < NAMESPACES; i++)
        measure_need(file_make_namespace(directories[i], 0, 0, 7, "bench", &spaces[i], &edges[i], &id), "namespace");
    measure_row("make a namespace", measure_now() - start, NAMESPACES);
    start = measure_now();
    for (unsigned i = 0; i < NAMESPACES; i++)
        measure_need(file_end_namespace(spaces[i]), "end");
    measure_row("end a namespace", measure_now() - start, NAMESPACES);
}

static void bench_mapped(cell_cap_t file)
{
    static uint8_t bytes[CELL_PAGE];
    struct file_map map;
    uint64_t done, start = measure_now();

    measure_need(file_map_open(&map, file, true), "map");
    measure_row("map a file", measure_now() - start, 1);
    /* the pages are there, and mapped, after the first time */
    for (unsigned i = 0; i < 2; i++)
        measure_need(file_map_write(&map, bytes, sizeof bytes, 0, &done), "write");
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(file_map_read(&map, bytes, 16, 0, &done), "read");
    measure_row("read 16 bytes, mapped", measure_now() - start, ROUNDS);
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(file_map_read(&map, bytes, sizeof bytes, 0, &done), "read");
    measure_row("read 4096 bytes, mapped", measure_now() - start, ROUNDS);
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(file_map_write(&map, bytes, sizeof bytes, 0, &done), "write");
    measure_row("overwrite 4096 bytes, mapped", measure_now() - start, ROUNDS);
    file_map_close(&map);
}

int main(int argc, char **argv)
{
    struct cell_memory memory;
    cell_cap_t server = cell_rde("FILE");
    uint64_t done, size;

    measure_init();
    measure_need(cell_memory_make(PAGES, &memory), "memory");
    measure_need(handle_give_to_server(server, memory.mo, CELL_READ | CELL_WRITE, &there), "give");
    measure_need(file_root(server, &root), "root");
    if (argc > 1 && strcmp(argv[1], "client") == 0) {
        be_client();
        return 0;
    }
    cell_cap_t file = open_file("file", READ_WRITE | CREATE);

    measure_need(file_write(file, there, 0, SOME_PAGES * CELL_PAGE, 0, &done, &size), "write");
    bench_names();
    bench_stat(file);
    bench_read(file, 16);
    bench_read(file, 4096);
    bench_read(file, 65536);
    bench_write(file, 4096);
    bench_write(file, 65536);
    bench_sync(file);
    bench_locks(file);
    bench_namespaces();
    bench_mapped(file);
    bench_long_path();
    bench_several();
    bench_large();
    bench_many_files();
    machine_power_off(cell_holds(0), 0, 0);
    return 1;
}
