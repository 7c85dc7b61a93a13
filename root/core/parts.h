/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/parts.h: changes to a range of addresses, whatever regions it has: regions
 * are split where the range begins and ends, and joined again with their neighbours
 * where nothing tells them apart any more.
 *
 * A range can be large, so each function does as much as there are units of work (reaper.h) in
 * *units, says where it goes on, and returns CELL_AGAIN if there is more. It stops where it fails; what
 * is done by then stays. Records that it takes are charged to `account`. All may return CELL_BUSY (a
 * region is being filled, or removed), CELL_NO_MEMORY and CELL_QUOTA. No end of a range may be within a page (ads_cuts_page()).
 */
#pragma once

#include "root/core/ads.h"

/* Whether `pages` pages from `address` on are a range of an address space. */
bool ads_is_range(uint64_t address, uint64_t pages);

/* Whether an address lies within a page of a region: a large one, which cannot be divided. */
bool ads_cuts_page(const struct ads *ads, uint64_t address);

/* Removes what regions there are from `from` up to `to`. */
cell_error_t ads_remove_range(struct account *account, struct ads *ads, uint64_t from, uint64_t to,
                              uint32_t *units);

/* The same with regions that are there because another address space has them (follow.h), and what they map of a memory
 * object; NULL: of any. */
cell_error_t ads_remove_followed(struct account *account, struct ads *ads, uint64_t from, uint64_t to, const struct mo *mo,
                                 uint32_t *units);

/* Changes the rights from *from up to `to`, which must be regions with memory without a gap; 0: nothing is
 * mapped until they are changed again. *from moves to what is not changed yet. CELL_NOT_FOUND: no memory is
 * at *from; CELL_DENIED: the region there cannot have these rights. */
cell_error_t ads_change_rights(struct account *account, struct ads *ads, uint64_t *from, uint64_t to,
                               unsigned rights, uint32_t *units);

/* Moves the regions from *from up to `to`, without a gap, to *there, where nothing is. Both move to
 * what is not moved yet. A page that a region keeps unmapped below it is given up. CELL_NOT_FOUND: nothing is at
 * *from; CELL_OVERLAP: something is there; CELL_BAD_ARGUMENT: large pages would not be aligned there. */
cell_error_t ads_move(struct account *account, struct ads *ads, uint64_t *from, uint64_t to, uint64_t *there,
                      uint32_t *units);

/* Joins a region with its neighbours, where they are a whole. It may be gone afterwards. */
void ads_join(struct vmr *vmr);
