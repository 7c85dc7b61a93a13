/* SPDX-License-Identifier: BSD-2-Clause */
#include "union.h"

#include <stdlib.h>
#include <string.h>

/* An edge by what makes it itself, in the union's node numbers. */
struct key {
    struct cm_edge edge;
    uint32_t number;
};

static int by_key(const void *left, const void *right)
{
    const struct cm_edge *a = &((const struct key *)left)->edge;
    const struct cm_edge *b = &((const struct key *)right)->edge;
    const uint32_t fields[][2] = {{a->edge_type, b->edge_type}, {a->from, b->from}, {a->to, b->to},
                                  {a->rights, b->rights},       {a->type, b->type}, {a->space, b->space}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (fields[i][0] != fields[i][1]) {
            return fields[i][0] < fields[i][1] ? -1 : 1;
        }
    }
    return 0;
}

static enum cm_status add_node(struct cm_graph *to, const struct cm_graph *from, cm_node node)
{
    struct cm_text id = cm_text_of(cm_node_id(from, node));
    struct cm_text data = cm_text_of(cm_node_data(from, node));
    struct cm_text extra = cm_text_of(cm_node_extra(from, node));
    cm_node made;
    switch (cm_node_kind(from, node)) {
    case CM_PD:
        return cm_graph_add_pd(to, id, data, extra, &made);
    case CM_SPACE:
        return cm_graph_add_space(to, id, data, extra, &made);
    case CM_RESOURCE:
        return cm_graph_add_resource(to, id, data, extra, &made);
    default:
        return CM_OK;
    }
}

static enum cm_status add_nodes(struct cm_graph *to, const struct cm_graph *from)
{
    enum cm_status status = CM_OK;
    for (cm_node node = 0; node < cm_graph_nodes(from) && status == CM_OK; node++) {
        status = add_node(to, from, node);
        if (status == CM_DUPLICATE_ID) {
            status = CM_OK; /* the newer one is there already */
        }
    }
    return status;
}

/* The edges of a graph in the union's terms, in an array to be freed; types by name, as each graph numbers its own. */
static struct key *translate(struct cm_graph *to, const struct cm_graph *from, uint32_t *count)
{
    struct key *keys = calloc(cm_graph_edges(from) + 1, sizeof *keys);
    *count = 0;
    for (uint32_t i = 0; keys != NULL && i < cm_graph_edges(from); i++) {
        struct key *key = &keys[*count];
        if (!cm_graph_edge(from, i, &key->edge)) {
            continue;
        }
        cm_node space = key->edge.space;
        cm_graph_refer(to, cm_text_of(cm_node_id(from, key->edge.from)), &key->edge.from);
        cm_graph_refer(to, cm_text_of(cm_node_id(from, key->edge.to)), &key->edge.to);
        key->edge.space = CM_NONE;
        if (key->edge.edge_type == CM_REQUEST && space != CM_NONE) {
            cm_graph_refer(to, cm_text_of(cm_node_id(from, space)), &key->edge.space);
        }
        key->number = i;
        (*count)++;
    }
    return keys;
}

static enum cm_status add_edge(struct cm_graph *to, const struct cm_graph *from, const struct key *key)
{
    const struct cm_edge *edge = &key->edge;
    if (edge->edge_type != CM_REQUEST) {
        return cm_graph_add_edge(to, edge->edge_type, edge->from, edge->to, edge->rights);
    }
    struct cm_edge original;
    cm_graph_edge(from, key->number, &original);
    return cm_graph_add_request(to, edge->from, edge->to, cm_text_of(cm_type_name(from, original.type)), edge->space);
}

/* REQUEST types are compared by number: give both arrays the new graph's. */
static void same_types(struct key *keys, uint32_t count, const struct cm_graph *old_graph,
                       const struct cm_graph *new_graph)
{
    for (uint32_t i = 0; i < count; i++) {
        if (keys[i].edge.edge_type == CM_REQUEST) {
            uint32_t type = cm_type_find(new_graph, cm_text_of(cm_type_name(old_graph, keys[i].edge.type)));
            keys[i].edge.type = type != CM_NONE ? type : CM_NONE - 1 - keys[i].edge.type;
        } else {
            keys[i].edge.type = 0;
        }
    }
}

static enum cm_status add_edges(struct view_union *both, const struct cm_graph *old_graph,
                                const struct cm_graph *new_graph)
{
    uint32_t old_count, new_count, made = 0;
    struct key *new_keys = translate(both->graph, new_graph, &new_count);
    struct key *old_keys = translate(both->graph, old_graph, &old_count);
    both->edge_states = calloc((size_t)cm_graph_edges(old_graph) + cm_graph_edges(new_graph) + 1, 1);
    uint32_t *place = calloc((size_t)cm_graph_edges(new_graph) + 1, sizeof *place);
    enum cm_status status = CM_OK;
    if (new_keys == NULL || old_keys == NULL || both->edge_states == NULL || place == NULL) {
        status = CM_NO_MEMORY;
    }
    if (status == CM_OK) {
        same_types(new_keys, new_count, new_graph, new_graph);
        same_types(old_keys, old_count, old_graph, new_graph);
    }
    for (uint32_t i = 0; i < new_count && status == CM_OK; i++) {
        status = add_edge(both->graph, new_graph, &new_keys[i]);
        place[new_keys[i].number] = made;
        both->edge_states[made++] = view_in_new;
    }
    if (status == CM_OK) {
        qsort(new_keys, new_count, sizeof *new_keys, by_key);
    }
    for (uint32_t i = 0; i < old_count && status == CM_OK; i++) {
        const struct key *same = bsearch(&old_keys[i], new_keys, new_count, sizeof *new_keys, by_key);
        if (same != NULL) {
            both->edge_states[place[same->number]] |= view_in_old;
        } else {
            status = add_edge(both->graph, old_graph, &old_keys[i]);
            both->edge_states[made++] = view_in_old;
        }
    }
    free(new_keys);
    free(old_keys);
    free(place);
    return status;
}

enum cm_status view_union_make(const struct cm_graph *old_graph, const struct cm_graph *new_graph,
                               struct view_union *both)
{
    *both = (struct view_union){0};
    enum cm_status status = cm_graph_create(&cm_memory_libc, &both->graph);
    if (status == CM_OK) {
        status = add_nodes(both->graph, new_graph);
    }
    if (status == CM_OK) {
        status = add_nodes(both->graph, old_graph);
    }
    if (status == CM_OK) {
        status = add_edges(both, old_graph, new_graph);
    }
    if (status == CM_OK) {
        status = cm_graph_finish(both->graph);
    }
    if (status == CM_OK) {
        both->node_states = calloc(cm_graph_nodes(both->graph) + 1, 1);
        status = both->node_states != NULL ? CM_OK : CM_NO_MEMORY;
    }
    for (cm_node node = 0; status == CM_OK && node < cm_graph_nodes(both->graph); node++) {
        struct cm_text id = cm_text_of(cm_node_id(both->graph, node));
        both->node_states[node] = (unsigned char)((cm_graph_find(old_graph, id) != CM_NONE ? view_in_old : 0) |
                                                  (cm_graph_find(new_graph, id) != CM_NONE ? view_in_new : 0));
    }
    if (status != CM_OK) {
        view_union_free(both);
    }
    return status;
}

void view_union_free(struct view_union *both)
{
    cm_graph_destroy(both->graph);
    free(both->node_states);
    free(both->edge_states);
    *both = (struct view_union){0};
}
