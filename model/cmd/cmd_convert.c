/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel convert: a model as it is, in our own spelling or in another format. */
#include <stdio.h>
#include <string.h>

#include "../host/rows_out.h"
#include "model.h"

static const struct {
    const char *name;
    enum cm_status (*write)(struct cm_writer *writer, struct cm_graph *graph, bool expand);
} formats[] = {{"csv", cm_csv_graph}, {"json", cm_write_node_link}, {"graphml", cm_write_graphml}};

static enum cm_exit write_as(struct cm_graph *graph, const char *format, bool expand)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(format, formats[i].name) != 0) {
            continue;
        }
        struct cm_writer *writer = cm_output(stdout);
        enum cm_status status = formats[i].write(writer, graph, expand);
        enum cm_exit outcome = cm_output_end(writer);
        if (status == CM_BAD_TEXT) {
            fprintf(stderr, "cellmodel convert: a text has control characters or is not UTF-8: %s cannot carry it\n",
                    format);
            return CM_EXIT_MODEL;
        }
        return status != CM_OK && outcome == CM_EXIT_OK ? cm_fail("convert", status) : outcome;
    }
    fprintf(stderr, "cellmodel convert: --to takes csv, json or graphml, not %s\n", format);
    return CM_EXIT_USAGE;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    const char *format = "csv";
    const struct cm_option table[] = {
        {"--expand", CM_FLAG, &options.expand}, {"--to", CM_STRING, &format}, {NULL, CM_FLAG, NULL}};
    if (cm_arguments(command, count, arguments, table, 1, 1) < 0) {
        return CM_EXIT_USAGE;
    }
    struct cm_graph *graph = NULL;
    enum cm_exit outcome = cm_load(arguments[0], &graph);
    if (outcome == CM_EXIT_OK) {
        outcome = write_as(graph, format, options.expand);
    }
    cm_graph_destroy(graph);
    return outcome;
}

const struct cm_command cm_command_convert = {
    "convert", "FILE [--to csv|json|graphml] [--expand]", "writes the model in another format, or in our own spelling",
    "json is networkx's node-link format, graphml is read by networkx and others; every command reads all three.\n"
    "Nodes come before edges; edges to missing nodes and of unknown types are left out.\n"
    "  --expand    also write the HOLDs that follow from others\n",
    run};
