/* SPDX-License-Identifier: BSD-2-Clause */
/* root/memory/counts.h: counts that blocks.c, frames.c and kernel_objects.c keep, for figures.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "root/memory/blocks.h"

/* Free runs of blocks that are cut, blocks that are not; frames that are made and free. Here
 * so that asking whether memory is short, as each charge does, costs little. */
extern uint64_t blocks_cut_free, blocks_uncut, frames_free_now;

static inline uint64_t blocks_all_free(void)
{
    return blocks_cut_free + blocks_uncut * BLOCK_RUNS;
}

static inline bool memory_short(void)
{
    return blocks_all_free() * RUN_PAGES + frames_free_now <= MEMORY_RESERVE;
}

uint64_t frames_used(void);
uint64_t frames_free_count(void); /* made, and free */
uint64_t objects_count(void);
uint64_t objects_bytes(void);
uint64_t objects_free_pages(void); /* of runs and slabs in use: pages with nothing in them */
