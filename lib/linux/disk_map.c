/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/disk_map.c: see disk_map.h. Bottom-up: making, loading, data, pages for mmap. */
#include "lib/linux/disk_map.h"

/* Pages of a large file that are read here and there cost more to load than to ask for, unless they are read again. */
#define SMALL_PAGES 64u
#define MISSED 256u
#define LONG_PAGES 4u /* a read of as many is none of these */

struct disk_map {
    struct file_map map;
    uint64_t most;           /* pages that can be mapped, as far as that is known */
    uint32_t missed[MISSED]; /* pages that were asked for, by their last digits, and one */
    uint32_t missed_last;
};

static lock_t lock; /* of making and loading */

/* ---- Making ------------------------------------------------------------------- */

/* Reads and writes that are requests: making a map costs as much as some of them. */
#define REQUESTS_FIRST 4u

static struct disk_map *make(const struct description *description)
{
    struct disk_map *map = heap_get(sizeof *map);

    if (map != NULL && file_map_open(&map->map, description->data, (description->flags & O_ACCMODE) == O_RDWR) != CELL_OK) {
        heap_put(map, sizeof *map);
        map = NULL;
    }
    if (map != NULL)
        map->most = UINT64_MAX;
    return map;
}

struct disk_map *disk_map_of(struct description *description, bool now)
{
    if (description->map != NULL || description->unmapped)
        return description->map;
    if (!now && ++description->requests <= REQUESTS_FIRST)
        return NULL;
    lock_take(&lock);
    if (description->map == NULL && !description->unmapped) {
        description->map = make(description);
        description->unmapped = description->map == NULL;
    }
    lock_give(&lock);
    return description->map;
}

void disk_map_close(struct description *description)
{
    if (description->map == NULL)
        return;
    file_map_close(&description->map->map);
    heap_put(description->map, sizeof *description->map);
}

/* ---- Loading -------------------------------------------------------------------- */

static uint64_t load(struct disk_map *map, uint64_t offset, uint64_t length, enum file_page_state least, unsigned flags, uint8_t **at)
{
    uint64_t found = 0;

    lock_take(&lock);
    if (file_map_load(&map->map, offset, length, flags) == CELL_OK) {
        found = file_map_find(&map->map, offset, length, least, at);
        if (found == 0 && offset < file_map_size(&map->map) && map->map.pages <= offset / PAGE)
            map->most = map->map.pages;
    }
    lock_give(&lock);
    return found;
}

static bool can_load(const struct disk_map *map, uint64_t offset)
{
    return offset < file_map_size(&map->map) && offset / PAGE < map->most;
}

/* How many bytes lie from *at on; 0: it did not help. */
static uint64_t find(struct disk_map *map, uint64_t offset, uint64_t length, enum file_page_state least, uint8_t **at)
{
    uint64_t found = file_map_find(&map->map, offset, length, least, at);

    if (found != 0 || !can_load(map, offset))
        return found;
    return load(map, offset, length, least, least == FILE_PAGE_WRITE ? FILE_MAP_WRITE : 0, at);
}

/* Whether a read of a page, and of `length` bytes from there on, goes on behind what is loaded, or was asked for last. */
static bool goes_on(const struct disk_map *map, uint64_t page, uint64_t length)
{
    const struct file_map *of = &map->map;

    return of->pages <= SMALL_PAGES || length >= LONG_PAGES * PAGE || page == 0 || page >= of->room ||
           __atomic_load_n(&map->missed_last, __ATOMIC_RELAXED) == page ||
           __atomic_load_n(&of->shared->states[page - 1], __ATOMIC_RELAXED) != FILE_PAGE_NONE;
}

/* As find(), to read; 0 also: to ask costs less. */
static uint64_t find_to_read(struct disk_map *map, uint64_t offset, uint64_t length, uint8_t **at)
{
    uint64_t found = file_map_find(&map->map, offset, length, FILE_PAGE_READ, at), page = offset / PAGE;
    uint32_t *missed = &map->missed[page % MISSED], mark = (uint32_t)(page + 1);

    if (found != 0 || !can_load(map, offset))
        return found;
    if (goes_on(map, page, length))
        return load(map, offset, length, FILE_PAGE_READ, 0, at);
    if (__atomic_load_n(missed, __ATOMIC_RELAXED) == mark)
        return load(map, offset, length, FILE_PAGE_READ, FILE_MAP_ALONE, at);
    __atomic_store_n(missed, mark, __ATOMIC_RELAXED);
    __atomic_store_n(&map->missed_last, mark, __ATOMIC_RELAXED);
    return 0;
}

/* ---- Data -------------------------------------------------------------------------- */

uint64_t disk_map_read(struct disk_map *map, uint64_t to, uint64_t count, uint64_t offset, bool *end)
{
    uint64_t done = 0;
    uint8_t *at;

    while (done < count) {
        uint64_t found = find_to_read(map, offset + done, count - done, &at);

        if (found == 0 || user_put(to + done, at, found) != 0)
            break;
        done += found;
    }
    *end = done == count || offset + done >= file_map_size(&map->map);
    return done;
}

uint64_t disk_map_write(struct disk_map *map, uint64_t from, uint64_t count, uint64_t offset)
{
    uint64_t done = 0;
    uint8_t *at;

    while (done < count && map->map.writable) {
        uint64_t epoch = file_map_epoch(&map->map), found = find(map, offset + done, count - done, FILE_PAGE_WRITE, &at);
        bool good = found != 0 && user_get(at, from + done, found) == 0;

        /* What was copied before a wrong address is there. */
        if (found == 0 || !file_map_wrote(&map->map, offset + done, found, epoch) || !good)
            break;
        done += found;
    }
    return done;
}

bool disk_map_about(const struct description *description, struct file_about *about)
{
    const struct disk_map *map = description->map;

    return map != NULL && file_map_about(&map->map, about);
}

/* ---- Pages for mmap ------------------------------------------------------------------- */

int64_t disk_map_memory(struct description *description, struct file_memory *memory)
{
    const struct disk_map *map = disk_map_of(description, true);

    if (map == NULL)
        return -ENODEV;
    *memory = (struct file_memory){.mo = map->map.data, .pages = map->map.pages, .bytes = map->map.memory};
    return 0;
}

int64_t disk_map_load(struct description *description, uint64_t page, uint64_t pages, bool written)
{
    struct disk_map *map = disk_map_of(description, true);
    uint64_t offset = page * PAGE, length = pages * PAGE, found;
    uint8_t *at;

    if (map == NULL)
        return -ENODEV;
    found = written ? load(map, offset, length, FILE_PAGE_READ, FILE_MAP_WRITE | FILE_MAP_ANY_TIME, &at)
                    : find(map, offset, length, FILE_PAGE_READ, &at);
    return (int64_t)(PAGE_UP(found) / PAGE);
}
