/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/ranges.h: ranges of a disk may lie in one another, and the model's BLOCKs of a space never overlap: the ranges appear
 * in pieces, cut wherever one of them begins or ends, or a part of one onto which something maps. A piece has the number of
 * its first block.
 */
#pragma once

#include <stdbool.h>

#include "root/spaces/resspc.h"

/* Where a piece of a space begins; it ends at the next point. */
struct range_point {
    uint64_t space, at;
    struct range_point *next; /* behind the last: one that is behind all blocks */
    bool written; /* the model has the piece */
};

/* Notes where a range, or a part of one, begins and ends, of all before the first of the functions below; false: no memory. */
bool ranges_note(uint64_t space, uint64_t first, uint64_t blocks);
/* The point at a block of a space, where a range begins. */
struct range_point *ranges_find(uint64_t space, uint64_t at);
/* Forgets as much as *units of work (reaper.h) allow; true: all. */
bool ranges_clear(uint32_t *units);
