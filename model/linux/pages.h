/* SPDX-License-Identifier: BSD-2-Clause */
/* Which pages lie behind the mappings of processes, and how the memory objects of the model are cut from them.
 *
 * A page has a home: a physical frame, or, where frames may not be read, a page of a file or of one process's private
 * memory. A run is consecutive pages of one home behind consecutive pages of one mapping. Runs of several mappings
 * overlap; cutting them at each other's ends gives pieces that never do, and every run is a whole number of pieces. */
#ifndef CELLULOS_MODEL_LINUX_PAGES_H
#define CELLULOS_MODEL_LINUX_PAGES_H

#include "process.h"

enum lx_home { LX_FRAME, LX_FILE_PAGE, LX_PRIVATE_PAGE };

/* `a`, `b` tell homes of one kind apart: device and inode, or process and start of its mapping. Pages are counted in
 * 4 KiB from the home's beginning. */
struct lx_run {
    enum lx_home home;
    uint64_t a, b;
    uint64_t first, count;
    size_t owner;        /* the caller's number of the mapping */
    size_t piece;        /* after lx_cut: its first piece … */
    size_t piece_count;  /* … and how many */
};

/* A piece between two cuts. */
struct lx_piece {
    enum lx_home home;
    uint64_t a, b;
    uint64_t first, count;
};

struct lx_runs {
    struct lx_run *runs;
    size_t count;
    struct lx_piece *pieces;
    size_t piece_count;
    bool frames;  /* page frames could be read of at least one mapping */
    bool hidden;  /* page frames were hidden at least once */
};

/* Adds the runs of a mapping of `process`, reading its page map in bulk (Linux documentation, "pagemap"). False: no
 * memory. What can't be read at all adds nothing. */
bool lx_runs_add(struct lx_runs *runs, const struct lx_process *process, const struct lx_mapping *mapping,
                 size_t owner);

/* Cuts all runs into pieces. False: no memory. */
bool lx_cut(struct lx_runs *runs);

void lx_runs_free(struct lx_runs *runs);

#endif
