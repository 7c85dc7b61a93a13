/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/boot_memory.c: which memory is free, while booting; then all of it becomes untyped.
 */
#include <sel4/constants.h>

#include <board_kernel.h>
#include "nucleus/boot.h"
#include "nucleus/panic.h"

/* Before, between and behind the three regions in use, and what is left in front of and behind the
 * initial thread's objects. */
#define REGIONS_MAX 8

static struct region regions[REGIONS_MAX]; /* in the order of addresses */
static unsigned region_count;
static struct region managed; /* RAM of user level and the kernel */

static void insert_region(unsigned at, struct region region)
{
    if (region_count == REGIONS_MAX)
        panic("too many regions of memory at boot", region_count, 0, 0);
    for (unsigned i = region_count; i > at; i--)
        regions[i] = regions[i - 1];
    regions[at] = region;
    region_count++;
}

void boot_memory_init(const struct region *used, unsigned count, uint64_t end)
{
    uint64_t start = used[0].start;

    managed = (struct region){start, end};
    for (unsigned i = 0; i < count; i++) {
        if (used[i].start > start)
            insert_region(region_count, (struct region){start, used[i].start});
        start = align_up(used[i].end, seL4_MinUntypedBits);
    }
    if (end > start)
        insert_region(region_count, (struct region){start, end});
}

static struct region objects; /* of the initial thread, not yet given out */

void boot_reserve(uint64_t size, unsigned bits)
{
    for (unsigned i = region_count; i-- > 0;) {
        struct region *region = &regions[i];
        uint64_t start = (region->end - size) & ~mask_bits(bits);
        uint64_t behind = region->end;

        if (region->end - region->start < size || start < region->start)
            continue;
        region->end = start;
        if (behind > start + size)
            insert_region(i + 1, (struct region){start + size, behind});
        objects = (struct region){start, start + size};
        return;
    }
    panic("no memory for the initial thread's objects: size", size, 0, 0);
}

void *boot_allocate(unsigned bits)
{
    uint64_t size = UINT64_C(1) << bits;
    uint64_t *word = window(objects.start);

    if (!aligned(objects.start, bits) || objects.end - objects.start < size)
        panic("initial thread's objects were counted wrongly", objects.start, objects.end, bits);
    for (uint64_t i = 0; i < size / sizeof *word; i++)
        word[i] = 0;
    objects.start += size;
    return word;
}

/* The largest aligned pieces, from the start upwards. */
static void cut(struct region region, bool device, void (*each)(uint64_t physical, unsigned bits, bool device))
{
    uint64_t at = align_up(region.start, seL4_MinUntypedBits);

    while (at < region.end && region.end - at >= UINT64_C(1) << seL4_MinUntypedBits) {
        unsigned fits = 63 - (unsigned)__builtin_clzll(region.end - at);
        unsigned alignment = at == 0 ? 63 : (unsigned)__builtin_ctzll(at);
        unsigned bits = fits < alignment ? fits : alignment;

        if (bits > seL4_MaxUntypedBits)
            bits = seL4_MaxUntypedBits;
        each(at, bits, device);
        at += UINT64_C(1) << bits;
    }
}

#define RANGE(start, end) {start, end},

/* The first region from `at` on that is managed RAM or a device of the kernel's. */
static struct region next_taken(uint64_t at)
{
    static const struct region devices[] = {BOARD_KERNEL_DEVICES(RANGE)};
    struct region next = {BOARD_PHYSICAL_END, BOARD_PHYSICAL_END};

    if (managed.start >= at)
        next = managed;
    for (unsigned i = 0; i < sizeof devices / sizeof devices[0]; i++)
        if (devices[i].start >= at && devices[i].start < next.start)
            next = devices[i];
    return next;
}

/* All else, in the order of addresses. */
static void each_device(void (*each)(uint64_t physical, unsigned bits, bool device))
{
    struct region taken;

    for (uint64_t at = 0; at < BOARD_PHYSICAL_END; at = taken.end) {
        taken = next_taken(at);
        cut((struct region){at, taken.start}, true, each);
    }
}

void boot_memory_each(void (*each)(uint64_t physical, unsigned bits, bool device))
{
    each_device(each);
    for (unsigned i = 0; i < region_count; i++)
        cut(regions[i], false, each);
}
