/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel blast: what goes when a PD dies, under each cleanup policy. */
#include <stdio.h>

#include "../host/json.h"
#include "../query/dependence.h"
#include "model.h"

struct blasting {
    struct cm_graph *graph;
    struct cm_writer *writer;
    struct json json;
    struct cm_blast blast;
};

static void put_hops(struct blasting *b, const char *what, const cm_node *nodes, const uint32_t *hops, uint32_t count,
                     uint32_t depth)
{
    for (uint32_t hop = 0; hop <= depth; hop++) {
        for (uint32_t i = 0; i < count; i++) {
            if (hops[i] != hop) {
                continue;
            }
            cm_writer_string(b->writer, what);
            cm_writer_number(b->writer, hop);
            cm_writer_put(b->writer, " ", 1);
            cm_writer_string(b->writer, cm_node_id(b->graph, nodes[i]));
            cm_writer_put(b->writer, "\n", 1);
        }
    }
}

/* How many PDs, spaces and resources a policy takes. */
static void count_lost(const struct blasting *b, uint32_t d, uint32_t s, uint32_t lost[3])
{
    uint32_t pds, spaces;
    const cm_node *pd_list = cm_graph_pds(b->graph, &pds), *space_list = cm_graph_spaces(b->graph, &spaces);
    lost[0] = lost[1] = lost[2] = 0;
    for (uint32_t i = 0; i < pds; i++) {
        lost[0] += cm_blast_takes(&b->blast, b->graph, pd_list[i], d, s);
    }
    for (uint32_t i = 0; i < spaces; i++) {
        if (cm_blast_takes(&b->blast, b->graph, space_list[i], d, s)) {
            uint32_t members;
            cm_space_members(b->graph, space_list[i], &members);
            lost[1]++;
            lost[2] += members;
        }
    }
}

static void write_text(struct blasting *b)
{
    uint32_t count;
    const cm_node *nodes = cm_graph_pds(b->graph, &count);
    put_hops(b, "PD ", nodes, b->blast.pd_hops, count, b->blast.pd_depth);
    nodes = cm_graph_spaces(b->graph, &count);
    put_hops(b, "SPACE ", nodes, b->blast.space_hops, count, b->blast.space_depth);
    for (uint32_t d = 0; d <= b->blast.pd_depth; d++) {
        for (uint32_t s = 0; s <= b->blast.space_depth; s++) {
            uint32_t lost[3];
            char row[128];
            count_lost(b, d, s, lost);
            snprintf(row, sizeof row, "POLICY %u %u: %u PDs, %u spaces, %u resources\n", d, s, lost[0], lost[1],
                     lost[2]);
            cm_writer_string(b->writer, row);
        }
    }
}

static void write_lost(struct blasting *b, const char *key, const cm_node *nodes, uint32_t count, uint32_t d, uint32_t s)
{
    json_key(&b->json, key);
    json_array(&b->json);
    for (uint32_t i = 0; i < count; i++) {
        if (cm_blast_takes(&b->blast, b->graph, nodes[i], d, s)) {
            json_string(&b->json, cm_node_id(b->graph, nodes[i]));
        }
    }
    json_array_end(&b->json);
}

static void write_json(struct blasting *b, cm_node pd)
{
    uint32_t pds, spaces;
    const cm_node *pd_list = cm_graph_pds(b->graph, &pds), *space_list = cm_graph_spaces(b->graph, &spaces);
    json_start(&b->json, b->writer);
    json_object(&b->json);
    json_member_string(&b->json, "pd", cm_node_id(b->graph, pd));
    json_key(&b->json, "policies");
    json_array(&b->json);
    for (uint32_t d = 0; d <= b->blast.pd_depth; d++) {
        for (uint32_t s = 0; s <= b->blast.space_depth; s++) {
            uint32_t lost[3];
            count_lost(b, d, s, lost);
            json_object(&b->json);
            json_member_number(&b->json, "pd_depth", d);
            json_member_number(&b->json, "space_depth", s);
            write_lost(b, "pds", pd_list, pds, d, s);
            write_lost(b, "spaces", space_list, spaces, d, s);
            json_member_number(&b->json, "resources", lost[2]);
            json_object_end(&b->json);
        }
    }
    json_array_end(&b->json);
    json_object_end(&b->json);
    json_end(&b->json);
}

static enum cm_exit print_blast(struct cm_graph *graph, char **names, bool as_json)
{
    cm_node pd = cm_model_pd(graph, names[1]);
    if (pd == CM_NONE) {
        return CM_EXIT_USAGE;
    }
    struct blasting b = {.graph = graph};
    struct cm_metric_options options = {0};
    struct cm_radius *radius = NULL;
    enum cm_status status = cm_radius_create(graph, &options, &radius);
    if (status == CM_OK) {
        status = cm_blast(radius, graph, pd, &b.blast);
    }
    enum cm_exit outcome = status == CM_OK ? CM_EXIT_OK : cm_fail(names[0], status);
    if (status == CM_OK) {
        b.writer = cm_output(stdout);
        if (as_json) {
            write_json(&b, pd);
        } else {
            write_text(&b);
        }
        outcome = cm_output_end(b.writer);
        cm_blast_free(&b.blast);
    }
    cm_radius_destroy(radius);
    return outcome;
}

/* What dies is a PD as it was made, with all its threads, so nothing is split. */
static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    bool json = false;
    const struct cm_option table[] = {{"--json", CM_FLAG, &json}, {NULL, CM_FLAG, NULL}};
    if (cm_arguments(command, count, arguments, table, 2, 2) < 0) {
        return CM_EXIT_USAGE;
    }
    struct cm_graph *graph = NULL;
    enum cm_exit outcome = cm_load(arguments[0], &graph);
    if (outcome == CM_EXIT_OK) {
        outcome = print_blast(graph, arguments, json);
    }
    cm_graph_destroy(graph);
    return outcome;
}

const struct cm_command cm_command_blast = {
    "blast", "FILE PD [--json]", "what goes when a PD dies, under each cleanup policy",
    "Prints how many hops away each PD and space is, then `POLICY <PD depth> <space depth>:` and what is lost. PDs up to\n"
    "the PD depth are terminated with their spaces, spaces up to the space depth are deleted. PDs are not split.\n",
    run};
