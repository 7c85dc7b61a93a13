/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/copies.h: a region that maps pages by copies of their capabilities; for mapping.c. A region that was split shares the table of
 * its copies with its parts.
 */
#pragma once

#include "root/core/ads.h"

/* The table of its copies, and the number in it of its page `page`. */
static inline struct sparse *copies_table(struct vmr *vmr)
{
    return vmr->shares ? &vmr->shared->slots : &vmr->copies;
}

static inline uint64_t copies_number(const struct vmr *vmr, uint64_t page)
{
    return (vmr->shares ? vmr->first + page - vmr->shared->first : page) >> vmr->mo->order;
}

/* Maps copies of pages first..first+count-1 as far as they are present. CELL_NO_MEMORY, CELL_QUOTA: what was mapped stays. */
cell_error_t copies_map(struct vmr *vmr, uint64_t first, uint64_t count);
/* Gives up copies from page vmr->unmapped on, which moves, for as many units of work as there are; true: there are no more. */
bool copies_unmap(struct vmr *vmr, uint32_t *units);
/* Gives up copies of a chunk from number `from` on, a unit each; returns where it stopped. */
uint32_t copies_end(struct vmr *vmr, slot_t *chunk, uint32_t from, uint32_t end, uint32_t *units);

/* From now on its copies are in a table that others can use, too. CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t copies_share(struct vmr *vmr);
/* The region goes: so does the table if no other part of it uses it. */
void copies_release(struct vmr *vmr);
