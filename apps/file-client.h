/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/file-client.h: what clients of the file server that are tests share. CHECKER is to be defined before (apps/check.h). */
#pragma once

#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <lib/client/client.h>
#include <lib/file/map.h>
#include <string.h>

#include "apps/check.h"
#include "apps/random.h"

#define BYTES 65536u /* of memory for requests */
enum { READ = 1,
       WRITE = 2,
       APPEND = 8,
       CREATE = 16,
       EXCLUSIVE = 32,
       TRUNCATE = 64 };

static cell_cap_t root, there;
static struct cell_memory memory;

static inline cell_error_t begin(void)
{
    cell_cap_t server = cell_rde("FILE");
    cell_error_t error = cell_memory_make(BYTES / CELL_PAGE, &memory);

    if (error == CELL_OK)
        error = handle_give_to_server(server, memory.mo, CELL_READ | CELL_WRITE, &there);
    return error == CELL_OK ? file_root(server, &root) : error;
}

static inline cell_cap_t open_file(const char *path, uint64_t flags)
{
    uint64_t id, mode, size;
    cell_cap_t file = 0;

    expect(path, file_open(root, flags, 0640, path, strlen(path), &file, &id, &mode, &size), CELL_OK);
    return file;
}

static inline void write_by_request(cell_cap_t file, uint64_t offset, const void *from, uint64_t length)
{
    uint64_t done = 0, size;

    memcpy(memory.address, from, length);
    expect("write", file_write(file, there, 0, length, offset, &done, &size), CELL_OK);
    equal("bytes written", done, length);
}

enum { STAT_LINKS = 3,
       STAT_SIZE = 6,
       STAT_BLOCKS = 7,
       STAT_MODIFIED_NS = 11 };

static inline uint64_t stat_of(cell_cap_t file, unsigned field)
{
    uint64_t is[16] = {0};

    expect("stat",
           file_stat(file, &is[0], &is[1], &is[2], &is[3], &is[4], &is[5], &is[6], &is[7], &is[8], &is[9], &is[10], &is[11], &is[12],
                     &is[13], &is[14], &is[15]),
           CELL_OK);
    return is[field];
}

/* Reads by one of the two ways, mapped memory or a request, and compares with what must be there. */
static inline void check(const char *what, struct file_map *map, uint64_t offset, const uint8_t *right, uint64_t length, bool mapped)
{
    static uint8_t got[BYTES];
    uint64_t done = 0;

    memset(memory.address, 0xee, length);
    memset(got, 0xee, length);
    expect(what, mapped ? file_map_read(map, got, length, offset, &done) : file_read(map->file, there, 0, length, offset, &done), CELL_OK);
    equal(what, done, length);
    equal(what, (uint64_t)(memcmp(mapped ? got : memory.address, right, length) != 0), 0);
}

/* ---- At random -------------------------------------------------------------------------------------------------------- */

static inline uint64_t next(uint64_t below)
{
    return random_next() % below;
}
