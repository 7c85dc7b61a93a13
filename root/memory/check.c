/* SPDX-License-Identifier: BSD-2-Clause */
/* root/memory/check.c: memory_check() of memory.h: adds up all runs and compares with the parts' counts. */
#include "root/base/bits.h"
#include "root/memory/blocks.h"
#include "root/memory/counts.h"

struct sums {
    uint64_t free_runs, frames_free, frames_used, object_pages_free;
};

static void add_run(struct sums *sums, const struct run *run)
{
    uint64_t free = bits_count(run->free);

    if (run->state == RUN_FREE) {
        sums->free_runs++;
    } else if (run->state == RUN_FRAMES) {
        sums->frames_free += free;
        sums->frames_used += RUN_PAGES - free;
    } else if (run->state == RUN_OBJECTS) {
        sums->object_pages_free += free << run->order;
    }
}

static void (*complain)(const char *format, ...);

static bool same(const char *what, uint64_t counted, uint64_t booked)
{
    if (counted != booked)
        complain("memory: %s: counted %lu, booked %lu", what, counted, booked);
    return counted == booked;
}

bool memory_check(void (*say)(const char *format, ...))
{
    struct sums sums = {0};

    complain = say;
    for (uint32_t i = 0; i < blocks_limit(); i++) {
        const struct block *block = blocks_at(i);

        for (unsigned j = 0; block != NULL && !block->foreign && j < BLOCK_RUNS; j++)
            add_run(&sums, &block->runs[j]);
    }
    bool right = same("free runs", sums.free_runs, blocks_cut_runs());

    right &= same("free frames", sums.frames_free, frames_free_count());
    right &= same("frames in use", sums.frames_used, frames_used());
    right &= same("free pages of objects", sums.object_pages_free, objects_free_pages());
    return right;
}
