/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel trusted: the trusted base of a PD. */
#include <stdio.h>
#include <stdlib.h>

#include "../host/json.h"
#include "../query/dependence.h"
#include "model.h"

static void write_text(struct cm_writer *writer, const struct cm_graph *graph, const struct cm_trusted *t)
{
    cm_writer_string(writer, "TRUSTED ");
    cm_writer_string(writer, cm_node_id(graph, t->pd));
    cm_writer_put(writer, " ", 1);
    cm_writer_number(writer, t->hops);
    cm_writer_put(writer, " ", 1);
    cm_writer_string(writer, cm_trust_text(t->why));
    cm_writer_string(writer, t->why == CM_TRUST_MEMORY   ? " writes "
                             : t->why == CM_TRUST_HANDLE ? " of "
                             : t->why == CM_TRUST_PLACE  ? " holds "
                                                         : " from ");
    cm_writer_string(writer, cm_node_id(graph, t->through));
    cm_writer_put(writer, "\n", 1);
}

static void write_json(struct cm_writer *writer, const struct cm_graph *graph, cm_node pd,
                       const struct cm_trusted *trusted, uint32_t count)
{
    struct json json;
    json_start(&json, writer);
    json_object(&json);
    json_member_string(&json, "pd", cm_node_id(graph, pd));
    json_key(&json, "trusted");
    json_array(&json);
    for (uint32_t i = 0; i < count; i++) {
        json_object(&json);
        json_member_string(&json, "id", cm_node_id(graph, trusted[i].pd));
        json_member_number(&json, "hops", trusted[i].hops);
        json_member_string(&json, "why", cm_trust_text(trusted[i].why));
        json_member_string(&json, "through", cm_node_id(graph, trusted[i].through));
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    json_end(&json);
}

static enum cm_exit print_trusted(struct cm_model *model, char **names, const struct cm_model_options *options)
{
    cm_node pd = cm_model_pd(model->graph, names[1]);
    if (pd == CM_NONE) {
        return CM_EXIT_USAGE;
    }
    uint32_t pds, count = 0;
    uint64_t steps = CM_MOST_STEPS;
    cm_graph_pds(model->graph, &pds);
    struct cm_trusted *trusted = malloc(((size_t)pds + 1) * sizeof *trusted);
    struct cm_radius *radius = NULL;
    enum cm_status status = trusted == NULL ? CM_NO_MEMORY : cm_radius_create(model->graph, &model->metric, &radius);
    if (status == CM_OK) {
        status = cm_trusted_base(radius, model->graph, pd, trusted, &count, &steps);
    }
    enum cm_exit outcome = status == CM_OK ? CM_EXIT_OK : cm_fail(names[0], status);
    if (status == CM_OK) {
        struct cm_writer *writer = cm_output(stdout);
        for (uint32_t i = 0; !options->json && i < count; i++) {
            write_text(writer, model->graph, &trusted[i]);
        }
        if (options->json) {
            write_json(writer, model->graph, pd, trusted, count);
        }
        outcome = cm_output_end(writer);
    }
    cm_radius_destroy(radius);
    free(trusted);
    return outcome;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    const struct cm_option table[] = {
        {"--json", CM_FLAG, &options.json}, {"--keep", CM_STRINGS, &options.keep}, {NULL, CM_FLAG, NULL}};
    return cm_model_run(command, count, arguments, table, 2, &options, print_trusted);
}

const struct cm_command cm_command_trusted = {
    "trusted", "FILE PD [--keep PD]... [--json]", "the trusted base of a PD",
    "Prints a line for every PD that PD must trust, and why; trust is transitive, hops are requests and faults on the way.\n"
    "  TRUSTED <id> <hops> request|implied request|fault from <PD>   that PD asks it, or leaves its faults to it\n"
    "  TRUSTED <id> <hops> memory writes <MO>                        it can write memory that is reached\n"
    "  TRUSTED <id> <hops> handle of <PD>                            it holds that PD's handle with w, x or g\n"
    "  TRUSTED <id> <hops> place holds <ADS or VCPU>                 it runs there too, or may change it\n",
    run};
