/* SPDX-License-Identifier: BSD-2-Clause */
/* From Linux processes to a model graph (docs/model-linux.md): a PD per process (or per thread), one for the kernel; memory,
 * authority, channels, structure. */
#pragma once

#include "../core/graph.h"
#include "guest.h"
#include "process.h"

struct lx_options {
    bool threads;   /* a PD per thread */
    bool no_frames; /* as if page frames could not be read */
    bool filters;   /* seccomp filters, too, for which their tasks are stopped for a moment */
    bool merge;     /* one MO for all pages that the same mappings reach with the same rights, wherever they lie */
    struct lx_guest *guests; /* prepared; each counts the pages that were not found */
    size_t guest_count;
};

/* A process that is not in the graph, or not all of it, and why. */
struct lx_remark {
    pid_t id;
    enum lx_status status;  /* LX_OK: it is there, with what follows; LX_DENIED: it is, without its memory */
    bool changed;           /* it changed while it was read, each time of LX_TRIES */
    bool files_denied;      /* its open files could not be listed */
    bool namespaces_denied; /* nor its namespaces */
    bool filters_denied;    /* nor its seccomp filters, where they were asked for */
    bool pages_denied;      /* nor its page map: its mappings count whole */
    uint64_t swapped;       /* pages in swap, which are not in the graph */
    uint64_t private;       /* pages that are named by the process as their frames are hidden … */
    uint64_t unseen;        /* … and how many of them it shares with processes that are not known */
};

struct lx_report {
    struct lx_remark *remarks; /* freed with free() */
    size_t count;
    bool sockets_hidden;       /* sockets of some network namespace could not be read: they have no peers */
    bool frames_hidden;        /* page frames could not be read: pages are named by file or process */
};

/* How often one that changes while it is read is read. */
enum { LX_TRIES = 3 };

/* Reads the processes `ids` and makes a finished graph. Errors: CM_NO_MEMORY and the graph's limits. */
enum cm_status lx_extract(const pid_t *ids, size_t count, const struct lx_options *options, struct cm_graph **graph,
                          struct lx_report *report);
