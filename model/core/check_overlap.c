/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MOs of a space do not overlap, nor do BLOCKs. Those that have an extent are sorted by space and address; then only neighbours, and
 * whichever of those before reaches furthest, need to be compared. Of two that overlap, the later row is reported.
 */
#include <stdlib.h>

#include "check_parts.h"
#include "fields.h"

struct run {
    uint64_t start, end; /* bytes, or blocks */
    uint32_t space;      /* its place */
    uint32_t type;       /* bytes and blocks do not compare */
    cm_node node;
};

static int by_start(const void *one, const void *other)
{
    const struct run *a = one, *b = other;
    if (a->space != b->space) {
        return a->space < b->space ? -1 : 1;
    }
    if (a->type != b->type) {
        return a->type < b->type ? -1 : 1;
    }
    return a->start != b->start ? (a->start < b->start ? -1 : 1) : (a->node > b->node) - (a->node < b->node);
}

/* The node's run, if it has one. Address 0 of an MO means that it has no page yet. */
static bool run_of(const struct cm_graph *graph, cm_node node, struct run *run)
{
    struct cm_extent extent;
    uint64_t first, blocks;
    uint32_t form = graph->node_form[node], type = form & FORM_TYPE_MASK;
    if (form_kind(form) != CM_RESOURCE || graph->node_aux[node] == CM_NONE) {
        return false;
    }
    uint32_t space = graph->node_aux[graph->node_aux[node]];
    if (type == CM_TYPE_BLOCK && cm_field_blocks(cm_text_of(cm_node_extra(graph, node)), &first, &blocks) == CM_FIELD_OK) {
        *run = (struct run){first, first + blocks, space, type, node};
        return true;
    }
    if (type != CM_TYPE_MO ||
        cm_field_mo(cm_text_of(cm_node_extra(graph, node)), &extent) != CM_FIELD_OK || !extent.has_address ||
        extent.address == 0 || extent.units == 0) {
        return false;
    }
    *run = (struct run){extent.address, extent.address + (extent.pages << extent.page_bits), space, type, node};
    return true;
}

static enum cm_status compare(struct cm_checking *c, const struct run *runs, uint32_t count)
{
    enum cm_status status = CM_OK;
    uint32_t furthest = 0;
    for (uint32_t i = 1; i < count && status == CM_OK; i++) {
        bool together = runs[i].space == runs[furthest].space && runs[i].type == runs[furthest].type;
        if (together && runs[i].start < runs[furthest].end) {
            cm_node one = runs[i].node, other = runs[furthest].node;
            uint32_t a = c->graph->node_line[one], b = c->graph->node_line[other];
            bool later = a == b ? one > other : a > b;
            struct cm_offence offence = {CM_FAULT_OVERLAP, later ? a : b, later ? one : other,
                                         later ? other : one, CM_NONE, CM_NONE, NULL};
            status = cm_report(c, offence);
        }
        if (!together || runs[i].end > runs[furthest].end) {
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
            cm_heap_free(&graph->heap, runs);
            return CM_NO_MEMORY;
        }
        runs = more;
        runs[count++] = run;
    }
    if (count > 0) {
        qsort(runs, count, sizeof *runs, by_start);
    }
    enum cm_status status = compare(c, runs, count);
    cm_heap_free(&graph->heap, runs);
    return status;
}
