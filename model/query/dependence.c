/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trusted base and attack surface: see dependence.h. The blast radius is in blast.c. Bottom up: who holds
 * what, and what makes one PD trust another: requests and faults, memory, handles, places.
 *
 * Trust is transitive, so what one member reaches need not be looked at again for the next: every node is gone through once
 * for each question, whatever the number of members.
 */
#include "dependence.h"

#include <stdlib.h>
#include <string.h>

#include "../core/internal.h"
#include "handles.h"

const char *cm_trust_text(enum cm_trust trust)
{
    static const char *const words[] = {"request", "implied request", "fault", "memory", "handle", "place"};
    return words[trust];
}

/* The purposes for which a node was visited already. */
enum { SEEN = 1,
       REACHED = 2,
       WRITERS = 4,
       STEERED = 8,
       FOLLOWED = 16,
       SERVED = 32,
       MANAGED = 64,
       INSIDE = 128, /* reached through guest-physical memory */
       INSIDE_WRITERS = 256 };

/* So many nodes are set up in the time of a step. */
#define CLEARED 16

struct trusting {
    struct cm_graph *graph;
    struct cm_radius *radius;
    struct cm_trusted *trusted;
    uint32_t count;
    uint16_t *done; /* per node */
    cm_node *stack; /* room for all nodes, three times */
    uint32_t used;

    struct cm_handles *handles;
    uint64_t steps, most_steps; /* holders, requests and managed spaces looked at */
    uint64_t walked;            /* nodes and edges gone through, each once */

    /* of the current step */
    cm_node through;
    enum cm_trust why;
    uint32_t hops;
    unsigned rights; /* one of them is enough */
};

static bool first_time(struct trusting *t, cm_node node, uint16_t what)
{
    bool first = (t->done[node] & what) == 0;
    t->done[node] = (uint16_t)(t->done[node] | what);
    return first;
}

static void trust(struct trusting *t, cm_node pd, cm_node through, enum cm_trust why, uint32_t hops)
{
    if (!cm_radius_ignores(t->radius, pd) && first_time(t, pd, SEEN)) {
        t->trusted[t->count++] = (struct cm_trusted){pd, through, why, hops};
    }
}

/* ---------------------------------------------------------------------------------------------------------- holders */

static enum cm_status trust_holder(void *context, cm_node pd, unsigned rights, bool derived)
{
    struct trusting *t = context;
    (void)derived;
    if (++t->steps > t->most_steps) {
        return CM_TOO_LONG;
    }
    bool runs = t->why == CM_TRUST_PLACE && !cm_graph_has_rights(t->graph);
    if (runs || (rights & t->rights) != 0) {
        trust(t, pd, t->through, t->why, t->hops);
    }
    return CM_OK;
}

/* Those who hold it by a row. */
static enum cm_status trust_written(struct trusting *t, cm_node target)
{
    uint32_t count;
    const uint32_t *edges = cm_node_in(t->graph, target, &count);
    enum cm_status status = edges == NULL ? CM_NO_MEMORY : CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        uint8_t form = t->graph->edge_form[edges[i]];
        if (edge_type_of(form) == CM_HOLD) {
            status = trust_holder(t, t->graph->edge_from[edges[i]], edge_rights_of(form), false);
        }
    }
    return status;
}

/*
 * The PDs that hold the target with one of some rights. Those for which that follows (members of a class, those who run in an
 * address space, managers) are the same for all such targets of a space, so they are looked at once for each space.
 */
static enum cm_status trust_holders(struct trusting *t, cm_node target, unsigned rights, cm_node through,
                                    enum cm_trust why, uint32_t hops)
{
    cm_node space = cm_node_kind(t->graph, target) == CM_RESOURCE ? cm_resource_space(t->graph, target) : CM_NONE;
    t->rights = rights;
    t->through = through;
    t->why = why;
    t->hops = hops;
    return space == CM_NONE || first_time(t, space, FOLLOWED) ? cm_node_holders(t->graph, target, trust_holder, t)
                                                              : trust_written(t, target);
}

/* ----------------------------------------------------------------------------------------------- requests and faults */

/* The PDs that a PD asks, written requests before implied ones, and the one that handles its faults. */
static enum cm_status trust_asked(struct trusting *t, cm_node pd, uint32_t hops)
{
    const struct cm_ask *asks;
    uint32_t count;
    enum cm_status status = cm_radius_asks(t->radius, pd, &asks, &count);
    t->steps += count;
    for (int implied = 0; implied < 2 && status == CM_OK; implied++) {
        for (uint32_t i = 0; i < count; i++) {
            if (asks[i].implied == (implied == 1)) {
                trust(t, asks[i].to, pd, asks[i].implied ? CM_TRUST_IMPLIED : CM_TRUST_REQUEST, hops);
            }
        }
    }
    const uint32_t *edges = cm_node_out(t->graph, pd, &count);
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        struct cm_edge edge;
        cm_graph_edge(t->graph, edges[i], &edge);
        if (edge.edge_type == CM_FAULT) {
            trust(t, edge.to, pd, CM_TRUST_FAULT, hops);
        }
    }
    return status;
}

/* ----------------------------------------------------------------------------------------------------------- memory */

/*
 * All PDs that can write an MO: holders of it, and of VMRs from which MAP edges, each with w, lead to it. What a guest writes
 * counts only `inside`, for PDs that reach the MO through guest-physical memory: no PD outside relies on it.
 */
static enum cm_status trust_writers(struct trusting *t, cm_node mo, bool inside, uint32_t hops)
{
    uint32_t base = t->used;
    enum cm_status status = CM_OK;
    t->stack[t->used++] = mo;
    while (t->used > base && status == CM_OK) {
        cm_node node = t->stack[--t->used];
        if (cm_node_type(t->graph, node) != CM_TYPE_GMO) {
            status = trust_holders(t, node, CM_WRITE, mo, CM_TRUST_MEMORY, hops);
        }
        uint32_t count = 0;
        const uint32_t *edges = status == CM_OK ? cm_node_in(t->graph, node, &count) : NULL;
        status = edges == NULL ? CM_NO_MEMORY : status;
        t->walked += count;
        for (uint32_t i = 0; status == CM_OK && i < count; i++) {
            cm_node from = t->graph->edge_from[edges[i]];
            bool writes = edge_type_of(t->graph->edge_form[edges[i]]) == CM_MAP &&
                          (cm_map_rights(t->graph, edges[i]) & CM_WRITE) != 0 &&
                          (inside || cm_node_type(t->graph, from) != CM_TYPE_GMO);
            if (writes && first_time(t, from, inside ? INSIDE_WRITERS : WRITERS)) {
                t->stack[t->used++] = from;
            }
        }
    }
    return status;
}

/* `how`: REACHED or INSIDE. */
static void reach(struct trusting *t, cm_node target, uint16_t how)
{
    if (cm_node_kind(t->graph, target) == CM_RESOURCE && first_time(t, target, how)) {
        t->stack[t->used++] = target;
    }
}

/*
 * The root task, and a guest's kernel, which manages guest-physical memory, manage nearly everything and hold it thereby, but
 * do not rely on its contents.
 */
static bool is_kernel(const struct cm_graph *graph, cm_node pd)
{
    uint32_t count;
    const cm_node *managed = cm_pd_managed(graph, pd, &count);
    bool found = pd == graph->root;
    for (uint32_t i = 0; i < count && !found; i++) {
        found = cm_node_type(graph, managed[i]) == CM_TYPE_GMO;
    }
    return found;
}

/* The members of a space, MANAGED: all, or SERVED: those of its type, are the same for all who hold them by it. */
static void reach_members(struct trusting *t, cm_node space, uint16_t which)
{
    uint32_t count = 0;
    const cm_node *members = first_time(t, space, which) ? cm_space_members(t->graph, space, &count) : NULL;
    t->walked += count;
    for (uint32_t i = 0; i < count; i++) {
        if (which == MANAGED || cm_node_type(t->graph, members[i]) == cm_type_served(cm_node_type(t->graph, space))) {
            reach(t, members[i], REACHED);
        }
    }
}

/* What a PD holds, as cm_pd_holds() tells, but for what was reached before, and what a kernel manages. */
static void reach_held(struct trusting *t, cm_node pd)
{
    uint32_t count;
    const uint32_t *edges = cm_node_out(t->graph, pd, &count);
    bool follows = cm_graph_has_rights(t->graph);
    bool kernel = is_kernel(t->graph, pd);
    t->walked += count;
    for (uint32_t i = 0; i < count; i++) {
        struct cm_edge hold;
        if (!cm_graph_edge(t->graph, edges[i], &hold) || hold.edge_type != CM_HOLD) {
            continue;
        }
        cm_node space = cm_node_kind(t->graph, hold.to) == CM_SPACE ? hold.to : cm_resource_space(t->graph, hold.to);
        if (kernel && space != CM_NONE && cm_pd_manages(t->graph, pd, space)) {
            continue;
        }
        reach(t, hold.to, REACHED);
        if (follows && cm_node_kind(t->graph, hold.to) == CM_SPACE &&
            (cm_hold_runs(t->graph, &hold) || cm_space_is_class(t->graph, hold.to))) {
            reach_members(t, hold.to, SERVED);
        }
    }
    const cm_node *managed = cm_pd_managed(t->graph, pd, &count);
    t->steps += count;
    for (uint32_t i = 0; follows && !kernel && i < count; i++) {
        reach_members(t, managed[i], MANAGED);
    }
}

/* Goes on along MAPs from what is reached: those of GMOs lead inside. */
static enum cm_status trust_reached(struct trusting *t, uint32_t hops)
{
    enum cm_status status = CM_OK;
    while (t->used > 0 && status == CM_OK) {
        cm_node node = t->stack[--t->used];
        bool inside = (t->done[node] & INSIDE) != 0;
        uint16_t below = inside || cm_node_type(t->graph, node) == CM_TYPE_GMO ? INSIDE : REACHED;
        uint32_t count;
        const uint32_t *edges = cm_node_out(t->graph, node, &count);
        t->walked += count + 1;
        for (uint32_t i = 0; i < count; i++) {
            if (edge_type_of(t->graph->edge_form[edges[i]]) == CM_MAP) {
                reach(t, t->graph->edge_to[edges[i]], below);
            }
        }
        if (cm_node_type(t->graph, node) == CM_TYPE_MO) {
            status = trust_writers(t, node, inside, hops);
        }
    }
    return status;
}

/* The writers of all MOs that a PD reaches. */
static enum cm_status trust_memory(struct trusting *t, cm_node pd, uint32_t hops)
{
    reach_held(t, pd);
    return trust_reached(t, hops);
}

/* ----------------------------------------------------------------------------------------------- handles and places */

/* All PDs that may steer a PD: by a handle of it, or of one of its makers, for what these made counts as theirs. */
static enum cm_status trust_steering(struct trusting *t, cm_node pd, uint32_t hops)
{
    enum cm_status status = CM_OK;
    t->stack[t->used++] = pd;
    while (t->used > 0 && status == CM_OK) {
        cm_node steered = t->stack[--t->used];
        uint32_t count;
        const cm_node *handles = cm_handles_of(t->handles, steered, &count);
        for (uint32_t i = 0; i < count && status == CM_OK; i++) {
            status = trust_holders(t, handles[i], CM_WRITE | CM_EXECUTE | CM_GRANT, steered, CM_TRUST_HANDLE, hops);
        }
        const uint32_t *edges = cm_node_out(t->graph, steered, &count);
        for (uint32_t i = 0; i < count; i++) {
            cm_node maker = t->graph->edge_to[edges[i]];
            if (edge_type_of(t->graph->edge_form[edges[i]]) == CM_PARENT && first_time(t, maker, STEERED)) {
                t->stack[t->used++] = maker;
            }
        }
    }
    return status;
}

/* All PDs that may change, or run in, an address space or VCPU that a PD uses. Without rights every HOLD on one is running. */
static enum cm_status trust_places(struct trusting *t, cm_node pd, uint32_t hops)
{
    uint32_t count;
    const uint32_t *edges = cm_node_out(t->graph, pd, &count);
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        struct cm_edge hold;
        cm_graph_edge(t->graph, edges[i], &hold);
        if (hold.edge_type == CM_HOLD && cm_hold_runs(t->graph, &hold) && first_time(t, hold.to, STEERED)) {
            status = trust_holders(t, hold.to, CM_WRITE | CM_EXECUTE, hold.to, CM_TRUST_PLACE, hops);
        }
    }
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- together */

static enum cm_status trust_by_authority(struct trusting *t, cm_node pd, uint32_t hops)
{
    enum cm_status status = trust_memory(t, pd, hops);
    if (status == CM_OK) {
        status = trust_steering(t, pd, hops);
    }
    return status == CM_OK ? trust_places(t, pd, hops) : status;
}

/* Requests and faults first: where one leads to a PD, it is the reason given. */
static enum cm_status close_base(struct trusting *t, cm_node pd)
{
    enum cm_status status = trust_asked(t, pd, 1);
    uint32_t asked = 0, looked_at = 0;
    bool itself = true;
    while (status == CM_OK && (asked < t->count || looked_at < t->count || itself)) {
        if (asked < t->count) {
            const struct cm_trusted *member = &t->trusted[asked++];
            status = trust_asked(t, member->pd, member->hops + 1);
        } else if (itself) {
            itself = false;
            status = trust_by_authority(t, pd, 0);
        } else {
            const struct cm_trusted *member = &t->trusted[looked_at++];
            status = trust_by_authority(t, member->pd, member->hops);
        }
        status = status == CM_OK && t->steps > t->most_steps ? CM_TOO_LONG : status;
    }
    return status;
}

enum cm_status cm_trusted_base(struct cm_radius *radius, struct cm_graph *graph, cm_node pd,
                               struct cm_trusted *trusted, uint32_t *count, uint64_t *steps)
{
    struct trusting t = {.graph = graph, .radius = radius, .trusted = trusted, .most_steps = *steps};
    t.done = calloc(cm_graph_nodes(graph), sizeof *t.done);
    t.stack = malloc(((size_t)cm_graph_nodes(graph) + 1) * 3 * sizeof *t.stack);
    enum cm_status status = t.done == NULL || t.stack == NULL ? CM_NO_MEMORY : cm_handles_make(graph, &t.handles);
    if (status == CM_OK) {
        t.done[pd] = SEEN | STEERED;
        status = close_base(&t, pd);
    }
    cm_handles_free(t.handles);
    free(t.stack);
    free(t.done);
    *count = t.count;
    t.steps += t.walked + graph->pd_count + cm_graph_nodes(graph) / CLEARED;
    *steps -= t.steps < *steps ? t.steps : *steps;
    return status;
}

enum cm_status cm_surface(struct cm_radius *radius, struct cm_graph *graph, cm_node pd, cm_surface_visit visit,
                          void *context)
{
    uint32_t pds;
    const cm_node *list = cm_graph_pds(graph, &pds);
    enum cm_status status = CM_OK;
    for (uint32_t p = 0; p < pds && status == CM_OK; p++) {
        const struct cm_ask *asks;
        uint32_t count;
        status = cm_radius_asks(radius, list[p], &asks, &count);
        for (uint32_t i = 0; i < count && status == CM_OK; i++) {
            if (asks[i].to == pd) {
                status = visit(context, list[p], &asks[i]);
            }
        }
    }
    return status;
}
