/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/mapping.h: the pages of a region in the kernel's tables; for ads.c.
 *
 * The first region that maps an MO (its primary) uses the frames' own
 * capabilities, so the common case takes no further slots; a region beyond that
 * maps copies.
 */
#pragma once

#include "root/core/ads.h"

/* Makes the first region of an MO its primary; the others begin to have copies. */
void mapping_begin(struct vmr *vmr);
/* Maps pages first..first+count-1 as far as they are present. What was mapped
 * stays when it fails: mapping_end() removes it. */
cell_error_t mapping_map(struct vmr *vmr, uint64_t first, uint64_t count);
/* Unmaps pages and gives their copies back, for as many units of work (reaper.h) as
 * there are in *units; true: nothing is mapped any more. */
bool mapping_end(struct vmr *vmr, uint32_t *units);
