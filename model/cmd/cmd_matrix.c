/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel matrix: the metrics of all pairs of PDs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fields.h"
#include "../host/json.h"
#include "../radius.h"
#include "../rsi.h"
#include "model.h"

struct matrix {
    struct cm_graph *graph;
    struct cm_writer *writer;
    struct json json;
    bool as_json;
    const cm_node *pds;
    uint32_t count;
};

/* -------------------------------------------------------------------------------------------------------------- RSI */

static void put_pair(struct matrix *m, uint32_t i, uint32_t j)
{
    cm_csv_field(m->writer, cm_node_id(m->graph, m->pds[i]));
    cm_writer_put(m->writer, ",", 1);
    cm_csv_field(m->writer, cm_node_id(m->graph, m->pds[j]));
    cm_writer_put(m->writer, ",", 1);
}

static void pair_members(struct matrix *m, uint32_t i, uint32_t j)
{
    json_object(&m->json);
    json_member_string(&m->json, "a", cm_node_id(m->graph, m->pds[i]));
    json_member_string(&m->json, "b", cm_node_id(m->graph, m->pds[j]));
}

static enum cm_status write_rsi(void *context, uint32_t i, uint32_t j, const struct cm_rsi_row *rows, uint32_t count)
{
    struct matrix *m = context;
    for (uint32_t r = 0; r < count; r++) {
        char ratio[7];
        cm_ratio_text(rows[r].shared, rows[r].all, ratio);
        const char *type = cm_type_name(m->graph, rows[r].type);
        if (m->as_json) {
            pair_members(m, i, j);
            json_member_string(&m->json, "type", type);
            json_member_number(&m->json, "shared", rows[r].shared);
            json_member_number(&m->json, "all", rows[r].all);
            json_key(&m->json, "value");
            json_raw(&m->json, ratio);
            json_object_end(&m->json);
            continue;
        }
        put_pair(m, i, j);
        cm_writer_string(m->writer, "RSI,");
        cm_csv_field(m->writer, type);
        cm_writer_put(m->writer, ",", 1);
        cm_writer_number(m->writer, rows[r].shared);
        cm_writer_put(m->writer, ",", 1);
        cm_writer_number(m->writer, rows[r].all);
        cm_writer_put(m->writer, ",", 1);
        cm_writer_string(m->writer, ratio);
        cm_writer_put(m->writer, "\n", 1);
    }
    return m->writer->status;
}

/* --------------------------------------------------------------------------------------------------------------- FR */

static enum cm_status write_fr(void *context, uint32_t i, uint32_t j, const struct cm_fr *fr)
{
    struct matrix *m = context;
    char text[16];
    cm_fr_text(fr, text);
    if (!m->as_json) {
        put_pair(m, i, j);
        cm_writer_string(m->writer, "FR,,,,");
        cm_writer_string(m->writer, text + 3);
        cm_writer_put(m->writer, "\n", 1);
        return m->writer->status;
    }
    pair_members(m, i, j);
    json_key(&m->json, "fr");
    if (fr->found) {
        json_number(&m->json, fr->hops);
        json_member_string(&m->json, "at", cm_node_id(m->graph, fr->at));
    } else {
        json_null(&m->json);
    }
    json_object_end(&m->json);
    return m->writer->status;
}

static enum cm_status all_fr(struct matrix *m, const struct cm_metric_options *options)
{
    struct cm_radius *radius;
    enum cm_status status = cm_radius_create(m->graph, options, &radius);
    if (status == CM_OK) {
        status = cm_radius_matrix(radius, m->pds, m->count, write_fr, m);
        cm_radius_destroy(radius);
    }
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- together */

static enum cm_status write_matrix(struct matrix *m, const struct cm_metric_options *options, bool rsi, bool fr)
{
    enum cm_status status = CM_OK;
    if (m->as_json) {
        json_start(&m->json, m->writer);
        json_object(&m->json);
        json_key(&m->json, "pds");
        json_array(&m->json);
        for (uint32_t i = 0; i < m->count; i++) {
            json_string(&m->json, cm_node_id(m->graph, m->pds[i]));
        }
        json_array_end(&m->json);
    } else {
        cm_writer_string(m->writer, "A,B,METRIC,TYPE,SHARED,ALL,VALUE\n");
    }
    for (int which = 0; which < 2 && status == CM_OK; which++) {
        if (which == 0 ? !rsi : !fr) {
            continue;
        }
        if (m->as_json) {
            json_key(&m->json, which == 0 ? "rsi" : "fr");
            json_array(&m->json);
        }
        status = which == 0 ? cm_rsi_matrix(m->graph, m->pds, m->count, options, write_rsi, m) : all_fr(m, options);
        if (m->as_json) {
            json_array_end(&m->json);
        }
    }
    if (m->as_json) {
        json_object_end(&m->json);
        json_end(&m->json);
    }
    return status;
}

/* All PDs but those that --without names. */
static uint32_t choose_pds(const struct cm_model *model, cm_node *chosen)
{
    uint32_t count, used = 0;
    const cm_node *pds = cm_graph_pds(model->graph, &count);
    for (uint32_t i = 0; i < count; i++) {
        bool without = false;
        for (uint32_t w = 0; w < model->metric.without_count; w++) {
            without = without || model->metric.without[w] == pds[i];
        }
        if (!without) {
            chosen[used++] = pds[i];
        }
    }
    return used;
}

static enum cm_exit print_matrix(struct cm_model *model, const char *path, bool as_json, bool rsi, bool fr)
{
    uint32_t count;
    cm_graph_pds(model->graph, &count);
    cm_node *pds = calloc((size_t)count + 1, sizeof *pds);
    if (pds == NULL) {
        return cm_fail(path, CM_NO_MEMORY);
    }
    struct matrix m = {.graph = model->graph, .writer = cm_output(stdout), .as_json = as_json, .pds = pds};
    m.count = choose_pds(model, pds);
    enum cm_status status = write_matrix(&m, &model->metric, rsi, fr);
    enum cm_exit outcome = cm_output_end(m.writer);
    free(pds);
    return status != CM_OK && outcome == CM_EXIT_OK ? cm_fail(path, status) : outcome;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    bool rsi = false, fr = false;
    const struct cm_option table[] = {{"--json", CM_FLAG, &options.json},
                                      {"--csv", CM_FLAG, &options.csv},
                                      {"--rsi", CM_FLAG, &rsi},
                                      {"--fr", CM_FLAG, &fr},
                                      {"--compat", CM_FLAG, &options.compat},
                                      {"--depth", CM_NUMBER, &options.depth},
                                      {"--not-direct", CM_FLAG, &options.not_direct},
                                      {"--without", CM_STRINGS, &options.without},
                                      {"--keep", CM_STRINGS, &options.keep},
                                      {NULL, CM_FLAG, NULL}};
    if (cm_arguments(command, count, arguments, table, 1, 1) < 0) {
        return CM_EXIT_USAGE;
    }
    struct cm_model model;
    enum cm_exit outcome = cm_model_open(&model, arguments[0], &options);
    if (outcome == CM_EXIT_OK) {
        bool both = !rsi && !fr;
        outcome = print_matrix(&model, arguments[0], options.json, rsi || both, fr || both);
    }
    cm_model_close(&model, &options);
    return outcome;
}

const struct cm_command cm_command_matrix = {
    "matrix", "FILE [--rsi | --fr] [--depth N] [--not-direct] [--without PD]... [--keep PD]... [--compat] [--json]",
    "RSI and FR of all pairs of PDs, as CSV",
    "Rows A,B,METRIC,TYPE,SHARED,ALL,VALUE for each pair, A before B in the file. Options as for rsi and fr;\n"
    "a PD that --without ignores is left out.\n",
    run};
