/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest of this system: the model that was extracted inside joins the one of the process that runs it. */
#pragma once

#include "../core/graph.h"
#include "machine.h"
#include "pages.h"

/* A resource that is memory of the guest's, a run of its physical pages. */
struct lx_guest_memory {
    cm_node node; /* in the guest's graph */
    uint64_t address, bytes;
};

struct lx_guest {
    pid_t id;               /* of the process that runs it */
    struct cm_graph *graph; /* its own */
    struct lx_machine machine;
    struct lx_guest_memory *memory; /* by lx_guest_prepare() */
    size_t memory_count;
    bool read;        /* by lx_guest_read() */
    uint64_t outside; /* pages that are no RAM of the process's: devices */
    uint64_t absent;  /* pages that are not in the host's memory, at the time when it was read */
};

/* Finds the guest's memory. False: why not is in `reason`, LX_REASON bytes. */
bool lx_guest_prepare(struct lx_guest *guest, char *reason);

/* Where the process has it: adds the runs of memory i with the number owner + i. Counts outside and absent. False: no memory. */
bool lx_guest_read(struct lx_guest *guest, struct lx_runs *runs, struct lx_process *process, size_t owner);

/* Frees all but the graph. */
void lx_guest_free(struct lx_guest *guest);
