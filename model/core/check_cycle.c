/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP has no cycle. Nodes onto which nothing (left) maps are taken away until none is left or a cycle is. The edge to
 * report is the first of the file that closes a cycle with those before it; halving finds it.
 */
#include <string.h>

#include "check_parts.h"

static bool is_map(const struct cm_graph *graph, uint32_t edge)
{
    uint8_t form = graph->edge_form[edge];
    return edge_type_of(form) == CM_MAP && (form & EDGE_DROPPED) == 0;
}

/* Whether the MAP edges numbered below `end` have a cycle. `degree` has room for all nodes, as has `queue`. */
static bool has_cycle(const struct cm_graph *graph, uint32_t end, uint32_t *degree, uint32_t *queue)
{
    memset(degree, 0, graph->node_count * sizeof *degree);
    uint32_t left = 0;
    for (uint32_t e = 0; e < end; e++) {
        if (is_map(graph, e)) {
            degree[graph->edge_to[e]]++;
            left++;
        }
    }
    uint32_t used = 0;
    for (cm_node n = 0; n < graph->node_count; n++) {
        if (degree[n] == 0) {
            queue[used++] = n;
        }
    }
    for (uint32_t i = 0; i < used; i++) {
        uint32_t count;
        const uint32_t *edges = cm_node_out(graph, queue[i], &count);
        for (uint32_t k = 0; k < count && edges[k] < end; k++) {
            if (is_map(graph, edges[k])) {
                left--;
                if (--degree[graph->edge_to[edges[k]]] == 0) {
                    queue[used++] = graph->edge_to[edges[k]];
                }
            }
        }
    }
    return left > 0;
}

enum cm_status cm_check_cycles(struct cm_checking *c)
{
    struct cm_graph *graph = c->graph;
    size_t nodes = (size_t)graph->node_count + 1;
    uint32_t *degree = cm_heap_make(&graph->heap, sizeof *degree, nodes);
    uint32_t *queue = cm_heap_make(&graph->heap, sizeof *queue, nodes);
    enum cm_status status = degree == NULL || queue == NULL ? CM_NO_MEMORY : CM_OK;
    if (status == CM_OK && has_cycle(graph, graph->edge_count, degree, queue)) {
        uint32_t without = 0, with = graph->edge_count; /* numbers of edges */
        while (with - without > 1) {
            uint32_t middle = without + (with - without) / 2;
            if (has_cycle(graph, middle, degree, queue)) {
                with = middle;
            } else {
                without = middle;
            }
        }
        status = cm_report(c, cm_about_edge(c, CM_FAULT_CYCLE, with - 1));
    }
    cm_heap_free(&graph->heap, degree);
    cm_heap_free(&graph->heap, queue);
    return status;
}
