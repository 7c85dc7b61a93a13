/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel shared: what exactly two PDs share, and along which edges. */
#include <stdio.h>

#include "../query/trace.h"
#include "../core/rsi.h"
#include "model.h"
#include "steps_text.h"

struct sharing {
    struct cm_graph *graph;
    struct cm_writer *writer;
    struct json json;
    struct cm_trace of[2];
    struct cm_steps steps;
};

static enum cm_status write_text(struct sharing *s, cm_node node, uint64_t weight)
{
    cm_writer_string(s->writer, "SHARED ");
    cm_writer_string(s->writer, cm_node_data(s->graph, node));
    cm_writer_put(s->writer, " ", 1);
    cm_writer_string(s->writer, cm_node_id(s->graph, node));
    cm_writer_put(s->writer, " ", 1);
    cm_writer_number(s->writer, weight);
    cm_writer_put(s->writer, "\n", 1);
    enum cm_status status = CM_OK;
    for (int side = 0; side < 2 && status == CM_OK; side++) {
        status = cm_trace_path(&s->of[side], node, &s->steps);
        cm_writer_string(s->writer, "  ");
        cm_steps_text(s->writer, s->graph, s->steps.items, s->steps.count);
        cm_writer_put(s->writer, "\n", 1);
    }
    return status;
}

static enum cm_status write_json(struct sharing *s, cm_node node, uint64_t weight)
{
    static const char *const keys[] = {"from_a", "from_b"};
    json_object(&s->json);
    json_member_string(&s->json, "id", cm_node_id(s->graph, node));
    json_member_string(&s->json, "type", cm_node_data(s->graph, node));
    json_member_number(&s->json, "weight", weight);
    enum cm_status status = CM_OK;
    for (int side = 0; side < 2 && status == CM_OK; side++) {
        status = cm_trace_path(&s->of[side], node, &s->steps);
        json_key(&s->json, keys[side]);
        cm_steps_json(&s->json, s->graph, s->steps.items, s->steps.count);
    }
    json_object_end(&s->json);
    return status;
}

/* Steps to print; a deep chain of MAPs has as many as its length squared. */
static uint64_t count_steps(const struct sharing *s)
{
    uint64_t steps = 0;
    for (uint32_t i = 0; i < s->of[0].count; i++) {
        uint32_t other = s->of[1].place[s->of[0].items[i].step.to];
        steps += other == CM_NONE ? 0 : (uint64_t)s->of[0].items[i].edges + s->of[1].items[other].edges;
    }
    return steps;
}

static enum cm_status write_shared(struct sharing *s, const char *type, bool as_json)
{
    enum cm_status status = count_steps(s) > CM_MOST_STEPS ? CM_TOO_LONG : CM_OK;
    for (uint32_t i = 0; i < s->of[0].count && status == CM_OK; i++) {
        cm_node node = s->of[0].items[i].step.to;
        bool wanted = type == NULL || cm_type_find(s->graph, cm_text_of(type)) == cm_node_type(s->graph, node);
        if (!wanted || s->of[1].place[node] == CM_NONE) {
            continue;
        }
        bool sized;
        uint64_t weight = cm_weight(s->graph, node, false, &sized);
        status = as_json ? write_json(s, node, weight) : write_text(s, node, weight);
    }
    return status;
}

static enum cm_exit print_shared(struct cm_model *model, char **names, const struct cm_model_options *options)
{
    cm_node a = cm_model_pd(model->graph, names[1]);
    cm_node b = a == CM_NONE ? CM_NONE : cm_model_pd(model->graph, names[2]);
    if (b == CM_NONE) {
        return CM_EXIT_USAGE;
    }
    struct sharing s = {.graph = model->graph};
    enum cm_status status = cm_trace(model->graph, a, model->metric.depth, options->writable, &s.of[0]);
    if (status == CM_OK) {
        status = cm_trace(model->graph, b, model->metric.depth, options->writable, &s.of[1]);
    }
    enum cm_exit outcome = CM_EXIT_OK;
    if (status == CM_OK) {
        s.writer = cm_output(stdout);
        if (options->json) {
            json_start(&s.json, s.writer);
            json_object(&s.json);
            json_member_string(&s.json, "a", cm_node_id(model->graph, a));
            json_member_string(&s.json, "b", cm_node_id(model->graph, b));
            json_key(&s.json, "shared");
            json_array(&s.json);
        }
        status = write_shared(&s, options->type, options->json);
        if (options->json) {
            json_array_end(&s.json);
            json_object_end(&s.json);
            json_end(&s.json);
        }
        outcome = cm_output_end(s.writer);
    }
    cm_trace_free(&s.of[0]);
    cm_trace_free(&s.of[1]);
    cm_steps_free(&s.steps);
    return status != CM_OK && outcome == CM_EXIT_OK ? cm_fail(names[0], status) : outcome;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    const struct cm_option table[] = {{"--json", CM_FLAG, &options.json},
                                      {"--type", CM_STRING, &options.type},
                                      {"--writable", CM_FLAG, &options.writable},
                                      {"--depth", CM_NUMBER, &options.depth},
                                      {"--keep", CM_STRINGS, &options.keep},
                                      {NULL, CM_FLAG, NULL}};
    return cm_model_run(command, count, arguments, table, 3, &options, print_shared);
}

const struct cm_command cm_command_shared = {
    "shared", "FILE A B [--type TYPE] [--writable] [--depth N] [--keep PD]... [--json]",
    "what exactly two PDs share, and along which edges",
    "Prints `SHARED <TYPE> <id> <weight>` for each resource that both reach, and below it the way there from A and from B.\n"
    "  --type TYPE   only resources of this type\n"
    "  --writable    only what both can write: an MO that they hold with w, or that a VMR which they hold\n"
    "                with w maps with w\n"
    "  --depth N     on paths of at most N edges\n",
    run};
