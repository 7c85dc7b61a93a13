/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/regions/regions.h: a balanced tree (AVL) of regions that do not overlap, embedded
 * in what they describe. Each node knows the span of its subtree and the widest
 * gap in it, so room for a new region is found in O(log n).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct region {
    uint64_t start, end; /* bytes start to end - 1; start < end */
    struct region *left, *right;
    uint64_t first, last; /* of the subtree: lowest start, highest end */
    uint64_t gap;         /* widest gap between neighbours in the subtree */
    uint8_t height;
};

/* Inserts `region`, of which start and end are set; false: it overlaps another
 * (nothing is changed). */
bool region_insert(struct region **root, struct region *region);
/* The same where nothing is. */
void region_add(struct region **root, struct region *region);
void region_remove(struct region **root, struct region *region);

/* The region with the lowest end above `address` (that contains it, or is the
 * next one); NULL: none. */
struct region *region_at(struct region *root, uint64_t address);
/* The region with the lowest start at or above `address`; NULL: none. */
struct region *region_from(struct region *root, uint64_t address);

/* The lowest start, at or above `low`, of `size` bytes that end at `high` or
 * below and overlap nothing; false: no room. */
bool region_place(const struct region *root, uint64_t low, uint64_t high, uint64_t size,
                  uint64_t *start);
