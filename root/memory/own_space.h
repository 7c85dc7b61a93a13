/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/own_space.h: the root task's own address space.
 *
 *   0x0000400000   image, IPC buffer, bootinfo (the kernel's choice)
 *   0x0100000000   fixed pages: devices, windows, the monitor's memory
 *   0x1000000000   boot archive, where it is read
 *   0x2000000000   heap, in chunks of 2 MiB
 *   0x4000000000   heap, blocks above a chunk
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "root/base/kernel.h"

/* Tests on the host put all of it where there is room. */
#ifndef SPACE_BASE
#define SPACE_BASE UINT64_C(0)
#endif

#define SPACE_FIXED (SPACE_BASE + 0x0100000000)
#define SPACE_ARCHIVE (SPACE_BASE + 0x1000000000)
#define SPACE_HEAP (SPACE_BASE + 0x2000000000)
#define SPACE_HEAP_END (SPACE_BASE + 0x2100000000)
#define SPACE_LARGE (SPACE_BASE + 0x4000000000)
#define SPACE_LARGE_END (SPACE_BASE + 0x8000000000)

/* Fixed pages. */
#define SPACE_TABLE (SPACE_FIXED + 0x000000)    /* block table; up to 2 MiB each */
#define SPACE_WINDOW (SPACE_FIXED + 0x200000)   /* window.c: 16 pages */
#define SPACE_ZERO (SPACE_FIXED + 0x220000)     /* frames.c: 16 pages */
#define SPACE_DEVICES (SPACE_FIXED + 0x240000)  /* clock, control channel */
#define SPACE_MONITOR (SPACE_FIXED + 0x280000)  /* the monitor's pages */

/* Each in a GiB of its own (window.c): tables of one must not be where the other's page goes. */
#define SPACE_WINDOW_2M (SPACE_FIXED + 0x40000000)
#define SPACE_WINDOW_1G (SPACE_FIXED + 0x80000000)

/* Maps a frame at `address`, making page tables as needed; false: no memory for
 * them. */
bool space_map(uint64_t address, slot_t frame, bool write, bool device);

/* Makes page tables for `address` from the pool, before there is anything else.
 * `spare`: empty slots for them, advanced. */
bool space_prepare(uint64_t address, slot_t *spare);
