/* SPDX-License-Identifier: BSD-2-Clause */
/* See writable.h: what each PD can write is listed once, and turned round; so MOs that one PD alone can write cost nothing more. */
#include "writable.h"

#include <stdlib.h>

#include "../core/internal.h"
#include "../core/rsi.h"
#include "trace.h"

/* The MOs that a PD can write, and what they weigh. */
struct writable {
    cm_node *mos;
    uint64_t *units;
    uint32_t count;
};

struct pairs {
    struct cm_graph *graph;
    struct writable *lists; /* of each PD */
    uint32_t count;
    struct cm_lists writers; /* per node: places of PDs */
    uint64_t *units;         /* per PD: what it has in common with the one looked at */
    uint64_t steps;
};

static enum cm_status list_writable(struct cm_graph *graph, cm_node pd, uint32_t depth, struct writable *list)
{
    struct cm_trace trace;
    enum cm_status status = cm_trace(graph, pd, depth, true, &trace);
    if (status != CM_OK) {
        return status;
    }
    list->mos = malloc(((size_t)trace.count + 1) * sizeof *list->mos);
    list->units = malloc(((size_t)trace.count + 1) * sizeof *list->units);
    if (list->mos == NULL || list->units == NULL) {
        status = CM_NO_MEMORY;
    }
    for (uint32_t i = 0; i < trace.count && status == CM_OK; i++) {
        cm_node node = trace.items[i].step.to;
        bool sized;
        if (cm_node_type(graph, node) == CM_TYPE_MO) {
            list->units[list->count] = cm_weight(graph, node, false, &sized);
            list->mos[list->count++] = node;
        }
    }
    cm_trace_free(&trace);
    return status;
}

/* Which PDs can write each MO, by their places, ascending. */
static enum cm_status list_writers(struct pairs *p)
{
    enum cm_status status = cm_lists_make(&p->graph->heap, &p->writers, cm_graph_nodes(p->graph));
    for (int pass = 0; pass < 2 && status == CM_OK; pass++) {
        for (uint32_t i = 0; i < p->count; i++) {
            for (uint32_t k = 0; k < p->lists[i].count; k++) {
                if (pass == 1) {
                    cm_lists_put(&p->writers, p->lists[i].mos[k], i);
                } else {
                    p->writers.start[p->lists[i].mos[k] + 1]++;
                }
            }
        }
        status = pass == 0 ? cm_lists_room(&p->graph->heap, &p->writers) : CM_OK;
    }
    if (status == CM_OK) {
        cm_lists_settle(&p->writers);
    }
    return status;
}

/* Adds up what i has in common with each later one, MO by MO. */
static enum cm_status visit_pairs(struct pairs *p, uint32_t i, cm_writable_pair visit, void *context)
{
    const struct writable *list = &p->lists[i];
    uint32_t last = i;
    for (uint32_t k = 0; k < list->count; k++) {
        uint32_t count;
        const uint32_t *writers = cm_lists_get(&p->writers, list->mos[k], &count);
        for (uint32_t w = count; w > 0 && writers[w - 1] > i; w--) {
            p->units[writers[w - 1]] += list->units[k];
            p->steps++;
        }
        last = count > 0 && writers[count - 1] > last ? writers[count - 1] : last;
    }
    enum cm_status status = p->steps > CM_MATRIX_STEPS ? CM_TOO_LONG : CM_OK;
    for (uint32_t j = i + 1; j <= last && status == CM_OK; j++) {
        status = p->units[j] > 0 ? visit(context, i, j, p->units[j]) : CM_OK;
        p->units[j] = 0;
    }
    return status;
}

enum cm_status cm_writable_pairs(struct cm_graph *graph, const cm_node *pds, uint32_t count, uint32_t depth,
                                 cm_writable_pair visit, void *context)
{
    struct pairs p = {.graph = graph, .count = count};
    p.lists = calloc((size_t)count + 1, sizeof *p.lists);
    p.units = calloc((size_t)count + 1, sizeof *p.units);
    enum cm_status status = p.lists == NULL || p.units == NULL ? CM_NO_MEMORY : CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        status = list_writable(graph, pds[i], depth, &p.lists[i]);
    }
    status = status == CM_OK ? list_writers(&p) : status;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        status = visit_pairs(&p, i, visit, context);
    }
    for (uint32_t i = 0; p.lists != NULL && i < count; i++) {
        free(p.lists[i].mos);
        free(p.lists[i].units);
    }
    cm_lists_free(&graph->heap, &p.writers);
    free(p.lists);
    free(p.units);
    return status;
}
