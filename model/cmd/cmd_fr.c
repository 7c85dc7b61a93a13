/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel fr: the fault radius of two PDs. */
#include <stdio.h>

#include "../host/json.h"
#include "../core/radius.h"
#include "model.h"

static void write_json(struct cm_writer *writer, const struct cm_graph *graph, cm_node a, cm_node b,
                       const struct cm_fr *fr)
{
    struct json json;
    json_start(&json, writer);
    json_object(&json);
    json_member_string(&json, "a", cm_node_id(graph, a));
    json_member_string(&json, "b", cm_node_id(graph, b));
    json_key(&json, "fr");
    if (fr->found) {
        json_number(&json, fr->hops);
        json_member_string(&json, "at", cm_node_id(graph, fr->at));
    } else {
        json_null(&json);
        json_key(&json, "at");
        json_null(&json);
    }
    json_object_end(&json);
    json_end(&json);
}

static void write_text(struct cm_writer *writer, const struct cm_graph *graph, cm_node a, cm_node b,
                       const struct cm_fr *fr, bool csv)
{
    char text[16];
    cm_fr_text(fr, text);
    if (csv) {
        cm_writer_string(writer, "A,B,METRIC,TYPE,SHARED,ALL,VALUE\n");
        cm_csv_field(writer, cm_node_id(graph, a));
        cm_writer_put(writer, ",", 1);
        cm_csv_field(writer, cm_node_id(graph, b));
        cm_writer_string(writer, ",FR,,,,");
    }
    cm_writer_string(writer, csv ? text + 3 : text);
    cm_writer_put(writer, "\n", 1);
}

static enum cm_exit print_fr(struct cm_model *model, char **names, const struct cm_model_options *options)
{
    cm_node a = cm_model_pd(model->graph, names[1]);
    cm_node b = a == CM_NONE ? CM_NONE : cm_model_pd(model->graph, names[2]);
    if (b == CM_NONE) {
        return CM_EXIT_USAGE;
    }
    struct cm_fr fr;
    enum cm_status status = cm_fr(model->graph, a, b, &model->metric, &fr);
    if (status == CM_BAD_NODE) {
        fputs("cellmodel: A and B cannot be among the PDs that --without ignores\n", stderr);
        return CM_EXIT_USAGE;
    }
    if (status != CM_OK) {
        return cm_fail(names[0], status);
    }
    struct cm_writer *writer = cm_output(stdout);
    if (options->json) {
        write_json(writer, model->graph, a, b, &fr);
    } else {
        write_text(writer, model->graph, a, b, &fr, options->csv);
    }
    return cm_output_end(writer);
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    const struct cm_option table[] = {{"--json", CM_FLAG, &options.json},
                                      {"--csv", CM_FLAG, &options.csv},
                                      {"--compat", CM_FLAG, &options.compat},
                                      {"--not-direct", CM_FLAG, &options.not_direct},
                                      {"--without", CM_STRINGS, &options.without},
                                      {"--keep", CM_STRINGS, &options.keep},
                                      {NULL, CM_FLAG, NULL}};
    return cm_model_run(command, count, arguments, table, 3, &options, print_fr);
}

const struct cm_command cm_command_fr = {
    "fr", "FILE A B [--not-direct] [--without PD]... [--keep PD]... [--compat] [--csv | --json]",
    "how many request hops away is the nearest PD whose failure reaches both",
    "Prints `FR <n>` or `FR inf`. The JSON also names the PD where it was found.\n"
    "A and B are ids, or names that one PD only has. PDs are split first (cellmodel split).\n"
    "  --not-direct   ignore the requests between A and B\n"
    "  --without PD   ignore this PD (the root task, say, which everyone reaches)\n"
    "  --keep PD      do not split this PD\n"
    "  --compat       the numbers of the original tool\n",
    run};
