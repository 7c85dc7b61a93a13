/* SPDX-License-Identifier: BSD-2-Clause */
/* The things that a PD reaches, and how: see trace.h. */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

struct tracing {
    struct cm_graph *graph;
    struct cm_trace *trace;
    cm_node pd;
    bool writable;
};

static enum cm_status take(struct tracing *t, struct cm_step step, uint32_t edges)
{
    struct cm_trace *trace = t->trace;
    if (cm_node_kind(t->graph, step.to) != CM_RESOURCE || trace->place[step.to] != CM_NONE) {
        return CM_OK;
    }
    if (trace->count == trace->capacity) {
        uint32_t capacity = trace->capacity * 2 + 64;
        struct cm_traced *items = realloc(trace->items, capacity * sizeof *items);
        if (items == NULL) {
            return CM_NO_MEMORY;
        }
        trace->items = items;
        trace->capacity = capacity;
    }
    trace->place[step.to] = trace->count;
    trace->items[trace->count++] = (struct cm_traced){step, edges};
    return CM_OK;
}

static enum cm_status take_hold(void *context, cm_node target, unsigned rights, bool derived)
{
    struct tracing *t = context;
    uint32_t type = cm_node_type(t->graph, target);
    if (t->writable && ((rights & CM_WRITE) == 0 || (type != CM_TYPE_MO && type != CM_TYPE_VMR))) {
        return CM_OK;
    }
    return take(t, (struct cm_step){t->pd, target, CM_HOLD, true, derived, rights, CM_NONE}, 1);
}

static enum cm_status take_maps(struct tracing *t, uint32_t place)
{
    cm_node from = t->trace->items[place].step.to;
    uint32_t count, edges = t->trace->items[place].edges + 1;
    const uint32_t *list = cm_node_out(t->graph, from, &count);
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        struct cm_edge edge;
        cm_graph_edge(t->graph, list[i], &edge);
        if (edge.edge_type == CM_MAP && (!t->writable || (cm_map_rights(t->graph, list[i]) & CM_WRITE) != 0)) {
            status = take(t, (struct cm_step){from, edge.to, CM_MAP, true, false, edge.rights, CM_NONE}, edges);
        }
    }
    return status;
}

enum cm_status cm_trace(struct cm_graph *graph, cm_node pd, uint32_t depth, bool writable, struct cm_trace *trace)
{
    *trace = (struct cm_trace){0};
    size_t bytes = (size_t)cm_graph_nodes(graph) * sizeof *trace->place;
    trace->place = malloc(bytes);
    if (trace->place == NULL) {
        return CM_NO_MEMORY;
    }
    memset(trace->place, 0xff, bytes);
    struct tracing t = {graph, trace, pd, writable};
    enum cm_status status = cm_pd_holds(graph, pd, true, true, take_hold, &t);
    for (uint32_t i = 0; i < trace->count && status == CM_OK; i++) {
        if (depth == 0 || trace->items[i].edges < depth) {
            status = take_maps(&t, i);
        }
    }
    if (status != CM_OK) {
        cm_trace_free(trace);
    }
    return status;
}

void cm_trace_free(struct cm_trace *trace)
{
    free(trace->items);
    free(trace->place);
    *trace = (struct cm_trace){0};
}

enum cm_status cm_trace_path(const struct cm_trace *trace, cm_node node, struct cm_steps *steps)
{
    uint32_t edges = trace->items[trace->place[node]].edges;
    if (steps->capacity < edges) {
        struct cm_step *items = realloc(steps->items, edges * sizeof *items);
        if (items == NULL) {
            return CM_NO_MEMORY;
        }
        steps->items = items;
        steps->capacity = edges;
    }
    steps->count = edges;
    for (uint32_t i = edges; i-- > 0;) {
        steps->items[i] = trace->items[trace->place[node]].step;
        node = steps->items[i].from;
    }
    return CM_OK;
}
