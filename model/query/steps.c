/* SPDX-License-Identifier: BSD-2-Clause */
/* Steps through a model: see steps.h. Bottom up: the list, what counts as a change, each kind of step, all of a node. */
#include "steps.h"

#include <stdlib.h>

#include "../core/internal.h"

const char *cm_step_text(unsigned kind)
{
    return kind == CM_STEP_HANDLE ? "HANDLE" : cm_edge_type_text((enum cm_edge_type)kind);
}

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

/* ------------------------------------------------------------------------------------------------------ what changes */

/* One of these rights on a HOLD or MAP is needed to change what is held; or, on the way back, to notice. A holder
 * of a handle of a third PD learns nothing of its other holders. */
static unsigned rights_to_change(const struct cm_graph *graph, cm_node held, bool forward)
{
    bool handle = cm_node_type(graph, held) == CM_TYPE_PD && cm_node_kind(graph, held) != CM_PD;
    if (forward) {
        return handle ? CM_WRITE | CM_EXECUTE | CM_GRANT : CM_WRITE;
    }
    return handle ? 0u : CM_READ | CM_EXECUTE;
}

static bool changes(const struct cm_graph *graph, const struct cm_step *step)
{
    cm_node held = step->forward ? step->to : step->from;
    switch (step->kind) {
    case CM_HOLD:
    case CM_MAP:
        return (step->rights & rights_to_change(graph, held, step->forward)) != 0;
    case CM_META:
        return false;
    default:
        return true;
    }
}

/* ------------------------------------------------------------------------------------------------------ kinds of steps */

struct collecting {
    struct cm_stepping *stepping;
    struct cm_steps *steps;
    cm_node node;
};

static enum cm_status add(const struct collecting *c, struct cm_step step)
{
    return c->stepping->writable && !changes(c->stepping->graph, &step) ? CM_OK : append(c->steps, step);
}

static enum cm_status add_hold(void *context, cm_node target, unsigned rights, bool derived)
{
    struct collecting *c = context;
    return add(c, (struct cm_step){c->node, target, CM_HOLD, true, derived, rights, CM_NONE});
}

static enum cm_status add_holder(void *context, cm_node pd, unsigned rights, bool derived)
{
    struct collecting *c = context;
    return add(c, (struct cm_step){c->node, pd, CM_HOLD, false, derived, rights, CM_NONE});
}

/* The edges of a node in one direction, but for HOLD and REQUEST, which have functions of their own. */
static enum cm_status add_edges(const struct collecting *c, const uint32_t *edges, uint32_t count, unsigned kinds,
                                bool forward)
{
    struct cm_graph *graph = c->stepping->graph;
    enum cm_status status = edges == NULL ? CM_NO_MEMORY : CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        struct cm_edge edge;
        cm_graph_edge(graph, edges[i], &edge);
        bool spaces = edge.edge_type == CM_MAP && cm_node_kind(graph, edge.from) == CM_SPACE;
        if (edge.edge_type == CM_HOLD || edge.edge_type == CM_REQUEST || spaces ||
            (kinds & CM_STEP_BIT(edge.edge_type)) == 0) {
            continue;
        }
        unsigned rights = edge.edge_type == CM_MAP ? cm_map_rights(graph, edges[i]) : 0;
        cm_node to = forward ? edge.to : edge.from;
        status = add(c, (struct cm_step){c->node, to, edge.edge_type, forward, false, rights, CM_NONE});
    }
    return status;
}

/* Written requests all; of those that follow one to each PD that no written one leads to. */
static enum cm_status add_requests(const struct collecting *c)
{
    struct cm_stepping *s = c->stepping;
    const struct cm_ask *asks;
    uint32_t count;
    enum cm_status status = cm_radius_asks(s->radius, c->node, &asks, &count);
    s->turn++;
    for (int implied = 0; implied < 2 && status == CM_OK; implied++) {
        for (uint32_t i = 0; i < count && status == CM_OK; i++) {
            uint32_t place = s->graph->node_aux[asks[i].to];
            if (asks[i].implied != (implied == 1) || (implied == 1 && s->asked[place] == s->turn)) {
                continue;
            }
            s->asked[place] = s->turn;
            status = add(c, (struct cm_step){c->node, asks[i].to, CM_REQUEST, true, implied == 1, 0, asks[i].type});
        }
    }
    return status;
}

/* Counts, or places, who may ask each PD. */
static enum cm_status list_askers(struct cm_stepping *s, bool place)
{
    enum cm_status status = CM_OK;
    for (uint32_t p = 0; p < s->graph->pd_count && status == CM_OK; p++) {
        const struct cm_ask *asks;
        uint32_t count;
        status = cm_radius_asks(s->radius, s->graph->pds[p], &asks, &count);
        s->turn++;
        for (uint32_t i = 0; i < count && status == CM_OK; i++) {
            uint32_t to = s->graph->node_aux[asks[i].to];
            if (s->asked[to] == s->turn) {
                continue;
            }
            s->asked[to] = s->turn;
            if (place) {
                cm_lists_put(s->askers, to, s->graph->pds[p]);
            } else {
                s->askers->start[to + 1]++;
            }
        }
    }
    return status;
}

static enum cm_status make_askers(struct cm_stepping *s)
{
    s->askers = calloc(1, sizeof *s->askers);
    if (s->askers == NULL) {
        return CM_NO_MEMORY;
    }
    enum cm_status status = cm_lists_make(&s->graph->heap, s->askers, s->graph->pd_count);
    status = status != CM_OK ? status : list_askers(s, false);
    status = status != CM_OK ? status : cm_lists_room(&s->graph->heap, s->askers);
    status = status != CM_OK ? status : list_askers(s, true);
    if (status == CM_OK) {
        cm_lists_settle(s->askers);
    }
    return status;
}

/* Against requests: one step from each PD that may ask. */
static enum cm_status add_askers(const struct collecting *c)
{
    struct cm_stepping *s = c->stepping;
    enum cm_status status = s->askers == NULL ? make_askers(s) : CM_OK;
    uint32_t count = 0;
    const uint32_t *askers = status == CM_OK ? cm_lists_get(s->askers, s->graph->node_aux[c->node], &count) : NULL;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        status = append(c->steps, (struct cm_step){c->node, askers[i], CM_REQUEST, false, false, 0, CM_NONE});
    }
    return status;
}

static enum cm_status add_handles(const struct collecting *c, bool forward)
{
    uint32_t count;
    const cm_node *ends = forward ? cm_handles_pds(c->stepping->handles, c->node, &count)
                                  : cm_handles_of(c->stepping->handles, c->node, &count);
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        status = append(c->steps, (struct cm_step){c->node, ends[i], CM_STEP_HANDLE, forward, false, 0, CM_NONE});
    }
    return status;
}

/* ------------------------------------------------------------------------------------------------------------- a node */

static enum cm_status add_forward(struct collecting *c, unsigned out)
{
    struct cm_graph *graph = c->stepping->graph;
    bool pd = cm_node_kind(graph, c->node) == CM_PD;
    enum cm_status status = CM_OK;
    if (pd && (out & CM_STEP_BIT(CM_HOLD)) != 0) {
        status = cm_pd_holds(graph, c->node, true, true, add_hold, c);
    }
    if (status == CM_OK && pd && (out & CM_STEP_BIT(CM_REQUEST)) != 0) {
        status = add_requests(c);
    }
    if (status == CM_OK && !pd && (out & CM_STEP_BIT(CM_STEP_HANDLE)) != 0) {
        status = add_handles(c, true);
    }
    uint32_t count;
    const uint32_t *edges = cm_node_out(graph, c->node, &count);
    return status == CM_OK ? add_edges(c, edges, count, out, true) : status;
}

static enum cm_status add_backward(struct collecting *c, unsigned in)
{
    struct cm_graph *graph = c->stepping->graph;
    bool pd = cm_node_kind(graph, c->node) == CM_PD;
    enum cm_status status = CM_OK;
    if (!pd && (in & CM_STEP_BIT(CM_HOLD)) != 0) {
        status = cm_node_holders(graph, c->node, add_holder, c);
    }
    if (status == CM_OK && pd && (in & CM_STEP_BIT(CM_REQUEST)) != 0) {
        status = add_askers(c);
    }
    if (status == CM_OK && pd && (in & CM_STEP_BIT(CM_STEP_HANDLE)) != 0) {
        status = add_handles(c, false);
    }
    uint32_t count;
    const uint32_t *edges = cm_node_in(graph, c->node, &count);
    return status == CM_OK ? add_edges(c, edges, count, in, false) : status;
}

enum cm_status cm_steps_from(struct cm_stepping *stepping, cm_node node, unsigned out, unsigned in,
                             struct cm_steps *steps)
{
    struct collecting c = {stepping, steps, node};
    enum cm_status status = out != 0 ? add_forward(&c, out) : CM_OK;
    return status == CM_OK && in != 0 ? add_backward(&c, in) : status;
}

/* --------------------------------------------------------------------------------------------------------------- life */

enum cm_status cm_stepping_make(struct cm_graph *graph, bool writable, struct cm_stepping *stepping)
{
    *stepping = (struct cm_stepping){.graph = graph, .writable = writable};
    stepping->asked = calloc((size_t)graph->pd_count + 1, sizeof *stepping->asked);
    enum cm_status status = stepping->asked == NULL ? CM_NO_MEMORY : CM_OK;
    status = status != CM_OK ? status : cm_radius_create(graph, &(struct cm_metric_options){0}, &stepping->radius);
    return status != CM_OK ? status : cm_handles_make(graph, &stepping->handles);
}

void cm_stepping_free(struct cm_stepping *stepping)
{
    cm_radius_destroy(stepping->radius);
    cm_handles_free(stepping->handles);
    if (stepping->askers != NULL) {
        cm_lists_free(&stepping->graph->heap, stepping->askers);
    }
    free(stepping->askers);
    free(stepping->asked);
    *stepping = (struct cm_stepping){0};
}
