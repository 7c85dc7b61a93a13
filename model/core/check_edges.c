/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule 1 of the check: edges have ends of the right kinds, and none stands twice. */
#include <stdlib.h>

#include "check_parts.h"

static enum cm_fault why_dropped(const struct cm_graph *graph, const struct cm_edge *edge)
{
    if (form_kind(graph->node_form[edge->from]) == CM_MISSING) {
        return CM_FAULT_NO_START;
    }
    if (form_kind(graph->node_form[edge->to]) == CM_MISSING) {
        return CM_FAULT_NO_END;
    }
    if (edge->edge_type == CM_REQUEST && edge->space != CM_NONE &&
        form_kind(graph->node_form[edge->from]) == CM_PD && form_kind(graph->node_form[edge->to]) == CM_PD) {
        return CM_FAULT_SPACE_MISSING;
    }
    return CM_FAULT_KINDS;
}

enum cm_status cm_check_ends(struct cm_checking *c)
{
    enum cm_status status = CM_OK;
    for (uint32_t e = 0; e < c->graph->edge_count && status == CM_OK && c->graph->dropped > 0; e++) {
        struct cm_edge edge;
        if ((c->graph->edge_form[e] & EDGE_DROPPED) != 0) {
            cm_graph_edge(c->graph, e, &edge);
            status = cm_report(c, cm_about_edge(c, why_dropped(c->graph, &edge), e));
        }
    }
    return status;
}

/* By target, type, space, and edge number, so that equal ones stand together in the order of the file. */
static int by_end(const void *one, const void *other)
{
    const struct cm_requested *a = one, *b = other;
    const uint32_t keys[4][2] = {{a->to, b->to}, {a->type, b->type}, {a->space, b->space}, {a->edge, b->edge}};
    int k = 0;
    while (k < 3 && keys[k][0] == keys[k][1]) {
        k++;
    }
    return (keys[k][0] > keys[k][1]) - (keys[k][0] < keys[k][1]);
}

static bool same_request(const struct cm_requested *one, const struct cm_requested *other)
{
    return one->to == other->to && one->type == other->type && one->space == other->space;
}

static enum cm_status check_requests_twice(struct cm_checking *c, const uint32_t *edges, uint32_t count)
{
    struct cm_graph *graph = c->graph;
    uint32_t requests = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (edge_type_of(graph->edge_form[edges[i]]) == CM_REQUEST) {
            struct cm_requested *list = cm_heap_grow(&graph->heap, c->list, sizeof *list, &c->list_capacity, requests + 1ull);
            if (list == NULL) {
                return CM_NO_MEMORY;
            }
            uint32_t place = cm_request_place(graph, edges[i]);
            c->list = list;
            list[requests++] = (struct cm_requested){graph->edge_to[edges[i]], graph->request_type[place],
                                                     graph->request_space[place], edges[i]};
        }
    }
    qsort(c->list, requests, sizeof *c->list, by_end);
    enum cm_status status = CM_OK;
    for (uint32_t i = 1; i < requests && status == CM_OK; i++) {
        if (same_request(&c->list[i - 1], &c->list[i])) {
            status = cm_report(c, cm_about_edge(c, CM_FAULT_TWICE, c->list[i].edge));
        }
    }
    return status;
}

/* The edges of each node: a mark per target says which node's edges came there last, c->bits with which types. */
enum cm_status cm_check_twice(struct cm_checking *c)
{
    struct cm_graph *graph = c->graph;
    enum cm_status status = CM_OK;
    for (cm_node n = 0; n < graph->node_count && status == CM_OK; n++) {
        uint32_t count;
        const uint32_t *edges = cm_node_out(graph, n, &count);
        if (count < 2) {
            continue;
        }
        status = cm_graph_unmark(graph);
        bool requests = false;
        for (uint32_t i = 0; i < count && status == CM_OK; i++) {
            cm_node to = graph->edge_to[edges[i]];
            enum cm_edge_type type = edge_type_of(graph->edge_form[edges[i]]);
            if (type == CM_REQUEST) {
                requests = true;
                continue;
            }
            uint8_t bits = graph->mark[to] == graph->epoch ? c->bits[to] : 0;
            if ((bits >> type & 1) != 0) {
                status = cm_report(c, cm_about_edge(c, CM_FAULT_TWICE, edges[i]));
            }
            graph->mark[to] = graph->epoch;
            c->bits[to] = (uint8_t)(bits | 1u << type);
        }
        if (requests && status == CM_OK) {
            status = check_requests_twice(c, edges, count);
        }
    }
    return status;
}
