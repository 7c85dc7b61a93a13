/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/system/files.c: instructions of requests to the file server, from the client's request to the answer: on a file system in
 * memory whose blocks are in the server's cache. */
#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <cell/idl/machine.h>
#include <lib/client/client.h>
#include <lib/file/map.h>
#include <stdio.h>
#include <string.h>

#include "bench/system/measure.h"

#define ROUNDS 32u
#define PAGES 16u
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

int main(void)
{
    struct cell_memory memory;
    cell_cap_t server = cell_rde("FILE");
    uint64_t done, size;

    measure_init();
    measure_need(cell_memory_make(PAGES, &memory), "memory");
    measure_need(handle_give_to_server(server, memory.mo, CELL_READ | CELL_WRITE, &there), "give");
    measure_need(file_root(server, &root), "root");
    cell_cap_t file = open_file("file", READ_WRITE | CREATE);

    measure_need(file_write(file, there, 0, PAGES * CELL_PAGE, 0, &done, &size), "write");
    bench_names();
    bench_stat(file);
    bench_read(file, 16);
    bench_read(file, 4096);
    bench_read(file, 65536);
    bench_write(file, 4096);
    bench_write(file, 65536);
    bench_locks(file);
    bench_namespaces();
    bench_mapped(file);
    machine_power_off(cell_holds(0), 0, 0);
    return 1;
}
