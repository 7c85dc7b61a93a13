/* SPDX-License-Identifier: BSD-2-Clause */
/* Differences of two models: see diff.h. Nodes are compared one by one, the edges of each node as two sorted lists. */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

struct comparing {
    struct cm_graph *old_graph, *new_graph;
    const struct cm_match *match;
    bool by_id;
    cm_difference_visit visit;
    void *context;
    struct cm_edge *old_edges, *new_edges; /* of the current node */
    uint32_t old_capacity, new_capacity;
};

/* ------------------------------------------------------------------------------------------------------------ nodes */

/* Extras that are ids, or stand for one, say nothing when ids differ. */
static bool extra_is_id(const struct cm_graph *graph, cm_node node)
{
    uint32_t type = cm_node_type(graph, node);
    return cm_node_kind(graph, node) == CM_SPACE || type == CM_TYPE_VCPU || type == CM_TYPE_PD || type == CM_TYPE_RESSPC;
}

static bool same_managers(const struct comparing *c, cm_node old_node, cm_node new_node)
{
    uint32_t old_count, new_count;
    const cm_node *old_list = cm_space_managers(c->old_graph, old_node, &old_count);
    const cm_node *new_list = cm_space_managers(c->new_graph, new_node, &new_count);
    return old_count == new_count && (old_count == 0 || c->match->in_new[old_list[0]] == new_list[0]);
}

static bool same_node(const struct comparing *c, cm_node old_node, cm_node new_node)
{
    if (strcmp(cm_node_data(c->old_graph, old_node), cm_node_data(c->new_graph, new_node)) != 0) {
        return false;
    }
    if (!c->by_id && extra_is_id(c->old_graph, old_node)) {
        return cm_node_kind(c->old_graph, old_node) != CM_SPACE || same_managers(c, old_node, new_node);
    }
    return strcmp(cm_node_extra(c->old_graph, old_node), cm_node_extra(c->new_graph, new_node)) == 0;
}

static enum cm_status compare_nodes(struct comparing *c)
{
    enum cm_status status = CM_OK;
    for (cm_node n = 0; n < cm_graph_nodes(c->old_graph) && status == CM_OK; n++) {
        cm_node other = c->match->in_new[n];
        if (cm_node_kind(c->old_graph, n) == CM_MISSING || (other != CM_NONE && same_node(c, n, other))) {
            continue;
        }
        struct cm_difference d = {.what = other == CM_NONE ? CM_GONE : CM_CHANGED, .old_node = n, .new_node = other};
        status = c->visit(c->context, &d);
    }
    for (cm_node n = 0; n < cm_graph_nodes(c->new_graph) && status == CM_OK; n++) {
        if (cm_node_kind(c->new_graph, n) != CM_MISSING && c->match->in_old[n] == CM_NONE) {
            struct cm_difference d = {.what = CM_CAME, .old_node = CM_NONE, .new_node = n};
            status = c->visit(c->context, &d);
        }
    }
    return status;
}

/* ------------------------------------------------------------------------------------------------------------ edges */

/* By what makes an edge the same: ends, type, and for a REQUEST type and space. */
static int compare_edges(const void *one, const void *other)
{
    const struct cm_edge *a = one, *b = other;
    const uint32_t left[] = {(uint32_t)a->edge_type, a->to, a->type, a->space};
    const uint32_t right[] = {(uint32_t)b->edge_type, b->to, b->type, b->space};
    for (int i = 0; i < 4; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i] ? -1 : 1;
        }
    }
    return 0;
}

/* A node's edges; `to_new` translates those of the old graph into the terms of the new one, and leaves out the rest. */
static enum cm_status take_edges(struct comparing *c, const struct cm_graph *graph, cm_node node, bool to_new,
                                 uint32_t *used)
{
    uint32_t count;
    const uint32_t *list = cm_node_out(graph, node, &count);
    struct cm_edge **edges = to_new ? &c->old_edges : &c->new_edges;
    uint32_t *capacity = to_new ? &c->old_capacity : &c->new_capacity;
    if (count > *capacity) {
        struct cm_edge *more = realloc(*edges, count * sizeof *more);
        if (more == NULL) {
            return CM_NO_MEMORY;
        }
        *edges = more;
        *capacity = count;
    }
    *used = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct cm_edge edge;
        cm_graph_edge(graph, list[i], &edge);
        const cm_node *other = to_new ? c->match->in_new : c->match->in_old;
        if (other[edge.to] == CM_NONE || (edge.space != CM_NONE && other[edge.space] == CM_NONE)) {
            continue;
        }
        if (to_new) {
            edge.to = c->match->in_new[edge.to];
            edge.from = c->match->in_new[edge.from];
            edge.space = edge.space == CM_NONE ? CM_NONE : c->match->in_new[edge.space];
            edge.type = edge.type == CM_NONE
                            ? CM_NONE
                            : cm_type_find(c->new_graph, cm_text_of(cm_type_name(c->old_graph, edge.type)));
        }
        (*edges)[(*used)++] = edge;
    }
    if (*used > 0) {
        qsort(*edges, *used, sizeof **edges, compare_edges);
    }
    return CM_OK;
}

static enum cm_status compare_edge_lists(struct comparing *c, uint32_t old_count, uint32_t new_count)
{
    uint32_t i = 0, k = 0;
    enum cm_status status = CM_OK;
    while ((i < old_count || k < new_count) && status == CM_OK) {
        int order = i == old_count ? 1 : k == new_count ? -1 : compare_edges(&c->old_edges[i], &c->new_edges[k]);
        struct cm_difference d = {.is_edge = true, .old_node = CM_NONE, .new_node = CM_NONE};
        if (order <= 0) {
            d.old_edge = c->old_edges[i++];
        }
        if (order >= 0) {
            d.new_edge = c->new_edges[k++];
        }
        if (order != 0 || d.old_edge.rights != d.new_edge.rights) {
            d.what = order < 0 ? CM_GONE : order > 0 ? CM_CAME : CM_CHANGED;
            status = c->visit(c->context, &d);
        }
    }
    return status;
}

enum cm_status cm_diff(struct cm_graph *old_graph, struct cm_graph *new_graph, const struct cm_match *match, bool by_id,
                       cm_difference_visit visit, void *context)
{
    struct comparing c = {old_graph, new_graph, match, by_id, visit, context, NULL, NULL, 0, 0};
    enum cm_status status = compare_nodes(&c);
    for (cm_node n = 0; n < cm_graph_nodes(old_graph) && status == CM_OK; n++) {
        uint32_t old_count, new_count;
        if (match->in_new[n] == CM_NONE) {
            continue;
        }
        status = take_edges(&c, old_graph, n, true, &old_count);
        if (status == CM_OK) {
            status = take_edges(&c, new_graph, match->in_new[n], false, &new_count);
        }
        if (status == CM_OK) {
            status = compare_edge_lists(&c, old_count, new_count);
        }
    }
    free(c.old_edges);
    free(c.new_edges);
    return status;
}
