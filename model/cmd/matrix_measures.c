/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The further measures of all pairs: shared writable pages, attack surface, trusted base, blast radius. Pairs for which
 * there is nothing to say get no row. All but the first are of ordered pairs.
 */
#include <stdlib.h>
#include <string.h>

#include "../query/dependence.h"
#include "../query/trace.h"
#include "../core/rsi.h"
#include "matrix.h"

/* ------------------------------------------------------------------------------------------------------------- rows */

void cm_matrix_pair_csv(struct cm_matrix *m, cm_node a, cm_node b)
{
    cm_csv_field(m->writer, cm_node_id(m->graph, a));
    cm_writer_put(m->writer, ",", 1);
    cm_csv_field(m->writer, cm_node_id(m->graph, b));
    cm_writer_put(m->writer, ",", 1);
}

void cm_matrix_pair_json(struct cm_matrix *m, cm_node a, cm_node b)
{
    json_object(&m->json);
    json_member_string(&m->json, "a", cm_node_id(m->graph, a));
    json_member_string(&m->json, "b", cm_node_id(m->graph, b));
}

/* A row of one number; `type` may be "". */
static enum cm_status put_row(struct cm_matrix *m, cm_node a, cm_node b, const char *metric, const char *type,
                              const char *key, uint64_t value)
{
    if (m->as_json) {
        cm_matrix_pair_json(m, a, b);
        if (type[0] != '\0') {
            json_member_string(&m->json, "type", type);
        }
        json_member_number(&m->json, key, value);
        json_object_end(&m->json);
        return m->writer->status;
    }
    cm_matrix_pair_csv(m, a, b);
    cm_writer_string(m->writer, metric);
    cm_writer_put(m->writer, ",", 1);
    cm_csv_field(m->writer, type);
    cm_writer_put(m->writer, ",,,", 3);
    cm_writer_number(m->writer, value);
    cm_writer_put(m->writer, "\n", 1);
    return m->writer->status;
}

/* Whether a PD is to be compared: a byte per node. */
static bool *compared(const struct cm_matrix *m)
{
    bool *set = calloc((size_t)cm_graph_nodes(m->graph) + 1, sizeof *set);
    for (uint32_t i = 0; set != NULL && i < m->count; i++) {
        set[m->pds[i]] = true;
    }
    return set;
}

/* --------------------------------------------------------------------------------------------------- writable pages */

/* The MOs that a PD may write to, and what they weigh. */
struct writable {
    cm_node *mos;
    uint64_t *units;
    uint32_t count;
};

static enum cm_status list_writable(struct cm_matrix *m, cm_node pd, uint32_t depth, struct writable *list)
{
    struct cm_trace trace;
    enum cm_status status = cm_trace(m->graph, pd, depth, true, &trace);
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
        if (cm_node_type(m->graph, node) == CM_TYPE_MO) {
            list->units[list->count] = cm_weight(m->graph, node, false, &sized);
            list->mos[list->count++] = node;
        }
    }
    cm_trace_free(&trace);
    return status;
}

/* Marks what the i-th PD may write to, then looks through what each later one may. */
static enum cm_status write_writable(struct cm_matrix *m, uint32_t i, const struct writable *lists, uint32_t *mark)
{
    enum cm_status status = CM_OK;
    for (uint32_t k = 0; k < lists[i].count; k++) {
        mark[lists[i].mos[k]] = i + 1;
    }
    for (uint32_t j = i + 1; j < m->count && status == CM_OK; j++) {
        uint64_t units = 0;
        for (uint32_t k = 0; k < lists[j].count; k++) {
            units += mark[lists[j].mos[k]] == i + 1 ? lists[j].units[k] : 0;
        }
        if (units > 0) {
            status = put_row(m, m->pds[i], m->pds[j], "WRITABLE", "MO", "pages", units);
        }
    }
    return status;
}

enum cm_status cm_matrix_writable(struct cm_matrix *m, const struct cm_metric_options *options)
{
    struct writable *lists = calloc((size_t)m->count + 1, sizeof *lists);
    uint32_t *mark = calloc((size_t)cm_graph_nodes(m->graph) + 1, sizeof *mark);
    enum cm_status status = lists == NULL || mark == NULL ? CM_NO_MEMORY : CM_OK;
    for (uint32_t i = 0; i < m->count && status == CM_OK; i++) {
        status = list_writable(m, m->pds[i], options->depth, &lists[i]);
    }
    for (uint32_t i = 0; i < m->count && status == CM_OK; i++) {
        status = write_writable(m, i, lists, mark);
    }
    for (uint32_t i = 0; lists != NULL && i < m->count; i++) {
        free(lists[i].mos);
        free(lists[i].units);
    }
    free(lists);
    free(mark);
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- surface */

static int compare_asks(const void *one, const void *other)
{
    const struct cm_ask *a = one, *b = other;
    if (a->to != b->to) {
        return a->to < b->to ? -1 : 1;
    }
    if (a->type != b->type) {
        return a->type < b->type ? -1 : 1;
    }
    return a->space != b->space ? (a->space < b->space ? -1 : 1) : (int)a->implied - (int)b->implied;
}

/* How many of some requests that are alike but for the space differ. Those for any space, which stand last, imply all. */
static uint32_t count_distinct(const struct cm_ask *asks, uint32_t count)
{
    bool any_space = asks[count - 1].space == CM_NONE;
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool again = i > 0 && asks[i].space == asks[i - 1].space;
        distinct += !again && !(any_space && asks[i].implied);
    }
    return distinct;
}

static enum cm_status write_surface(struct cm_matrix *m, cm_node from, struct cm_ask *asks, uint32_t count,
                                    const bool *wanted)
{
    enum cm_status status = CM_OK;
    qsort(asks, count, sizeof *asks, compare_asks);
    for (uint32_t i = 0; i < count && status == CM_OK;) {
        uint32_t end = i;
        while (end < count && asks[end].to == asks[i].to && asks[end].type == asks[i].type) {
            end++;
        }
        if (wanted[asks[i].to]) {
            status = put_row(m, from, asks[i].to, "SURFACE", cm_type_name(m->graph, asks[i].type), "requests",
                             count_distinct(asks + i, end - i));
        }
        i = end;
    }
    return status;
}

enum cm_status cm_matrix_surface(struct cm_matrix *m, const struct cm_metric_options *options)
{
    struct cm_radius *radius = NULL;
    bool *wanted = compared(m);
    enum cm_status status = wanted == NULL ? CM_NO_MEMORY : cm_radius_create(m->graph, options, &radius);
    for (uint32_t i = 0; i < m->count && status == CM_OK; i++) {
        const struct cm_ask *asks;
        uint32_t count;
        status = cm_radius_asks(radius, m->pds[i], &asks, &count);
        if (status != CM_OK || count == 0) {
            continue;
        }
        struct cm_ask *copy = malloc((size_t)count * sizeof *copy);
        if (copy == NULL) {
            status = CM_NO_MEMORY;
        } else {
            memcpy(copy, asks, count * sizeof *copy);
            status = write_surface(m, m->pds[i], copy, count, wanted);
        }
        free(copy);
    }
    cm_radius_destroy(radius);
    free(wanted);
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- trusted */

enum cm_status cm_matrix_trusted(struct cm_matrix *m, const struct cm_metric_options *options)
{
    uint32_t pds;
    cm_graph_pds(m->graph, &pds);
    struct cm_radius *radius = NULL;
    bool *wanted = compared(m);
    struct cm_trusted *trusted = malloc(((size_t)pds + 1) * sizeof *trusted);
    enum cm_status status =
        wanted == NULL || trusted == NULL ? CM_NO_MEMORY : cm_radius_create(m->graph, options, &radius);
    for (uint32_t i = 0; i < m->count && status == CM_OK; i++) {
        uint32_t count;
        status = cm_trusted_base(radius, m->graph, m->pds[i], trusted, &count);
        for (uint32_t k = 0; k < count && status == CM_OK; k++) {
            if (wanted[trusted[k].pd]) {
                status = put_row(m, m->pds[i], trusted[k].pd, "TRUSTED", "", "hops", trusted[k].hops);
            }
        }
    }
    cm_radius_destroy(radius);
    free(trusted);
    free(wanted);
    return status;
}

/* ------------------------------------------------------------------------------------------------------------ blast */

enum cm_status cm_matrix_blast(struct cm_matrix *m, const struct cm_metric_options *options)
{
    uint32_t pds;
    const cm_node *all = cm_graph_pds(m->graph, &pds);
    struct cm_radius *radius = NULL;
    bool *wanted = compared(m);
    enum cm_status status = wanted == NULL ? CM_NO_MEMORY : cm_radius_create(m->graph, options, &radius);
    for (uint32_t i = 0; i < m->count && status == CM_OK; i++) {
        struct cm_blast blast;
        status = cm_blast(radius, m->graph, m->pds[i], &blast);
        for (uint32_t p = 0; p < pds && status == CM_OK; p++) {
            if (blast.pd_hops[p] != CM_NONE && wanted[all[p]] && all[p] != m->pds[i]) {
                status = put_row(m, m->pds[i], all[p], "BLAST", "", "hops", blast.pd_hops[p]);
            }
        }
        cm_blast_free(&blast);
    }
    cm_radius_destroy(radius);
    free(wanted);
    return status;
}
