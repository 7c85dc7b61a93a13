/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/mappings.c: see mappings.h. */
#include "lib/linux/mappings.h"

#include "lib/linux/files.h"

static struct region *table;
lock_t mappings_lock;

/* Mappings that are put aside, by region.left. */
static struct region *spares;
static unsigned spare_count;
/* As many as one call needs at most: the new one, and what is left on both sides. */
#define SPARES 3u

bool mappings_put_aside(void)
{
    while (spare_count < SPARES) {
        struct mapping *mapping = heap_get(sizeof *mapping);

        if (mapping == NULL)
            return false;
        mapping->region.left = spares;
        spares = &mapping->region;
        spare_count++;
    }
    return true;
}

static struct mapping *take_spare(void)
{
    struct region *region = spares;

    spares = region->left;
    spare_count--;
    return (struct mapping *)region;
}

static void forget(struct mapping *mapping)
{
    struct description *file = mapping->file;

    region_remove(&table, &mapping->region);
    if (spare_count >= SPARES) {
        heap_put(mapping, sizeof *mapping);
    } else {
        mapping->region.left = spares;
        spares = &mapping->region;
        spare_count++;
    }
    if (file != NULL)
        description_put(file);
}

/* The offset in the file of what `what` has at an address. */
static uint64_t offset_at(const struct mapping *what, uint64_t start, uint64_t address)
{
    return what->file == NULL ? 0 : what->offset + (address - start);
}

/* `what` begins at `from`, whatever part of it this is. */
static void insert(uint64_t start, uint64_t end, const struct mapping *what, uint64_t from)
{
    struct mapping *mapping = take_spare();

    *mapping = *what;
    mapping->region = (struct region){.start = start, .end = end};
    mapping->offset = offset_at(what, from, start);
    if (mapping->file != NULL)
        description_hold(mapping->file);
    region_insert(&table, &mapping->region);
}

/* Whether `high`, right behind `low`, goes on with it. */
static bool is_alike(const struct mapping *low, uint64_t low_start, const struct mapping *high, uint64_t high_start)
{
    return low->protection == high->protection && low->shared == high->shared && low->image == high->image && low->file == high->file &&
           low->state == high->state && offset_at(low, low_start, high_start) == high->offset;
}

/* Notes that nothing is in a range. */
void mappings_remove(uint64_t start, uint64_t end)
{
    struct mapping *mapping;

    while ((mapping = memory_find(start)) != NULL && mapping->region.start < end) {
        struct mapping old = *mapping;

        if (old.file != NULL)
            description_hold(old.file);
        forget(mapping);
        if (old.region.start < start)
            insert(old.region.start, start, &old, old.region.start);
        if (old.region.end > end)
            insert(end, old.region.end, &old, old.region.start);
        if (old.file != NULL)
            description_put(old.file);
    }
}

void mappings_add(uint64_t start, uint64_t end, const struct mapping *what)
{
    struct mapping new = *what;
    uint64_t from = start;

    if (new.file != NULL)
        description_hold(new.file);
    mappings_remove(start, end);
    struct mapping *before = memory_find(start - 1), *behind = memory_find(end);

    if (before != NULL && before->region.end == start && is_alike(before, before->region.start, &new, start)) {
        start = before->region.start;
        forget(before);
    }
    if (behind != NULL && behind->region.start == end && is_alike(&new, from, behind, end)) {
        end = behind->region.end;
        forget(behind);
    }
    new.offset = offset_at(&new, from, start);
    insert(start, end, &new, start);
    if (new.file != NULL)
        description_put(new.file);
}

struct mapping *memory_find(uint64_t address)
{
    return (struct mapping *)region_at(table, address);
}

bool memory_allows(uint64_t address, uint64_t bytes, unsigned protection)
{
    uint64_t end = address + bytes;

    while (address < end) {
        const struct mapping *mapping = memory_find(address);

        if (mapping == NULL || mapping->region.start > address || (mapping->protection & protection) != protection)
            return false;
        address = mapping->region.end;
    }
    return true;
}

bool mappings_free(uint64_t start, uint64_t end)
{
    const struct mapping *mapping = memory_find(start);

    return mapping == NULL || mapping->region.start >= end;
}

bool mappings_place(uint64_t low, uint64_t high, uint64_t bytes, uint64_t *address)
{
    return region_place(table, low, high, bytes, address);
}
