/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel stats: how many nodes and edges of which kind. */
#include <stdio.h>
#include <stdlib.h>

#include "../host/json.h"
#include "model.h"

struct stats {
    const struct cm_graph *graph;
    uint64_t kinds[CM_SPACE + 1], edges[CM_EDGE_TYPES], dropped, derived;
    uint64_t *resources, *spaces; /* per type */
};

static enum cm_status count_derived(void *context, cm_node target, unsigned rights, bool derived)
{
    (void)target;
    (void)rights;
    ((struct stats *)context)->derived += derived;
    return CM_OK;
}

static enum cm_status count_all(struct stats *stats, struct cm_graph *graph)
{
    uint32_t types = cm_graph_types(graph);
    stats->graph = graph;
    stats->resources = calloc(types, sizeof *stats->resources);
    stats->spaces = calloc(types, sizeof *stats->spaces);
    if (stats->resources == NULL || stats->spaces == NULL) {
        return CM_NO_MEMORY;
    }
    for (cm_node n = 0; n < cm_graph_nodes(graph); n++) {
        enum cm_kind kind = cm_node_kind(graph, n);
        stats->kinds[kind]++;
        if (kind == CM_RESOURCE || kind == CM_SPACE) {
            (kind == CM_RESOURCE ? stats->resources : stats->spaces)[cm_node_type(graph, n)]++;
        }
    }
    for (uint32_t e = 0; e < cm_graph_edges(graph); e++) {
        struct cm_edge edge;
        if (cm_graph_edge(graph, e, &edge)) {
            stats->edges[edge.edge_type]++;
        } else {
            stats->dropped++;
        }
    }
    uint32_t count;
    const cm_node *pds = cm_graph_pds(graph, &count);
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        status = cm_pd_holds(graph, pds[i], true, true, count_derived, stats);
    }
    return status;
}

/* Gives each number a group ("nodes", "edges", "resources", "spaces") and a name. */
typedef void (*visit_number)(void *context, const char *group, const char *name, uint64_t number);

static void each_number(const struct stats *stats, visit_number visit, void *context)
{
    for (int kind = CM_PD; kind <= CM_SPACE; kind++) {
        visit(context, "nodes", cm_kind_text((enum cm_kind)kind), stats->kinds[kind]);
    }
    for (int type = 0; type < CM_EDGE_TYPES; type++) {
        if (stats->edges[type] > 0) {
            visit(context, "edges", cm_edge_type_text((enum cm_edge_type)type), stats->edges[type]);
        }
    }
    visit(context, "edges", "dropped", stats->dropped);
    visit(context, "edges", "following HOLDs", stats->derived);
    for (int group = 0; group < 2; group++) {
        const uint64_t *counts = group == 0 ? stats->spaces : stats->resources;
        for (uint32_t type = 0; type < cm_graph_types(stats->graph); type++) {
            if (counts[type] > 0) {
                visit(context, group == 0 ? "spaces" : "resources", cm_type_name(stats->graph, type), counts[type]);
            }
        }
    }
}

static void write_csv_row(void *context, const char *group, const char *name, uint64_t number)
{
    struct cm_writer *writer = context;
    cm_csv_field(writer, group);
    cm_writer_put(writer, ",", 1);
    cm_csv_field(writer, name);
    cm_writer_put(writer, ",", 1);
    cm_writer_number(writer, number);
    cm_writer_put(writer, "\n", 1);
}

static void write_text_row(void *context, const char *group, const char *name, uint64_t number)
{
    struct cm_writer *writer = context;
    char row[128];
    snprintf(row, sizeof row, "%-10s %-16s %10llu\n", group, name, (unsigned long long)number);
    cm_writer_string(writer, row);
}

static void write_json_row(void *context, const char *group, const char *name, uint64_t number)
{
    struct json *json = context;
    json_object(json);
    json_member_string(json, "group", group);
    json_member_string(json, "name", name);
    json_member_number(json, "count", number);
    json_object_end(json);
}

static enum cm_exit print_stats(const struct stats *stats, const struct cm_model_options *options)
{
    struct cm_writer *writer = cm_output(stdout);
    if (options->json) {
        struct json json;
        json_start(&json, writer);
        json_object(&json);
        json_member_bool(&json, "rights", cm_graph_has_rights(stats->graph));
        json_member_number(&json, "bytes", cm_graph_bytes(stats->graph));
        json_key(&json, "counts");
        json_array(&json);
        each_number(stats, write_json_row, &json);
        json_array_end(&json);
        json_object_end(&json);
        json_end(&json);
    } else if (options->csv) {
        cm_writer_string(writer, "GROUP,NAME,COUNT\n");
        each_number(stats, write_csv_row, writer);
    } else {
        each_number(stats, write_text_row, writer);
    }
    return cm_output_end(writer);
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    const struct cm_option table[] = {
        {"--json", CM_FLAG, &options.json}, {"--csv", CM_FLAG, &options.csv}, {NULL, CM_FLAG, NULL}};
    if (cm_arguments(command, count, arguments, table, 1, 1) < 0) {
        return CM_EXIT_USAGE;
    }
    struct cm_graph *graph = NULL;
    struct stats stats = {0};
    enum cm_exit outcome = cm_load(arguments[0], &graph);
    if (outcome == CM_EXIT_OK) {
        enum cm_status status = count_all(&stats, graph);
        outcome = status == CM_OK ? print_stats(&stats, &options) : cm_fail(arguments[0], status);
    }
    free(stats.resources);
    free(stats.spaces);
    cm_graph_destroy(graph);
    return outcome;
}

const struct cm_command cm_command_stats = {"stats", "FILE [--csv | --json]", "counts nodes and edges by kind and type",
                                            NULL, run};
