/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MOs of a space do not overlap. Those that have an address are sorted by space and address; then only neighbours, and
 * whichever of those before reaches furthest, need to be compared. Of two that overlap, the later row is reported.
 */
#include <stdlib.h>

#include "check_parts.h"
#include "fields.h"

struct run {
    uint64_t start, end; /* bytes */
    uint32_t space;      /* its place */
    cm_node mo;
};

static int by_start(const void *one, const void *other)
{
    const struct run *a = one, *b = other;
    if (a->space != b->space) {
        return a->space < b->space ? -1 : 1;
    }
    return a->start != b->start ? (a->start < b->start ? -1 : 1) : (a->mo > b->mo) - (a->mo < b->mo);
}

/* The MO's run, if it has an address and a size. Address 0 means that it has no page yet. */
static bool run_of(const struct cm_graph *graph, cm_node node, struct run *run)
{
    struct cm_extent extent;
    bool mo = graph->node_form[node] == ((uint32_t)CM_RESOURCE << FORM_KIND_SHIFT | CM_TYPE_MO);
    if (!mo || graph->node_aux[node] == CM_NONE ||
        cm_field_mo(cm_text_of(cm_node_extra(graph, node)), &extent) != CM_FIELD_OK || !extent.has_address ||
        extent.address == 0 || extent.units == 0) {
        return false;
    }
    *run = (struct run){extent.address, extent.address + (extent.pages << extent.page_bits),
                        graph->node_aux[graph->node_aux[node]], node};
    return true;
}

static enum cm_status compare(struct cm_checking *c, const struct run *runs, uint32_t count)
{
    enum cm_status status = CM_OK;
    uint32_t furthest = 0;
    for (uint32_t i = 1; i < count && status == CM_OK; i++) {
        if (runs[i].space == runs[furthest].space && runs[i].start < runs[furthest].end) {
            cm_node one = runs[i].mo, other = runs[furthest].mo;
            uint32_t a = c->graph->node_line[one], b = c->graph->node_line[other];
            bool later = a == b ? one > other : a > b;
            struct cm_offence offence = {CM_FAULT_OVERLAP, later ? a : b, later ? one : other,
                                         later ? other : one, CM_NONE, CM_NONE, NULL};
            status = cm_report(c, offence);
        }
        if (runs[i].space != runs[furthest].space || runs[i].end > runs[furthest].end) {
            furthest = i;
        }
    }
    return status;
}

enum cm_status cm_check_overlaps(struct cm_checking *c)
{
    struct cm_graph *graph = c->graph;
    struct run *runs = NULL;
    uint32_t count = 0, capacity = 0;
    for (cm_node n = 0; n < graph->node_count; n++) {
        struct run run;
        if (!run_of(graph, n, &run)) {
            continue;
        }
        struct run *more = cm_heap_grow(&graph->heap, runs, sizeof *runs, &capacity, count + 1ull);
        if (more == NULL) {
            cm_heap_resize(&graph->heap, runs, sizeof *runs, capacity, 0);
            return CM_NO_MEMORY;
        }
        runs = more;
        runs[count++] = run;
    }
    if (count > 0) {
        qsort(runs, count, sizeof *runs, by_start);
    }
    enum cm_status status = compare(c, runs, count);
    cm_heap_resize(&graph->heap, runs, sizeof *runs, capacity, 0);
    return status;
}
