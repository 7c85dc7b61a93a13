/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who holds what, the HOLDs that follow from others included (docs/model-format.md): by PD, and the other way round by what
 * is held.
 */
#include <string.h>

#include "internal.h"

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

/*
 * The rights of a HOLD that follows. A manager may do anything with its resources. Who runs in an address space may
 * read and write there, but code and the vDSO only read: a file that knows better has a HOLD of its own on the VMR.
 */
static unsigned rights_in_ads(const struct cm_graph *graph, cm_node vmr)
{
    const char *extra = cm_node_extra(graph, vmr);
    bool fixed = strstr(extra, "ELF_CODE") != NULL || strstr(extra, "VDSO") != NULL;
    return fixed ? CM_READ : CM_READ | CM_WRITE;
}

/* Whether managing a space is holding a resource of it: the root task does not hold others' VMRs and VCPUs. */
static bool manager_holds(const struct cm_graph *graph, cm_node pd, cm_node resource)
{
    uint32_t type = graph->node_form[resource] & FORM_TYPE_MASK;
    return pd != graph->root || (type != CM_TYPE_VMR && type != CM_TYPE_VCPU);
}

/* ------------------------------------------------------------------------------------------------------------- by PD */

struct hold_walk {
    struct cm_graph *graph;
    cm_node pd;
    bool distinct;
    cm_hold_visit visit;
    void *context;
};

static enum cm_status visit_derived(const struct hold_walk *walk, cm_node target, unsigned rights)
{
    if (walk->distinct) {
        if (walk->graph->mark[target] == walk->graph->epoch) {
            return CM_OK;
        }
        walk->graph->mark[target] = walk->graph->epoch;
    }
    return walk->visit(walk->context, target, rights, true);
}

static enum cm_status visit_mapped(const struct hold_walk *walk, cm_node ads)
{
    uint32_t count;
    const cm_node *members = cm_space_members(walk->graph, ads, &count);
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        if ((walk->graph->node_form[members[i]] & FORM_TYPE_MASK) == CM_TYPE_VMR) {
            unsigned rights = walk->distinct ? rights_in_ads(walk->graph, members[i]) : CM_READ;
            status = visit_derived(walk, members[i], rights);
        }
    }
    return status;
}

static enum cm_status visit_managed(const struct hold_walk *walk, cm_node space)
{
    uint32_t count;
    const cm_node *members = cm_space_members(walk->graph, space, &count);
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        if (manager_holds(walk->graph, walk->pd, members[i])) {
            status = visit_derived(walk, members[i], CM_READ | CM_WRITE | CM_GRANT);
        }
    }
    return status;
}

static enum cm_status visit_written(const struct hold_walk *walk, const uint32_t *edges, uint32_t count)
{
    const struct cm_graph *graph = walk->graph;
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        uint8_t form = graph->edge_form[edges[i]];
        if (edge_type_of(form) == CM_HOLD) {
            cm_node target = graph->edge_to[edges[i]];
            if (walk->distinct) {
                graph->mark[target] = graph->epoch;
            }
            status = walk->visit(walk->context, target, edge_rights_of(form), false);
        }
    }
    return status;
}

enum cm_status cm_pd_holds(struct cm_graph *graph, cm_node pd, bool derived, bool distinct, cm_hold_visit visit,
                           void *context)
{
    struct hold_walk walk = {graph, pd, distinct, visit, context};
    enum cm_status status = distinct ? cm_graph_unmark(graph) : CM_OK;
    uint32_t count;
    const uint32_t *edges = cm_node_out(graph, pd, &count);
    if (status == CM_OK) {
        status = visit_written(&walk, edges, count);
    }
    if (status != CM_OK || !derived || !graph->has_rights) {
        return status;
    }
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        struct cm_edge hold;
        uint8_t form = graph->edge_form[edges[i]];
        if (edge_type_of(form) == CM_HOLD && (edge_rights_of(form) & CM_EXECUTE) != 0 &&
            cm_graph_edge(graph, edges[i], &hold) && cm_hold_runs(graph, &hold) &&
            form_kind(graph->node_form[hold.to]) == CM_SPACE) {
            status = visit_mapped(&walk, hold.to);
        }
    }
    uint32_t spaces;
    const cm_node *managed = cm_pd_managed(graph, pd, &spaces);
    for (uint32_t i = 0; i < spaces && status == CM_OK; i++) {
        status = visit_managed(&walk, managed[i]);
    }
    return status;
}

/* --------------------------------------------------------------------------------------------------- by what is held */

struct holder_walk {
    struct cm_graph *graph;
    cm_node target;
    cm_holder_visit visit;
    void *context;
};

/* Each PD once: a HOLD that follows is passed over where the PD came up before. */
static enum cm_status visit_holder(const struct holder_walk *walk, cm_node pd, unsigned rights)
{
    if (walk->graph->mark[pd] == walk->graph->epoch) {
        return CM_OK;
    }
    walk->graph->mark[pd] = walk->graph->epoch;
    return walk->visit(walk->context, pd, rights, true);
}

/* Who runs in the address space of a VMR. */
static enum cm_status visit_runners(const struct holder_walk *walk, cm_node ads)
{
    struct cm_graph *graph = walk->graph;
    uint32_t count;
    const uint32_t *edges = cm_node_in(graph, ads, &count);
    if (edges == NULL) {
        return CM_NO_MEMORY;
    }
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        struct cm_edge hold;
        cm_graph_edge(graph, edges[i], &hold);
        if (hold.edge_type == CM_HOLD && cm_hold_runs(graph, &hold)) {
            status = visit_holder(walk, hold.from, rights_in_ads(graph, walk->target));
        }
    }
    return status;
}

static enum cm_status visit_followers(const struct holder_walk *walk, cm_node space)
{
    struct cm_graph *graph = walk->graph;
    enum cm_status status = CM_OK;
    if ((graph->node_form[walk->target] & FORM_TYPE_MASK) == CM_TYPE_VMR) {
        status = visit_runners(walk, space);
    }
    uint32_t count;
    const cm_node *managers = cm_space_managers(graph, space, &count);
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        if (manager_holds(graph, managers[i], walk->target)) {
            status = visit_holder(walk, managers[i], CM_READ | CM_WRITE | CM_GRANT);
        }
    }
    return status;
}

enum cm_status cm_node_holders(struct cm_graph *graph, cm_node target, cm_holder_visit visit, void *context)
{
    struct holder_walk walk = {graph, target, visit, context};
    enum cm_status status = cm_graph_unmark(graph);
    uint32_t count;
    const uint32_t *edges = cm_node_in(graph, target, &count);
    if (edges == NULL || status != CM_OK) {
        return CM_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        uint8_t form = graph->edge_form[edges[i]];
        if (edge_type_of(form) == CM_HOLD) {
            graph->mark[graph->edge_from[edges[i]]] = graph->epoch;
            status = visit(context, graph->edge_from[edges[i]], edge_rights_of(form), false);
        }
    }
    cm_node space = cm_resource_space(graph, target);
    bool follows = graph->has_rights && space != CM_NONE;
    return status == CM_OK && follows ? visit_followers(&walk, space) : status;
}
