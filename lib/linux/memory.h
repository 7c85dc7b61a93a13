/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/memory.h: the program's address space: what is mapped where, as Linux would tell it. The root task has the
 * regions; this is the table that the personality asks.
 */
#pragma once

#include "lib/linux/linux.h"
#include "lib/regions/regions.h"

/* Where the program's mappings may lie. */
#define MEMORY_LOWEST UINT64_C(0x10000)
#define MEMORY_HIGHEST UINT64_C(0x3f00000000)
/* Where executables that may lie anywhere, and mappings without a wish, go. */
#define MEMORY_PROGRAM UINT64_C(0x1000000000)
#define MEMORY_PLACE UINT64_C(0x2000000000)
/* The first stack: its end, and its size, which is only addresses. */
#define STACK_END UINT64_C(0x3f40000000)
#define STACK_BYTES (UINT64_C(8) << 20)
/* Left free below what mmap places that may be a library, and how it is aligned: room for stubs. */
#define MEMORY_STUBS UINT64_C(0x10000)

/* Flags of ads.attach: map what is touched; pages may go while they are mapped; touching what is not there faults. */
#define ATTACH_TOUCHED 1u
#define ATTACH_PUNCHED 4u
#define ATTACH_PRESENT_ONLY 16u

struct description;

/* How the pages of a file are mapped. */
enum mapping_state {
    MAPPING_ABSENT, /* not in the root task's table of regions */
    MAPPING_SEEN,   /* those of the file, which cannot be written before that is noticed */
    MAPPING_OWN,    /* of a private mapping: copies; of a shared one: those of the file, which can be written at any time */
};

struct mapping {
    struct region region;
    uint8_t protection; /* PROT_… */
    bool shared;
    bool image;               /* of an image, whose pages others have, too */
    uint8_t state;            /* enum mapping_state, if there is a file */
    struct description *file; /* NULL: memory of its own */
    uint64_t offset;          /* in the file, of the byte at the start */
};

/* Makes memory at `address` that is read and written, present from the start or when it is touched; replaces nothing.
 * -ENOMEM; -EEXIST: something is there. */
int64_t memory_make(uint64_t address, uint64_t bytes, bool on_touch);

/* Makes memory of pages with these contents, rights, and zeros behind them; `prepare` (or NULL) works on them before they
 * can be executed. For a program's segments. */
typedef bool memory_prepare(void *context, uint8_t *bytes, uint64_t address, uint64_t count);
int64_t memory_load(uint64_t address, uint64_t bytes, const uint8_t *contents, uint64_t skip, uint64_t count,
                    unsigned protection, memory_prepare *prepare, void *context);

/* Gives pages that were made the rights that they are to have. */
int64_t memory_finish(uint64_t address, uint64_t bytes, unsigned protection);

/* Maps a private copy of a whole file, to be read and written, at `wish` if nothing is there; its address. memory_drop() ends it. */
int64_t memory_map_file(struct description *description, uint64_t wish, uint64_t bytes);
void memory_drop(uint64_t address, uint64_t bytes);
/* Begins the heap of the program, which brk moves. */
void memory_begin_break(uint64_t address);

/* The mapping with the lowest end above `address`; NULL: none. */
struct mapping *memory_find(uint64_t address);

/* Are all pages of a range mapped with these rights? */
bool memory_allows(uint64_t address, uint64_t bytes, unsigned protection);

/* What the process has: bytes of memory that it pays for and may pay for, of addresses that are mapped; nanoseconds it ran. */
struct memory_use {
    uint64_t used, total, mapped, time;
};
/* What programs read where there is no limit. */
#define MEMORY_UNLIMITED (UINT64_C(1) << 30)
struct memory_use memory_use(void);

/* Calls a function for each mapping, in the order of addresses. */
void memory_each(struct text *text, void (*visit)(struct text *text, const struct mapping *mapping));
/* What /proc/self/maps calls it; NULL: nothing. */
const char *memory_name(const struct mapping *mapping);

/* Maps memory in the program's address space for a call's own use. memory_drop() ends it. */
int64_t memory_scratch(uint64_t bytes, uint64_t *address);

/* May the program have a range of pages? */
bool memory_is_range(uint64_t address, uint64_t bytes);
/* The place of a mapping that wishes to be at `wish`. For a library the place is aligned as libraries may be, so that loaders find no
 * need to move it, with room for stubs below. False: there is no room. */
bool memory_find_room(uint64_t wish, uint64_t bytes, bool library, uint64_t *address);

call_function memory_brk, memory_mmap, memory_munmap, memory_mprotect, memory_mremap, memory_madvise, memory_mincore, memory_msync,
    memory_mlock, memory_mlock2, memory_mlockall;
