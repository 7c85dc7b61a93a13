/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who holds what, the HOLDs that follow from others included (docs/model-format.md): by PD, and the other way round by what
 * is held.
 */
#include "fields.h"
#include "internal.h"

/* A manager may do anything with its resources. */
#define MANAGER_RIGHTS (CM_READ | CM_WRITE | CM_GRANT)

/* ------------------------------------------------------------------------------------------------------- what follows */

bool cm_hold_runs(const struct cm_graph *graph, const struct cm_edge *hold)
{
    if (graph->has_rights && (hold->rights & CM_EXECUTE) == 0) {
        return false;
    }
    uint32_t form = graph->node_form[hold->to];
    uint32_t place = form_kind(form) == CM_SPACE ? CM_TYPE_ADS : CM_TYPE_VCPU;
    return (form & FORM_TYPE_MASK) == place && form_kind(form) != CM_PD;
}

unsigned cm_map_rights(const struct cm_graph *graph, uint32_t edge)
{
    cm_node from = graph->edge_from[edge];
    uint32_t type = graph->node_form[from] & FORM_TYPE_MASK;
    unsigned rights = edge_rights_of(graph->edge_form[edge]);
    if (type != CM_TYPE_VMR && type != CM_TYPE_GMO) {
        return 0;
    }
    if (rights != 0 || graph->maps_have_rights) {
        return rights;
    }
    return type == CM_TYPE_VMR ? cm_kind_rights(cm_text_of(cm_node_extra(graph, from))) : CM_READ | CM_WRITE;
}

/* The rights of those who run in the address space of a VMR: those of its mappings, none if it is only reserved. */
static unsigned rights_in_ads(const struct cm_graph *graph, cm_node vmr)
{
    uint32_t count;
    const uint32_t *edges = cm_node_out(graph, vmr, &count);
    unsigned rights = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (edge_type_of(graph->edge_form[edges[i]]) == CM_MAP) {
            rights |= cm_map_rights(graph, edges[i]);
        }
    }
    return rights;
}

/* Whether managing a space is holding a resource of it: the root task does not hold others' VMRs and VCPUs. */
static bool manager_holds(const struct cm_graph *graph, cm_node pd, cm_node resource)
{
    uint32_t type = graph->node_form[resource] & FORM_TYPE_MASK;
    return pd != graph->root || (type != CM_TYPE_VMR && type != CM_TYPE_VCPU);
}

/* Whether a HOLD of a space means HOLDs of its members: a space of PD handles that maps onto another one is a class of PDs. */
bool cm_space_is_class(const struct cm_graph *graph, cm_node space)
{
    if ((graph->node_form[space] & FORM_TYPE_MASK) != CM_TYPE_PD || form_kind(graph->node_form[space]) != CM_SPACE) {
        return false;
    }
    uint32_t count;
    const uint32_t *edges = cm_node_out(graph, space, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (edge_type_of(graph->edge_form[edges[i]]) == CM_MAP &&
            (graph->node_form[graph->edge_to[edges[i]]] & FORM_TYPE_MASK) == CM_TYPE_PD) {
            return true;
        }
    }
    return false;
}

/* The rights that a PD has on a space by rows. */
static unsigned rights_on_space(const struct cm_graph *graph, cm_node pd, cm_node space)
{
    uint32_t count;
    const uint32_t *edges = cm_node_out(graph, pd, &count);
    unsigned rights = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (graph->edge_to[edges[i]] == space && edge_type_of(graph->edge_form[edges[i]]) == CM_HOLD) {
            rights |= edge_rights_of(graph->edge_form[edges[i]]);
        }
    }
    return rights;
}

/* ------------------------------------------------------------------------------------------------------------- by PD */

struct hold_walk {
    struct cm_graph *graph;
    cm_node pd;
    bool derived, distinct;
    cm_node class_of;      /* the class whose members come now, or CM_NONE */
    unsigned class_rights; /* on it */
    cm_hold_visit visit;
    void *context;
};

/* What follows for a resource, from running in its address space, which carries the mark, and from managing its space. */
static unsigned derived_rights(struct hold_walk *walk, cm_node resource)
{
    const struct cm_graph *graph = walk->graph;
    cm_node space = graph->node_aux[resource];
    bool follows = walk->derived && form_kind(graph->node_form[resource]) == CM_RESOURCE && space != CM_NONE;
    unsigned rights = 0;
    if (follows && (graph->node_form[resource] & FORM_TYPE_MASK) == CM_TYPE_VMR && graph->mark[space] == graph->epoch) {
        rights = rights_in_ads(graph, resource);
    }
    if (follows && (graph->node_form[resource] & FORM_TYPE_MASK) == CM_TYPE_PD) {
        if (walk->class_of != space) {
            walk->class_of = space;
            walk->class_rights = cm_space_is_class(graph, space) ? rights_on_space(graph, walk->pd, space) : 0;
        }
        rights = walk->class_rights;
    }
    return follows && cm_pd_manages(graph, walk->pd, space) && manager_holds(graph, walk->pd, resource)
               ? rights | MANAGER_RIGHTS
               : rights;
}

static enum cm_status visit_derived(struct hold_walk *walk, cm_node target)
{
    unsigned rights = CM_READ;
    if (walk->distinct) {
        if (walk->graph->mark[target] == walk->graph->epoch) {
            return CM_OK;
        }
        walk->graph->mark[target] = walk->graph->epoch;
        rights = derived_rights(walk, target);
    }
    return walk->visit(walk->context, target, rights, true);
}

/* `all`: not only those that managing a space gives. */
static enum cm_status visit_members(struct hold_walk *walk, cm_node space, bool all)
{
    const struct cm_graph *graph = walk->graph;
    uint32_t count;
    const cm_node *members = cm_space_members(graph, space, &count);
    uint32_t served = cm_type_served(graph->node_form[space] & FORM_TYPE_MASK);
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        uint32_t type = graph->node_form[members[i]] & FORM_TYPE_MASK;
        if (all ? type == served : manager_holds(graph, walk->pd, members[i])) {
            status = visit_derived(walk, members[i]);
        }
    }
    return status;
}

/* Whether an edge is a HOLD by which the PD runs in an address space, for which all its VMRs follow. */
static bool runs_in_ads(const struct cm_graph *graph, uint32_t edge)
{
    struct cm_edge hold;
    uint8_t form = graph->edge_form[edge];
    return edge_type_of(form) == CM_HOLD && (edge_rights_of(form) & CM_EXECUTE) != 0 &&
           form_kind(graph->node_form[graph->edge_to[edge]]) == CM_SPACE && cm_graph_edge(graph, edge, &hold) &&
           cm_hold_runs(graph, &hold);
}

/* Whether an edge is a HOLD from which HOLDs of all members of a space follow. */
static bool gives_members(const struct cm_graph *graph, uint32_t edge)
{
    return runs_in_ads(graph, edge) || (edge_type_of(graph->edge_form[edge]) == CM_HOLD &&
                                        cm_space_is_class(graph, graph->edge_to[edge]));
}

static enum cm_status visit_written(struct hold_walk *walk, const uint32_t *edges, uint32_t count)
{
    const struct cm_graph *graph = walk->graph;
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && walk->distinct && walk->derived; i++) {
        if (runs_in_ads(graph, edges[i])) {
            graph->mark[graph->edge_to[edges[i]]] = graph->epoch;
        }
    }
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        uint8_t form = graph->edge_form[edges[i]];
        if (edge_type_of(form) == CM_HOLD) {
            cm_node target = graph->edge_to[edges[i]];
            unsigned rights = edge_rights_of(form);
            if (walk->distinct && form_kind(graph->node_form[target]) == CM_RESOURCE) {
                rights |= derived_rights(walk, target);
                graph->mark[target] = graph->epoch;
            }
            status = walk->visit(walk->context, target, rights, false);
        }
    }
    return status;
}

enum cm_status cm_pd_holds(struct cm_graph *graph, cm_node pd, bool derived, bool distinct, cm_hold_visit visit,
                           void *context)
{
    struct hold_walk walk = {graph, pd, derived && graph->has_rights, distinct, CM_NONE, 0, visit, context};
    enum cm_status status = distinct ? cm_graph_unmark(graph) : CM_OK;
    uint32_t count;
    const uint32_t *edges = cm_node_out(graph, pd, &count);
    if (status == CM_OK) {
        status = visit_written(&walk, edges, count);
    }
    for (uint32_t i = 0; i < count && walk.derived && status == CM_OK; i++) {
        if (gives_members(graph, edges[i])) {
            status = visit_members(&walk, graph->edge_to[edges[i]], true);
        }
    }
    uint32_t spaces;
    const cm_node *managed = cm_pd_managed(graph, pd, &spaces);
    for (uint32_t i = 0; i < spaces && walk.derived && status == CM_OK; i++) {
        status = visit_members(&walk, managed[i], false);
    }
    return status;
}

/* --------------------------------------------------------------------------------------------------- by what is held */

struct holder_walk {
    struct cm_graph *graph;
    cm_node target, space; /* space CM_NONE: nothing follows */
    unsigned running;      /* rights of those who run in the address space; they carry the mark `runner` */
    uint32_t runner;       /* visited PDs carry the epoch */
    bool in_class;         /* who holds the space holds the target, a PD handle */
    cm_holder_visit visit;
    void *context;
};

/* Each PD once, with the union of what is written and what follows. */
static enum cm_status visit_holder(const struct holder_walk *walk, cm_node pd, unsigned rights, bool derived)
{
    struct cm_graph *graph = walk->graph;
    if (derived && graph->mark[pd] == graph->epoch) {
        return CM_OK;
    }
    if (walk->in_class && !derived) {
        rights |= rights_on_space(graph, pd, walk->space);
    }
    if (graph->mark[pd] == walk->runner) {
        rights |= walk->running;
    }
    if (walk->space != CM_NONE && cm_pd_manages(graph, pd, walk->space) && manager_holds(graph, pd, walk->target)) {
        rights |= MANAGER_RIGHTS;
    }
    graph->mark[pd] = graph->epoch;
    return walk->visit(walk->context, pd, rights, derived);
}

/* Those who run in the address space of a VMR: marks them, or visits them. */
static enum cm_status for_runners(const struct holder_walk *walk, bool visit)
{
    struct cm_graph *graph = walk->graph;
    uint32_t count = 0;
    bool none = walk->space == CM_NONE || (graph->node_form[walk->target] & FORM_TYPE_MASK) != CM_TYPE_VMR;
    const uint32_t *edges = none ? NULL : cm_node_in(graph, walk->space, &count);
    enum cm_status status = none || edges != NULL ? CM_OK : CM_NO_MEMORY;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        if (!runs_in_ads(graph, edges[i])) {
            continue;
        }
        if (visit) {
            status = visit_holder(walk, graph->edge_from[edges[i]], walk->running, true);
        } else {
            graph->mark[graph->edge_from[edges[i]]] = walk->runner;
        }
    }
    return status;
}

/* Those who hold the class of a PD handle. */
static enum cm_status visit_class(const struct holder_walk *walk)
{
    struct cm_graph *graph = walk->graph;
    uint32_t count = 0;
    const uint32_t *edges = walk->in_class ? cm_node_in(graph, walk->space, &count) : NULL;
    enum cm_status status = walk->in_class && edges == NULL ? CM_NO_MEMORY : CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        if (edge_type_of(graph->edge_form[edges[i]]) == CM_HOLD) {
            status = visit_holder(walk, graph->edge_from[edges[i]],
                                  edge_rights_of(graph->edge_form[edges[i]]), true);
        }
    }
    return status;
}

static enum cm_status visit_managers(const struct holder_walk *walk)
{
    uint32_t count = 0;
    const cm_node *managers =
        walk->space == CM_NONE ? NULL : cm_space_managers(walk->graph, walk->space, &count);
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        if (manager_holds(walk->graph, managers[i], walk->target)) {
            status = visit_holder(walk, managers[i], 0, true);
        }
    }
    return status;
}

enum cm_status cm_node_holders(struct cm_graph *graph, cm_node target, cm_holder_visit visit, void *context)
{
    struct holder_walk walk = {graph, target, CM_NONE, 0, 0, false, visit, context};
    enum cm_status status = cm_graph_unmark(graph);
    if (status == CM_OK && graph->epoch == UINT32_MAX) {
        status = cm_graph_unmark(graph); /* two marks are wanted, one above the other */
    }
    uint32_t count;
    const uint32_t *edges = cm_node_in(graph, target, &count);
    if (edges == NULL || status != CM_OK) {
        return CM_NO_MEMORY;
    }
    walk.runner = graph->epoch++;
    if (graph->has_rights) {
        walk.space = cm_resource_space(graph, target);
        walk.running = rights_in_ads(graph, target);
        walk.in_class = walk.space != CM_NONE && cm_space_is_class(graph, walk.space);
        status = for_runners(&walk, false);
    }
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        uint8_t form = graph->edge_form[edges[i]];
        if (edge_type_of(form) == CM_HOLD) {
            status = visit_holder(&walk, graph->edge_from[edges[i]], edge_rights_of(form), false);
        }
    }
    if (status == CM_OK) {
        status = for_runners(&walk, true);
    }
    if (status == CM_OK) {
        status = visit_class(&walk);
    }
    return status == CM_OK ? visit_managers(&walk) : status;
}
