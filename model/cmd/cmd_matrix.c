/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel matrix: the metrics of all pairs of PDs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/fields.h"
#include "../core/rsi.h"
#include "matrix.h"

/* -------------------------------------------------------------------------------------------------------------- RSI */

static enum cm_status write_rsi(void *context, uint32_t i, uint32_t j, const struct cm_rsi_row *rows, uint32_t count)
{
    struct cm_matrix *m = context;
    for (uint32_t r = 0; r < count; r++) {
        char ratio[7];
        cm_ratio_text(rows[r].shared, rows[r].all, ratio);
        const char *type = cm_type_name(m->graph, rows[r].type);
        if (m->as_json) {
            cm_matrix_pair_json(m, m->pds[i], m->pds[j]);
            json_member_string(&m->json, "type", type);
            json_member_number(&m->json, "shared", rows[r].shared);
            json_member_number(&m->json, "all", rows[r].all);
            json_key(&m->json, "value");
            json_raw(&m->json, ratio);
            json_object_end(&m->json);
            continue;
        }
        cm_matrix_pair_csv(m, m->pds[i], m->pds[j]);
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
    struct cm_matrix *m = context;
    char text[16];
    cm_fr_text(fr, text);
    if (!m->as_json) {
        cm_matrix_pair_csv(m, m->pds[i], m->pds[j]);
        cm_writer_string(m->writer, "FR,,,,");
        cm_writer_string(m->writer, text + 3);
        cm_writer_put(m->writer, "\n", 1);
        return m->writer->status;
    }
    cm_matrix_pair_json(m, m->pds[i], m->pds[j]);
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

static enum cm_status all_fr(struct cm_matrix *m, const struct cm_metric_options *options)
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

static enum cm_status all_rsi(struct cm_matrix *m, const struct cm_metric_options *options)
{
    return cm_rsi_matrix(m->graph, m->pds, m->count, options, write_rsi, m);
}

/* The measures, by the option that asks for each. */
static const struct {
    const char *name;
    enum cm_status (*write)(struct cm_matrix *m, const struct cm_metric_options *options);
} measures[] = {
    {"rsi", all_rsi},
    {"fr", all_fr},
    {"writable", cm_matrix_writable},
    {"surface", cm_matrix_surface},
    {"trusted", cm_matrix_trusted},
    {"blast", cm_matrix_blast},
};
#define MEASURES (sizeof measures / sizeof *measures)

static enum cm_status write_matrix(struct cm_matrix *m, const struct cm_metric_options *options, const bool *wanted)
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
    for (size_t i = 0; i < MEASURES && status == CM_OK; i++) {
        if (!wanted[i]) {
            continue;
        }
        if (m->as_json) {
            json_key(&m->json, measures[i].name);
            json_array(&m->json);
        }
        status = measures[i].write(m, options);
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

static enum cm_exit print_matrix(struct cm_model *model, const char *path, bool as_json, const bool *wanted)
{
    uint32_t count;
    cm_graph_pds(model->graph, &count);
    cm_node *pds = calloc((size_t)count + 1, sizeof *pds);
    if (pds == NULL) {
        return cm_fail(path, CM_NO_MEMORY);
    }
    struct cm_matrix m = {.graph = model->graph, .writer = cm_output(stdout), .as_json = as_json, .pds = pds};
    m.count = choose_pds(model, pds);
    enum cm_status status = write_matrix(&m, &model->metric, wanted);
    enum cm_exit outcome = cm_output_end(m.writer);
    free(pds);
    return status != CM_OK && outcome == CM_EXIT_OK ? cm_fail(path, status) : outcome;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    bool wanted[MEASURES] = {false};
    const struct cm_option table[] = {{"--json", CM_FLAG, &options.json},
                                      {"--csv", CM_FLAG, &options.csv},
                                      {"--rsi", CM_FLAG, &wanted[0]},
                                      {"--fr", CM_FLAG, &wanted[1]},
                                      {"--writable", CM_FLAG, &wanted[2]},
                                      {"--surface", CM_FLAG, &wanted[3]},
                                      {"--trusted", CM_FLAG, &wanted[4]},
                                      {"--blast", CM_FLAG, &wanted[5]},
                                      {"--compat", CM_FLAG, &options.compat},
                                      {"--depth", CM_NUMBER, &options.depth},
                                      {"--not-direct", CM_FLAG, &options.not_direct},
                                      {"--without", CM_STRINGS, &options.without},
                                      {"--keep", CM_STRINGS, &options.keep},
                                      {NULL, CM_FLAG, NULL}};
    if (cm_arguments(command, count, arguments, table, 1, 1) < 0) {
        return CM_EXIT_USAGE;
    }
    bool any = false;
    for (size_t i = 0; i < MEASURES; i++) {
        any = any || wanted[i];
    }
    wanted[0] = wanted[0] || !any;
    wanted[1] = wanted[1] || !any;
    struct cm_model model;
    enum cm_exit outcome = cm_model_open(&model, arguments[0], &options);
    if (outcome == CM_EXIT_OK) {
        outcome = print_matrix(&model, arguments[0], options.json, wanted);
    }
    cm_model_close(&model, &options);
    return outcome;
}

const struct cm_command cm_command_matrix = {
    "matrix",
    "FILE [--rsi] [--fr] [--writable] [--surface] [--trusted] [--blast] [--depth N] [--not-direct]\n"
    "       [--without PD]... [--keep PD]... [--compat] [--json]",
    "RSI, FR and further measures of all pairs of PDs, as CSV",
    "Rows A,B,METRIC,TYPE,SHARED,ALL,VALUE; RSI and FR if no measure is named. Options as for rsi and fr; a PD that\n"
    "--without ignores is left out.\n"
    "  --rsi, --fr   for each pair, A before B in the file\n"
    "  --writable    pages (4 KiB) that both reach through a HOLD with w, where there are some\n"
    "  --surface     how many requests of which type A may make of B, where there are some\n"
    "  --trusted     after how many requests and faults A trusts B, where it does\n"
    "  --blast       at how many hops from A's death B is lost, where it may be\n",
    run};
