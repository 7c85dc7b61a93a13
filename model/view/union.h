/* SPDX-License-Identifier: BSD-2-Clause */
/* Two states of a system in one graph: what has the same id (nodes), or the same ends and type (edges), is one. */
#pragma once

#include "../core/graph.h"

/* Where a node or edge stands. */
enum view_state { view_in_old = 1, view_in_new = 2, view_in_both = 3 };

struct view_union {
    struct cm_graph *graph;
    unsigned char *node_states; /* enum view_state, per node and edge */
    unsigned char *edge_states;
};

/* Makes the union of two finished graphs. Errors: CM_NO_MEMORY and the graph's limits. */
enum cm_status view_union_make(const struct cm_graph *old_graph, const struct cm_graph *new_graph,
                               struct view_union *both);
void view_union_free(struct view_union *both);
