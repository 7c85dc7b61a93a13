/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/blocks.h: the machine's memory in blocks of 2 MiB and runs of 64 KiB;
 * the floor on which frames, objects and slots (memory.h) stand.
 *
 * Where things are in the root task's CSpace follows from the address. Blocks
 * are numbered from the lowest one that user level has (`origin`).
 *
 *   leaf 0                 fixed slots (kernel.h)
 *   leaf 1 + block / 16    64 slots per block: 0: its untyped; 1: the frame that all of it
 *                          is; 2 and 3: the same of the GiB that begins there; 32 + n: the
 *                          untyped of run n
 *   leaf B + block         32 slots per run. Frames: frame n in slot n. Objects: their
 *                          untypeds from slot 0, they themselves from slot 16
 *   the others             handed out by slots.c
 *
 * A leaf takes 32 KiB. The small untypeds that the kernel had left over (the
 * pool) serve for leaves; after them, half a run each.
 */
#pragma once

#include "root/base/list.h"
#include "root/memory/memory.h"

#define BLOCK_BITS 21
#define BLOCK_PAGE_BITS (BLOCK_BITS - PAGE_BITS)
#define BLOCK_PAGES (1u << BLOCK_PAGE_BITS)
#define RUN_BITS 16
#define RUN_PAGE_BITS (RUN_BITS - PAGE_BITS)
#define BLOCK_RUNS 32u
#define RUN_SLOTS 32u
#define LEAF_SIZE_BITS (LEAF_BITS + 5)

enum run_state {
    RUN_ABSENT,  /* not user level's */
    RUN_FREE,    /* nothing derived from its untyped; in the free list */
    RUN_FRAMES,  /* 16 frames */
    RUN_OBJECTS, /* 16 >> order untypeds of PAGE_SIZE << order, one object each */
    RUN_LEAVES,  /* one or two leaves of the root task's CSpace */
};

struct slab;

struct run {
    struct list list;   /* free runs, or those of its state with room */
    uint16_t free;      /* a bit per frame or object */
    uint16_t dirty;     /* frames: free ones that are not zero */
    uint8_t state;
    uint8_t order;      /* objects */
    uint8_t index;      /* in its block */
    struct slab *slabs; /* objects of order 0: 16 slabs, if there are any */
};

struct block {
    struct run runs[BLOCK_RUNS];
    uint32_t number;
    page_t first_page;
    bool foreign;     /* archive or device: frames only, never freed */
    uint8_t free;     /* runs */
    struct list list; /* not cut, and free; or cut, and all of its runs are free */
};

/* ---- Start-up -------------------------------------------------------- */

/*
 * `first` and `end`: the range of pages in which all blocks will lie; `table`:
 * zeroed memory for blocks_table_size() bytes, kept.
 */
void blocks_init(page_t first, page_t end, void *table);
uint64_t blocks_table_size(page_t first, page_t end);
/* Leaves that blocks of this range take, for the size of the root CNode. */
uint32_t blocks_leaves(page_t first, page_t end);

/* An untyped below 2 MiB, for the pool; its first `used` pages are gone. */
void pool_add(slot_t untyped, page_t first, unsigned size_bits, uint32_t used);
/* A frame from the pool, in a slot that the caller names; false: none left. For
 * start-up. */
bool pool_frame(slot_t slot, page_t *page);
bool pool_object(slot_t slot, unsigned type, unsigned size_bits);

/* An untyped of RAM of at least 2 MiB; its first `used` pages, whole blocks, are
 * gone. */
void blocks_add_ram(slot_t untyped, page_t first, unsigned size_bits, uint32_t used);

/* ---- Blocks and runs ------------------------------------------------- */

/* Whether the page is in the range that blocks_init() was told. */
bool blocks_in_range(page_t page);

/* The run of a page that lies in a known block. */
struct run *run_of_page(page_t page);
static inline struct block *run_block(const struct run *run)
{
    return (struct block *)(run - run->index);
}
static inline page_t run_first_page(const struct run *run)
{
    return run_block(run)->first_page + run->index * RUN_PAGES;
}

/* A free run, out of the free list; its state is for the caller to set. NULL: no
 * memory. */
struct run *run_take(void);
/* Revokes what was made from a run and puts it into the free list. */
void run_give(struct run *run);

/* The slot of a run's untyped, and the first of its RUN_SLOTS slots. */
slot_t run_untyped(const struct run *run);
slot_t run_slots(const struct run *run);

/*
 * A block of foreign memory (archive, device), with all of its runs absent, or
 * the one that is there already. Its run's frames are made by the caller.
 * `untyped`: gives 2 MiB at that place next. NULL: no memory.
 */
struct block *block_foreign(page_t page, slot_t untyped);
/* Where the untyped of a block belongs (for block_foreign()). */
slot_t block_untyped(page_t page);

/* ---- Whole blocks, and GiB (large.h) ---------------------------------- */

#define GIB_PAGE_BITS 18u

/* A block that is free as a whole, for the caller to use its untyped; NULL: none. */
struct block *block_take(void);
void block_give(struct block *block);

/* The first page of an aligned GiB of which nothing was used yet; 0: none. Its untyped is in gib_untyped(). */
page_t gib_take(void);
void gib_give(page_t page);
slot_t gib_untyped(page_t page);

/* A new leaf; its number, or 0: no memory. */
uint32_t leaf_create(void);

/* For memory_check(): block number `index` from 0, NULL where there is none, and
 * how many there can be. */
struct block *blocks_at(uint32_t index);
uint32_t blocks_limit(void);
uint64_t blocks_cut_runs(void); /* free runs of blocks that are cut */

uint64_t blocks_total_pages(void); /* RAM in blocks, cut or not */
uint64_t blocks_free_runs(void);   /* cut or not yet */
uint64_t blocks_leaf_count(void);

/* Called when no run is free, or no block: frames.c gives idle runs back. */
bool frames_reclaim(void);
