/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/sheets.h: a row of items that grows by a page at a time, so that a long one takes no long step (pass.h): nothing is
 * copied, and what was there stays where it is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHEET_BYTES 4096u

/* All zero is an empty one. */
struct sheets {
    char **sheet;
    uint32_t count, room; /* sheets */
};

/* Items of a size in a sheet, where they follow one another: a power of two. */
static inline uint32_t sheets_each(size_t size)
{
    return UINT32_C(1) << (31 - __builtin_clz((uint32_t)(SHEET_BYTES / size)));
}

/* The item of a size at an index that there is room for. */
static inline void *sheets_at(const struct sheets *sheets, size_t size, uint32_t index)
{
    uint32_t each = sheets_each(size);

    return sheets->sheet[index / each] + index % each * size;
}

/* Makes sure that there is room for `items` of a size; new ones are zero. Within a pass, the pass may stop here. False:
 * no memory. */
bool sheets_grow(struct sheets *sheets, size_t size, uint32_t items);
/* Frees as much as *units of work (reaper.h) allow; true: all. */
bool sheets_free(struct sheets *sheets, uint32_t *units);
