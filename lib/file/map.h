/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/file/map.h: files whose contents are mapped, so that a read, or a write inside the file, asks nobody.
 *
 * What is inline needs nothing but memory: whoever has a way of its own to copy (a personality, whose program's addresses may be
 * wrong) takes file_map_find(), copies, and says file_map_wrote(). What cannot be done there is done by a request
 * (file_read(), file_write()), which sees the same contents. Several threads may use one map, but file_map_load() one at a time.
 */
#pragma once

#include <cell/errors.h>
#include <lib/client/cspace.h>
#include <lib/file/shared.h>

#define FILE_MAP_PAGE UINT64_C(4096)

struct file_map {
    cell_cap_t file; /* the FILE handle, the caller's */
    cell_cap_t data, control;
    uint8_t *memory; /* the contents, from the beginning of the file on */
    uint64_t pages;  /* of them */
    struct file_shared *shared;
    uint64_t room; /* of states */
    bool writable;
};

/* Maps a file that is open with the right r; `writable`: with w, too. CELL_UNSUPPORTED: the server does not map, it is no regular file, or
 * the handle only appends; CELL_NO_MEMORY, CELL_QUOTA: the server or the caller has no room, read and write by requests. */
cell_error_t file_map_open(struct file_map *map, cell_cap_t file, bool writable);
/* Unmaps it. The FILE handle stays; the server writes what was changed when that is given up, at the latest. */
void file_map_close(struct file_map *map);

enum file_map_load_flags {
    FILE_MAP_WRITE = 1,    /* the pages are to be written */
    FILE_MAP_ANY_TIME = 2, /* with it: without marks, for as long as the handle is there (mmap) */
    FILE_MAP_ALONE = 4,    /* no further pages behind them */
};

/* Asks for the pages of a range, of which it may be fewer: file_map_find() says what came. Errors as of file_load(). */
cell_error_t file_map_load(struct file_map *map, uint64_t offset, uint64_t length, unsigned flags);

/* The file's size. */
static inline uint64_t file_map_size(const struct file_map *map)
{
    return __atomic_load_n(&map->shared->about.size, __ATOMIC_ACQUIRE);
}

static inline uint64_t file_map_epoch(const struct file_map *map)
{
    return __atomic_load_n(&map->shared->epoch, __ATOMIC_ACQUIRE);
}

/* How many of `length` bytes from `offset` on lie in a row from *at on, in pages that have at least that state, inside the file. */
static inline uint64_t file_map_find(const struct file_map *map, uint64_t offset, uint64_t length, enum file_page_state least,
                                     uint8_t **at)
{
    uint64_t size = file_map_size(map), end = map->pages * FILE_MAP_PAGE, page = offset / FILE_MAP_PAGE, last;

    if (end > size)
        end = size;
    if (offset >= end || length == 0)
        return 0;
    if (length < end - offset)
        end = offset + length;
    last = (end - 1) / FILE_MAP_PAGE;
    for (; page <= last; page++)
        if (__atomic_load_n(&map->shared->states[page], __ATOMIC_ACQUIRE) < least) {
            end = page * FILE_MAP_PAGE;
            break;
        }
    *at = map->memory + offset;
    return end > offset ? end - offset : 0;
}

/* Says that bytes were changed, which lie where file_map_find() has found them since `epoch` was read. False: they were not; it has to
 * be done by a request. */
static inline bool file_map_wrote(const struct file_map *map, uint64_t offset, uint64_t length, uint64_t epoch)
{
    uint8_t *marks = file_marks(map->shared, map->room);

    for (uint64_t page = offset / FILE_MAP_PAGE; page <= (offset + length - 1) / FILE_MAP_PAGE; page++)
        __atomic_store_n(&marks[page], 1, __ATOMIC_RELEASE);
    __atomic_store_n(&map->shared->marked, 1, __ATOMIC_RELEASE);
    __atomic_store_n(&map->shared->stale, 1, __ATOMIC_RELEASE);
    return file_map_epoch(map) == epoch;
}

/* What the file is, as the server wrote it last; false: somebody changed it in this moment, or it was written since: ask. */
bool file_map_about(const struct file_map *map, struct file_about *about);

/* Reads, or writes inside the file; *done: this many bytes, fewer at the end of the file. CELL_UNSUPPORTED, with nothing done: ask. */
cell_error_t file_map_read(struct file_map *map, void *to, uint64_t length, uint64_t offset, uint64_t *done);
cell_error_t file_map_write(struct file_map *map, const void *from, uint64_t length, uint64_t offset, uint64_t *done);
