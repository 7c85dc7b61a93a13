/* SPDX-License-Identifier: BSD-2-Clause */
/* RSI of a pair: reach from both, then count. See rsi.h; all pairs at once are in rsi_matrix.c. */
#include "rsi.h"

#include <string.h>

#include "fields.h"
#include "internal.h"

/* The original tool looks at these types and at paths of at most four edges. */
#define COMPAT_DEPTH 4

bool cm_rsi_counts(uint32_t type, bool compat)
{
    return !compat || type == CM_TYPE_VMR || type == CM_TYPE_MO || type == CM_TYPE_VCPU || type == CM_TYPE_PCPU ||
           type == CM_TYPE_FILE || type == CM_TYPE_BLOCK;
}

/* ------------------------------------------------------------------------------------------------------------ reach */

struct walk {
    struct cm_graph *graph;
    struct cm_reach *reach;
};

static enum cm_status reach_node(struct walk *walk, cm_node node)
{
    struct cm_graph *graph = walk->graph;
    struct cm_reach *reach = walk->reach;
    if (graph->mark[node] == graph->epoch || form_kind(graph->node_form[node]) != CM_RESOURCE) {
        return CM_OK;
    }
    graph->mark[node] = graph->epoch;
    if (reach->count == reach->capacity) {
        cm_node *nodes = cm_heap_grow(&graph->heap, reach->nodes, sizeof *nodes, &reach->capacity, reach->count + 1ull);
        if (nodes == NULL) {
            return CM_NO_MEMORY;
        }
        reach->nodes = nodes;
    }
    reach->nodes[reach->count++] = node;
    return CM_OK;
}

static enum cm_status reach_held(void *context, cm_node target, unsigned rights, bool derived)
{
    (void)rights;
    (void)derived;
    return reach_node(context, target);
}

/* One more MAP edge from the nodes reached at places from..to. */
static enum cm_status reach_mapped(struct walk *walk, uint32_t from, uint32_t to)
{
    struct cm_graph *graph = walk->graph;
    enum cm_status status = CM_OK;
    for (uint32_t i = from; i < to && status == CM_OK; i++) {
        uint32_t count;
        const uint32_t *edges = cm_node_out(graph, walk->reach->nodes[i], &count);
        for (uint32_t e = 0; e < count && status == CM_OK; e++) {
            if (edge_type_of(graph->edge_form[edges[e]]) == CM_MAP) {
                status = reach_node(walk, graph->edge_to[edges[e]]);
            }
        }
    }
    return status;
}

/*
 * Breadth first, so that a node is met by its shortest path first. A path that starts at a held space, which the
 * original tool also follows, meets no resource: spaces map onto spaces only.
 */
static enum cm_status reach_marked(struct cm_graph *graph, cm_node pd, const struct cm_metric_options *options,
                                   struct cm_reach *reach)
{
    struct walk walk = {graph, reach};
    uint32_t depth = options->depth != 0 ? options->depth : options->compat ? COMPAT_DEPTH : UINT32_MAX;
    enum cm_status status = cm_pd_holds(graph, pd, !options->compat, false, reach_held, &walk);
    uint32_t done = 0;
    for (uint32_t level = 1; status == CM_OK && level < depth && done < reach->count; level++) {
        uint32_t end = reach->count;
        status = reach_mapped(&walk, done, end);
        done = end;
    }
    return status;
}

enum cm_status cm_reach(struct cm_graph *graph, cm_node pd, const struct cm_metric_options *options,
                        struct cm_reach *reach)
{
    *reach = (struct cm_reach){0};
    if (!graph->finished) {
        return CM_BAD_PHASE;
    }
    if (pd >= graph->node_count || form_kind(graph->node_form[pd]) != CM_PD) {
        return CM_BAD_NODE;
    }
    enum cm_status status = cm_graph_unmark(graph);
    if (status == CM_OK) {
        status = reach_marked(graph, pd, options, reach);
    }
    if (status != CM_OK) {
        cm_reach_free(graph, reach);
    }
    return status;
}

void cm_reach_free(struct cm_graph *graph, struct cm_reach *reach)
{
    cm_heap_free(&graph->heap, reach->nodes);
    *reach = (struct cm_reach){0};
}

/* ----------------------------------------------------------------------------------------------------------- weight */

uint64_t cm_weight(const struct cm_graph *graph, cm_node resource, bool compat, bool *sized)
{
    uint32_t type = graph->node_form[resource] & FORM_TYPE_MASK;
    if (!cm_rsi_counts(type, compat)) {
        return 0;
    }
    uint64_t first, blocks;
    if (type == CM_TYPE_BLOCK && !compat &&
        cm_field_blocks(cm_text_of(cm_node_extra(graph, resource)), &first, &blocks) == CM_FIELD_OK) {
        return blocks;
    }
    if (type != CM_TYPE_MO) {
        return 1;
    }
    struct cm_extent extent;
    enum cm_field field = cm_field_mo(cm_text_of(cm_node_extra(graph, resource)), &extent);
    if (compat && field == CM_FIELD_OK) {
        return extent.pages; /* the original tool counts pages, of whatever size, and none when there are none */
    }
    if (field == CM_FIELD_OK && extent.units > 0) {
        return extent.units;
    }
    *sized = false;
    return 1;
}

/* ------------------------------------------------------------------------------------------------------------- pair */

static void saturating_add(uint64_t *sum, uint64_t weight)
{
    *sum = *sum > UINT64_MAX - weight ? UINT64_MAX : *sum + weight;
}

static void count_unsized(struct cm_rsi *rsi, cm_node node)
{
    if (rsi->unsized++ == 0) {
        rsi->first_unsized = node;
    }
}

/* By the name's bytes. There are few types. */
static void sort_rows(const struct cm_graph *graph, struct cm_rsi_row *rows, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct cm_rsi_row row = rows[i];
        uint32_t at = i;
        while (at > 0 && strcmp(cm_type_name(graph, rows[at - 1].type), cm_type_name(graph, row.type)) > 0) {
            rows[at] = rows[at - 1];
            at--;
        }
        rows[at] = row;
    }
}

/* rows[type] is complete for every type; keep and sort those that somebody reaches. */
static enum cm_status keep_reached(struct cm_graph *graph, struct cm_rsi *rsi, const bool *reached)
{
    uint32_t kept = 0;
    for (uint32_t t = 0; t < graph->type_count; t++) {
        kept += reached[t];
    }
    struct cm_rsi_row *rows = cm_heap_make(&graph->heap, sizeof *rows, (size_t)kept + 1);
    if (rows == NULL) {
        return CM_NO_MEMORY;
    }
    uint32_t at = 0;
    for (uint32_t t = 0; t < graph->type_count; t++) {
        if (reached[t]) {
            rows[at++] = rsi->rows[t];
        }
    }
    cm_heap_free(&graph->heap, rsi->rows);
    rsi->rows = rows;
    rsi->count = kept;
    sort_rows(graph, rows, kept);
    return CM_OK;
}

/*
 * Counts the resources of one PD into the rows (one per type). What the other one reaches too carries the epoch as its mark:
 * with `again` that was counted already, and is shared.
 */
static void count_reach(struct cm_graph *graph, const struct cm_reach *reach, bool again, bool compat,
                        struct cm_rsi *rsi, bool *reached)
{
    for (uint32_t i = 0; i < reach->count; i++) {
        cm_node node = reach->nodes[i];
        uint32_t type = graph->node_form[node] & FORM_TYPE_MASK;
        bool sized = true;
        uint64_t weight = cm_weight(graph, node, compat, &sized);
        reached[type] = reached[type] || cm_rsi_counts(type, compat);
        if (again && graph->mark[node] == graph->epoch) {
            saturating_add(&rsi->rows[type].shared, weight);
            continue;
        }
        saturating_add(&rsi->rows[type].all, weight);
        if (!sized) {
            count_unsized(rsi, node);
        }
    }
}

/* After reaching from a and then from b, the marks of all that b reaches carry the epoch, also where a does too. */
static enum cm_status count_both(struct cm_graph *graph, const struct cm_reach *of_a, const struct cm_reach *of_b,
                                 bool compat, struct cm_rsi *rsi)
{
    struct cm_heap *heap = &graph->heap;
    size_t types = graph->type_count;
    rsi->rows = cm_heap_make(heap, sizeof *rsi->rows, types);
    bool *reached = cm_heap_make(heap, sizeof *reached, types);
    enum cm_status status = rsi->rows == NULL || reached == NULL ? CM_NO_MEMORY : CM_OK;
    if (status == CM_OK) {
        memset(reached, 0, types * sizeof *reached);
        for (uint32_t t = 0; t < types; t++) {
            rsi->rows[t] = (struct cm_rsi_row){.type = t};
        }
        count_reach(graph, of_b, false, compat, rsi, reached);
        count_reach(graph, of_a, true, compat, rsi, reached);
        status = keep_reached(graph, rsi, reached);
    }
    cm_heap_free(heap, reached);
    if (status != CM_OK) {
        cm_heap_free(heap, rsi->rows);
        rsi->rows = NULL;
    }
    return status;
}

enum cm_status cm_rsi(struct cm_graph *graph, cm_node a, cm_node b, const struct cm_metric_options *options,
                      struct cm_rsi *rsi)
{
    *rsi = (struct cm_rsi){.first_unsized = CM_NONE};
    struct cm_reach of_a = {0}, of_b = {0};
    enum cm_status status = cm_reach(graph, a, options, &of_a);
    if (status == CM_OK) {
        status = cm_reach(graph, b, options, &of_b);
    }
    if (status == CM_OK) {
        status = count_both(graph, &of_a, &of_b, options->compat, rsi);
    }
    cm_reach_free(graph, &of_a);
    cm_reach_free(graph, &of_b);
    return status;
}

void cm_rsi_free(struct cm_graph *graph, struct cm_rsi *rsi)
{
    cm_heap_free(&graph->heap, rsi->rows);
    *rsi = (struct cm_rsi){0};
}

/* ------------------------------------------------------------------------------------------------------------- text */

static size_t append(char *out, size_t size, size_t at, const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length && at + i + 1 < size; i++) {
        out[at + i] = text[i];
    }
    if (size > 0) {
        out[at + length < size ? at + length : size - 1] = '\0';
    }
    return at + length;
}

size_t cm_rsi_text(const struct cm_graph *graph, const struct cm_rsi_row *row, char *out, size_t size)
{
    char digits[21], ratio[7];
    size_t at = append(out, size, 0, "RSI ");
    at = append(out, size, at, cm_type_name(graph, row->type));
    at = append(out, size, at, " ");
    cm_decimal(row->shared, digits);
    at = append(out, size, at, digits);
    at = append(out, size, at, "/");
    cm_decimal(row->all, digits);
    at = append(out, size, at, digits);
    at = append(out, size, at, " ");
    cm_ratio_text(row->shared, row->all, ratio);
    return append(out, size, at, ratio);
}
