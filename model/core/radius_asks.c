/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a PD may ask for: see radius.h. Bottom up:
 *
 *   spaces   the types of a space's members; what a request into it adds to a walk's type set
 *   asks     a PD's first type set and its requests, written and implied
 *
 * For the original tool (`compat`) types are the spaces' own, one space stands for all of its type, and implied
 * requests are never followed, so none are made.
 */
#include "radius_parts.h"

/* ----------------------------------------------------------------------------------------------------------- spaces */

static uint32_t type_of(const struct cm_radius *r, cm_node node)
{
    return r->graph->node_form[node] & FORM_TYPE_MASK;
}

static uint32_t served(const struct cm_radius *r, cm_node space)
{
    return r->options.compat ? type_of(r, space) : cm_type_served(type_of(r, space));
}

static void describe_space(struct cm_radius *r, uint32_t place)
{
    const struct cm_graph *graph = r->graph;
    cm_node space = graph->spaces[place];
    uint32_t count;
    const cm_node *members = cm_space_members(graph, space, &count);
    uint32_t last = CM_NONE;
    for (uint32_t i = 0; i < count; i++) {
        if (type_of(r, members[i]) != last) {
            last = type_of(r, members[i]);
            set_add(r->member_types + place * r->words, last);
        }
    }
    const uint32_t *edges = cm_node_out(graph, space, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (edge_type_of(graph->edge_form[edges[i]]) == CM_MAP) {
            set_add(r->space_adds + place * r->words, served(r, graph->edge_to[edges[i]]));
        }
    }
}

/* Later in the file; spaces whose line is unknown are in order anyway. */
static bool stands_later(const struct cm_graph *graph, cm_node one, cm_node other)
{
    uint32_t a = graph->node_line[one], b = graph->node_line[other];
    return a == CM_NONE || b == CM_NONE || a > b;
}

/* The original tool keeps the last space of a type, and knows only spaces that have resources. */
static enum cm_status describe_types_compat(struct cm_radius *r)
{
    cm_node *last = cm_heap_make(r->heap, sizeof *last, r->types);
    if (last == NULL) {
        return CM_NO_MEMORY;
    }
    for (uint32_t t = 0; t < r->types; t++) {
        last[t] = CM_NONE;
    }
    for (uint32_t s = 0; s < r->spaces; s++) {
        cm_node space = r->graph->spaces[s];
        uint32_t members, type = type_of(r, space);
        cm_space_members(r->graph, space, &members);
        if (members > 0 && (last[type] == CM_NONE || stands_later(r->graph, space, last[type]))) {
            last[type] = space;
            memcpy(r->type_adds + type * r->words, r->space_adds + s * r->words, r->words * sizeof(word));
        }
    }
    cm_heap_free(r->heap, last);
    return CM_OK;
}

static enum cm_status describe_adds(struct cm_radius *r)
{
    for (uint32_t s = 0; s < r->spaces; s++) {
        describe_space(r, s);
    }
    if (r->options.compat) {
        return describe_types_compat(r);
    }
    for (uint32_t s = 0; s < r->spaces; s++) {
        set_join(r, r->type_adds + served(r, r->graph->spaces[s]) * r->words, r->space_adds + s * r->words);
    }
    return CM_OK;
}

static bool is_unmanaged(const struct cm_graph *graph, cm_node node)
{
    uint32_t managers = 1;
    if (form_kind(graph->node_form[node]) == CM_SPACE) {
        cm_space_managers(graph, node, &managers);
    }
    return managers == 0;
}

/* The holders of spaces that name no manager. Looks at all PDs' edges, once, and only if there is such a space. */
static enum cm_status list_holders(struct cm_radius *r)
{
    const struct cm_graph *graph = r->graph;
    enum cm_status status = cm_lists_make(r->heap, &r->holders, r->spaces);
    if (status != CM_OK) {
        return status;
    }
    bool any = false;
    for (uint32_t s = 0; s < r->spaces; s++) {
        any = any || is_unmanaged(graph, graph->spaces[s]);
    }
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t p = 0; any && p < r->pds; p++) {
            uint32_t count;
            const uint32_t *edges = cm_node_out(graph, graph->pds[p], &count);
            for (uint32_t i = 0; i < count; i++) {
                cm_node to = graph->edge_to[edges[i]];
                if (edge_type_of(graph->edge_form[edges[i]]) != CM_HOLD || !is_unmanaged(graph, to)) {
                    continue;
                }
                if (pass == 0) {
                    r->holders.start[graph->node_aux[to] + 1]++;
                } else {
                    cm_lists_put(&r->holders, graph->node_aux[to], graph->pds[p]);
                }
            }
        }
        if (pass == 0) {
            status = cm_lists_room(r->heap, &r->holders);
            if (status != CM_OK) {
                return status;
            }
        }
    }
    cm_lists_settle(&r->holders);
    return CM_OK;
}

enum cm_status cm_radius_describe_spaces(struct cm_radius *r)
{
    enum cm_status status = describe_adds(r);
    return status != CM_OK || r->options.compat ? status : list_holders(r);
}

/* ------------------------------------------------------------------------------------------------------------- asks */

static enum cm_status add_ask(struct cm_radius *r, cm_node to, uint32_t type, cm_node space, bool implied)
{
    struct cm_ask *asks = cm_heap_grow(r->heap, r->asks, sizeof *asks, &r->asks_capacity, r->asks_used + 1ull);
    if (asks == NULL) {
        return CM_NO_MEMORY;
    }
    r->asks = asks;
    asks[r->asks_used++] = (struct cm_ask){to, type, space, implied};
    return CM_OK;
}

static bool is_in(const cm_node *list, uint32_t count, cm_node node)
{
    for (uint32_t i = 0; i < count; i++) {
        if (list[i] == node) {
            return true;
        }
    }
    return false;
}

/* A PD that holds a resource in a space that it does not manage may ask the manager, or else the space's holders. */
static enum cm_status imply(struct cm_radius *r, cm_node pd, uint32_t type, cm_node space)
{
    const struct cm_graph *graph = r->graph;
    uint32_t place = graph->node_aux[space];
    if (graph->mark[space] == graph->epoch && r->asked_type[place] == type) {
        return CM_OK;
    }
    r->graph->mark[space] = graph->epoch;
    r->asked_type[place] = type;
    uint32_t count;
    const cm_node *targets = cm_space_managers(graph, space, &count);
    if (count == 0) {
        targets = cm_lists_get(&r->holders, place, &count);
    }
    enum cm_status status = CM_OK;
    if (!is_in(targets, count, pd)) {
        for (uint32_t i = 0; i < count && status == CM_OK; i++) {
            status = add_ask(r, targets[i], type, space, true);
        }
    }
    return status;
}

/* All VMRs of an address space that the PD runs in are held, as one HOLD per type does for the set and the asks. */
static enum cm_status take_members(struct cm_radius *r, cm_node pd, cm_node space, word *set, bool running)
{
    bool root = pd == r->graph->root;
    const word *types = r->member_types + r->graph->node_aux[space] * r->words;
    enum cm_status status = CM_OK;
    for (uint32_t type = 0; type < r->types && status == CM_OK; type++) {
        bool held = running ? type == CM_TYPE_VMR : !root || (type != CM_TYPE_VMR && type != CM_TYPE_VCPU);
        if (held && set_has(types, type)) {
            set_add(set, type);
            status = running ? imply(r, pd, type, space) : CM_OK;
        }
    }
    return status;
}

static enum cm_status take_hold(struct cm_radius *r, cm_node pd, uint32_t edge, word *set)
{
    const struct cm_graph *graph = r->graph;
    struct cm_edge hold;
    cm_graph_edge(graph, edge, &hold);
    if (form_kind(graph->node_form[hold.to]) == CM_RESOURCE) {
        set_add(set, type_of(r, hold.to));
        cm_node space = graph->node_aux[hold.to];
        return r->options.compat || space == CM_NONE ? CM_OK : imply(r, pd, type_of(r, hold.to), space);
    }
    set_add(set, served(r, hold.to));
    bool follows = !r->options.compat && graph->has_rights;
    if (follows && cm_space_is_class(graph, hold.to)) {
        uint32_t members;
        cm_space_members(graph, hold.to, &members);
        return members > 0 ? imply(r, pd, CM_TYPE_PD, hold.to) : CM_OK;
    }
    bool lives = follows && cm_hold_runs(graph, &hold);
    return lives ? take_members(r, pd, hold.to, set, true) : CM_OK;
}

static enum cm_status take_managed(struct cm_radius *r, cm_node pd, word *set)
{
    uint32_t count;
    const cm_node *managed = cm_pd_managed(r->graph, pd, &count);
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        set_add(set, served(r, managed[i]));
        if (r->graph->has_rights) {
            status = take_members(r, pd, managed[i], set, false);
        }
    }
    return status;
}

enum cm_status cm_radius_describe_pd(struct cm_radius *r, uint32_t place)
{
    if (r->ask_start[place] != CM_NONE) {
        return CM_OK;
    }
    struct cm_graph *graph = r->graph;
    cm_node pd = graph->pds[place];
    word *set = r->start_types + place * r->words;
    uint32_t first = r->asks_used, count;
    enum cm_status status = cm_graph_unmark(graph);
    const uint32_t *edges = cm_node_out(graph, pd, &count);
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        switch (edge_type_of(graph->edge_form[edges[i]])) {
        case CM_HOLD:
            status = take_hold(r, pd, edges[i], set);
            break;
        case CM_REQUEST: {
            struct cm_edge request;
            cm_graph_edge(graph, edges[i], &request);
            status = add_ask(r, request.to, request.type, request.space, false);
            break;
        }
        default:
            break;
        }
    }
    if (status == CM_OK && !r->options.compat) {
        status = take_managed(r, pd, set);
    }
    if (status == CM_OK) {
        r->ask_start[place] = first;
        r->ask_count[place] = r->asks_used - first;
    }
    return status;
}

enum cm_status cm_radius_asks(struct cm_radius *radius, cm_node pd, const struct cm_ask **asks, uint32_t *count)
{
    uint32_t place = radius->graph->node_aux[pd];
    enum cm_status status = cm_radius_describe_pd(radius, place);
    if (status == CM_OK) {
        *asks = radius->asks == NULL ? NULL : radius->asks + radius->ask_start[place];
        *count = radius->ask_count[place];
    }
    return status;
}
