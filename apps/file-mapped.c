/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/file-mapped.c: a client that maps files (lib/file/map.h), for tests:
 *
 *   rights           which rights mapping a file takes
 *   both             what is written in mapped memory is read by requests, and the other way round, also when the file is cut,
 *                    punched, and grows
 *   shrink           takes pages away from the memory that the server gave
 *   random ROUNDS    random reads, writes, sizes and holes in both ways by two handles, compared with a copy in memory
 *   keep             keeps all pages of a mapped file, and writes to them at any time, which the server has to stand
 *   hold             maps a file, if it can, and waits, so that a model can be taken
 *
 * It says "file-mapped: NAME: as it should be", or what was wrong.
 */
#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECKER "file-mapped"
#include "apps/file-copy.h"

#define MOST 300000u /* of a random file */

/* ---- Both ways ---------------------------------------------------------------------------------------------------------- */

static void check_both(const char *what, struct file_map *map, uint64_t offset, const uint8_t *right, uint64_t length)
{
    check(what, map, offset, right, length, true);
    check(what, map, offset, right, length, false);
}

static void check_sizes(struct file_map *map)
{
    static const uint8_t zeros[8192];
    struct file_about about;

    expect("cut", file_resize(map->file, 5000), CELL_OK);
    equal("size after the cut", file_map_size(map), 5000);
    expect("grow", file_resize(map->file, 20000), CELL_OK);
    equal("size after it grew", file_map_size(map), 20000);
    check_both("behind the old end", map, 5000, zeros, 8192);
    write_by_request(map->file, 10000, "request", 7);
    check_both("written into what is new", map, 10000, (const uint8_t *)"request", 7);
    expect("punch", file_allocate(map->file, 3, 0, 8192), CELL_OK);
    check_both("a hole", map, 0, zeros, 8192);
    equal("told", file_map_about(map, &about), true);
    equal("blocks", about.blocks, stat_of(map->file, STAT_BLOCKS));
}

/* A write changes the times when somebody asks for them next, and not again when it is collected. */
static void check_times(struct file_map *map)
{
    struct file_about before, after;
    uint64_t done;

    equal("told", file_map_about(map, &before), true);
    expect("write", file_map_write(map, "t", 1, 0, &done), CELL_OK);
    equal("told after a write", file_map_about(map, &after), false);
    uint64_t changed = stat_of(map->file, STAT_MODIFIED_NS);

    equal("told after stat", file_map_about(map, &after), true);
    equal("as stat said", after.mtime_ns, changed);
    equal("later than before", after.mtime_s > before.mtime_s || after.mtime_ns > before.mtime_ns, true);
    expect("sync", file_sync(map->file, 0), CELL_OK);
    equal("the time after it was collected", stat_of(map->file, STAT_MODIFIED_NS), changed);
    check_both("what was written", map, 0, (const uint8_t *)"t", 1);
}

static void both(unsigned rounds)
{
    cell_cap_t file = open_file("both", READ | WRITE | CREATE | TRUNCATE), other = open_file("both", READ);
    struct file_map map, reader;
    uint8_t data[12000];
    uint64_t done = 0;

    (void)rounds;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 >> 3);
    expect("map", file_map_open(&map, file, true), CELL_OK);
    expect("map to read", file_map_open(&reader, other, false), CELL_OK);
    expect("beyond the end", file_map_write(&map, data, 10, 0, &done), CELL_UNSUPPORTED);
    write_by_request(file, 0, data, sizeof data);
    check_both("written by a request", &reader, 0, data, sizeof data);
    memset(data + 4000, 'm', 200);
    expect("write", file_map_write(&map, data + 4000, 200, 4000, &done), CELL_OK);
    equal("bytes written", done, 200);
    check_both("written without one", &reader, 0, data, sizeof data);
    expect("sync", file_sync(file, 0), CELL_OK);
    data[0] = 'z';
    expect("write", file_map_write(&map, data, 1, 0, &done), CELL_OK);
    expect("read only", file_map_write(&reader, data, 1, 0, &done), CELL_UNSUPPORTED);
    file_map_close(&map);
    handle_drop(file);
    check_both("after its writer has gone", &reader, 0, data, sizeof data);
    file_map_close(&reader);
    handle_drop(other);
    /* from the disk's contents, which nobody maps now */
    file = open_file("both", READ | WRITE);
    expect("map", file_map_open(&map, file, true), CELL_OK);
    check_both("after all have gone", &map, 0, data, sizeof data);
    check_times(&map);
    check_sizes(&map);
    expect("at any time", file_map_load(&map, 16384, 100, FILE_MAP_WRITE | FILE_MAP_ANY_TIME), CELL_OK);
    map.memory[16400] = 'a';
    check_both("written without a mark", &map, 16400, (const uint8_t *)"a", 1);
    expect("sync", file_sync(file, 0), CELL_OK);
    map.memory[16401] = 'b';
    file_map_close(&map);
    handle_drop(file);
    file = open_file("both", READ);
    expect("read", file_read(file, there, 0, 2, 16400, &done), CELL_OK);
    equal("what was written without marks", (uint64_t)memcmp(memory.address, "ab", 2), 0);
    handle_drop(file);
    expect("remove", file_remove(root, 0, "both", 4), CELL_OK);
}

static void rights(unsigned rounds)
{
    cell_cap_t file = open_file("rights", READ | WRITE | CREATE), look = open_file("rights", READ);
    cell_cap_t appends = open_file("rights", READ | APPEND);
    struct file_map map;
    uint64_t start, pages;

    (void)rounds;
    expect("a directory", file_map_open(&map, root, false), CELL_UNSUPPORTED);
    expect("who only appends", file_map_open(&map, appends, false), CELL_UNSUPPORTED);
    expect("to write", file_map_open(&map, look, true), CELL_DENIED);
    expect("before it is mapped", file_load(look, 0, 1, 0, &pages), CELL_NOT_FOUND);
    expect("to read", file_map_open(&map, look, false), CELL_OK);
    expect("to write", file_map_load(&map, 0, 1, FILE_MAP_WRITE), CELL_DENIED);
    expect("attach to write", ads_attach(CSPACE_SELF, map.data, 0, 6, CELL_READ | CELL_WRITE, 5, &start), CELL_DENIED);
    expect("attach to write", ads_attach(CSPACE_SELF, map.control, 0, 6, CELL_READ | CELL_WRITE, 5, &start), CELL_DENIED);
    file_map_close(&map);
    handle_drop(file);
    handle_drop(look);
    handle_drop(appends);
    expect("remove", file_remove(root, 0, "rights", 6), CELL_OK);
}

static void shrink(unsigned rounds)
{
    cell_cap_t file = open_file("shrink", READ | WRITE | CREATE | TRUNCATE);
    struct file_map map;
    uint8_t data[12000];

    (void)rounds;
    memset(data, 's', sizeof data);
    write_by_request(file, 0, data, sizeof data);
    expect("map", file_map_open(&map, file, true), CELL_OK);
    check_both("before", &map, 0, data, sizeof data);
    expect("make it smaller", mo_resize(map.data, 1), CELL_DENIED);
    expect("take a page away", mo_punch(map.data, 1, 1), CELL_DENIED);
    expect("take a page of states away", mo_punch(map.control, 0, 1), CELL_DENIED);
    check("afterwards", &map, 0, data, sizeof data, false);
    if (faults == 0)
        check("afterwards", &map, 0, data, sizeof data, true);
    file_map_close(&map);
    handle_drop(file);
    expect("remove", file_remove(root, 0, "shrink", 6), CELL_OK);
}

/* ---- At random ------------------------------------------------------------------------------------------------------------ */

static void random_rounds(unsigned rounds)
{
    static uint8_t bytes[MOST];
    struct copy copy = {bytes, 0, MOST};
    char name[24];
    cell_cap_t files[2];
    struct file_map maps[2];

    snprintf(name, sizeof name, "random-%lu", cell_pd_id());
    random_state += cell_pd_id();
    for (unsigned i = 0; i < 2; i++) {
        files[i] = open_file(name, READ | WRITE | CREATE);
        expect("map", file_map_open(&maps[i], files[i], true), CELL_OK);
    }
    for (unsigned i = 0; i < rounds && faults == 0; i++)
        if (next(16) == 0)
            expect("sync", file_sync(maps[0].file, 0), CELL_OK);
        else
            copy_step(&copy, &maps[next(2)], true);
    for (unsigned i = 0; i < 2; i++) {
        file_map_close(&maps[i]);
        handle_drop(files[i]);
    }
    copy_check(&copy, name);
    expect("remove", file_remove(root, 0, name, strlen(name)), CELL_OK);
}

/* ---- Hostile, and waiting ----------------------------------------------------------------------------------------------------- */

static void keep(unsigned rounds)
{
    cell_cap_t file = open_file("keep", READ | WRITE | CREATE);
    cell_cap_t data = 0, control = 0;
    uint64_t pages = 0, room, start = 0, other = 0;

    (void)rounds;
    write_by_request(file, 0, memory.address, 20000);
    expect("map", file_map(file, 1, &data, &control, &pages, &room), CELL_OK);
    /* attaches all pages, so that the server cannot take them away */
    expect("attach", ads_attach(CSPACE_SELF, data, 0, 6, CELL_READ | CELL_WRITE, 0, &start), CELL_OK);
    expect("attach", ads_attach(CSPACE_SELF, control, 0, 6, CELL_READ | CELL_WRITE, 0, &other), CELL_OK);
    if (start == 0 || other == 0)
        return;
    memset((void *)other, 0xff, CELL_PAGE);
    memset((void *)start, 0xff, pages * CELL_PAGE);
    expect("cut", file_resize(file, 100), CELL_OK);
    expect("stat", stat_of(file, STAT_SIZE) == 100 ? CELL_OK : CELL_BAD_ARGUMENT, CELL_OK);
    memset((void *)other, 0xff, CELL_PAGE);
    expect("grow", file_resize(file, 30000), CELL_OK);
    expect("load", file_load(file, 0, UINT64_MAX, 3, &pages), CELL_OK);
    expect("load", file_load(file, UINT64_MAX, UINT64_MAX, 1, &pages), CELL_OK);
    expect("sync", file_sync(file, 1), CELL_OK);
    handle_drop(file);
    expect("remove", file_remove(root, 0, "keep", 4), CELL_OK);
}

static void hold(unsigned rounds)
{
    cell_cap_t file = open_file("hold", READ | WRITE | CREATE);
    struct file_map map;
    uint64_t done;

    (void)rounds;
    write_by_request(file, 0, memory.address, 20000);
    if (file_map_open(&map, file, true) == CELL_OK)
        expect("write", file_map_write(&map, "x", 1, 19999, &done), CELL_OK);
    printf("file-mapped: hold: it waits\n");
    cell_sleep(UINT64_MAX);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(unsigned rounds);
    } ways[] = {{"rights", rights}, {"both", both}, {"shrink", shrink}, {"random", random_rounds}, {"keep", keep}, {"hold", hold}};
    cell_error_t error = begin();

    expect("begin", error, CELL_OK);
    for (size_t i = 0; error == CELL_OK && i < sizeof ways / sizeof *ways; i++)
        if (argc > 1 && strcmp(argv[1], ways[i].name) == 0)
            ways[i].run(argc > 2 ? (unsigned)atoi(argv[2]) : 1);
    return checked(argc > 1 ? argv[1] : "");
}
