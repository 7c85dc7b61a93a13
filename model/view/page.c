/* SPDX-License-Identifier: BSD-2-Clause */
#include "page.h"

#include "../fields.h"
#include "../host/json.h"
#include "../radius.h"
#include "../rsi.h"
#include "layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything the writing functions share. */
struct page {
    struct json json;
    const struct view_model *model;
    struct cm_graph *graph;
    const cm_node *pds;
    uint32_t pd_count;
    struct cm_reach *reach; /* per PD */
    cm_node *homes;
    struct view_layout layout;
};

/* Who reaches a resource alone is its home; two or nobody: none. */
static enum cm_status find_homes(struct page *page)
{
    uint32_t nodes = cm_graph_nodes(page->graph);
    struct cm_metric_options options = {0};
    page->homes = malloc((nodes + 1) * sizeof *page->homes);
    unsigned char *reached = calloc(nodes + 1, 1);
    page->reach = calloc(page->pd_count + 1, sizeof *page->reach);
    if (page->homes == NULL || reached == NULL || page->reach == NULL) {
        free(reached);
        return CM_NO_MEMORY;
    }
    for (cm_node node = 0; node < nodes; node++) {
        page->homes[node] = CM_NONE;
    }
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < page->pd_count && status == CM_OK; i++) {
        cm_node pd = page->pds[i];
        page->homes[pd] = pd;
        status = cm_reach(page->graph, pd, &options, &page->reach[i]);
        for (uint32_t n = 0; n < page->reach[i].count && pd != cm_graph_root(page->graph); n++) {
            cm_node node = page->reach[i].nodes[n];
            page->homes[node] = reached[node] == 0 ? pd : CM_NONE;
            reached[node] = 1;
        }
    }
    uint32_t spaces;
    const cm_node *list = cm_graph_spaces(page->graph, &spaces);
    for (uint32_t i = 0; i < spaces; i++) {
        uint32_t managers;
        const cm_node *manager = cm_space_managers(page->graph, list[i], &managers);
        if (managers > 0) {
            page->homes[list[i]] = manager[0];
        }
    }
    free(reached);
    return status;
}

static void write_point(struct json *json, const char *key, struct view_point point)
{
    char text[32];
    json_key(json, key);
    snprintf(text, sizeof text, "[%d,%d]", point.x, point.y);
    json_raw(json, text);
}

static void write_index(struct json *json, const char *key, uint32_t index)
{
    char text[16];
    json_key(json, key);
    snprintf(text, sizeof text, "%lld", index == CM_NONE ? -1ll : (long long)index);
    json_raw(json, text);
}

/* What is written under a resource's node: the kind and place of a VMR, the last part of a file's name, else the id. */
static const char *short_name(const struct cm_graph *graph, cm_node node)
{
    const char *extra = cm_node_extra(graph, node);
    return cm_node_kind(graph, node) == CM_RESOURCE && extra[0] != '\0' ? extra : cm_node_id(graph, node);
}

static void write_nodes(struct page *page)
{
    struct json *json = &page->json;
    json_key(json, "nodes");
    json_array(json);
    for (cm_node node = 0; node < cm_graph_nodes(page->graph); node++) {
        const struct view_place *place = &page->layout.places[node];
        json_object(json);
        json_member_string(json, "id", cm_node_id(page->graph, node));
        json_member_string(json, "kind", cm_kind_text(cm_node_kind(page->graph, node)));
        json_member_string(json, "data", cm_node_data(page->graph, node));
        json_member_string(json, "extra", cm_node_extra(page->graph, node));
        json_member_string(json, "short", short_name(page->graph, node));
        write_index(json, "home", place->home);
        write_index(json, "group", place->group);
        write_point(json, "at", place->at);
        write_point(json, "wide", place->wide);
        json_member_number(json, "in", page->model->node_states != NULL ? page->model->node_states[node] : 3);
        json_object_end(json);
    }
    json_array_end(json);
}

static void write_groups(struct page *page)
{
    struct json *json = &page->json;
    json_key(json, "groups");
    json_array(json);
    for (uint32_t i = 0; i < page->layout.group_count; i++) {
        const struct view_group *group = &page->layout.groups[i];
        char name[256];
        snprintf(name, sizeof name, "%s of %s", cm_type_name(page->graph, group->type),
                 group->space == CM_NONE ? "no space" : cm_node_id(page->graph, group->space));
        json_object(json);
        json_member_string(json, "name", name);
        json_member_number(json, "count", group->count);
        write_point(json, "at", group->at);
        write_point(json, "wide", group->wide);
        json_object_end(json);
    }
    json_array_end(json);
}

static void write_edges(struct page *page)
{
    struct json *json = &page->json;
    json_key(json, "edges");
    json_array(json);
    for (uint32_t i = 0; i < cm_graph_edges(page->graph); i++) {
        struct cm_edge edge;
        if (!cm_graph_edge(page->graph, i, &edge)) {
            continue;
        }
        char rights[8];
        cm_rights_text(edge.rights, rights);
        json_array(json);
        json_string(json, cm_edge_type_text(edge.edge_type));
        json_number(json, edge.from);
        json_number(json, edge.to);
        json_string(json, edge.edge_type == CM_REQUEST ? cm_type_name(page->graph, edge.type) : rights);
        json_number(json, page->model->edge_states != NULL ? page->model->edge_states[i] : 3);
        json_array_end(json);
    }
    json_array_end(json);
}

static void write_reach(struct page *page)
{
    struct json *json = &page->json;
    json_key(json, "reach");
    json_object(json);
    for (uint32_t i = 0; i < page->pd_count; i++) {
        char key[16];
        snprintf(key, sizeof key, "%u", page->pds[i]);
        json_key(json, key);
        json_array(json);
        for (uint32_t n = 0; n < page->reach[i].count; n++) {
            json_number(json, page->reach[i].nodes[n]);
        }
        json_array_end(json);
    }
    json_object_end(json);
}

static enum cm_status write_pair(struct page *page, struct cm_radius *radius, cm_node a, cm_node b)
{
    struct json *json = &page->json;
    struct cm_metric_options options = {0};
    struct cm_rsi rsi;
    struct cm_fr fr;
    char text[64];
    enum cm_status status = cm_radius_pair(radius, a, b, &fr);
    if (status == CM_OK) {
        status = cm_rsi(page->graph, a, b, &options, &rsi);
    }
    if (status != CM_OK) {
        return status;
    }
    snprintf(text, sizeof text, "%u,%u", a < b ? a : b, a < b ? b : a);
    json_key(json, text);
    json_object(json);
    snprintf(text, sizeof text, fr.found ? "%u" : "inf", fr.hops);
    json_member_string(json, "fr", text);
    json_key(json, "rsi");
    json_array(json);
    for (uint32_t i = 0; i < rsi.count; i++) {
        char value[8];
        cm_ratio_text(rsi.rows[i].shared, rsi.rows[i].all, value);
        json_array(json);
        json_string(json, cm_type_name(page->graph, rsi.rows[i].type));
        json_number(json, rsi.rows[i].shared);
        json_number(json, rsi.rows[i].all);
        json_string(json, value);
        json_array_end(json);
    }
    json_array_end(json);
    json_object_end(json);
    cm_rsi_free(page->graph, &rsi);
    return CM_OK;
}

static enum cm_status write_pairs(struct page *page)
{
    struct cm_metric_options options = {0};
    struct cm_radius *radius = NULL;
    enum cm_status status = CM_OK;
    json_key(&page->json, "pairs");
    json_object(&page->json);
    if (page->pd_count <= VIEW_MAX_METRIC_PDS) {
        status = cm_radius_create(page->graph, &options, &radius);
        for (uint32_t i = 0; i < page->pd_count && status == CM_OK; i++) {
            for (uint32_t j = i + 1; j < page->pd_count && status == CM_OK; j++) {
                status = write_pair(page, radius, page->pds[i], page->pds[j]);
            }
        }
        cm_radius_destroy(radius);
    }
    json_object_end(&page->json);
    json_member_string(&page->json, "pairsNote", "With so many PDs the page has no metrics: ask cellmodel rsi and fr.");
    return status;
}

enum cm_status view_write_data(struct cm_writer *writer, const struct view_model *model)
{
    struct page page = {.model = model, .graph = model->graph};
    page.pds = cm_graph_pds(model->graph, &page.pd_count);
    enum cm_status status = find_homes(&page);
    if (status == CM_OK && !view_layout_make(model->graph, page.homes, &page.layout)) {
        status = CM_NO_MEMORY;
    }
    if (status == CM_OK) {
        char summary[128];
        snprintf(summary, sizeof summary, "%u nodes, %u edges, %u PDs", cm_graph_nodes(model->graph),
                 cm_graph_edges(model->graph), page.pd_count);
        json_start(&page.json, writer);
        json_object(&page.json);
        json_member_string(&page.json, "title", model->title);
        json_member_string(&page.json, "summary", summary);
        if (model->old_name != NULL) {
            json_key(&page.json, "states");
            json_array(&page.json);
            json_string(&page.json, model->old_name);
            json_string(&page.json, model->new_name);
            json_array_end(&page.json);
        }
        write_nodes(&page);
        write_groups(&page);
        write_edges(&page);
        write_reach(&page);
        status = write_pairs(&page);
        json_object_end(&page.json);
        json_end(&page.json);
    }
    for (uint32_t i = 0; page.reach != NULL && i < page.pd_count; i++) {
        cm_reach_free(model->graph, &page.reach[i]);
    }
    free(page.reach);
    free(page.homes);
    view_layout_free(&page.layout);
    return status;
}
