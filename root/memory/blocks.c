/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/blocks.c: see blocks.h. Bottom-up: the pool of small untypeds, leaves,
 * blocks, runs.
 *
 * Blocks are cut when the free runs fall below a reserve, not when there are
 * none left: cutting takes memory itself (a leaf, the block's record, a page
 * table for the heap), and that comes out of the reserve.
 */
#include "root/memory/blocks.h"

#include <sel4/constants.h>

#include "root/base/bug.h"
#include "root/memory/counts.h"
#include "root/memory/heap.h"

#define RUN_RESERVE 8u
#define BLOCKS_PER_LEAF 16u
#define SLOTS_PER_BLOCK (LEAF_SLOTS / BLOCKS_PER_LEAF)

/* An untyped of the kernel's list that is being used up from its start. */
struct source {
    slot_t untyped;
    page_t next, end;
};

#define SOURCE_LIMIT 256u
#define GIB_LIMIT 256u
#define GIB_PAGES (1u << GIB_PAGE_BITS)

/* Of RAM: with room for each GiB that is given back. `current`: blocks are made of it. */
static struct source pool[SOURCE_LIMIT], ram[SOURCE_LIMIT + GIB_LIMIT], current;
static uint32_t pool_count, pool_current, ram_count;

static uint32_t origin;      /* number of the first block, from address 0 */
static uint32_t block_limit; /* blocks in the table */
static struct block **blocks;
slot_t frame_slot_base;
static uint8_t *leaf_present; /* a bit per leaf */
static uint32_t leaf_limit, leaf_next;
static uint32_t first_block_leaf;
static uint64_t leaf_count;
static struct run *half_run; /* holds one leaf and has room for another */

static struct list free_runs = {&free_runs, &free_runs};
static struct list whole = {&whole, &whole}; /* blocks that are not cut */
static struct list idle = {&idle, &idle};    /* cut ones of which all runs are free */
static uint64_t total_blocks, total_pages;
uint64_t blocks_cut_free;
static bool cutting;

/* ---- The pool -------------------------------------------------------- */

void pool_add(slot_t untyped, page_t first, unsigned size_bits, uint32_t used)
{
    if (size_bits < PAGE_BITS || pool_count == SOURCE_LIMIT)
        return;
    page_t end = first + (1u << (size_bits - PAGE_BITS));

    pool[pool_count++] = (struct source){untyped, first + used, end};
}

/* Whether the source can still give an object of 2^size_bits bytes, and where:
 * the kernel aligns each object to its size. */
static bool source_place(const struct source *source, unsigned size_bits, page_t *place)
{
    page_t pages = 1u << (size_bits - PAGE_BITS);

    *place = (source->next + pages - 1) & ~(pages - 1);
    return *place + pages <= source->end;
}

/* Retypes from the first pool source with room. Sources without room for a
 * leaf are still good for frames, so each call looks from the start; there are
 * few. `size_bits` of at least a page. */
static struct source *pool_find(unsigned size_bits, page_t *place)
{
    for (uint32_t i = pool_current; i < pool_count; i++) {
        if (pool[i].next == pool[i].end && i == pool_current)
            pool_current++;
        else if (source_place(&pool[i], size_bits, place))
            return &pool[i];
    }
    return NULL;
}

bool pool_object(slot_t slot, unsigned type, unsigned size_bits)
{
    page_t place;
    struct source *source = pool_find(size_bits, &place);

    if (source == NULL)
        return false;
    must(kernel_retype(source->untyped, type, type == seL4_CapTableObject ? size_bits - 5 : 0, slot,
                       1),
         "memory: object from the pool");
    source->next = place + (1u << (size_bits - PAGE_BITS));
    return true;
}

bool pool_frame(slot_t slot, page_t *page)
{
    struct source *source = pool_find(PAGE_BITS, page);

    if (source == NULL)
        return false;
    must(kernel_retype(source->untyped, seL4_ARM_SmallPageObject, 0, slot, 1), "memory: frame from the pool");
    source->next = *page + 1;
    return true;
}

/* ---- Leaves ---------------------------------------------------------- */

static uint32_t block_leaf(uint32_t number)
{
    return first_block_leaf + number;
}

uint32_t blocks_leaves(page_t first, page_t end)
{
    uint32_t count = ((end + BLOCK_PAGES - 1) >> BLOCK_PAGE_BITS) - (first >> BLOCK_PAGE_BITS);

    return 1 + (count + BLOCKS_PER_LEAF - 1) / BLOCKS_PER_LEAF + count;
}

/* One that the kernel refused to make a leaf of. */
static slot_t leaf_spare;

/* The untyped for one more leaf; 0: none. */
static slot_t leaf_memory(void)
{
    page_t place;

    if (leaf_spare != 0) {
        slot_t spare = leaf_spare;

        leaf_spare = 0;
        return spare;
    }
    struct source *source = pool_find(LEAF_SIZE_BITS, &place);

    if (source != NULL) {
        source->next = place + (1u << (LEAF_SIZE_BITS - PAGE_BITS));
        return source->untyped;
    }
    if (half_run != NULL) {
        struct run *run = half_run;

        half_run = NULL;
        return run_untyped(run);
    }
    half_run = run_take();
    if (half_run == NULL)
        return 0;
    half_run->state = RUN_LEAVES;
    return run_untyped(half_run);
}

/* Makes leaf `leaf` if it is not there. */
static bool leaf_ensure(uint32_t leaf)
{
    if ((leaf_present[leaf / 8] >> leaf % 8 & 1) != 0)
        return true;
    slot_t untyped = leaf_memory();

    if (untyped == 0)
        return false;
    if (kernel_retype_leaf(untyped, leaf) != 0) {
        leaf_spare = untyped;
        return false;
    }
    leaf_present[leaf / 8] |= (uint8_t)(1u << leaf % 8);
    leaf_count++;
    return true;
}

uint32_t leaf_create(void)
{
    if (leaf_next == leaf_limit || !leaf_ensure(leaf_next))
        return 0;
    return leaf_next++;
}

/* ---- Blocks ---------------------------------------------------------- */

uint64_t blocks_table_size(page_t first, page_t end)
{
    uint32_t count = ((end + BLOCK_PAGES - 1) >> BLOCK_PAGE_BITS) - (first >> BLOCK_PAGE_BITS);

    return count * sizeof *blocks + ((UINT64_C(1) << kernel_root_bits) + 7) / 8;
}

void blocks_init(page_t first, page_t end, void *table)
{
    origin = first >> BLOCK_PAGE_BITS;
    block_limit = ((end + BLOCK_PAGES - 1) >> BLOCK_PAGE_BITS) - origin;
    first_block_leaf = 1 + (block_limit + BLOCKS_PER_LEAF - 1) / BLOCKS_PER_LEAF;
    blocks = table;
    leaf_present = (uint8_t *)table + block_limit * sizeof *blocks;
    /* Block n has the slots of leaf first_block_leaf + n. */
    frame_slot_base = (first_block_leaf << LEAF_BITS) - (origin << LEAF_BITS);
    leaf_limit = 1u << kernel_root_bits;
    leaf_present[0] = 1;
    leaf_next = blocks_leaves(first, end);
}

void blocks_add_ram(slot_t untyped, page_t first, unsigned size_bits, uint32_t used)
{
    page_t pages = 1u << (size_bits - PAGE_BITS);

    if (ram_count == SOURCE_LIMIT)
        return;
    ram[ram_count++] = (struct source){untyped, first + used, first + pages};
    total_pages += pages - used;
    memory_now.blocks_uncut += (pages - used) >> BLOCK_PAGE_BITS;
}

static uint32_t block_number(page_t page)
{
    return (page >> BLOCK_PAGE_BITS) - origin;
}

static slot_t block_slots(uint32_t number)
{
    uint32_t leaf = 1 + number / BLOCKS_PER_LEAF;

    return leaf << LEAF_BITS | (number % BLOCKS_PER_LEAF) * SLOTS_PER_BLOCK;
}

slot_t block_untyped(page_t page)
{
    return block_slots(block_number(page));
}

static struct block *block_of_page(page_t page)
{
    uint32_t number = block_number(page);

    return number < block_limit ? blocks[number] : NULL;
}

/* The first block is cut before there is a heap. */
static struct block first_block;

static struct block *record_create(void)
{
    return total_blocks == 0 ? &first_block : heap_allocate(sizeof(struct block));
}

static void record_free(struct block *block)
{
    if (block != &first_block)
        heap_free(block, sizeof *block);
}

bool blocks_in_range(page_t page)
{
    return page >> BLOCK_PAGE_BITS >= origin && block_number(page) < block_limit;
}

/* Makes the record and the leaves of a block and takes its untyped. */
static struct block *block_create(page_t page, slot_t untyped)
{
    uint32_t number = block_number(page);
    struct block *block = record_create();

    if (block == NULL)
        return NULL;
    block->number = number;
    block->first_page = (number + origin) << BLOCK_PAGE_BITS;
    list_init(&block->list);
    for (uint32_t i = 0; i < BLOCK_RUNS; i++) {
        list_init(&block->runs[i].list);
        block->runs[i].index = (uint8_t)i;
    }
    if (!leaf_ensure(1 + number / BLOCKS_PER_LEAF) ||
        (untyped != 0 && kernel_retype(untyped, seL4_UntypedObject, BLOCK_BITS, block_slots(number), 1) != 0)) {
        record_free(block);
        return NULL;
    }
    blocks[number] = block;
    total_blocks++;
    return block;
}

/* A source of RAM with something left: those from which no GiB can be had, or the others. NULL: none. */
static struct source *find_source(bool gib)
{
    for (uint32_t i = 0; i < ram_count; i++) {
        struct source *source = &ram[i];
        bool has_gib = source->next % GIB_PAGES == 0 && source->end - source->next >= GIB_PAGES;

        if (source->next != source->end && has_gib == gib)
            return source;
    }
    return NULL;
}

slot_t gib_untyped(page_t page)
{
    return block_untyped(page) + 2;
}

page_t gib_take(void)
{
    struct source *source = find_source(true);

    if (source == NULL)
        return 0;
    page_t page = source->next;
    bool was_cutting = cutting;

    cutting = true;
    bool made = source->untyped == gib_untyped(page) ||
                (leaf_ensure(1 + block_number(page) / BLOCKS_PER_LEAF) &&
                 kernel_retype(source->untyped, seL4_UntypedObject, GIB_PAGE_BITS + PAGE_BITS, gib_untyped(page), 1) == 0);

    cutting = was_cutting;
    if (!made)
        return 0;
    source->next += GIB_PAGES;
    memory_now.blocks_uncut -= GIB_PAGES / BLOCK_PAGES;
    return page;
}

void gib_give(page_t page)
{
    struct source *source = ram;

    while (source < ram + ram_count && source->next != source->end)
        source++;
    ram_count += source == ram + ram_count;
    must(kernel_revoke(gib_untyped(page)), "memory: revoke a GiB");
    /* It is the first that is taken again. */
    *source = *ram;
    *ram = (struct source){gib_untyped(page), page, page + GIB_PAGES};
    memory_now.blocks_uncut += GIB_PAGES / BLOCK_PAGES;
}

/* Makes `current` a source with something left; false: there is none. */
static bool next_source(void)
{
    struct source *source = current.next != current.end ? &current : find_source(false);

    if (source == &current)
        return true;
    if (source != NULL) {
        current = *source;
        source->next = source->end;
        return true;
    }
    page_t gib = gib_take();

    if (gib == 0)
        return false;
    memory_now.blocks_uncut += GIB_PAGES / BLOCK_PAGES;
    current = (struct source){gib_untyped(gib), gib, gib + GIB_PAGES};
    return true;
}

/* A block that is not cut, in no list, and not counted as cut; NULL: none, or no memory. */
static __attribute__((noinline)) struct block *block_whole(void)
{
    struct block *block;

    if (!list_empty(&whole)) {
        block = CONTAINER(whole.next, struct block, list);
        list_remove(&block->list);
        return block;
    }
    block = next_source() ? block_create(current.next, current.untyped) : NULL;
    if (block != NULL)
        current.next += BLOCK_PAGES;
    return block;
}

/* Cuts the next block of RAM into runs. False: there is none, or no memory. */
static bool block_cut(void)
{
    struct block *block = block_whole();

    if (block == NULL)
        return false;
    slot_t untyped = block_slots(block->number);

    if (!leaf_ensure(block_leaf(block->number)) ||
        kernel_retype(untyped, seL4_UntypedObject, RUN_BITS, untyped + BLOCK_RUNS, BLOCK_RUNS) != 0) {
        list_insert(&whole, &block->list);
        return false;
    }
    memory_now.blocks_uncut--;
    for (uint32_t i = 0; i < BLOCK_RUNS; i++) {
        block->runs[i].state = RUN_FREE;
        list_append(&free_runs, &block->runs[i].list);
    }
    block->free = BLOCK_RUNS;
    list_insert(&idle, &block->list);
    blocks_cut_free += BLOCK_RUNS;
    return true;
}

/* Makes a block whole again of which all runs are free; false: there is none. */
static bool block_mend(void)
{
    if (list_empty(&idle))
        return false;
    struct block *block = CONTAINER(idle.next, struct block, list);

    list_remove(&block->list);
    for (uint32_t i = 0; i < BLOCK_RUNS; i++) {
        list_remove(&block->runs[i].list);
        block->runs[i].state = RUN_ABSENT;
    }
    blocks_cut_free -= BLOCK_RUNS;
    block_give(block);
    return true;
}

struct block *block_take(void)
{
    cutting = true;
    struct block *block = block_whole();

    cutting = false;
    if (block == NULL && (block_mend() || (frames_reclaim() && block_mend())))
        block = block_whole();
    if (block != NULL)
        memory_now.blocks_uncut--;
    return block;
}

void block_give(struct block *block)
{
    must(kernel_revoke(block_slots(block->number)), "memory: revoke a block");
    list_insert(&whole, &block->list);
    memory_now.blocks_uncut++;
}

struct block *block_foreign(page_t page, slot_t untyped)
{
    struct block *block = block_of_page(page);

    if (block == NULL && block_number(page) < block_limit)
        block = block_create(page, untyped);
    if (block != NULL && !leaf_ensure(block_leaf(block->number)))
        return NULL;
    if (block != NULL)
        block->foreign = true;
    return block;
}

/* ---- Runs ------------------------------------------------------------ */

struct run *run_of_page(page_t page)
{
    struct block *block = block_of_page(page);

    return &block->runs[page >> RUN_PAGE_BITS & (BLOCK_RUNS - 1)];
}

slot_t run_untyped(const struct run *run)
{
    return block_slots(run_block(run)->number) + BLOCK_RUNS + run->index;
}

slot_t run_slots(const struct run *run)
{
    return block_leaf(run_block(run)->number) << LEAF_BITS | run->index * RUN_SLOTS;
}

struct run *run_take(void)
{
    if (blocks_cut_free < RUN_RESERVE && !cutting) {
        cutting = true;
        while (blocks_cut_free < RUN_RESERVE && block_cut())
            ;
        cutting = false;
    }
    if (list_empty(&free_runs) && !frames_reclaim())
        return NULL;
    struct run *run = CONTAINER(free_runs.next, struct run, list);

    list_remove(&run->list);
    if (run_block(run)->free-- == BLOCK_RUNS)
        list_remove(&run_block(run)->list);
    blocks_cut_free--;
    return run;
}

void run_give(struct run *run)
{
    must(kernel_revoke(run_untyped(run)), "memory: revoke a run");
    list_remove(&run->list);
    run->state = RUN_FREE;
    run->free = run->dirty = 0;
    list_insert(&free_runs, &run->list);
    if (++run_block(run)->free == BLOCK_RUNS)
        list_insert(&idle, &run_block(run)->list);
    blocks_cut_free++;
}

uint64_t blocks_total_pages(void)
{
    return total_pages;
}

uint64_t blocks_free_runs(void)
{
    return blocks_all_free();
}

uint64_t blocks_leaf_count(void)
{
    return leaf_count;
}

struct block *blocks_at(uint32_t index)
{
    return blocks[index];
}

uint32_t blocks_limit(void)
{
    return block_limit;
}

uint64_t blocks_cut_runs(void)
{
    return blocks_cut_free;
}
