/* SPDX-License-Identifier: BSD-2-Clause */
/* Steps through a model: see steps.h. */
#include "steps.h"

#include <stdlib.h>

struct collecting {
    const struct cm_graph *graph;
    struct cm_steps *steps;
    cm_node node;
};

static enum cm_status append(struct cm_steps *steps, struct cm_step step)
{
    if (steps->count == steps->capacity) {
        uint32_t capacity = steps->capacity * 2 + 64;
        struct cm_step *items = realloc(steps->items, capacity * sizeof *items);
        if (items == NULL) {
            return CM_NO_MEMORY;
        }
        steps->items = items;
        steps->capacity = capacity;
    }
    steps->items[steps->count++] = step;
    return CM_OK;
}

void cm_steps_free(struct cm_steps *steps)
{
    free(steps->items);
    *steps = (struct cm_steps){0};
}

static enum cm_status add_hold(void *context, cm_node target, unsigned rights, bool derived)
{
    struct collecting *c = context;
    return append(c->steps, (struct cm_step){c->node, target, CM_HOLD, true, derived, rights, CM_NONE});
}

static enum cm_status add_holder(void *context, cm_node pd, unsigned rights, bool derived)
{
    struct collecting *c = context;
    return append(c->steps, (struct cm_step){c->node, pd, CM_HOLD, false, derived, rights, CM_NONE});
}

/* The edges of a node in one direction, but for HOLD, which has functions of its own. */
static enum cm_status add_edges(struct collecting *c, const uint32_t *edges, uint32_t count, unsigned types,
                                bool forward)
{
    enum cm_status status = edges == NULL ? CM_NO_MEMORY : CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        struct cm_edge edge;
        cm_graph_edge(c->graph, edges[i], &edge);
        bool spaces = edge.edge_type == CM_MAP && cm_node_kind(c->graph, edge.from) == CM_SPACE;
        if (edge.edge_type == CM_HOLD || spaces || (types & CM_STEP_BIT(edge.edge_type)) == 0) {
            continue;
        }
        cm_node to = forward ? edge.to : edge.from;
        status = append(c->steps, (struct cm_step){c->node, to, edge.edge_type, forward, false, edge.rights, edge.type});
    }
    return status;
}

enum cm_status cm_steps_from(struct cm_graph *graph, cm_node node, unsigned out, unsigned in, struct cm_steps *steps)
{
    struct collecting c = {graph, steps, node};
    enum cm_kind kind = cm_node_kind(graph, node);
    enum cm_status status = CM_OK;
    uint32_t count = 0;
    if (kind == CM_PD && (out & CM_STEP_BIT(CM_HOLD)) != 0) {
        status = cm_pd_holds(graph, node, true, true, add_hold, &c);
    }
    if (status == CM_OK && out != 0) {
        const uint32_t *edges = cm_node_out(graph, node, &count);
        status = add_edges(&c, edges, count, out, true);
    }
    if (status == CM_OK && kind != CM_PD && (in & CM_STEP_BIT(CM_HOLD)) != 0) {
        status = cm_node_holders(graph, node, add_holder, &c);
    }
    if (status == CM_OK && in != 0) {
        const uint32_t *edges = cm_node_in(graph, node, &count);
        status = add_edges(&c, edges, count, in, false);
    }
    return status;
}
