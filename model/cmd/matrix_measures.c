/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The further measures of all pairs: shared writable pages, attack surface, trusted base, blast radius. Pairs for which
 * there is nothing to say get no row. All but the first are of ordered pairs.
 */
#include <stdlib.h>
#include <string.h>

#include "../query/dependence.h"
#include "../query/writable.h"
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

static enum cm_status put_writable(void *context, uint32_t i, uint32_t j, uint64_t units)
{
    struct cm_matrix *m = context;
    return put_row(m, m->pds[i], m->pds[j], "WRITABLE", "MO", "pages", units);
}

enum cm_status cm_matrix_writable(struct cm_matrix *m, const struct cm_metric_options *options)
{
    return cm_writable_pairs(m->graph, m->pds, m->count, options->depth, put_writable, m);
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
    uint64_t steps = CM_MATRIX_STEPS;
    cm_graph_pds(m->graph, &pds);
    struct cm_radius *radius = NULL;
    bool *wanted = compared(m);
    struct cm_trusted *trusted = malloc(((size_t)pds + 1) * sizeof *trusted);
    enum cm_status status =
        wanted == NULL || trusted == NULL ? CM_NO_MEMORY : cm_radius_create(m->graph, options, &radius);
    for (uint32_t i = 0; i < m->count && status == CM_OK; i++) {
        uint32_t count;
        status = steps == 0 ? CM_TOO_LONG : cm_trusted_base(radius, m->graph, m->pds[i], trusted, &count, &steps);
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

struct blast_rows {
    struct cm_matrix *m;
    bool *wanted;
};

static enum cm_status put_blast(void *context, cm_node dead, cm_node lost, uint32_t hops)
{
    struct blast_rows *rows = context;
    return rows->wanted[lost] ? put_row(rows->m, dead, lost, "BLAST", "", "hops", hops) : CM_OK;
}

enum cm_status cm_matrix_blast(struct cm_matrix *m, const struct cm_metric_options *options)
{
    struct cm_radius *radius = NULL;
    struct blast_rows rows = {m, compared(m)};
    enum cm_status status = rows.wanted == NULL ? CM_NO_MEMORY : cm_radius_create(m->graph, options, &radius);
    if (status == CM_OK) {
        status = cm_blast_pairs(radius, m->graph, m->pds, m->count, put_blast, &rows);
    }
    cm_radius_destroy(radius);
    free(rows.wanted);
    return status;
}
