/* SPDX-License-Identifier: BSD-2-Clause */
/* See writable.h: what each PD can write is listed once, then marked PD by PD and looked through for the later ones. */
#include "writable.h"

#include <stdlib.h>

#include "../core/rsi.h"
#include "trace.h"

/* The MOs that a PD can write, and what they weigh. */
struct writable {
    cm_node *mos;
    uint64_t *units;
    uint32_t count;
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

static enum cm_status visit_pairs(const struct writable *lists, uint32_t i, uint32_t count, uint32_t *mark,
                                  cm_writable_pair visit, void *context)
{
    enum cm_status status = CM_OK;
    for (uint32_t k = 0; k < lists[i].count; k++) {
        mark[lists[i].mos[k]] = i + 1;
    }
    for (uint32_t j = i + 1; j < count && status == CM_OK; j++) {
        uint64_t units = 0;
        for (uint32_t k = 0; k < lists[j].count; k++) {
            units += mark[lists[j].mos[k]] == i + 1 ? lists[j].units[k] : 0;
        }
        status = units > 0 ? visit(context, i, j, units) : CM_OK;
    }
    return status;
}

enum cm_status cm_writable_pairs(struct cm_graph *graph, const cm_node *pds, uint32_t count, uint32_t depth,
                                 cm_writable_pair visit, void *context)
{
    struct writable *lists = calloc((size_t)count + 1, sizeof *lists);
    uint32_t *mark = calloc((size_t)cm_graph_nodes(graph) + 1, sizeof *mark);
    enum cm_status status = lists == NULL || mark == NULL ? CM_NO_MEMORY : CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        status = list_writable(graph, pds[i], depth, &lists[i]);
    }
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        status = visit_pairs(lists, i, count, mark, visit, context);
    }
    for (uint32_t i = 0; lists != NULL && i < count; i++) {
        free(lists[i].mos);
        free(lists[i].units);
    }
    free(lists);
    free(mark);
    return status;
}
