/* SPDX-License-Identifier: BSD-2-Clause */
#include "measures.h"

#include "../core/fields.h"
#include "../core/radius.h"
#include "../core/rsi.h"
#include "page.h"

#include <stdio.h>
#include <stdlib.h>

/* What the writing functions share. */
struct measures {
    struct json *json;
    struct cm_graph *graph;
    const struct cm_graph *shown;
    const cm_node *pds;
    uint32_t pd_count;
};

static cm_node number_of(const struct measures *m, cm_node node)
{
    return m->graph == m->shown ? node : cm_graph_find(m->shown, cm_text_of(cm_node_id(m->graph, node)));
}

static int by_number(const void *left, const void *right)
{
    cm_node a = *(const cm_node *)left;
    cm_node b = *(const cm_node *)right;
    return (a > b) - (a < b);
}

/* Node numbers as runs: what a PD reaches often stands together. */
static void write_runs(struct json *json, cm_node *nodes, uint32_t count)
{
    if (count > 0) {
        qsort(nodes, count, sizeof *nodes, by_number);
    }
    json_array(json);
    for (uint32_t from = 0; from < count;) {
        uint32_t to = from + 1;
        while (to < count && nodes[to] == nodes[from] + (to - from)) {
            to++;
        }
        json_number(json, nodes[from]);
        json_number(json, to - from);
        from = to;
    }
    json_array_end(json);
}

static enum cm_status write_reaches(struct measures *m)
{
    struct cm_metric_options options = {0};
    enum cm_status status = CM_OK;
    json_key(m->json, "reach");
    json_object(m->json);
    for (uint32_t i = 0; i < m->pd_count && status == CM_OK; i++) {
        struct cm_reach reach;
        status = cm_reach(m->graph, m->pds[i], &options, &reach);
        if (status == CM_OK) {
            char key[16];
            snprintf(key, sizeof key, "%u", number_of(m, m->pds[i]));
            for (uint32_t n = 0; n < reach.count; n++) {
                reach.nodes[n] = number_of(m, reach.nodes[n]);
            }
            json_key(m->json, key);
            write_runs(m->json, reach.nodes, reach.count);
            cm_reach_free(m->graph, &reach);
        }
    }
    json_object_end(m->json);
    return status;
}

static void write_pair_key(struct measures *m, uint32_t i, uint32_t j)
{
    char key[32];
    cm_node a = number_of(m, m->pds[i]);
    cm_node b = number_of(m, m->pds[j]);
    snprintf(key, sizeof key, "%u,%u", a < b ? a : b, a < b ? b : a);
    json_key(m->json, key);
}

static enum cm_status write_rsi(void *context, uint32_t i, uint32_t j, const struct cm_rsi_row *rows, uint32_t count)
{
    struct measures *m = context;
    write_pair_key(m, i, j);
    json_array(m->json);
    for (uint32_t r = 0; r < count; r++) {
        char value[8];
        cm_ratio_text(rows[r].shared, rows[r].all, value);
        json_array(m->json);
        json_string(m->json, cm_type_name(m->graph, rows[r].type));
        json_number(m->json, rows[r].shared);
        json_number(m->json, rows[r].all);
        json_string(m->json, value);
        json_array_end(m->json);
    }
    json_array_end(m->json);
    return CM_OK;
}

static enum cm_status write_fr(void *context, uint32_t i, uint32_t j, const struct cm_fr *fr)
{
    struct measures *m = context;
    char text[16];
    write_pair_key(m, i, j);
    snprintf(text, sizeof text, fr->found ? "%u" : "inf", fr->hops);
    json_string(m->json, text);
    return CM_OK;
}

static enum cm_status write_pairs(struct measures *m)
{
    struct cm_metric_options options = {0};
    struct cm_radius *radius = NULL;
    json_key(m->json, "rsi");
    json_object(m->json);
    enum cm_status status = cm_rsi_matrix(m->graph, m->pds, m->pd_count, &options, write_rsi, m);
    json_object_end(m->json);
    json_key(m->json, "fr");
    json_object(m->json);
    if (status == CM_OK) {
        status = cm_radius_create(m->graph, &options, &radius);
    }
    if (status == CM_OK) {
        status = cm_radius_matrix(radius, m->pds, m->pd_count, write_fr, m);
    }
    cm_radius_destroy(radius);
    json_object_end(m->json);
    return status;
}

enum cm_status view_write_measures(struct json *json, struct cm_graph *graph, const struct cm_graph *shown)
{
    struct measures measures = {.json = json, .graph = graph, .shown = shown};
    measures.pds = cm_graph_pds(graph, &measures.pd_count);
    json_object(json);
    enum cm_status status = write_reaches(&measures);
    if (status == CM_OK && measures.pd_count <= VIEW_MAX_METRIC_PDS) {
        status = write_pairs(&measures);
    }
    json_object_end(json);
    return status;
}
