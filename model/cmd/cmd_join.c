/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel join: the model of a system, with those that were extracted in its guests. */
#include "formats.h"
#include "join.h"
#include "model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Puts the guest `PD,FILE` into a graph, which is replaced. */
static enum cm_exit join(struct cm_graph **graph, const char *text)
{
    char reason[LX_REASON];
    const char *comma = strchr(text, ',');
    struct join_guest guest = {0};
    struct cm_graph *joined = NULL;
    uint64_t outside = 0;
    if (comma == NULL) {
        fprintf(stderr, "cellmodel: join: --guest %s: not PD,FILE\n", text);
        return CM_EXIT_USAGE;
    }
    char *name = strndup(text, (size_t)(comma - text));
    guest.pd = name == NULL ? CM_NONE : cm_model_pd(*graph, name);
    free(name);
    if (guest.pd == CM_NONE) {
        return CM_EXIT_USAGE;
    }
    enum cm_exit outcome = cm_load(comma + 1, &guest.inside.graph);
    if (outcome != CM_EXIT_OK) {
        return outcome;
    }
    if (!lx_guest_prepare(&guest.inside, reason)) {
        fprintf(stderr, "cellmodel: join: %s: %s\n", comma + 1, reason);
        outcome = CM_EXIT_USAGE;
    } else {
        enum cm_status status = join_graph(*graph, &guest, &joined, &outside);
        outcome = status == CM_OK ? CM_EXIT_OK : cm_fail("join", status);
    }
    if (outside > 0) {
        fprintf(stderr, "cellmodel: join: %s: %" PRIu64 " pages of its guest are no memory of its own\n", cm_node_id(*graph, guest.pd),
                outside);
    }
    if (joined != NULL) {
        cm_graph_destroy(*graph);
        *graph = joined;
    }
    cm_graph_destroy(guest.inside.graph);
    lx_guest_free(&guest.inside);
    return outcome;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_strings guests = {0};
    const char *format = "csv";
    const struct cm_option table[] = {{"--guest", CM_STRINGS, &guests}, {"--to", CM_STRING, &format}, {NULL, CM_FLAG, NULL}};
    struct cm_graph *graph = NULL;
    enum cm_exit outcome = cm_arguments(command, count, arguments, table, 1, 1) < 0 ? CM_EXIT_USAGE : cm_load(arguments[0], &graph);
    for (uint32_t i = 0; i < guests.count && outcome == CM_EXIT_OK; i++) {
        outcome = join(&graph, guests.items[i]);
    }
    if (outcome == CM_EXIT_OK) {
        outcome = cm_write_model(command, graph, format, false);
    }
    cm_graph_destroy(graph);
    cm_arguments_free(&guests);
    return outcome;
}

const struct cm_command cm_command_join = {
    "join", "FILE --guest PD,FILE... [--to csv|json|graphml]", "the model of a system with those of its guests in it",
    "Prints one graph: FILE is the model of a system that runs guests, a guest is the PD of its first CPU and what cellmodel linux\n"
    "--all printed inside as its root. The guest's MOs become GMOs, which map onto the MOs of the system that are behind them;\n"
    "these are cut where the guest's memory ends, and where the pieces lie is not told.\n",
    run};
