/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RSI of all pairs of many PDs at once.
 *
 * Going pair by pair would walk the same resources thousands of times. Instead each PD's reach is taken once, and the
 * resources are sorted into classes: same type, reached by the same set of PDs. A class has a weight and a list of PDs;
 * there are few of them, since resources come in bulk (a PD's own pages, a server's blocks). A pair's numbers are then
 * sums over the classes that the first PD is in.
 *
 *      reach of each PD -> for each resource its PDs, ascending -> classes -> for each PD its classes -> rows
 */
#include <string.h>

#include "internal.h"
#include "rsi.h"

struct matrix {
    struct cm_graph *graph;
    const struct cm_metric_options *options;
    uint32_t pds;

    struct cm_reach *reaches;  /* per PD */
    uint32_t *place;           /* per node: its place among the reached ones; valid if marked */
    cm_node *reached;          /* the reached ones */
    uint32_t reached_count, reached_capacity;
    struct cm_lists reachers;  /* per reached one: PDs, ascending */

    struct cm_table class_table; /* by hash of type and PDs; slots are searched here, its strings are not used */
    uint32_t *class_example;     /* per class: a reached one of it */
    uint64_t *class_weight;
    uint32_t class_count, class_capacity[2];
    struct cm_lists classes;     /* per PD */

    uint64_t *total;  /* per PD and type */
    bool *has;        /* likewise: reaches some, even of weight 0 */
    uint64_t *shared; /* per PD and type, for the current row */
    struct cm_rsi_row *rows;
};

static uint32_t type_of(const struct matrix *m, uint32_t place)
{
    return m->graph->node_form[m->reached[place]] & FORM_TYPE_MASK;
}

/* ------------------------------------------------------------------------------------------------------------ reach */

static enum cm_status take_reaches(struct matrix *m, const cm_node *pds)
{
    for (uint32_t i = 0; i < m->pds; i++) {
        enum cm_status status = cm_reach(m->graph, pds[i], m->options, &m->reaches[i]);
        if (status != CM_OK) {
            return status;
        }
    }
    return CM_OK;
}

static enum cm_status place_reached(struct matrix *m)
{
    struct cm_graph *graph = m->graph;
    enum cm_status status = cm_graph_unmark(graph);
    for (uint32_t i = 0; i < m->pds && status == CM_OK; i++) {
        for (uint32_t k = 0; k < m->reaches[i].count; k++) {
            cm_node node = m->reaches[i].nodes[k];
            if (graph->mark[node] == graph->epoch) {
                continue;
            }
            graph->mark[node] = graph->epoch;
            cm_node *reached = cm_heap_grow(&graph->heap, m->reached, sizeof *reached, &m->reached_capacity,
                                            m->reached_count + 1ull);
            if (reached == NULL) {
                return CM_NO_MEMORY;
            }
            m->reached = reached;
            m->place[node] = m->reached_count;
            reached[m->reached_count++] = node;
        }
    }
    return status;
}

static enum cm_status list_reachers(struct matrix *m)
{
    enum cm_status status = cm_lists_make(&m->graph->heap, &m->reachers, m->reached_count);
    if (status != CM_OK) {
        return status;
    }
    for (uint32_t i = 0; i < m->pds; i++) {
        for (uint32_t k = 0; k < m->reaches[i].count; k++) {
            m->reachers.start[m->place[m->reaches[i].nodes[k]] + 1]++;
        }
    }
    status = cm_lists_room(&m->graph->heap, &m->reachers);
    if (status != CM_OK) {
        return status;
    }
    for (uint32_t i = 0; i < m->pds; i++) {
        for (uint32_t k = 0; k < m->reaches[i].count; k++) {
            cm_lists_put(&m->reachers, m->place[m->reaches[i].nodes[k]], i);
        }
        cm_reach_free(m->graph, &m->reaches[i]);
    }
    cm_lists_settle(&m->reachers);
    return CM_OK;
}

/* ---------------------------------------------------------------------------------------------------------- classes */

static bool same_class(const struct matrix *m, uint32_t one, uint32_t other)
{
    uint32_t count, other_count;
    const uint32_t *list = cm_lists_get(&m->reachers, one, &count);
    const uint32_t *other_list = cm_lists_get(&m->reachers, other, &other_count);
    return count == other_count && type_of(m, one) == type_of(m, other) &&
           memcmp(list, other_list, count * sizeof *list) == 0;
}

static uint32_t find_class(const struct matrix *m, uint32_t hash, uint32_t place)
{
    const struct cm_table *table = &m->class_table;
    for (uint32_t slot = hash & table->mask; table->slots[slot] != 0; slot = (slot + 1) & table->mask) {
        uint32_t class = (uint32_t)table->slots[slot] - 1;
        if ((uint32_t)(table->slots[slot] >> 32) == hash && same_class(m, m->class_example[class], place)) {
            return class;
        }
    }
    return CM_NONE;
}

static enum cm_status add_class(struct matrix *m, uint32_t hash, uint32_t place)
{
    struct cm_heap *heap = &m->graph->heap;
    uint32_t *example = cm_heap_grow(heap, m->class_example, sizeof *example, &m->class_capacity[0],
                                     m->class_count + 1ull);
    if (example == NULL) {
        return CM_NO_MEMORY;
    }
    m->class_example = example;
    uint64_t *weight = cm_heap_grow(heap, m->class_weight, sizeof *weight, &m->class_capacity[1],
                                    m->class_count + 1ull);
    if (weight == NULL) {
        return CM_NO_MEMORY;
    }
    m->class_weight = weight;
    example[m->class_count] = place;
    weight[m->class_count] = 0;
    cm_table_insert(&m->class_table, hash, m->class_count++);
    return CM_OK;
}

static enum cm_status sort_into_classes(struct matrix *m)
{
    for (uint32_t r = 0; r < m->reached_count; r++) {
        bool sized;
        uint64_t weight = cm_weight(m->graph, m->reached[r], m->options->compat, &sized);
        uint32_t count;
        const uint32_t *list = cm_lists_get(&m->reachers, r, &count);
        uint32_t hash = cm_hash((const char *)list, count * sizeof *list) ^ type_of(m, r) * 0x9e3779b9u;
        enum cm_status status = cm_table_reserve(&m->graph->heap, &m->class_table);
        if (status != CM_OK) {
            return status;
        }
        uint32_t class = find_class(m, hash, r);
        if (class == CM_NONE) {
            class = m->class_count;
            status = add_class(m, hash, r);
            if (status != CM_OK) {
                return status;
            }
        }
        m->class_weight[class] += weight;
    }
    return CM_OK;
}

/* For each PD its classes, and its totals. */
static enum cm_status list_classes(struct matrix *m)
{
    enum cm_status status = cm_lists_make(&m->graph->heap, &m->classes, m->pds);
    if (status != CM_OK) {
        return status;
    }
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t c = 0; c < m->class_count; c++) {
            uint32_t count;
            const uint32_t *list = cm_lists_get(&m->reachers, m->class_example[c], &count);
            size_t type = type_of(m, m->class_example[c]);
            for (uint32_t k = 0; k < count; k++) {
                if (pass == 0) {
                    m->classes.start[list[k] + 1]++;
                    m->total[list[k] * (size_t)m->graph->type_count + type] += m->class_weight[c];
                    m->has[list[k] * (size_t)m->graph->type_count + type] = true;
                } else {
                    cm_lists_put(&m->classes, list[k], c);
                }
            }
        }
        if (pass == 0) {
            status = cm_lists_room(&m->graph->heap, &m->classes);
            if (status != CM_OK) {
                return status;
            }
        }
    }
    cm_lists_settle(&m->classes);
    return CM_OK;
}

/* ------------------------------------------------------------------------------------------------------------- rows */

/* The types in the order of their names. */
static void sort_types(const struct cm_graph *graph, uint32_t *order)
{
    for (uint32_t i = 0; i < graph->type_count; i++) {
        uint32_t at = i;
        while (at > 0 && strcmp(cm_type_name(graph, order[at - 1]), cm_type_name(graph, i)) > 0) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
}

static void share_with_later(struct matrix *m, uint32_t i)
{
    size_t types = m->graph->type_count;
    memset(m->shared, 0, m->pds * types * sizeof *m->shared);
    uint32_t class_count;
    const uint32_t *classes = cm_lists_get(&m->classes, i, &class_count);
    for (uint32_t k = 0; k < class_count; k++) {
        uint32_t place = m->class_example[classes[k]];
        uint64_t weight = m->class_weight[classes[k]];
        size_t type = type_of(m, place);
        uint32_t count;
        const uint32_t *list = cm_lists_get(&m->reachers, place, &count);
        for (uint32_t at = count; at > 0 && list[at - 1] > i; at--) {
            m->shared[list[at - 1] * types + type] += weight;
        }
    }
}

static enum cm_status visit_rows(struct matrix *m, const uint32_t *order, cm_rsi_pair visit, void *context)
{
    size_t types = m->graph->type_count;
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < m->pds && status == CM_OK; i++) {
        share_with_later(m, i);
        for (uint32_t j = i + 1; j < m->pds && status == CM_OK; j++) {
            uint32_t count = 0;
            for (uint32_t t = 0; t < types; t++) {
                uint32_t type = order[t];
                if ((m->has[i * types + type] || m->has[j * types + type]) &&
                    cm_rsi_counts(type, m->options->compat)) {
                    uint64_t shared = m->shared[j * types + type];
                    uint64_t all = m->total[i * types + type] + m->total[j * types + type] - shared;
                    m->rows[count++] = (struct cm_rsi_row){type, shared, all};
                }
            }
            status = visit(context, i, j, m->rows, count);
        }
    }
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- together */

static enum cm_status run(struct matrix *m, const cm_node *pds, uint32_t *order, cm_rsi_pair visit, void *context)
{
    enum cm_status status = take_reaches(m, pds);
    if (status == CM_OK) {
        status = place_reached(m);
    }
    if (status == CM_OK) {
        status = list_reachers(m);
    }
    if (status == CM_OK) {
        status = sort_into_classes(m);
    }
    if (status == CM_OK) {
        status = list_classes(m);
    }
    if (status == CM_OK) {
        sort_types(m->graph, order);
        status = visit_rows(m, order, visit, context);
    }
    return status;
}

enum cm_status cm_rsi_matrix(struct cm_graph *graph, const cm_node *pds, uint32_t count,
                             const struct cm_metric_options *options, cm_rsi_pair visit, void *context)
{
    if (!graph->finished) {
        return CM_BAD_PHASE;
    }
    if (count == 0) {
        return CM_OK;
    }
    struct matrix m = {.graph = graph, .options = options, .pds = count};
    struct cm_heap *heap = &graph->heap;
    size_t cells = (size_t)count * graph->type_count;
    uint32_t *order = cm_heap_make(heap, sizeof *order, graph->type_count);
    m.reaches = cm_heap_make(heap, sizeof *m.reaches, count);
    m.place = cm_heap_make(heap, sizeof *m.place, (size_t)graph->node_count + 1);
    m.total = cm_heap_make(heap, sizeof *m.total, cells);
    m.has = cm_heap_make(heap, sizeof *m.has, cells);
    m.shared = cm_heap_make(heap, sizeof *m.shared, cells);
    m.rows = cm_heap_make(heap, sizeof *m.rows, graph->type_count);
    enum cm_status status = CM_NO_MEMORY;
    if (m.reaches != NULL) {
        memset(m.reaches, 0, count * sizeof *m.reaches);
    }
    if (order && m.reaches && m.place && m.total && m.has && m.shared && m.rows) {
        memset(m.total, 0, cells * sizeof *m.total);
        memset(m.has, 0, cells * sizeof *m.has);
        status = run(&m, pds, order, visit, context);
    }
    for (uint32_t i = 0; m.reaches != NULL && i < count; i++) {
        cm_reach_free(graph, &m.reaches[i]);
    }
    cm_lists_free(heap, &m.reachers);
    cm_lists_free(heap, &m.classes);
    cm_table_free(heap, &m.class_table);
    cm_heap_free(heap, order);
    cm_heap_free(heap, m.reaches);
    cm_heap_free(heap, m.place);
    cm_heap_free(heap, m.total);
    cm_heap_free(heap, m.has);
    cm_heap_free(heap, m.shared);
    cm_heap_free(heap, m.rows);
    cm_heap_free(heap, m.reached);
    cm_heap_free(heap, m.class_example);
    cm_heap_free(heap, m.class_weight);
    return status;
}
