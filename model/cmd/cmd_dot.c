/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel dot: a static picture, as source for Graphviz. */
#include "../view/dot.h"
#include "model.h"

#include <stdio.h>

static enum cm_exit print_dot(struct cm_model *model, char **arguments, const struct cm_model_options *options)
{
    (void)arguments;
    struct cm_writer *writer = cm_output(stdout);
    enum cm_status status = view_write_dot(writer, model->graph, "model", options->all);
    enum cm_exit outcome = cm_output_end(writer);
    return status != CM_OK && outcome == CM_EXIT_OK ? cm_fail("dot", status) : outcome;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    const struct cm_option table[] = {{"--all", CM_FLAG, &options.all},
                                      {"--keep", CM_STRINGS, &options.keep},
                                      {NULL, CM_FLAG, NULL}};
    return cm_model_run(command, count, arguments, table, 1, &options, print_dot);
}

const struct cm_command cm_command_dot = {
    "dot", "FILE [--all] [--keep PD]...",
    "a static picture of the model, as source for Graphviz",
    "Prints what `dot -Tsvg` draws: PDs as clusters, types as colours. PDs are split first. As in the viewer at first,\n"
    "resources of one box, type and space are one node.\n"
    "  --all   every node by itself\n",
    run};
