/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/cuts.h: memory objects of which regions map parts appear in the model as
 * several, so that a region maps whole ones: cut wherever a region begins or ends.
 */
#pragma once

#include <stdbool.h>

#include "lib/idtable/idtable.h"
#include "root/core/mo.h"

struct cut {
    struct id_entry entry; /* id of the MO */
    uint32_t count;        /* pieces */
    uint32_t at[];         /* their first pages; behind them, that behind the last */
};

/* Finds out where a memory object is cut, if it is; false: no memory. */
bool cuts_make(const struct mo *mo);
/* Where the memory object of an id is cut; NULL: it is one piece. */
const struct cut *cuts_find(uint64_t id);
/* The piece that begins at a page, or where it would be. */
uint32_t cuts_piece(const struct cut *cut, uint64_t page);
/* Forgets all of it. */
void cuts_clear(void);
