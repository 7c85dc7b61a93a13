/* SPDX-License-Identifier: BSD-2-Clause */
/* Trusted base and attack surface: see dependence.h. The blast radius is in blast.c. */
#include "dependence.h"

#include <stdlib.h>

#include "trace.h"

const char *cm_trust_text(enum cm_trust trust)
{
    static const char *const words[] = {"request", "implied request", "fault", "memory"};
    return words[trust];
}

struct trusting {
    struct cm_graph *graph;
    struct cm_trusted *trusted;
    uint32_t count;
    bool *seen; /* per node */
    cm_node pd, mo;
};

static void trust(struct trusting *t, cm_node pd, cm_node through, enum cm_trust why, uint32_t hops)
{
    if (!t->seen[pd]) {
        t->seen[pd] = true;
        t->trusted[t->count++] = (struct cm_trusted){pd, through, why, hops};
    }
}

/* Whom a PD asks, written requests before implied ones, and who handles its faults. */
static enum cm_status trust_next(struct trusting *t, struct cm_radius *radius, cm_node pd, uint32_t hops)
{
    const struct cm_ask *asks;
    uint32_t count;
    enum cm_status status = cm_radius_asks(radius, pd, &asks, &count);
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

static enum cm_status trust_writer(void *context, cm_node pd, unsigned rights, bool derived)
{
    struct trusting *t = context;
    (void)derived;
    if ((rights & CM_WRITE) != 0) {
        trust(t, pd, t->mo, CM_TRUST_MEMORY, 0);
    }
    return CM_OK;
}

static enum cm_status trust_writers(struct trusting *t)
{
    struct cm_trace trace;
    enum cm_status status = cm_trace(t->graph, t->pd, 0, 0, &trace);
    if (status != CM_OK) {
        return status;
    }
    for (uint32_t i = 0; i < trace.count && status == CM_OK; i++) {
        t->mo = trace.items[i].step.to;
        if (cm_node_type(t->graph, t->mo) == CM_TYPE_MO) {
            status = cm_node_holders(t->graph, t->mo, trust_writer, t);
        }
    }
    cm_trace_free(&trace);
    return status;
}

enum cm_status cm_trusted_base(struct cm_radius *radius, struct cm_graph *graph, cm_node pd,
                               struct cm_trusted *trusted, uint32_t *count)
{
    struct trusting t = {.graph = graph, .trusted = trusted, .pd = pd};
    t.seen = calloc(cm_graph_nodes(graph), sizeof *t.seen);
    if (t.seen == NULL) {
        return CM_NO_MEMORY;
    }
    t.seen[pd] = true;
    enum cm_status status = trust_next(&t, radius, pd, 1);
    for (uint32_t i = 0; i < t.count && status == CM_OK; i++) {
        status = trust_next(&t, radius, trusted[i].pd, trusted[i].hops + 1);
    }
    if (status == CM_OK) {
        status = trust_writers(&t);
    }
    free(t.seen);
    *count = t.count;
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
