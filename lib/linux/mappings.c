/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/mappings.c: see mappings.h. */
#include "lib/linux/mappings.h"

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
    region_remove(&table, &mapping->region);
    if (spare_count >= SPARES) {
        heap_put(mapping, sizeof *mapping);
        return;
    }
    mapping->region.left = spares;
    spares = &mapping->region;
    spare_count++;
}

static void insert(uint64_t start, uint64_t end, uint8_t protection, bool shared)
{
    struct mapping *mapping = take_spare();

    *mapping = (struct mapping){.region = {.start = start, .end = end}, .protection = protection, .shared = shared};
    region_insert(&table, &mapping->region);
}

static bool is_alike(const struct mapping *a, uint8_t protection, bool shared)
{
    return a->protection == protection && a->shared == shared;
}

/* Notes that nothing is in a range. */
void mappings_remove(uint64_t start, uint64_t end)
{
    struct mapping *mapping;

    while ((mapping = memory_find(start)) != NULL && mapping->region.start < end) {
        struct mapping old = *mapping;

        forget(mapping);
        if (old.region.start < start)
            insert(old.region.start, start, old.protection, old.shared);
        if (old.region.end > end)
            insert(end, old.region.end, old.protection, old.shared);
    }
}

/* Notes what is in a range, together with what is alike beside it. */
void mappings_add(uint64_t start, uint64_t end, uint8_t protection, bool shared)
{
    mappings_remove(start, end);
    struct mapping *before = memory_find(start - 1), *behind = memory_find(end);

    if (before != NULL && before->region.end == start && is_alike(before, protection, shared)) {
        start = before->region.start;
        forget(before);
    }
    if (behind != NULL && behind->region.start == end && is_alike(behind, protection, shared)) {
        end = behind->region.end;
        forget(behind);
    }
    insert(start, end, protection, shared);
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
