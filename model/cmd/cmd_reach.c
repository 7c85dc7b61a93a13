/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel reach: what a PD reaches: resources (as RSI counts them) and PDs (as FR walks). */
#include <stdio.h>

#include "../host/json.h"
#include "../query/trace.h"
#include "../core/radius.h"
#include "../core/rsi.h"
#include "model.h"

struct reaching {
    struct cm_graph *graph;
    struct cm_writer *writer;
    struct json json;
    bool as_json;
};

static void put_row(struct reaching *r, const char *what, cm_node node, uint32_t distance)
{
    cm_writer_string(r->writer, what);
    cm_writer_put(r->writer, " ", 1);
    if (cm_node_kind(r->graph, node) == CM_RESOURCE) {
        cm_writer_string(r->writer, cm_node_data(r->graph, node));
        cm_writer_put(r->writer, " ", 1);
    }
    cm_writer_string(r->writer, cm_node_id(r->graph, node));
    cm_writer_put(r->writer, " ", 1);
    cm_writer_number(r->writer, distance);
    cm_writer_put(r->writer, "\n", 1);
}

static void write_resources(struct reaching *r, const struct cm_trace *trace)
{
    for (uint32_t i = 0; i < trace->count; i++) {
        cm_node node = trace->items[i].step.to;
        bool sized;
        if (!r->as_json) {
            put_row(r, "RESOURCE", node, trace->items[i].edges);
            continue;
        }
        json_object(&r->json);
        json_member_string(&r->json, "id", cm_node_id(r->graph, node));
        json_member_string(&r->json, "type", cm_node_data(r->graph, node));
        json_member_number(&r->json, "edges", trace->items[i].edges);
        json_member_number(&r->json, "weight", cm_weight(r->graph, node, false, &sized));
        json_object_end(&r->json);
    }
}

static enum cm_status write_pd(void *context, cm_node pd, uint32_t hops)
{
    struct reaching *r = context;
    if (!r->as_json) {
        put_row(r, "PD", pd, hops);
        return CM_OK;
    }
    json_object(&r->json);
    json_member_string(&r->json, "id", cm_node_id(r->graph, pd));
    json_member_number(&r->json, "hops", hops);
    json_object_end(&r->json);
    return CM_OK;
}

static enum cm_status write_pds(struct reaching *r, const struct cm_metric_options *options, cm_node pd)
{
    struct cm_radius *radius;
    enum cm_status status = cm_radius_create(r->graph, options, &radius);
    if (status == CM_OK) {
        status = cm_radius_walk(radius, pd, write_pd, r);
        cm_radius_destroy(radius);
    }
    return status;
}

static enum cm_exit print_reach(struct cm_model *model, char **names, const struct cm_model_options *options)
{
    cm_node pd = cm_model_pd(model->graph, names[1]);
    if (pd == CM_NONE) {
        return CM_EXIT_USAGE;
    }
    struct cm_trace trace;
    enum cm_status status = cm_trace(model->graph, pd, model->metric.depth, false, &trace);
    if (status != CM_OK) {
        return cm_fail(names[0], status);
    }
    struct reaching r = {.graph = model->graph, .writer = cm_output(stdout), .as_json = options->json};
    if (options->json) {
        json_start(&r.json, r.writer);
        json_object(&r.json);
        json_member_string(&r.json, "pd", cm_node_id(model->graph, pd));
        json_key(&r.json, "resources");
        json_array(&r.json);
    }
    write_resources(&r, &trace);
    cm_trace_free(&trace);
    if (options->json) {
        json_array_end(&r.json);
        json_key(&r.json, "pds");
        json_array(&r.json);
    }
    status = write_pds(&r, &model->metric, pd);
    if (options->json) {
        json_array_end(&r.json);
        json_object_end(&r.json);
        json_end(&r.json);
    }
    enum cm_exit outcome = cm_output_end(r.writer);
    return status != CM_OK && outcome == CM_EXIT_OK ? cm_fail(names[0], status) : outcome;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    const struct cm_option table[] = {{"--json", CM_FLAG, &options.json},
                                      {"--depth", CM_NUMBER, &options.depth},
                                      {"--without", CM_STRINGS, &options.without},
                                      {"--keep", CM_STRINGS, &options.keep},
                                      {NULL, CM_FLAG, NULL}};
    return cm_model_run(command, count, arguments, table, 2, &options, print_reach);
}

const struct cm_command cm_command_reach = {
    "reach", "FILE PD [--depth N] [--without PD]... [--keep PD]... [--json]",
    "what a PD reaches: resources by HOLD and MAP, PDs by requests",
    "Prints `RESOURCE <TYPE> <id> <edges>` and `PD <id> <hops>`.\n"
    "  --depth N      resources on paths of at most N edges\n"
    "  --without PD   no requests to this PD\n",
    run};
