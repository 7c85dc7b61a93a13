/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/frames.c: frames of 4 KiB, 16 at a time from a run of 64 KiB.
 *
 * A frame that comes back keeps its capability and waits, dirty, in its run. A run
 * of which all frames are back is idle: the kernel makes it again, which
 * zeroes it faster than we can map, zero and unmap; or it is given back when
 * runs are short. So clean frames are handed out first, from runs in use and from
 * idle or new ones; dirty frames of runs in use are zeroed here one by one when
 * no whole run is at hand.
 */
#include <sel4/constants.h>
#include <string.h>

#include "model/core/graph.h"
#include "root/base/bits.h"
#include "root/base/bug.h"
#include "root/memory/blocks.h"
#include "root/memory/counts.h"
#include "root/memory/heap_pages.h"
#include "root/memory/own_space.h"

#define ALL_FREE 0xffffu

/* An idle run is made again if it has at least this many dirty frames. */
#define RENEW_DIRTY 4u

/* Free runs that are left to others. */
#define RUNS_KEPT 12u

/* Runs with free frames: with clean ones among them, with dirty ones only, with
 * nothing but free ones. */
static struct list clean = {&clean, &clean};
static struct list dirty = {&dirty, &dirty};
static struct list idle = {&idle, &idle};
static uint64_t idle_count;
static uint64_t used;
uint64_t frames_free_now;

/* ---- Runs ------------------------------------------------------------ */

/* False: the kernel refuses. */
static bool make_frames(struct run *run)
{
    run->dirty = 0;
    return kernel_retype(run_untyped(run), seL4_ARM_SmallPageObject, 0, run_slots(run), RUN_PAGES) == 0;
}

/* Renews an idle run if it has fewer clean frames than are wanted, and so many
 * dirty ones that this is the cheaper way to zero them. */
static bool renew(struct run *run, uint32_t wanted)
{
    unsigned unclean = bits_count(run->dirty);

    if (unclean < RENEW_DIRTY || RUN_PAGES - unclean >= wanted)
        return true;
    must(kernel_revoke(run_untyped(run)), "frames: renew a run");
    return make_frames(run);
}

/* It has no frames. */
static struct run *give_run(struct run *run)
{
    frames_free_now -= RUN_PAGES;
    run_give(run);
    return NULL;
}

/* A run with all frames free, in no list; NULL: no memory. */
static struct run *whole_run(uint32_t wanted)
{
    struct run *run;

    if (!list_empty(&idle)) {
        run = CONTAINER(idle.next, struct run, list);
        list_remove(&run->list);
        idle_count--;
        return renew(run, wanted) ? run : give_run(run);
    }
    run = run_take();
    if (run == NULL)
        return NULL;
    run->state = RUN_FRAMES;
    run->free = ALL_FREE;
    frames_free_now += RUN_PAGES;
    return make_frames(run) ? run : give_run(run);
}

bool frames_reclaim(void)
{
    heap_pages_flush();
    bool any = !list_empty(&idle);

    while (!list_empty(&idle)) {
        struct run *run = CONTAINER(idle.next, struct run, list);

        frames_free_now -= RUN_PAGES;
        run_give(run);
    }
    idle_count = 0;
    return any;
}

/* ---- Zeroing --------------------------------------------------------- */

/* Zeroes the frames of a run in `mask`, which are unmapped; returns those that it has. */
static uint16_t zero(struct run *run, uint16_t mask)
{
    slot_t first = run_slots(run);
    uint16_t done = 0;

    for (uint32_t i = 0; i < RUN_PAGES; i++) {
        if ((mask >> i & 1) == 0)
            continue;
        if (kernel_map(first + i, SLOT_VSPACE, SPACE_ZERO + i * PAGE_SIZE, CM_READ | CM_WRITE, false) != 0)
            continue;
        memset((void *)(SPACE_ZERO + i * PAGE_SIZE), 0, PAGE_SIZE);
        must(kernel_unmap(first + i), "frames: unmap after zeroing");
        done |= (uint16_t)(1u << i);
    }
    run->dirty &= (uint16_t)~done;
    return done;
}

/* ---- Taking and giving ----------------------------------------------- */

/* Puts a run into the list where it belongs now; it is in none. */
static void file_run(struct run *run)
{
    if (run->free == ALL_FREE) {
        list_insert(&idle, &run->list);
        idle_count++;
    } else if ((run->free & ~run->dirty) != 0) {
        list_insert(&clean, &run->list);
    } else if (run->free != 0) {
        list_insert(&dirty, &run->list);
    }
}

static void unfile_run(struct run *run)
{
    idle_count -= run->free == ALL_FREE;
    list_remove(&run->list);
}

/* Takes frames of a run that is in no list: as many as there are, `count` at
 * most, clean ones first. */
static uint32_t take_from(struct run *run, uint32_t count, page_t *pages)
{
    page_t first = run_first_page(run);
    uint16_t mask = run->free & (uint16_t)~run->dirty;
    uint32_t taken = 0;

    /* Of a run that is in use, the dirty ones only when there is no clean one. */
    if (mask == 0 || (run->free == ALL_FREE && bits_count(mask) < count))
        mask = run->free;
    uint16_t chosen = 0;

    for (; mask != 0 && taken < count; mask &= (uint16_t)(mask - 1), taken++)
        chosen |= (uint16_t)(mask & -mask);
    if ((chosen & run->dirty) != 0)
        chosen = (uint16_t)((chosen & ~run->dirty) | zero(run, chosen & run->dirty));
    taken = 0;
    for (mask = chosen; mask != 0; mask &= (uint16_t)(mask - 1))
        pages[taken++] = first + (uint32_t)__builtin_ctz(mask);
    run->free &= (uint16_t)~chosen;
    used += taken;
    frames_free_now -= taken;
    return taken;
}

/* Whether there are whole runs at hand, without cutting another block for it, so
 * that frames which would have to be zeroed one by one can wait. */
static bool runs_at_hand(void)
{
    return idle_count != 0 || blocks_cut_runs() > RUNS_KEPT;
}

static struct run *first_of(struct list *head)
{
    return list_empty(head) ? NULL : CONTAINER(head->next, struct run, list);
}

/* The run to take the next frames from, in no list; NULL: no memory. */
static struct run *choose_run(uint32_t wanted)
{
    struct run *run = wanted < RUN_PAGES ? first_of(&clean) : NULL;

    if (run == NULL && wanted < RUN_PAGES && !runs_at_hand())
        run = first_of(&dirty);
    if (run == NULL) {
        run = whole_run(wanted);
        if (run != NULL)
            return run;
        /* Memory is short: single frames will do. */
        run = first_of(&clean) != NULL ? first_of(&clean) : first_of(&dirty);
    }
    if (run != NULL)
        unfile_run(run);
    return run;
}

/* The usual case: one frame, of a run that has clean ones. */
static page_t take_one(struct run *run)
{
    uint32_t i = (uint32_t)__builtin_ctz(run->free & ~(uint32_t)run->dirty);

    run->free &= (uint16_t) ~(1u << i);
    used++;
    frames_free_now--;
    if ((run->free & ~run->dirty) == 0) {
        list_remove(&run->list);
        file_run(run);
    }
    return run_first_page(run) + i;
}

cell_error_t frames_allocate(uint32_t count, page_t *pages)
{
    uint32_t done = 0;

    if (count == 1 && !list_empty(&clean)) {
        pages[0] = take_one(first_of(&clean));
        return CELL_OK;
    }
    while (done < count) {
        struct run *run = choose_run(count - done);

        uint32_t taken = run == NULL ? 0 : take_from(run, count - done, pages + done);

        if (run != NULL)
            file_run(run);
        if (taken == 0) {
            frames_free(done, pages);
            return CELL_NO_MEMORY;
        }
        done += taken;
    }
    return CELL_OK;
}

/* How many of `count` pages lie in the run of the first; *mask is which. */
static uint32_t same_run(uint32_t count, const page_t *pages, uint16_t *mask)
{
    page_t first = pages[0] & ~(RUN_PAGES - 1);
    uint32_t i = 0, bits = 0;

    for (; i < count && (pages[i] & ~(RUN_PAGES - 1)) == first; i++) {
        uint32_t bit = 1u << (pages[i] & (RUN_PAGES - 1));

        if ((bits & bit) != 0)
            root_bug("frame %x is freed twice at once", pages[i]);
        bits |= bit;
    }
    *mask = (uint16_t)bits;
    return i;
}

void frames_free(uint32_t count, const page_t *pages)
{
    used -= count;
    frames_free_now += count;
    while (count > 0) {
        struct run *run = run_of_page(pages[0]);
        uint16_t mask;
        uint32_t part = same_run(count, pages, &mask);

        if (run->state != RUN_FRAMES || (run->free & mask) != 0)
            root_bug("frame %x is freed twice", pages[0]);
        bool was_full = run->free == 0;

        run->free |= mask;
        run->dirty |= mask;
        /* It may be idle now; from `clean` it does not go otherwise. */
        if (was_full || run->free == ALL_FREE) {
            list_remove(&run->list);
            file_run(run);
        }
        count -= part;
        pages += part;
    }
}

uint64_t frames_used(void)
{
    return used;
}

uint64_t frames_free_count(void)
{
    return frames_free_now;
}
