/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel convert: a model as it is, in our own spelling. */
#include <stdio.h>

#include "model.h"

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    const struct cm_option table[] = {{"--expand", CM_FLAG, &options.expand}, {NULL, CM_FLAG, NULL}};
    if (cm_arguments(command, count, arguments, table, 1, 1) < 0) {
        return CM_EXIT_USAGE;
    }
    struct cm_graph *graph = NULL;
    enum cm_exit outcome = cm_load(arguments[0], &graph);
    if (outcome == CM_EXIT_OK) {
        struct cm_writer *writer = cm_output(stdout);
        cm_csv_graph(writer, graph, options.expand);
        outcome = cm_output_end(writer);
    }
    cm_graph_destroy(graph);
    return outcome;
}

const struct cm_command cm_command_convert = {
    "convert", "FILE [--expand]", "writes the model as CSV in our own spelling",
    "Nodes come before edges, edges to missing nodes and of unknown types are left out.\n"
    "  --expand    also write the HOLDs that follow from others\n",
    run};
