/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The blast radius: see dependence.h. Bottom up: the PDs that depend on each PD; PDs by hops; spaces by hops; what a
 * policy takes.
 */
#include <stdlib.h>
#include <string.h>

#include "../core/internal.h"
#include "dependence.h"

struct blasting {
    struct cm_graph *graph;
    struct cm_radius *radius;
    struct cm_lists dependents; /* per PD (its place): places of PDs that ask it or leave their faults to it */
    struct cm_lists linked;     /* per PD: places of PDs that die with it */
    uint32_t *queue;
    uint64_t steps; /* PDs looked at */
};

/* -------------------------------------------------------------------------------------------------------- dependents */

/* Counts or places one dependence. */
static void note(struct cm_lists *lists, bool place, uint32_t on, uint32_t who)
{
    if (place) {
        cm_lists_put(lists, on, who);
    } else {
        lists->start[on + 1]++;
    }
}

static enum cm_status note_pd(struct blasting *b, uint32_t who, bool place)
{
    struct cm_graph *graph = b->graph;
    const struct cm_ask *asks;
    uint32_t count;
    enum cm_status status = cm_radius_asks(b->radius, graph->pds[who], &asks, &count);
    if (status != CM_OK) {
        return status;
    }
    for (uint32_t i = 0; i < count; i++) {
        note(&b->dependents, place, graph->node_aux[asks[i].to], who);
    }
    const uint32_t *edges = cm_node_out(graph, graph->pds[who], &count);
    for (uint32_t i = 0; i < count; i++) {
        enum cm_edge_type type = edge_type_of(graph->edge_form[edges[i]]);
        if (type == CM_FAULT || type == CM_LINK) {
            note(type == CM_FAULT ? &b->dependents : &b->linked, place, graph->node_aux[graph->edge_to[edges[i]]], who);
        }
    }
    return CM_OK;
}

static enum cm_status list_dependents(struct blasting *b)
{
    struct cm_heap *heap = &b->graph->heap;
    enum cm_status status = cm_lists_make(heap, &b->dependents, b->graph->pd_count);
    if (status == CM_OK) {
        status = cm_lists_make(heap, &b->linked, b->graph->pd_count);
    }
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t p = 0; p < b->graph->pd_count && status == CM_OK; p++) {
            status = note_pd(b, p, pass == 1);
        }
        if (pass == 0 && status == CM_OK) {
            status = cm_lists_room(heap, &b->dependents);
        }
        if (pass == 0 && status == CM_OK) {
            status = cm_lists_room(heap, &b->linked);
        }
    }
    if (status == CM_OK) {
        cm_lists_settle(&b->dependents);
        cm_lists_settle(&b->linked);
    }
    return status;
}

/* -------------------------------------------------------------------------------------------------------------- hops */

/*
 * Level by level: those at n, then who is linked to them, at n too; what depends on any of these is at n+1. The queue
 * holds a level's PDs in one run, so the linked ones join the run while it is gone through. Returns how many there are in all.
 */
static uint32_t spread_pds(struct blasting *b, uint32_t dead, struct cm_blast *blast)
{
    uint32_t start = 0, used = 0;
    blast->pd_hops[dead] = 0;
    b->queue[used++] = dead;
    for (uint32_t hops = 0; start < used; hops++) {
        blast->pd_depth = hops;
        for (uint32_t i = start; i < used; i++) {
            uint32_t count;
            const uint32_t *linked = cm_lists_get(&b->linked, b->queue[i], &count);
            b->steps += count + 1;
            for (uint32_t k = 0; k < count; k++) {
                if (blast->pd_hops[linked[k]] == CM_NONE) {
                    blast->pd_hops[linked[k]] = hops;
                    b->queue[used++] = linked[k];
                }
            }
        }
        uint32_t end = used;
        for (uint32_t i = start; i < end; i++) {
            uint32_t count;
            const uint32_t *dependents = cm_lists_get(&b->dependents, b->queue[i], &count);
            b->steps += count;
            for (uint32_t k = 0; k < count; k++) {
                if (blast->pd_hops[dependents[k]] == CM_NONE) {
                    blast->pd_hops[dependents[k]] = hops + 1;
                    b->queue[used++] = dependents[k];
                }
            }
        }
        start = end;
    }
    return used;
}

static enum cm_status spread_spaces(struct blasting *b, struct cm_blast *blast)
{
    struct cm_graph *graph = b->graph;
    uint32_t used = 0;
    for (uint32_t p = 0; p < graph->pd_count; p++) {
        uint32_t count;
        const cm_node *managed = cm_pd_managed(graph, graph->pds[p], &count);
        for (uint32_t i = 0; blast->pd_hops[p] == 0 && i < count; i++) {
            uint32_t place = graph->node_aux[managed[i]];
            if (blast->space_hops[place] == CM_NONE) {
                blast->space_hops[place] = 0;
                b->queue[used++] = place;
            }
        }
    }
    for (uint32_t i = 0; i < used; i++) {
        uint32_t count;
        const uint32_t *edges = cm_node_in(graph, graph->spaces[b->queue[i]], &count);
        if (edges == NULL) {
            return CM_NO_MEMORY;
        }
        uint32_t hops = blast->space_hops[b->queue[i]];
        blast->space_depth = hops;
        for (uint32_t k = 0; k < count; k++) {
            if (edge_type_of(graph->edge_form[edges[k]]) != CM_MAP) {
                continue;
            }
            uint32_t place = graph->node_aux[graph->edge_from[edges[k]]];
            if (blast->space_hops[place] == CM_NONE) {
                blast->space_hops[place] = hops + 1;
                b->queue[used++] = place;
            }
        }
    }
    return CM_OK;
}

enum cm_status cm_blast(struct cm_radius *radius, struct cm_graph *graph, cm_node pd, struct cm_blast *blast)
{
    struct blasting b = {.graph = graph, .radius = radius};
    size_t pds = (size_t)graph->pd_count + 1, spaces = (size_t)graph->space_count + 1;
    *blast = (struct cm_blast){0};
    blast->pd_hops = malloc(pds * sizeof *blast->pd_hops);
    blast->space_hops = malloc(spaces * sizeof *blast->space_hops);
    b.queue = malloc((pds + spaces) * sizeof *b.queue);
    enum cm_status status = CM_NO_MEMORY;
    if (blast->pd_hops != NULL && blast->space_hops != NULL && b.queue != NULL) {
        memset(blast->pd_hops, 0xff, pds * sizeof *blast->pd_hops);
        memset(blast->space_hops, 0xff, spaces * sizeof *blast->space_hops);
        status = list_dependents(&b);
    }
    if (status == CM_OK) {
        spread_pds(&b, graph->node_aux[pd], blast);
        status = spread_spaces(&b, blast);
    }
    cm_lists_free(&graph->heap, &b.dependents);
    cm_lists_free(&graph->heap, &b.linked);
    free(b.queue);
    if (status != CM_OK) {
        cm_blast_free(blast);
    }
    return status;
}

static int by_place(const void *one, const void *other)
{
    const uint32_t *a = one, *b = other;
    return (*a > *b) - (*a < *b);
}

/* Visits those that the death of one reaches, and forgets them. */
static enum cm_status visit_lost(struct blasting *b, uint32_t dead, struct cm_blast *blast, cm_blast_visit visit, void *context)
{
    uint32_t count = spread_pds(b, dead, blast);
    enum cm_status status = b->steps > CM_MATRIX_STEPS ? CM_TOO_LONG : CM_OK;
    qsort(b->queue, count, sizeof *b->queue, by_place);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t lost = b->queue[i];
        if (status == CM_OK && lost != dead) {
            status = visit(context, b->graph->pds[dead], b->graph->pds[lost], blast->pd_hops[lost]);
        }
        blast->pd_hops[lost] = CM_NONE;
    }
    return status;
}

enum cm_status cm_blast_pairs(struct cm_radius *radius, struct cm_graph *graph, const cm_node *pds, uint32_t count,
                              cm_blast_visit visit, void *context)
{
    struct blasting b = {.graph = graph, .radius = radius};
    struct cm_blast blast = {0};
    size_t room = (size_t)graph->pd_count + 1;
    blast.pd_hops = malloc(room * sizeof *blast.pd_hops);
    b.queue = malloc(room * sizeof *b.queue);
    enum cm_status status = blast.pd_hops == NULL || b.queue == NULL ? CM_NO_MEMORY : list_dependents(&b);
    if (status == CM_OK) {
        memset(blast.pd_hops, 0xff, room * sizeof *blast.pd_hops);
    }
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        status = visit_lost(&b, graph->node_aux[pds[i]], &blast, visit, context);
    }
    cm_lists_free(&graph->heap, &b.dependents);
    cm_lists_free(&graph->heap, &b.linked);
    free(b.queue);
    free(blast.pd_hops);
    return status;
}

void cm_blast_free(struct cm_blast *blast)
{
    free(blast->pd_hops);
    free(blast->space_hops);
    *blast = (struct cm_blast){0};
}

/* -------------------------------------------------------------------------------------------------------------- policy */

bool cm_blast_takes(const struct cm_blast *blast, const struct cm_graph *graph, cm_node node, uint32_t pd_depth,
                    uint32_t space_depth)
{
    uint32_t place = graph->node_aux[node];
    if (cm_node_kind(graph, node) == CM_PD) {
        return blast->pd_hops[place] != CM_NONE && blast->pd_hops[place] <= pd_depth;
    }
    if (blast->space_hops[place] != CM_NONE && blast->space_hops[place] <= space_depth) {
        return true;
    }
    uint32_t count;
    const cm_node *managers = cm_space_managers(graph, node, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (cm_blast_takes(blast, graph, managers[i], pd_depth, space_depth)) {
            return true;
        }
    }
    return false;
}
