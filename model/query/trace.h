/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a PD reaches, as RSI counts it (a HOLD, then MAP edges), and along which edges: the shortest, written HOLDs before
 * those that follow.
 */
#pragma once

#include "steps.h"

/* A resource that is reached, and the step that led there first. */
struct cm_traced {
    struct cm_step step;
    uint32_t edges; /* on the path */
};

struct cm_trace {
    struct cm_traced *items; /* in the order of the walk */
    uint32_t count, capacity;
    uint32_t *place; /* per node: place among the items, or CM_NONE */
};

/*
 * Traces what `pd` reaches on paths of at most `depth` edges (0: any). `writable`: only along what lets it write: a HOLD with
 * w of an MO, or of a VMR and then MAP edges of VMRs and GMOs, each with w; so the MOs among the items are those that the PD
 * can write. Uses the C library's malloc. Freed with cm_trace_free(). Errors: CM_NO_MEMORY.
 */
enum cm_status cm_trace(struct cm_graph *graph, cm_node pd, uint32_t depth, bool writable, struct cm_trace *trace);
void cm_trace_free(struct cm_trace *trace);

/* The steps to a resource that was reached, in order, in place of what `steps` held. */
enum cm_status cm_trace_path(const struct cm_trace *trace, cm_node node, struct cm_steps *steps);
