/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/cuts.h: memory objects of which regions map parts, or whose pages others have, too
 * (core/sharing.h), appear in the model as several, so that a region maps whole ones: cut wherever
 * a region begins or ends, and where pages begin to be shared or cease to be. Pages that several have are
 * those of the first of them.
 */
#pragma once

#include <stdbool.h>

#include "lib/idtable/idtable.h"
#include "root/core/mo.h"
#include "root/graph/select.h"

struct cut {
    struct id_entry entry; /* id of the MO */
    const struct mo *mo;
    uint32_t count;        /* pieces */
    uint32_t room;
    uint32_t *at; /* their first pages; behind them, that behind the last */
};

/* Whose a page is in the model. */
struct cut_source {
    const struct mo *mo; /* itself, or the first that has it */
    uint64_t page;       /* of that */
    bool shared;         /* a write does not reach it */
};

/* Finds out where the selected memory objects are cut; false: no memory. */
bool cuts_make(struct selection *selection);
/* Where the memory object of an id is cut; NULL: it is one piece, and its own. */
const struct cut *cuts_find(uint64_t id);
/* The piece that begins at a page, or where it would be. */
uint32_t cuts_piece(const struct cut *cut, uint64_t page);
struct cut_source cuts_source(const struct mo *mo, uint64_t page);
/* Forgets as much as *units of work (reaper.h) allow; true: all. */
bool cuts_clear(uint32_t *units);
