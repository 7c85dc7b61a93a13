/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Building a graph: nodes and edges are appended to parallel arrays. Each function first makes room everywhere and then
 * writes, so that a failure leaves the graph as it was. Bottom up: words, rooms, types, nodes, edges, life.
 */
#include <string.h>

#include "internal.h"

/* ------------------------------------------------------------------------------------------------------------ words */

static const char *const core_types[CM_CORE_TYPES] = CM_CORE_TYPE_NAMES;

const char *cm_status_text(enum cm_status status)
{
    switch (status) {
    case CM_OK:
        return "done";
    case CM_NO_MEMORY:
        return "no memory left";
    case CM_TOO_MUCH_TEXT:
        return "ids and names take more than 4 GiB (CM_MAX_TEXT)";
    case CM_TOO_MANY_NODES:
        return "more nodes than CM_MAX_NODES";
    case CM_TOO_MANY_EDGES:
        return "more edges than CM_MAX_EDGES";
    case CM_TOO_MANY_TYPES:
        return "more resource types than CM_MAX_TYPES";
    case CM_DUPLICATE_ID:
        return "a node of that id exists";
    case CM_BAD_TEXT:
        return "an id is empty or a text contains a NUL byte";
    case CM_BAD_NODE:
        return "no such node, or of the wrong kind";
    case CM_BAD_PHASE:
        return "the graph is finished, or not yet";
    case CM_SINK_FAILED:
        return "the output was refused";
    case CM_SOURCE_FAILED:
        return "the input could not be read";
    case CM_STOPPED:
        return "stopped";
    case CM_TOO_LONG:
        return "it takes more than 50000000 steps, or 1000000000 for all pairs (CM_MOST_STEPS)";
    case CM_TOO_MANY_PARTS:
        return "splitting PDs of several threads and address spaces makes more than 10000000 rows (CM_SPLIT_ROWS)";
    }
    return "unknown status";
}

const char *cm_edge_type_text(enum cm_edge_type type)
{
    static const char *const names[CM_EDGE_TYPES] = {"HOLD", "MAP", "SUBSET", "REQUEST", "FAULT", "LINK", "META", "PARENT"};
    return type < CM_EDGE_TYPES ? names[type] : "?";
}

const char *cm_kind_text(enum cm_kind kind)
{
    static const char *const names[] = {"nothing", "PD", "RESOURCE", "RESOURCE_SPACE"};
    return names[kind];
}

struct cm_text cm_text_of(const char *string)
{
    return (struct cm_text){string, strlen(string)};
}

uint32_t cm_type_served(uint32_t space_type)
{
    return space_type == CM_TYPE_ADS ? CM_TYPE_VMR : space_type;
}

static bool has_nul(struct cm_text text)
{
    return text.length > 0 && memchr(text.at, '\0', text.length) != NULL;
}

/* ------------------------------------------------------------------------------------------------------------ rooms */

/* Room for one more element in one of several parallel arrays. */
#define ROOM(graph, array, capacity, count)                                                                            \
    room_in(&(graph)->heap, (void **)&(graph)->array, sizeof *(graph)->array, &(graph)->capacity, (graph)->count)

static bool room_in(struct cm_heap *heap, void **array, size_t element, uint32_t *capacity, uint32_t count)
{
    void *moved;
    void *old;
    memcpy(&old, array, sizeof old); /* the arrays have types of their own */
    moved = cm_heap_grow(heap, old, element, capacity, (uint64_t)count + 1);
    if (moved == NULL) {
        return false;
    }
    memcpy(array, &moved, sizeof moved);
    return true;
}

static enum cm_status room_for_node(struct cm_graph *graph, uint64_t text_bytes)
{
    if (graph->node_count >= CM_MAX_NODES) {
        return CM_TOO_MANY_NODES;
    }
    enum cm_status status = cm_pool_reserve(&graph->heap, &graph->pool, text_bytes);
    if (status == CM_OK) {
        status = cm_table_reserve(&graph->heap, &graph->ids);
    }
    if (status != CM_OK) {
        return status;
    }
    bool room = ROOM(graph, node_text, node_capacity[0], node_count) &&
                ROOM(graph, node_form, node_capacity[1], node_count) &&
                ROOM(graph, node_line, node_capacity[2], node_count);
    return room ? CM_OK : CM_NO_MEMORY;
}

static enum cm_status room_for_edge(struct cm_graph *graph)
{
    if (graph->edge_count >= CM_MAX_EDGES) {
        return CM_TOO_MANY_EDGES;
    }
    bool room = ROOM(graph, edge_from, edge_capacity[0], edge_count) &&
                ROOM(graph, edge_to, edge_capacity[1], edge_count) &&
                ROOM(graph, edge_form, edge_capacity[2], edge_count) &&
                ROOM(graph, edge_line, edge_capacity[3], edge_count);
    return room ? CM_OK : CM_NO_MEMORY;
}

static enum cm_status room_for_request(struct cm_graph *graph)
{
    bool room = ROOM(graph, request_edge, request_capacity[0], request_count) &&
                ROOM(graph, request_type, request_capacity[1], request_count) &&
                ROOM(graph, request_space, request_capacity[2], request_count);
    return room ? CM_OK : CM_NO_MEMORY;
}

/* ------------------------------------------------------------------------------------------------------------ types */

static enum cm_status intern_type(struct cm_graph *graph, struct cm_text name, uint32_t *type)
{
    if (graph->last_type < graph->type_count) {
        const char *last = graph->pool.bytes + graph->type_text[graph->last_type];
        if (strncmp(last, name.at, name.length) == 0 && last[name.length] == '\0') {
            *type = graph->last_type;
            return CM_OK;
        }
    }
    uint32_t hash = cm_hash(name.at, name.length);
    uint32_t found = cm_table_find(&graph->types, &graph->pool, graph->type_text, name, hash);
    if (found == CM_NONE) {
        if (graph->type_count >= FORM_NO_TYPE) {
            return CM_TOO_MANY_TYPES;
        }
        enum cm_status status = cm_pool_reserve(&graph->heap, &graph->pool, (uint64_t)name.length + 1);
        if (status == CM_OK) {
            status = cm_table_reserve(&graph->heap, &graph->types);
        }
        if (status != CM_OK) {
            return status;
        }
        if (!ROOM(graph, type_text, type_capacity, type_count)) {
            return CM_NO_MEMORY;
        }
        found = graph->type_count++;
        graph->type_text[found] = cm_pool_append(&graph->pool, name);
        cm_table_insert(&graph->types, hash, found);
    }
    *type = graph->last_type = found;
    return CM_OK;
}

/* ------------------------------------------------------------------------------------------------------------ nodes */

void cm_graph_at_line(struct cm_graph *graph, uint32_t line)
{
    graph->line = line;
}

/* Appends a node whose room was made. */
static cm_node append_node(struct cm_graph *graph, uint32_t form, uint32_t text, uint32_t hash)
{
    cm_node node = graph->node_count++;
    graph->node_text[node] = text;
    graph->node_form[node] = form;
    graph->node_line[node] = graph->line;
    cm_table_insert(&graph->ids, hash, node);
    return node;
}

enum cm_status cm_graph_refer_hashed(struct cm_graph *graph, struct cm_text id, uint32_t hash, cm_node *node)
{
    *node = cm_table_find(&graph->ids, &graph->pool, graph->node_text, id, hash);
    if (*node != CM_NONE) {
        return CM_OK;
    }
    enum cm_status status = room_for_node(graph, (uint64_t)id.length + 3);
    if (status != CM_OK) {
        return status;
    }
    uint32_t text = cm_pool_append(&graph->pool, id);
    cm_pool_append(&graph->pool, (struct cm_text){"", 0});
    cm_pool_append(&graph->pool, (struct cm_text){"", 0});
    *node = append_node(graph, (uint32_t)CM_MISSING << FORM_KIND_SHIFT | FORM_NO_TYPE, text, hash);
    return CM_OK;
}

enum cm_status cm_graph_refer(struct cm_graph *graph, struct cm_text id, cm_node *node)
{
    if (graph->finished) {
        return CM_BAD_PHASE;
    }
    if (id.length == 0 || has_nul(id)) {
        return CM_BAD_TEXT;
    }
    return cm_graph_refer_hashed(graph, id, cm_hash(id.at, id.length), node);
}

enum cm_status cm_graph_add_hashed(struct cm_graph *graph, enum cm_kind kind, struct cm_text id, uint32_t hash,
                                   struct cm_text data, struct cm_text extra, cm_node *node)
{
    cm_node there = cm_table_find(&graph->ids, &graph->pool, graph->node_text, id, hash);
    if (there != CM_NONE && form_kind(graph->node_form[there]) != CM_MISSING) {
        return CM_DUPLICATE_ID;
    }
    uint32_t type = FORM_NO_TYPE;
    enum cm_status status = kind == CM_PD ? CM_OK : intern_type(graph, data, &type);
    if (status == CM_OK) {
        status = room_for_node(graph, (uint64_t)id.length + data.length + extra.length + 3);
    }
    if (status != CM_OK) {
        return status;
    }
    uint32_t form = (uint32_t)kind << FORM_KIND_SHIFT | type;
    uint32_t text = cm_pool_append(&graph->pool, id);
    if (kind == CM_PD) {
        cm_pool_append(&graph->pool, data);
    }
    cm_pool_append(&graph->pool, extra);
    if (there == CM_NONE) {
        there = append_node(graph, form, text, hash);
    } else {
        graph->node_text[there] = text;
        graph->node_form[there] = form;
        graph->node_line[there] = graph->line;
    }
    if (node != NULL) {
        *node = there;
    }
    return CM_OK;
}

static enum cm_status add_node(struct cm_graph *graph, enum cm_kind kind, struct cm_text id, struct cm_text data,
                               struct cm_text extra, cm_node *node)
{
    if (graph->finished) {
        return CM_BAD_PHASE;
    }
    if (id.length == 0 || has_nul(id) || has_nul(data) || has_nul(extra)) {
        return CM_BAD_TEXT;
    }
    return cm_graph_add_hashed(graph, kind, id, cm_hash(id.at, id.length), data, extra, node);
}

enum cm_status cm_graph_add_pd(struct cm_graph *graph, struct cm_text id, struct cm_text name, struct cm_text extra,
                               cm_node *node)
{
    return add_node(graph, CM_PD, id, name, extra, node);
}

enum cm_status cm_graph_add_space(struct cm_graph *graph, struct cm_text id, struct cm_text type,
                                  struct cm_text manager, cm_node *node)
{
    return add_node(graph, CM_SPACE, id, type, manager, node);
}

enum cm_status cm_graph_add_resource(struct cm_graph *graph, struct cm_text id, struct cm_text type,
                                     struct cm_text extra, cm_node *node)
{
    return add_node(graph, CM_RESOURCE, id, type, extra, node);
}

/* ------------------------------------------------------------------------------------------------------------ edges */

static enum cm_status append_edge(struct cm_graph *graph, enum cm_edge_type edge_type, cm_node from, cm_node to,
                                  unsigned rights)
{
    if (graph->finished) {
        return CM_BAD_PHASE;
    }
    if (from >= graph->node_count || to >= graph->node_count || edge_type >= CM_EDGE_TYPES ||
        rights > EDGE_RIGHTS_MASK) {
        return CM_BAD_NODE;
    }
    enum cm_status status = room_for_edge(graph);
    if (status != CM_OK) {
        return status;
    }
    uint32_t edge = graph->edge_count++;
    graph->edge_from[edge] = from;
    graph->edge_to[edge] = to;
    graph->edge_form[edge] = (uint8_t)(edge_type | rights << EDGE_RIGHTS_SHIFT);
    graph->edge_line[edge] = graph->line;
    return CM_OK;
}

enum cm_status cm_graph_add_edge(struct cm_graph *graph, enum cm_edge_type edge_type, cm_node from, cm_node to,
                                 unsigned rights)
{
    if (edge_type == CM_REQUEST) {
        return CM_BAD_NODE;
    }
    return append_edge(graph, edge_type, from, to, rights);
}

enum cm_status cm_graph_add_request(struct cm_graph *graph, cm_node from, cm_node to, struct cm_text type,
                                    cm_node space)
{
    if (has_nul(type)) {
        return CM_BAD_TEXT;
    }
    if (space != CM_NONE && space >= graph->node_count) {
        return CM_BAD_NODE;
    }
    uint32_t type_index;
    enum cm_status status = graph->finished ? CM_BAD_PHASE : intern_type(graph, type, &type_index);
    if (status == CM_OK) {
        status = room_for_request(graph);
    }
    if (status == CM_OK) {
        status = append_edge(graph, CM_REQUEST, from, to, 0);
    }
    if (status != CM_OK) {
        return status;
    }
    uint32_t place = graph->request_count++;
    graph->request_edge[place] = graph->edge_count - 1;
    graph->request_type[place] = type_index;
    graph->request_space[place] = space;
    return CM_OK;
}

/* ------------------------------------------------------------------------------------------------------------- life */

enum cm_status cm_graph_create(const struct cm_memory *memory, struct cm_graph **graph)
{
    struct cm_graph *made = memory->resize(memory->context, NULL, sizeof *made);
    if (made == NULL) {
        return CM_NO_MEMORY;
    }
    memset(made, 0, sizeof *made);
    made->heap.memory = *memory;
    made->heap.bytes = sizeof *made;
    made->line = CM_NONE;
    made->root = CM_NONE;
    made->last_type = CM_NONE;
    for (uint32_t i = 0; i < CM_CORE_TYPES; i++) {
        uint32_t type;
        enum cm_status status = intern_type(made, cm_text_of(core_types[i]), &type);
        if (status != CM_OK) {
            cm_graph_destroy(made);
            return status;
        }
    }
    *graph = made;
    return CM_OK;
}

void cm_graph_destroy(struct cm_graph *graph)
{
    if (graph == NULL) {
        return;
    }
    struct cm_heap *heap = &graph->heap;
    struct cm_lists *lists[] = {&graph->out, &graph->in, &graph->members, &graph->managers, &graph->managed};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        cm_lists_free(heap, lists[i]);
    }
    void *arrays[] = {graph->node_text, graph->node_form, graph->node_line, graph->node_aux, graph->type_text,
                      graph->edge_from, graph->edge_to, graph->edge_form, graph->edge_line,
                      graph->request_edge, graph->request_type, graph->request_space, graph->pds,
                      graph->spaces, graph->mark};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        cm_heap_free(heap, arrays[i]);
    }
    cm_table_free(heap, &graph->ids);
    cm_table_free(heap, &graph->types);
    cm_pool_free(heap, &graph->pool);
    struct cm_memory memory = heap->memory;
    memory.resize(memory.context, graph, 0);
}
