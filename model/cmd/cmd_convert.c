/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel convert: a model unchanged, in the usual spelling or in another format. */
#include "formats.h"
#include "model.h"

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
    enum cm_exit outcome = cm_load_text(arguments[0], &graph);
    if (outcome == CM_EXIT_OK) {
        outcome = cm_write_model(command, graph, format, options.expand);
    }
    cm_graph_destroy(graph);
    return outcome;
}

const struct cm_command cm_command_convert = {
    "convert", "FILE [--to csv|json|graphml] [--expand]", "writes the model in another format, or in the usual spelling",
    "json is networkx's node-link format, graphml is read by networkx and others; every command reads all three.\n"
    "Nodes come before edges; edges to missing nodes and of unknown types are left out.\n"
    "Text that is not UTF-8 is refused, since no format can hold it.\n"
    "  --expand    also write the HOLDs that follow from others\n",
    run};
