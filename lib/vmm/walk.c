/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/vmm/walk.c: see walk.h. */
#include "lib/vmm/walk.h"

#define SCTLR_ON 1u
#define ADDRESS_BITS 48u
#define VALID 1u
#define TABLE 2u /* with VALID, at the last level: a page */

static uint64_t mask(unsigned bits)
{
    return (UINT64_C(1) << bits) - 1;
}

/* One half of the addresses: the registers' fields for it. */
struct half {
    uint64_t root;
    unsigned size;    /* bits of an address */
    unsigned granule; /* bits of a page */
};

static struct half lower(const struct walk *walk)
{
    static const uint8_t granules[] = {12, 16, 14, 12};

    return (struct half){walk->ttbr0, 64 - (walk->tcr & 0x3f), granules[walk->tcr >> 14 & 3]};
}

static struct half upper(const struct walk *walk)
{
    static const uint8_t granules[] = {12, 14, 12, 16};

    return (struct half){walk->ttbr1, 64 - (walk->tcr >> 16 & 0x3f), granules[walk->tcr >> 30 & 3]};
}

bool walk(const struct walk *walk, uint64_t address, uint64_t *physical)
{
    if ((walk->sctlr & SCTLR_ON) == 0) {
        *physical = address;
        return true;
    }
    const bool high = (address >> 55 & 1) != 0;
    const struct half half = high ? upper(walk) : lower(walk);

    if (half.size > ADDRESS_BITS || half.size <= half.granule ||
        (high ? ~address : address) >> half.size != 0)
        return false;
    const unsigned step = half.granule - 3; /* bits that a level resolves */
    unsigned levels = (half.size - half.granule + step - 1) / step;
    unsigned shift = half.granule + step * (levels - 1);
    uint64_t table = half.root & mask(ADDRESS_BITS) & ~UINT64_C(1), entry;

    for (;; levels--, shift -= step) {
        const uint64_t index = (address & mask(half.size)) >> shift & mask(step);

        if (!walk->read(walk->context, (table & ~UINT64_C(7)) + index * 8, &entry) || (entry & VALID) == 0)
            return false;
        const bool block = (entry & TABLE) == 0;

        if (block && levels == 1)
            return false;
        if (block || levels == 1)
            break;
        table = entry & mask(ADDRESS_BITS) & ~mask(half.granule);
    }
    *physical = (entry & mask(ADDRESS_BITS) & ~mask(shift)) | (address & mask(shift));
    return true;
}
