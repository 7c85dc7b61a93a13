/* SPDX-License-Identifier: BSD-2-Clause */
/* Which pages lie behind the mappings of processes, and how the memory objects of the model are cut from them.
 *
 * A page has a home: a physical frame, or, where frames may not be read, a page of a file, of the kernel's own (vDSO, zero
 * page), or of one process's private memory. A run is consecutive pages of one home behind consecutive pages of one
 * mapping, with the same rights: a private mapping's write makes a copy of a page that is not its own yet, so it has no w
 * toward it. Runs of several mappings overlap; cutting them at each other's ends gives pieces that never do, and every run
 * is a whole number of pieces. */
#pragma once

#include "process.h"

enum lx_home {
    LX_FRAME,        /* a, b unused; pages counted from physical address 0 */
    LX_FILE_PAGE,    /* a: device, b: inode; from the file's beginning */
    LX_KERNEL_PAGE,  /* a: enum lx_kernel_page, b: for clocks the time namespace, which has its own; from its beginning */
    LX_PRIVATE_PAGE, /* a: process, b unused; from virtual address 0 */
};

/* Pages of the kernel's own that it maps into every process. Programs of 32 bits have others. */
enum lx_kernel_page { LX_ZERO, LX_VDSO, LX_VVAR, LX_VVAR_CLOCK, LX_VDSO_32, LX_VVAR_32, LX_VVAR_CLOCK_32, LX_VECTORS };

/* Counted in pages of the machine's size. */
struct lx_run {
    enum lx_home home;
    uint64_t a, b;
    uint64_t first, count;
    unsigned rights;     /* enum cm_right: what an access reaches these very pages by */
    uint64_t index;      /* the page of the mapping that it begins at */
    size_t owner;        /* the caller's number of the mapping */
    size_t piece;        /* after lx_cut: its first piece … */
    size_t piece_count;  /* … and how many */
};

/* A piece between two cuts; after lx_merge() the first of several that are one memory object represents all. */
struct lx_piece {
    enum lx_home home;
    uint64_t a, b;
    uint64_t first, count; /* of one that represents others elsewhere: 0, and the pages of all */
    size_t whole;          /* the number of the piece that represents it; possibly its own */
    uint64_t users;        /* after lx_merge(): a hash of the owners of its runs, and their rights; else 0 */
};

struct lx_runs {
    struct lx_run *runs;
    size_t count;
    struct lx_piece *pieces;
    size_t piece_count;
    bool no_frames; /* set by the caller, or when it is found that they are hidden */
    bool hidden;    /* there was a page whose frame is not known */
    uint64_t present;  /* pages in memory that were met so far */
    uint64_t *entries; /* buffers for reading */
    void *ranges;
};

/* 12 on most machines. */
unsigned lx_page_bits(void);

/* Adds the runs of all mappings of `process`; mapping i has the number owner + i. Sets process->swapped and
 * process->pages_denied. False: no memory. */
bool lx_runs_add(struct lx_runs *runs, struct lx_process *process, size_t owner);

/* A part of a process's memory, in bytes, that stands behind something else: the memory of a guest. */
struct lx_part {
    uint64_t start, end;
    size_t owner; /* the number of what it stands behind */
};

/* Adds the runs of parts, whatever they are mapped by. False: no memory. */
bool lx_runs_add_parts(struct lx_runs *runs, struct lx_process *process, const struct lx_part *parts, size_t count);

/* Adds a run of `count` pages, or lengthens the last one if it goes on in both places. False: no memory. */
bool lx_run_add(struct lx_runs *runs, const struct lx_run *run);

/* Cuts all runs into pieces, and sorts them by home and place. False: no memory. */
bool lx_cut(struct lx_runs *runs);

/* Makes one memory object of all frames that the same owners reach with the same rights, wherever they lie. owners[i] says what
 * owner i is: a hash. False: no memory. */
bool lx_merge(struct lx_runs *runs, const uint64_t *owners);

void lx_runs_free(struct lx_runs *runs);
