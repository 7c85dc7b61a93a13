/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel rsi: the resource sharing index of two PDs. */
#include "../core/rsi.h"

#include <stdio.h>

#include "../core/fields.h"
#include "../host/json.h"
#include "model.h"

static void write_json(struct cm_writer *writer, const struct cm_graph *graph, cm_node a, cm_node b,
                       const struct cm_rsi *rsi)
{
    struct json json;
    json_start(&json, writer);
    json_object(&json);
    json_member_string(&json, "a", cm_node_id(graph, a));
    json_member_string(&json, "b", cm_node_id(graph, b));
    json_key(&json, "rsi");
    json_array(&json);
    for (uint32_t i = 0; i < rsi->count; i++) {
        char ratio[7];
        cm_ratio_text(rsi->rows[i].shared, rsi->rows[i].all, ratio);
        json_object(&json);
        json_member_string(&json, "type", cm_type_name(graph, rsi->rows[i].type));
        json_member_number(&json, "shared", rsi->rows[i].shared);
        json_member_number(&json, "all", rsi->rows[i].all);
        json_key(&json, "value");
        json_raw(&json, ratio);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    json_end(&json);
}

static void write_text(struct cm_writer *writer, const struct cm_graph *graph, const struct cm_rsi *rsi)
{
    for (uint32_t i = 0; i < rsi->count; i++) {
        char ratio[7];
        cm_ratio_text(rsi->rows[i].shared, rsi->rows[i].all, ratio);
        cm_writer_string(writer, "RSI ");
        cm_writer_string(writer, cm_type_name(graph, rsi->rows[i].type));
        cm_writer_put(writer, " ", 1);
        cm_writer_number(writer, rsi->rows[i].shared);
        cm_writer_put(writer, "/", 1);
        cm_writer_number(writer, rsi->rows[i].all);
        cm_writer_put(writer, " ", 1);
        cm_writer_string(writer, ratio);
        cm_writer_put(writer, "\n", 1);
    }
}

static void write_csv(struct cm_writer *writer, const struct cm_graph *graph, cm_node a, cm_node b,
                      const struct cm_rsi *rsi)
{
    cm_writer_string(writer, "A,B,METRIC,TYPE,SHARED,ALL,VALUE\n");
    for (uint32_t i = 0; i < rsi->count; i++) {
        char ratio[7];
        cm_ratio_text(rsi->rows[i].shared, rsi->rows[i].all, ratio);
        cm_csv_field(writer, cm_node_id(graph, a));
        cm_writer_put(writer, ",", 1);
        cm_csv_field(writer, cm_node_id(graph, b));
        cm_writer_string(writer, ",RSI,");
        cm_csv_field(writer, cm_type_name(graph, rsi->rows[i].type));
        cm_writer_put(writer, ",", 1);
        cm_writer_number(writer, rsi->rows[i].shared);
        cm_writer_put(writer, ",", 1);
        cm_writer_number(writer, rsi->rows[i].all);
        cm_writer_put(writer, ",", 1);
        cm_writer_string(writer, ratio);
        cm_writer_put(writer, "\n", 1);
    }
}

static enum cm_exit print_rsi(struct cm_model *model, char **names, const struct cm_model_options *options)
{
    cm_node a = cm_model_pd(model->graph, names[1]);
    cm_node b = a == CM_NONE ? CM_NONE : cm_model_pd(model->graph, names[2]);
    if (b == CM_NONE) {
        return CM_EXIT_USAGE;
    }
    struct cm_rsi rsi;
    enum cm_status status = cm_rsi(model->graph, a, b, &model->metric, &rsi);
    if (status != CM_OK) {
        return cm_fail(names[0], status);
    }
    if (rsi.unsized > 0) {
        fprintf(stderr, "cellmodel: warning: %s: %s has no size and weighs 1", names[0],
                cm_node_id(model->graph, rsi.first_unsized));
        fprintf(stderr, rsi.unsized > 1 ? ", as do %u more MOs\n" : "\n", rsi.unsized - 1);
    }
    struct cm_writer *writer = cm_output(stdout);
    if (options->json) {
        write_json(writer, model->graph, a, b, &rsi);
    } else if (options->csv) {
        write_csv(writer, model->graph, a, b, &rsi);
    } else {
        write_text(writer, model->graph, &rsi);
    }
    cm_rsi_free(model->graph, &rsi);
    return cm_output_end(writer);
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    const struct cm_option table[] = {{"--json", CM_FLAG, &options.json},
                                      {"--csv", CM_FLAG, &options.csv},
                                      {"--compat", CM_FLAG, &options.compat},
                                      {"--depth", CM_NUMBER, &options.depth},
                                      {"--keep", CM_STRINGS, &options.keep},
                                      {NULL, CM_FLAG, NULL}};
    return cm_model_run(command, count, arguments, table, 3, &options, print_rsi);
}

const struct cm_command cm_command_rsi = {
    "rsi", "FILE A B [--depth N] [--keep PD]... [--compat] [--csv | --json]",
    "what share of the resources that two PDs reach do both reach, per type",
    "Prints `RSI <TYPE> <shared>/<all> <value>` for each type that either reaches. MOs count in 4 KiB.\n"
    "A and B are ids, or names that one PD only has. PDs are split first (cellmodel split).\n"
    "  --depth N   paths of at most N edges\n"
    "  --keep PD   do not split this PD\n"
    "  --compat    the numbers of the original tool\n",
    run};
