/* SPDX-License-Identifier: BSD-2-Clause */
#include "measures.h"

#include "../core/fields.h"
#include "../core/radius.h"
#include "../core/rsi.h"
#include "../query/writable.h"
#include "page.h"

#include <stdio.h>
#include <stdlib.h>

/* The state that the writing functions share. */
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

/* Node numbers as runs: the nodes that a PD reaches often have numbers in a row. */
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
    return status == CM_TOO_LONG ? CM_OK : status; /* then the page says that it is missing */
}

/* ------------------------------------------------------------------------------------------------------ map of pairs */

/* A value per pair i < j: RSI in ten-thousandths by type, KiB that both can write, FR (hops + 1, 0 for inf). */
struct map {
    struct measures *m;
    uint32_t types;
    uint16_t **rsi; /* per type; NULL: no PD reaches any */
    uint32_t *writable, *fr;
    size_t pairs;
    bool fr_there;
};

static size_t place_of(const struct map *map, uint32_t i, uint32_t j)
{
    size_t n = map->m->pd_count;
    return (size_t)i * (2 * n - i - 1) / 2 + (j - i - 1);
}

static enum cm_status map_rsi(void *context, uint32_t i, uint32_t j, const struct cm_rsi_row *rows, uint32_t count)
{
    struct map *map = context;
    for (uint32_t r = 0; r < count; r++) {
        uint16_t **cells = &map->rsi[rows[r].type];
        if (*cells == NULL) {
            *cells = calloc(map->pairs + 1, sizeof **cells);
        }
        if (*cells == NULL) {
            return CM_NO_MEMORY;
        }
        (*cells)[place_of(map, i, j)] =
            rows[r].all == 0 ? 0 : (uint16_t)((double)rows[r].shared * 10000 / (double)rows[r].all + 0.5);
    }
    return CM_OK;
}

static enum cm_status map_writable(void *context, uint32_t i, uint32_t j, uint64_t units)
{
    struct map *map = context;
    map->writable[place_of(map, i, j)] = units * 4 > UINT32_MAX ? UINT32_MAX : (uint32_t)(units * 4);
    return CM_OK;
}

static enum cm_status map_fr(void *context, uint32_t i, uint32_t j, const struct cm_fr *fr)
{
    struct map *map = context;
    map->fr[place_of(map, i, j)] = fr->found ? fr->hops + 1 : 0;
    return CM_OK;
}

/* [value, how often, ...]: what all share, or none, is short. */
static void write_cells(const struct map *map, const char *name, const uint16_t *narrow, const uint32_t *wide)
{
    json_key(map->m->json, name);
    json_array(map->m->json);
    for (size_t from = 0; from < map->pairs;) {
        uint32_t value = narrow != NULL ? narrow[from] : wide[from];
        size_t to = from + 1;
        while (to < map->pairs && (narrow != NULL ? narrow[to] : wide[to]) == value) {
            to++;
        }
        json_number(map->m->json, value);
        json_number(map->m->json, to - from);
        from = to;
    }
    json_array_end(map->m->json);
}

static enum cm_status fill_map(struct map *map)
{
    struct cm_metric_options options = {0};
    struct measures *m = map->m;
    struct cm_radius *radius = NULL;
    enum cm_status status = cm_rsi_matrix(m->graph, m->pds, m->pd_count, &options, map_rsi, map);
    if (status == CM_OK) {
        status = cm_writable_pairs(m->graph, m->pds, m->pd_count, 0, map_writable, map);
    }
    if (status == CM_OK) {
        status = cm_radius_create(m->graph, &options, &radius);
    }
    if (status == CM_OK) {
        status = cm_radius_matrix(radius, m->pds, m->pd_count, map_fr, map);
        map->fr_there = status == CM_OK;
        status = status == CM_TOO_LONG ? CM_OK : status;
    }
    cm_radius_destroy(radius);
    return status;
}

static void write_cells_of_all(const struct map *map)
{
    json_key(map->m->json, "map");
    json_object(map->m->json);
    for (uint32_t type = 0; type < map->types; type++) {
        if (map->rsi[type] != NULL) {
            char name[300];
            snprintf(name, sizeof name, "RSI %.255s", cm_type_name(map->m->graph, type));
            write_cells(map, name, map->rsi[type], NULL);
        }
    }
    write_cells(map, "KiB both can write", NULL, map->writable);
    if (map->fr_there) {
        write_cells(map, "FR", NULL, map->fr);
    }
    json_object_end(map->m->json);
    json_key(map->m->json, "mapPds");
    json_array(map->m->json);
    for (uint32_t i = 0; i < map->m->pd_count; i++) {
        json_number(map->m->json, number_of(map->m, map->m->pds[i]));
    }
    json_array_end(map->m->json);
}

static enum cm_status write_map(struct measures *m)
{
    struct map map = {.m = m, .types = cm_graph_types(m->graph)};
    map.pairs = (size_t)m->pd_count * (m->pd_count - 1) / 2;
    map.rsi = calloc((size_t)map.types + 1, sizeof *map.rsi);
    map.writable = calloc(map.pairs + 1, sizeof *map.writable);
    map.fr = calloc(map.pairs + 1, sizeof *map.fr);
    enum cm_status status = map.rsi == NULL || map.writable == NULL || map.fr == NULL ? CM_NO_MEMORY : fill_map(&map);
    if (status == CM_OK) {
        write_cells_of_all(&map);
    }
    for (uint32_t type = 0; map.rsi != NULL && type < map.types; type++) {
        free(map.rsi[type]);
    }
    free(map.rsi);
    free(map.writable);
    free(map.fr);
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
    if (status == CM_OK && measures.pd_count > 1 && measures.pd_count <= VIEW_MAX_MAP_PDS) {
        status = write_map(&measures);
    }
    json_object_end(json);
    return status;
}
