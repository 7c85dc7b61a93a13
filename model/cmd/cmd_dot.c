/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel dot: a static picture, as source for Graphviz. */
#include "../view/dot.h"
#include "model.h"

#include <stdio.h>

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    bool all = false;
    const struct cm_option table[] = {{"--all", CM_FLAG, &all},
                                      {"--keep", CM_STRINGS, &options.keep},
                                      {NULL, CM_FLAG, NULL}};
    if (cm_arguments(command, count, arguments, table, 1, 1) < 0) {
        return CM_EXIT_USAGE;
    }
    struct cm_model model;
    enum cm_exit outcome = cm_model_open(&model, arguments[0], &options);
    if (outcome == CM_EXIT_OK) {
        struct cm_writer *writer = cm_output(stdout);
        enum cm_status status = view_write_dot(writer, model.graph, "model", all);
        outcome = cm_output_end(writer);
        if (status != CM_OK && outcome == CM_EXIT_OK) {
            outcome = cm_fail("dot", status);
        }
    }
    cm_model_close(&model, &options);
    return outcome;
}

const struct cm_command cm_command_dot = {
    "dot", "FILE [--all] [--keep PD]...",
    "a static picture of the model, as source for Graphviz",
    "Prints what `dot -Tsvg` draws: PDs as clusters, types as colours. PDs are split first. As in the viewer at first,\n"
    "resources of one box, type and space are one node.\n"
    "  --all   every node by itself\n",
    run};
