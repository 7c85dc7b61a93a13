/* SPDX-License-Identifier: BSD-2-Clause */
/* root/memory/counts.h: counts that blocks.c, frames.c and kernel_objects.c keep, for figures.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "root/memory/blocks.h"

/* Free runs of blocks that are cut, blocks that are not; frames that are made and free. Here
 * so that asking whether memory is short, as each charge does, costs little. */
extern uint64_t blocks_cut_free, frames_free_now;
extern struct memory_now {
    uint64_t blocks_uncut, kept;
} memory_now;

static inline uint64_t blocks_all_free(void)
{
    return blocks_cut_free + memory_now.blocks_uncut * BLOCK_RUNS;
}

/* Pages that reserves of budgets promise and that nobody has used yet (account.c). */
extern uint64_t memory_promised;

/* Frames that copies of memory objects may still need (core/sharing.c). */
extern uint64_t memory_shared;

/* Pages that must stay: those, and the root task's reserve. Beside the blocks' count, for the same reason. */
static inline void memory_keep(void)
{
    memory_now.kept = MEMORY_RESERVE + memory_promised + memory_shared;
}

static inline uint64_t memory_free_pages(void)
{
    return blocks_all_free() * RUN_PAGES + frames_free_now;
}

/* Would `pages` more leave less than the root task's reserve and what is promised? */
static inline bool memory_is_short(uint64_t pages)
{
    uint64_t least = memory_now.kept + pages;

    /* Mostly the blocks alone are enough. */
    return memory_now.blocks_uncut * BLOCK_PAGES < least && memory_free_pages() < least;
}

/* The same for what was promised. */
static inline bool memory_is_gone(void)
{
    return memory_free_pages() <= MEMORY_RESERVE + memory_shared;
}

uint64_t frames_used(void);
uint64_t frames_free_count(void); /* made, and free */
void objects_flush(void);         /* gives back what is kept for the next objects */
uint64_t objects_count(void);
uint64_t objects_bytes(void);
uint64_t objects_free_pages(void); /* of runs and slabs in use: pages with nothing in them */
