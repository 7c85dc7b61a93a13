/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/mapping.h: the pages of a region in the kernel's tables; for ads.c.
 *
 * The first region that maps a page uses the frame's own capability, so the
 * common case takes no further slots; a region beyond that maps a copy. A region has
 * own capabilities of all of its pages, or copies.
 */
#pragma once

#include "root/core/ads.h"

/* Decides whether a region maps the frames' own capabilities. */
void mapping_begin(struct vmr *vmr);
/* Maps pages first..first+count-1 as far as they are present. What was mapped
 * stays when it fails: mapping_end() removes it. */
cell_error_t mapping_map(struct vmr *vmr, uint64_t first, uint64_t count);
/* Unmaps pages and gives their copies back, for as many units of work (reaper.h) as
 * there are in *units; true: nothing is mapped any more. */
bool mapping_end(struct vmr *vmr, uint32_t *units);

/* The same, but the region stays. Begins with page vmr->unmapped, which moves. */
bool mapping_unmap(struct vmr *vmr, uint32_t *units);

/* Unmaps a page that goes. */
void mapping_drop(struct vmr *vmr, uint64_t page);

/* ---- Parts: small ones, whose pages are done at once (parts.h) --------- */

/* `high` takes over what belongs to its pages, which were the last of `low`; both have what they
 * are of. CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t mapping_split(struct vmr *low, struct vmr *high);
/* Whether `high`, which is right behind `low`, could be mapped as a part of that; and makes it one. */
bool mapping_joins(const struct vmr *low, const struct vmr *high);
void mapping_join(struct vmr *high);
/* Changes the rights of a region and of its pages; 0: nothing is mapped. Fails, with nothing changed, only
 * if there were none: CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t mapping_protect(struct vmr *vmr, unsigned rights);
/* Maps a region's pages from address `to` on, and no longer where they are. On failure, as
 * mapping_protect(), nothing has changed. */
cell_error_t mapping_move(struct vmr *vmr, uint64_t to);

/* ---- Frames that change (sharing.h) ------------------------------------ */

/* Maps a page once more, if it is mapped, with the rights that `frame`, which it has, allows now. */
void mapping_refresh(struct vmr *vmr, uint64_t page, page_t frame);
/* Unmaps a page, which is to have another frame; mapping_refresh() maps that. */
void mapping_replace(struct vmr *vmr, uint64_t page, page_t frame);
