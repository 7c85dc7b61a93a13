/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/boot.h: from the hand-over of the loader to the first thread.
 */
#pragma once

#include "nucleus/thread.h"

/* What the loader passes, in x0 to x5; all physical but the entry. */
struct hand_over {
    uint64_t root_start;
    uint64_t root_end;
    uint64_t root_offset; /* physical minus virtual address of the root task's image */
    uint64_t root_entry;
    uint64_t tree; /* device tree; 0: none */
    uint64_t tree_size;
};

/* Physical addresses, from `start` to `end` - 1. */
struct region {
    uint64_t start;
    uint64_t end;
};

/* Called by head.S. Returns the initial thread. */
struct thread *boot_main(uint64_t root_start, uint64_t root_end, uint64_t root_offset, uint64_t root_entry,
                         uint64_t tree, uint64_t tree_size);

/* ---- boot_memory.c: memory while booting ---- */

/* User level's RAM is what is free between the image's start and `end`. The regions in use, in the
 * order of addresses, do not overlap. */
void boot_memory_init(const struct region *used, unsigned count, uint64_t end);

/* Sets aside memory for all objects of the initial thread, aligned to 2^bits, near the top. */
void boot_reserve(uint64_t size, unsigned bits);

/* 2^bits bytes of that, zeroed. The objects come in an order in which each is aligned to its size. */
void *boot_allocate(unsigned bits);

/* All memory that is left, in pieces fit for untyped capabilities, the devices first. Calls `each`
 * for every piece. */
void boot_memory_each(void (*each)(uint64_t physical, unsigned bits, bool device));

/* ---- boot_thread.c: the initial thread's objects and bootinfo ---- */

struct thread *boot_thread(const struct hand_over *hand_over);

/* ---- cpu.c: settings of the processor ---- */

void cpu_boot(void);
