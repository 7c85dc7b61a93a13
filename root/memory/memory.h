/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/memory.h: the machine's RAM, as frames and kernel objects.
 *
 *   block  2 MiB    an untyped; cut into runs when needed
 *   run    64 KiB   16 frames, or objects of 4 to 64 KiB, or pages of small ones
 *   slab   4 KiB    objects below 4 KiB, all of one size
 *
 * Every kernel object lies in an untyped of exactly its size and is freed by
 * revoking that, which removes all capabilities derived from it, wherever they
 * are; the kernel zeroes the memory when it is used again. Frames are made 16 at
 * a time and are kept and zeroed here when they come back singly.
 *
 * The slots of runs, pages and objects follow from the physical address, so
 * nothing here searches.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "root/base/errors.h"
#include "root/base/kernel.h"

#define PAGE_BITS 12
#define PAGE_SIZE 4096u
#define RUN_PAGES 16u

/* A physical page by number (address >> 12). 0: none. */
typedef uint32_t page_t;

/* ---- Frames ---------------------------------------------------------- */

/*
 * Takes `count` frames of zeroed memory, unmapped, and writes their numbers to
 * `pages`; whole runs where `count` allows. All or none. CELL_NO_MEMORY.
 */
cell_error_t frames_allocate(uint32_t count, page_t *pages);

/* Returns frames. None of them is mapped by its own capability, and copies of
 * it are gone. */
void frames_free(uint32_t count, const page_t *pages);

/*
 * The capability of a frame of RAM, of the boot archive or of a device. A run has
 * 32 slots, its 16 frames in the first of them (blocks.h), so this is
 * base + run * 32 + page % 16.
 */
extern slot_t frame_slot_base;
static inline slot_t frame_slot(page_t page)
{
    return frame_slot_base + page + (page & ~(RUN_PAGES - 1));
}

/* ---- Other kernel objects -------------------------------------------- */

/* A kernel object: its capability and its place. slot 0: none. */
struct kernel_object {
    slot_t slot;
    uint16_t size_bits;
    uint16_t offset; /* from the page's start, in units of 16 bytes */
    page_t page;
};

/*
 * Makes a kernel object of `type` (seL4_TCBObject …; not frames). `size_bits`
 * is log2 of its size in bytes, 4 to 16. CELL_NO_MEMORY.
 */
cell_error_t object_allocate(unsigned type, unsigned size_bits, struct kernel_object *object);

/* Makes a CNode of 2^bits slots, bits 1 to 11. */
cell_error_t cnode_allocate(unsigned bits, struct kernel_object *object);

/* Destroys the object and all capabilities to it; `object` becomes none. None
 * is allowed. */
void object_free(struct kernel_object *object);

static inline struct cnode object_cnode(const struct kernel_object *object)
{
    return (struct cnode){object->slot, (uint8_t)(object->size_bits - 5)};
}

/* ---- Slots for further capabilities (copies of frames, reply capabilities) */

/* One empty slot of the root task's CSpace; 0: no memory. */
slot_t slot_allocate(void);
/* Gives an empty slot back. */
void slot_free(slot_t slot);

/* ---- Figures --------------------------------------------------------- */

struct memory_figures {
    uint64_t total_pages;   /* RAM that user level has */
    uint64_t free_pages;    /* not used for anything, whether cut or not */
    uint64_t frames;        /* frames in use */
    uint64_t objects;       /* other kernel objects in use */
    uint64_t object_bytes;
    uint64_t slots;         /* slots handed out by slot_allocate() */
    uint64_t leaves;        /* CNodes of the root task's own CSpace */
    uint64_t heap_pages;    /* of `frames`: the root task's heap */
};

void memory_figures(struct memory_figures *figures);

/* PDs get nothing when no more pages than this are left (memory_is_short() of counts.h), so
 * that the root task itself can go on (tell, clean up, free). */
#define MEMORY_RESERVE 1024u

/* Checks the counts against each other; false: a bug, which `say` gets in words.
 * Takes time; for tests. */
bool memory_check(void (*say)(const char *format, ...));
