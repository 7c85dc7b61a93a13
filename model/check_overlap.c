/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MOs of a space do not overlap. Those that have an address are sorted by space and address; then only neighbours, and
 * whichever of those before reaches furthest, need to be compared. Of two that overlap, the later row is reported.
 */
#include "check_parts.h"
#include "fields.h"

struct run {
    uint64_t start, end; /* bytes */
    uint32_t space;      /* its place */
    cm_node mo;
};

static bool before(const struct run *one, const struct run *other)
{
    if (one->space != other->space) {
        return one->space < other->space;
    }
    return one->start != other->start ? one->start < other->start : one->mo < other->mo;
}

static void sift(struct run *runs, size_t root, size_t count)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && before(&runs[child], &runs[child + 1])) {
            child++;
        }
        if (!before(&runs[root], &runs[child])) {
            return;
        }
        struct run swap = runs[root];
        runs[root] = runs[child];
        runs[child] = swap;
    }
}

static void sort_runs(struct run *runs, size_t count)
{
    for (size_t i = count / 2; i-- > 0;) {
        sift(runs, i, count);
    }
    for (size_t end = count; end-- > 1;) {
        struct run swap = runs[0];
        runs[0] = runs[end];
        runs[end] = swap;
        sift(runs, 0, end);
    }
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
    sort_runs(runs, count);
    enum cm_status status = compare(c, runs, count);
    cm_heap_resize(&graph->heap, runs, sizeof *runs, capacity, 0);
    return status;
}
