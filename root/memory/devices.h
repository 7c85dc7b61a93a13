/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/devices.h: frames of memory that user level has as device untyped: device
 * registers, and the RAM with the boot archive. Foreign frames are made when
 * first asked for and never freed.
 */
#pragma once

#include "root/memory/memory.h"

/* A device untyped of bootinfo; for start-up. */
void devices_add(slot_t untyped, page_t first, unsigned size_bits);

/* Makes the frames of `count` pages from `first` usable with frame_slot().
 * CELL_BAD_ARGUMENT: not device memory, or out of the range that blocks_init()
 * was told; CELL_NO_MEMORY. */
cell_error_t foreign_frames(page_t first, uint32_t count);
/* The same in pieces: CELL_AGAIN once `most` runs of frames were made; those that are there cost little. */
cell_error_t foreign_frames_some(page_t first, uint32_t count, uint32_t most);
