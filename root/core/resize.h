/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/resize.h: memory objects lose pages, without a warning to those that map them, and
 * become larger or smaller.
 *
 * Only regions that were attached with ATTACH_MAY_FAULT lose pages: where another one maps
 * some of them, nothing is done (CELL_BUSY). Each function does as much as there are units
 * of work (reaper.h) in *units, and is to be called again if it returns CELL_AGAIN.
 */
#pragma once

#include "root/core/mo.h"

/* Regions that may map a memory object that loses pages, at most: CELL_BUSY if there are more. */
#define PUNCH_REGIONS 64u

/* Frees the pages from *from up to `to`, which moves to the first that is left. A PD that touches them again
 * gets new ones. CELL_BUSY; CELL_DENIED (not ordinary memory, or a CPU has its IPC buffer in it). */
cell_error_t mo_punch(struct mo *mo, uint64_t *from, uint64_t to, uint32_t *units);

/* Changes the number of pages. Pages behind the end are gone; a PD that touches them where they were mapped,
 * faults. New ones are as the others: present, or made when first touched. If it fails, mo->pages tells
 * how far it got. CELL_BAD_ARGUMENT (0), CELL_TOO_LARGE, CELL_NO_MEMORY, CELL_QUOTA, and as mo_punch(). */
cell_error_t mo_resize(struct mo *mo, uint64_t pages, uint32_t *units);
