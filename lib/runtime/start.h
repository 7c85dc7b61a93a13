/* SPDX-License-Identifier: BSD-2-Clause */
/* The start block: what a new PD knows when it begins.
 *
 * The root task writes it into the PD's own shared data page (kind OSM_DATA), a thread's on top of its stack, and
 * starts the PD at `_start` with
 *   x0  address of the start block
 *   x1  address of a function, int (*)(void *), or 0 for `main`
 *   x2  its argument
 *   sp  end of the stack, below the start block if that is there (16-byte aligned)
 * Every PD enters there, whatever it is, and leaves through runtime_hooks.exit. The stack also takes the thread-local
 * block; the planner makes room for it. Offsets count from the block's beginning.
 */
#pragma once

#include <stdint.h>

#define START_MAGIC 0x54524154u /* "TART" */
#define START_VERSION 3u

/* It runs with the data of another PD, as a thread does: that one runs constructors and destructors. */
#define START_SHARES_DATA (UINT64_C(1) << 0)
/* It is called (runtime_hooks.leave), each time with data as the last call has left it. */
#define START_CALLED (UINT64_C(1) << 1)

/* A request edge that the PD was given: it may ask the holder of `slot` for resources of `type`. */
struct start_rde {
    char type[16];  /* ends in NUL */
    uint64_t space; /* id of the space, 0 if of any */
    uint64_t slot;  /* cptr in the PD's CSpace */
};

struct start_block {
    uint32_t magic, version;
    uint64_t bytes;        /* size of the block with all that follows it */
    uint64_t ipc_buffer;   /* address, 1 KiB aligned */
    uint64_t heap_start;   /* address; 0: it has no heap of its own */
    uint64_t heap_pages;   /* of 4 KiB, that are committed; further ones by runtime_hooks.commit */
    uint64_t stack_low;    /* lowest address of the stack */
    uint64_t stack_pages;
    uint64_t pd_id;
    uint32_t argc;
    uint32_t argv; /* offset of argc strings, one after the other, each ended by NUL */
    uint32_t envc;
    uint32_t env;          /* the same for the environment, NAME=value */
    uint32_t rde_count;
    uint32_t rde;          /* offset of an array of struct start_rde, 8-byte aligned */
    uint64_t stack_end;    /* where the stack pointer began */
    uint64_t flags;         /* START_… */
};

_Static_assert(sizeof(struct start_block) == 104, "start block");
