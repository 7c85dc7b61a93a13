/* SPDX-License-Identifier: BSD-2-Clause */
/* How one node can reach or influence another: paths of steps (steps.h). */
#pragma once

#include "steps.h"

/* Nobody reads more paths than that; the search stops and says so. */
#define CM_MAX_PATHS 1000

struct cm_path_options {
    unsigned types;         /* kinds of steps as bits, CM_STEPS_USUAL by default */
    bool forward;           /* never against an edge */
    bool writable;          /* only steps along which something can be changed (steps.h) */
    uint32_t all_hops;      /* 0: one shortest path; else all paths of at most this many steps */
    const cm_node *exclude; /* nodes that no path passes (the two ends excepted) */
    uint32_t exclude_count;
};

/* Gets each path, by its steps in order. A status other than CM_OK ends the search. */
typedef enum cm_status (*cm_path_visit)(void *context, const struct cm_step *steps, uint32_t count);

/*
 * Finds paths from `a` to `b` that pass no node twice; from a node to itself there is none. *complete: false if the
 * search stopped at CM_MAX_PATHS. Errors: CM_NO_MEMORY; CM_TOO_LONG after CM_MOST_STEPS steps were listed or tried, when
 * paths may have been visited already.
 */
enum cm_status cm_paths(struct cm_graph *graph, cm_node a, cm_node b, const struct cm_path_options *options,
                        cm_path_visit visit, void *context, bool *complete);
