/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/file-copy.h: a file and a copy of it in memory: random changes of the file, by mapped memory and by requests, are made in the copy,
 * too. */
#pragma once

#include "apps/file-client.h"

struct copy {
    uint8_t *bytes; /* zeros from `size` on */
    uint64_t size, most;
};

static inline void copy_write(struct copy *copy, struct file_map *map, bool mapped, uint64_t offset, uint64_t length)
{
    static uint8_t data[BYTES];
    uint64_t done = 0;

    for (uint64_t i = 0; i < length; i += 8) {
        uint64_t word = next(UINT64_MAX);

        memcpy(data + i, &word, length - i < 8 ? length - i : 8);
    }
    if (mapped && next(2) == 0 && offset + length <= copy->size) {
        cell_error_t error = file_map_write(map, data, length, offset, &done);

        if (error != CELL_UNSUPPORTED)
            expect("write", error, CELL_OK);
    }
    if (done < length)
        write_by_request(map->file, offset + done, data + done, length - done);
    memcpy(copy->bytes + offset, data, length);
    copy->size = offset + length > copy->size ? offset + length : copy->size;
}

static inline void copy_resize(struct copy *copy, struct file_map *map)
{
    uint64_t size = next(copy->most);

    expect("resize", file_resize(map->file, size), CELL_OK);
    if (size < copy->size)
        memset(copy->bytes + size, 0, copy->size - size);
    copy->size = size;
}

/* Writes a byte of mapped memory without marking its page. */
static inline void copy_touch(struct copy *copy, struct file_map *map, uint64_t offset)
{
    uint8_t *at;

    if (offset >= copy->size || file_map_load(map, offset, 1, FILE_MAP_WRITE | FILE_MAP_ANY_TIME) != CELL_OK ||
        file_map_find(map, offset, 1, FILE_PAGE_WRITE, &at) == 0)
        return;
    *at = copy->bytes[offset] = (uint8_t)next(256);
}

/* Makes one change to both. `mapped`: whether `map` is mapped; otherwise it has only the handle. */
static inline void copy_step(struct copy *copy, struct file_map *map, bool mapped)
{
    uint64_t offset = next(copy->most), length = 1 + next(next(3) == 0 ? BYTES : 5000);

    if (length > copy->most - offset)
        length = copy->most - offset;
    switch (next(14)) {
    case 0:
        copy_resize(copy, map);
        break;
    case 1:
        expect("punch", file_allocate(map->file, 3, offset, length), CELL_OK);
        memset(copy->bytes + offset, 0, length);
        break;
    case 2:
        if (mapped)
            copy_touch(copy, map, offset);
        break;
    case 3:
        equal("size", stat_of(map->file, STAT_SIZE), copy->size);
        break;
    case 4:
    case 5:
    case 6:
    case 7:
        copy_write(copy, map, mapped, offset, length);
        break;
    default:
        if (offset < copy->size)
            check("contents", map, offset, copy->bytes + offset, length < copy->size - offset ? length : copy->size - offset,
                  mapped && next(2) == 0);
    }
}

/* Reads the whole file by a handle of its own, and compares. */
static inline void copy_check(const struct copy *copy, const char *path)
{
    struct file_map map = {.file = open_file(path, READ)};

    equal("size at the end", stat_of(map.file, STAT_SIZE), copy->size);
    for (uint64_t at = 0; at < copy->size; at += BYTES)
        check("at the end", &map, at, copy->bytes + at, copy->size - at < BYTES ? copy->size - at : BYTES, false);
    handle_drop(map.file);
}
