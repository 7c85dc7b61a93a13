/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/file/map.c: see map.h. */
#include <lib/file/map.h>

#include <cell/idl/ads.h>
#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <lib/words/words.h>
#include <string.h>

/* Flags of ads_attach(): pages are mapped when they are touched, and those that go come back as zeros. */
#define ATTACH_AS_TOUCHED 5u

static unsigned rights_of(const struct file_map *map)
{
    return map->writable ? CELL_READ | CELL_WRITE : CELL_READ;
}

static cell_error_t attach_data(struct file_map *map, uint64_t pages)
{
    uint64_t start;
    cell_error_t error = ads_attach_part(CSPACE_SELF, map->data, 0, pages, 0, 0, CELL_REGION_SHARED_FRAMES, rights_of(map),
                                         ATTACH_AS_TOUCHED, &start);

    if (error != CELL_OK)
        return error;
    if (map->memory != NULL)
        ads_remove(CSPACE_SELF, (uint64_t)map->memory);
    map->memory = (uint8_t *)start;
    map->pages = pages;
    return CELL_OK;
}

cell_error_t file_map_open(struct file_map *map, cell_cap_t file, bool writable)
{
    uint64_t pages, start;

    *map = (struct file_map){.file = file, .writable = writable};
    cell_error_t error = file_map(file, writable, &map->data, &map->control, &pages, &map->room);

    if (error != CELL_OK)
        return error;
    error = ads_attach(CSPACE_SELF, map->control, 0, CELL_REGION_SHARED_FRAMES, rights_of(map), 0, &start);
    if (error == CELL_OK) {
        map->shared = (struct file_shared *)start;
        error = attach_data(map, pages);
    }
    if (error != CELL_OK)
        file_map_close(map);
    return error;
}

void file_map_close(struct file_map *map)
{
    if (map->memory != NULL)
        ads_remove(CSPACE_SELF, (uint64_t)map->memory);
    if (map->shared != NULL)
        ads_remove(CSPACE_SELF, (uint64_t)map->shared);
    if (map->data != 0)
        mo_release(map->data);
    if (map->control != 0)
        mo_release(map->control);
    *map = (struct file_map){0};
}

cell_error_t file_map_load(struct file_map *map, uint64_t offset, uint64_t length, unsigned flags)
{
    uint64_t pages;
    cell_error_t error = file_load(map->file, offset, length, flags, &pages);

    return error == CELL_OK && pages > map->pages ? attach_data(map, pages) : error;
}

bool file_map_about(const struct file_map *map, struct file_about *about)
{
    const struct file_shared *shared = map->shared;
    uint64_t before = __atomic_load_n(&shared->sequence, __ATOMIC_ACQUIRE);

    *about = shared->about;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return before % 2 == 0 && __atomic_load_n(&shared->sequence, __ATOMIC_RELAXED) == before &&
           __atomic_load_n(&shared->stale, __ATOMIC_RELAXED) == 0;
}

/* Finds bytes, asking for their pages if need be; 0: it did not help. */
static uint64_t find_or_load(struct file_map *map, uint64_t offset, uint64_t length, enum file_page_state least, uint8_t **at)
{
    uint64_t found = file_map_find(map, offset, length, least, at);

    if (found == 0 && file_map_load(map, offset, length, least == FILE_PAGE_WRITE ? FILE_MAP_WRITE : 0) == CELL_OK)
        found = file_map_find(map, offset, length, least, at);
    return found;
}

cell_error_t file_map_read(struct file_map *map, void *to, uint64_t length, uint64_t offset, uint64_t *done)
{
    for (*done = 0; *done < length && offset + *done < file_map_size(map);) {
        uint8_t *at;
        uint64_t found = find_or_load(map, offset + *done, length - *done, FILE_PAGE_READ, &at);

        if (found == 0)
            return *done == 0 ? CELL_UNSUPPORTED : CELL_OK;
        memcpy((uint8_t *)to + *done, at, found);
        *done += found;
    }
    return CELL_OK;
}

cell_error_t file_map_write(struct file_map *map, const void *from, uint64_t length, uint64_t offset, uint64_t *done)
{
    for (*done = 0; *done < length;) {
        uint64_t epoch = file_map_epoch(map);
        uint8_t *at;
        uint64_t found = map->writable ? find_or_load(map, offset + *done, length - *done, FILE_PAGE_WRITE, &at) : 0;

        if (found != 0)
            memcpy(at, (const uint8_t *)from + *done, found);
        if (found == 0 || !file_map_wrote(map, offset + *done, found, epoch))
            return *done == 0 ? CELL_UNSUPPORTED : CELL_OK;
        *done += found;
    }
    return CELL_OK;
}
