/* SPDX-License-Identifier: BSD-2-Clause */
/* What differs between two models, given which node is which (match.h). */
#pragma once

#include "match.h"

/* One difference. A node that is gone is of the old graph; edges are all in terms of the new one. */
struct cm_difference {
    enum { CM_GONE, CM_CAME, CM_CHANGED } what;
    bool is_edge;
    cm_node old_node, new_node;        /* a node */
    struct cm_edge old_edge, new_edge; /* an edge that is gone, that came; both: its rights changed */
};

typedef enum cm_status (*cm_difference_visit)(void *context, const struct cm_difference *difference);

/*
 * Calls `visit` for each difference: nodes first, then edges between nodes that both models have; those of nodes that came
 * or are gone, or that name such a space, came or went with them. `by_id`: extras are compared as text; otherwise those
 * that are ids are compared as nodes. Errors: CM_NO_MEMORY, and what `visit` returns.
 */
enum cm_status cm_diff(struct cm_graph *old_graph, struct cm_graph *new_graph, const struct cm_match *match, bool by_id,
                       cm_difference_visit visit, void *context);
