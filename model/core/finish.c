/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Indexing a graph that was built: which edges count, what leaves each node, what belongs to each space, who manages
 * what. Each step is a pass of counting and a pass of placing (lists.c).
 *
 * A manager's id may be that of a PD that was split: then each part manages (the space's row is not changed by
 * splitting, so splitting a file twice changes nothing).
 */
#include <string.h>

#include "internal.h"

/* ------------------------------------------------------------------------------------------------- which edges count */

/* allowed[edge type][kind of the start]: a bit per kind of the end */
#define TO(kind) (uint8_t)(1u << (kind))
static const uint8_t allowed[CM_EDGE_TYPES][4] = {
    [CM_HOLD] = {[CM_PD] = TO(CM_RESOURCE) | TO(CM_SPACE)},
    [CM_MAP] = {[CM_RESOURCE] = TO(CM_RESOURCE), [CM_SPACE] = TO(CM_SPACE)},
    [CM_SUBSET] = {[CM_RESOURCE] = TO(CM_SPACE)},
    [CM_REQUEST] = {[CM_PD] = TO(CM_PD)},
    [CM_FAULT] = {[CM_PD] = TO(CM_PD)},
    [CM_LINK] = {[CM_PD] = TO(CM_PD)},
    [CM_META] = {[CM_RESOURCE] = TO(CM_RESOURCE), [CM_SPACE] = TO(CM_RESOURCE)},
    [CM_PARENT] = {[CM_PD] = TO(CM_PD)},
};

static void drop_misfits(struct cm_graph *graph)
{
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        uint8_t form = graph->edge_form[e];
        enum cm_edge_type type = edge_type_of(form);
        enum cm_kind from = form_kind(graph->node_form[graph->edge_from[e]]);
        enum cm_kind to = form_kind(graph->node_form[graph->edge_to[e]]);
        if ((allowed[type][from] >> to & 1) == 0) {
            graph->edge_form[e] = form | EDGE_DROPPED;
            graph->dropped++;
        } else if (type == CM_HOLD && edge_rights_of(form) != 0) {
            graph->has_rights = true;
        } else if (type == CM_MAP && edge_rights_of(form) != 0 &&
                   (graph->node_form[graph->edge_from[e]] & FORM_TYPE_MASK) == CM_TYPE_VMR) {
            graph->maps_have_rights = true;
        }
    }
    for (uint32_t r = 0; r < graph->request_count; r++) {
        uint32_t e = graph->request_edge[r];
        cm_node space = graph->request_space[r];
        if (space != CM_NONE && form_kind(graph->node_form[space]) != CM_SPACE &&
            (graph->edge_form[e] & EDGE_DROPPED) == 0) {
            graph->edge_form[e] |= EDGE_DROPPED;
            graph->dropped++;
        }
    }
}

/* ------------------------------------------------------------------------------------------------- edges of each node */

static enum cm_status index_edges(struct cm_graph *graph, struct cm_lists *lists, const uint32_t *end)
{
    enum cm_status status = cm_lists_make(&graph->heap, lists, graph->node_count);
    if (status != CM_OK) {
        return status;
    }
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        lists->start[end[e] + 1] += (graph->edge_form[e] & EDGE_DROPPED) == 0;
    }
    status = cm_lists_room(&graph->heap, lists);
    if (status != CM_OK) {
        return status;
    }
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        if ((graph->edge_form[e] & EDGE_DROPPED) == 0) {
            cm_lists_put(lists, end[e], e);
        }
    }
    cm_lists_settle(lists);
    return CM_OK;
}

const uint32_t *cm_node_in(struct cm_graph *graph, cm_node node, uint32_t *count)
{
    if (graph->in.items == NULL) {
        cm_lists_free(&graph->heap, &graph->in);
        if (index_edges(graph, &graph->in, graph->edge_to) != CM_OK) {
            return NULL;
        }
    }
    return cm_lists_get(&graph->in, node, count);
}

/* ---------------------------------------------------------------------------------------------------- PDs and spaces */

static enum cm_status list_kinds(struct cm_graph *graph)
{
    for (cm_node n = 0; n < graph->node_count; n++) {
        enum cm_kind kind = form_kind(graph->node_form[n]);
        graph->pd_count += kind == CM_PD;
        graph->space_count += kind == CM_SPACE;
    }
    struct cm_heap *heap = &graph->heap;
    graph->pds = cm_heap_make(heap, sizeof *graph->pds, (size_t)graph->pd_count + 1);
    graph->spaces = cm_heap_make(heap, sizeof *graph->spaces, (size_t)graph->space_count + 1);
    graph->node_aux = graph->node_count == 0
                          ? NULL
                          : cm_heap_make(heap, sizeof *graph->node_aux, graph->node_count);
    if (graph->pds == NULL || graph->spaces == NULL || (graph->node_aux == NULL && graph->node_count > 0)) {
        return CM_NO_MEMORY;
    }
    uint32_t pds = 0, spaces = 0;
    for (cm_node n = 0; n < graph->node_count; n++) {
        switch (form_kind(graph->node_form[n])) {
        case CM_PD:
            graph->node_aux[n] = pds;
            graph->pds[pds++] = n;
            break;
        case CM_SPACE:
            graph->node_aux[n] = spaces;
            graph->spaces[spaces++] = n;
            break;
        default:
            graph->node_aux[n] = CM_NONE;
        }
    }
    graph->root = cm_graph_find(graph, cm_text_of(CM_ROOT_ID));
    if (graph->root != CM_NONE && form_kind(graph->node_form[graph->root]) != CM_PD) {
        graph->root = CM_NONE;
    }
    return CM_OK;
}

/* A resource of several SUBSET edges (illegal) belongs to the first one's space. */
static enum cm_status list_members(struct cm_graph *graph)
{
    enum cm_status status = cm_lists_make(&graph->heap, &graph->members, graph->space_count);
    if (status != CM_OK) {
        return status;
    }
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        uint8_t form = graph->edge_form[e];
        cm_node from = graph->edge_from[e];
        if ((form & EDGE_DROPPED) == 0 && edge_type_of(form) == CM_SUBSET && graph->node_aux[from] == CM_NONE) {
            graph->node_aux[from] = graph->edge_to[e];
            graph->members.start[graph->node_aux[graph->edge_to[e]] + 1]++;
        }
    }
    status = cm_lists_room(&graph->heap, &graph->members);
    if (status != CM_OK) {
        return status;
    }
    for (cm_node n = 0; n < graph->node_count; n++) {
        if (form_kind(graph->node_form[n]) == CM_RESOURCE && graph->node_aux[n] != CM_NONE) {
            cm_lists_put(&graph->members, graph->node_aux[graph->node_aux[n]], n);
        }
    }
    cm_lists_settle(&graph->members);
    return CM_OK;
}

/* --------------------------------------------------------------------------------------------------------- managers */

static size_t digits_before(const char *id, size_t end)
{
    size_t at = end;
    while (at > 0 && id[at - 1] >= '0' && id[at - 1] <= '9') {
        at--;
    }
    return at;
}

size_t cm_part_base(const char *id)
{
    size_t end = strlen(id);
    for (int number = 0; number < 2; number++) {
        size_t at = digits_before(id, end);
        if (at == end || at < 2 || id[at - 1] != '.') {
            return 0;
        }
        end = at - 1;
    }
    return end;
}

/* Parts of split PDs by the id that was split: the table gives the first PD of a base, next the following ones. */
struct parts {
    struct cm_table table;
    uint32_t *next;
    uint32_t *text_of; /* base texts are the starts of ids, so they are compared here, not by the table */
};

static uint32_t parts_first(const struct cm_graph *graph, const struct parts *parts, struct cm_text base)
{
    if (parts->table.slots == NULL) {
        return CM_NONE;
    }
    uint32_t hash = cm_hash(base.at, base.length);
    for (uint32_t slot = hash & parts->table.mask; parts->table.slots[slot] != 0;
         slot = (slot + 1) & parts->table.mask) {
        uint32_t place = (uint32_t)parts->table.slots[slot] - 1;
        const char *id = cm_node_id(graph, graph->pds[place]);
        if (cm_part_base(id) == base.length && memcmp(id, base.at, base.length) == 0) {
            return place;
        }
    }
    return CM_NONE;
}

/* Backwards, so that each chain is in order; its head moves to the front. */
static enum cm_status parts_collect(struct cm_graph *graph, struct parts *parts)
{
    parts->next = cm_heap_make(&graph->heap, sizeof *parts->next, (size_t)graph->pd_count + 1);
    if (parts->next == NULL) {
        return CM_NO_MEMORY;
    }
    for (uint32_t p = graph->pd_count; p-- > 0;) {
        const char *id = cm_node_id(graph, graph->pds[p]);
        struct cm_text base = {id, cm_part_base(id)};
        parts->next[p] = CM_NONE;
        if (base.length == 0) {
            continue;
        }
        uint32_t first = parts_first(graph, parts, base);
        if (first == CM_NONE) {
            enum cm_status status = cm_table_reserve(&graph->heap, &parts->table);
            if (status != CM_OK) {
                return status;
            }
            cm_table_insert(&parts->table, cm_hash(base.at, base.length), p);
            continue;
        }
        uint32_t hash = cm_hash(base.at, base.length);
        uint32_t slot = hash & parts->table.mask;
        while ((uint32_t)parts->table.slots[slot] - 1 != first) {
            slot = (slot + 1) & parts->table.mask;
        }
        parts->next[p] = first;
        parts->table.slots[slot] = (uint64_t)hash << 32 | ((uint64_t)p + 1);
    }
    return CM_OK;
}

/* Counts (lists->items NULL) or places the managers of one space. */
static enum cm_status put_managers(struct cm_graph *graph, struct parts *parts, struct cm_lists *lists, uint32_t space)
{
    struct cm_text id = cm_text_of(cm_node_extra(graph, graph->spaces[space]));
    if (id.length == 0) {
        return CM_OK;
    }
    cm_node manager = cm_graph_find(graph, id);
    if (manager != CM_NONE) {
        if (form_kind(graph->node_form[manager]) != CM_PD) {
            return CM_OK;
        }
        if (lists->items == NULL) {
            lists->start[space + 1]++;
        } else {
            cm_lists_put(lists, space, manager);
        }
        return CM_OK;
    }
    if (parts->next == NULL) {
        enum cm_status status = parts_collect(graph, parts);
        if (status != CM_OK) {
            return status;
        }
    }
    for (uint32_t p = parts_first(graph, parts, id); p != CM_NONE; p = parts->next[p]) {
        if (lists->items == NULL) {
            lists->start[space + 1]++;
        } else {
            cm_lists_put(lists, space, graph->pds[p]);
        }
    }
    return CM_OK;
}

static enum cm_status list_managers(struct cm_graph *graph)
{
    struct parts parts = {0};
    enum cm_status status = cm_lists_make(&graph->heap, &graph->managers, graph->space_count);
    uint64_t rows = 0;
    for (uint32_t s = 0; s < graph->space_count && status == CM_OK; s++) {
        status = put_managers(graph, &parts, &graph->managers, s);
        rows += graph->managers.start[s + 1];
        if (rows > CM_SPLIT_ROWS && graph->managers.start[s + 1] > 1) {
            status = CM_TOO_MANY_PARTS;
        }
    }
    if (status == CM_OK) {
        status = cm_lists_room(&graph->heap, &graph->managers);
    }
    for (uint32_t s = 0; s < graph->space_count && status == CM_OK; s++) {
        status = put_managers(graph, &parts, &graph->managers, s);
    }
    if (status == CM_OK) {
        cm_lists_settle(&graph->managers);
    }
    cm_table_free(&graph->heap, &parts.table);
    cm_heap_free(&graph->heap, parts.next);
    return status;
}

static enum cm_status list_managed(struct cm_graph *graph)
{
    enum cm_status status = cm_lists_make(&graph->heap, &graph->managed, graph->pd_count);
    if (status != CM_OK) {
        return status;
    }
    uint32_t total = graph->managers.start[graph->space_count];
    for (uint32_t i = 0; i < total; i++) {
        graph->managed.start[graph->node_aux[graph->managers.items[i]] + 1]++;
    }
    status = cm_lists_room(&graph->heap, &graph->managed);
    if (status != CM_OK) {
        return status;
    }
    for (uint32_t s = 0; s < graph->space_count; s++) {
        uint32_t count;
        const uint32_t *managers = cm_lists_get(&graph->managers, s, &count);
        for (uint32_t i = 0; i < count; i++) {
            cm_lists_put(&graph->managed, graph->node_aux[managers[i]], graph->spaces[s]);
        }
    }
    cm_lists_settle(&graph->managed);
    return CM_OK;
}

/* ----------------------------------------------------------------------------------------------------------- finish */

enum cm_status cm_graph_finish(struct cm_graph *graph)
{
    if (graph->finished) {
        return CM_BAD_PHASE;
    }
    graph->finished = true;
    drop_misfits(graph);
    enum cm_status status = index_edges(graph, &graph->out, graph->edge_from);
    if (status == CM_OK) {
        status = list_kinds(graph);
    }
    if (status == CM_OK) {
        status = list_members(graph);
    }
    if (status == CM_OK) {
        status = list_managers(graph);
    }
    if (status == CM_OK) {
        status = list_managed(graph);
    }
    return status;
}

enum cm_status cm_graph_unmark(struct cm_graph *graph)
{
    if (graph->mark == NULL) {
        size_t count = graph->node_count == 0 ? 1 : graph->node_count;
        graph->mark = cm_heap_make(&graph->heap, sizeof *graph->mark, count);
        if (graph->mark == NULL) {
            return CM_NO_MEMORY;
        }
        memset(graph->mark, 0, count * sizeof *graph->mark);
    }
    if (++graph->epoch == 0) {
        memset(graph->mark, 0, graph->node_count * sizeof *graph->mark);
        graph->epoch = 1;
    }
    return CM_OK;
}
