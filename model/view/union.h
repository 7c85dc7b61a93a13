/* SPDX-License-Identifier: BSD-2-Clause */
/* Two states of a system in one graph: what has the same id (nodes), or the same ends and type (edges), is one. */
#ifndef CELLULOS_MODEL_VIEW_UNION_H
#define CELLULOS_MODEL_VIEW_UNION_H

#include "../graph.h"

struct view_union {
    struct cm_graph *graph;
    unsigned char *node_states; /* bit 0: in the old one, bit 1: in the new one */
    unsigned char *edge_states;
};

/* Makes the union of two finished graphs. Errors: CM_NO_MEMORY and the graph's limits. */
enum cm_status view_union_make(const struct cm_graph *old_graph, const struct cm_graph *new_graph,
                               struct view_union *both);
void view_union_free(struct view_union *both);

#endif
