/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/words/words.h"
#include "page.h"

#include "../core/fields.h"
#include "../core/rsi.h"
#include "../host/json.h"
#include "measures.h"
#include "picture.h"

#include <stdio.h>
#include <string.h>

/* Everything the writing functions share. */
struct page {
    struct json json;
    const struct view_model *model;
    struct cm_graph *graph;
    struct view_picture picture;
};

static void write_point(struct json *json, const char *key, struct view_point point)
{
    char text[32];
    json_key(json, key);
    snprintf(text, sizeof text, "[%d,%d]", point.x, point.y);
    json_raw(json, text);
}

/* A node, group or box: none (or the shared box) is -1, the box of what nobody holds -2, that of what all reach -3. */
static void write_index(struct json *json, const char *key, uint32_t index)
{
    char text[16];
    json_key(json, key);
    snprintf(text, sizeof text, "%lld", index < VIEW_EVERYONE ? (long long)index : (long long)index - CM_NONE - 1);
    json_raw(json, text);
}

static void write_types(struct page *page)
{
    struct json *json = &page->json;
    json_key(json, "types");
    json_array(json);
    for (uint32_t type = 0; type < cm_graph_types(page->graph); type++) {
        char colour[8];
        view_colour(page->graph, type, colour);
        json_array(json);
        json_string(json, cm_type_name(page->graph, type));
        json_string(json, colour);
        json_array_end(json);
    }
    json_array_end(json);
}

static void write_nodes(struct page *page)
{
    struct json *json = &page->json;
    const unsigned char *states = page->model->both != NULL ? page->model->both->node_states : NULL;
    json_key(json, "nodes");
    json_array(json);
    for (cm_node node = 0; node < cm_graph_nodes(page->graph); node++) {
        const struct view_place *place = &page->picture.places[node];
        char text[64];
        json_object(json);
        json_member_string(json, "id", cm_node_id(page->graph, node));
        json_member_string(json, "kind", cm_kind_text(cm_node_kind(page->graph, node)));
        json_member_string(json, "data", cm_node_data(page->graph, node));
        json_member_string(json, "extra", cm_node_extra(page->graph, node));
        json_member_string(json, "short", view_label(page->graph, node, text, sizeof text));
        write_index(json, "home", place->home);
        write_index(json, "group", place->group);
        write_point(json, "at", place->at);
        write_point(json, "wide", place->wide);
        if (cm_node_kind(page->graph, node) == CM_RESOURCE && cm_node_type(page->graph, node) == CM_TYPE_MO) {
            bool sized;
            json_member_number(json, "kib", cm_weight(page->graph, node, false, &sized) * 4);
        }
        json_member_number(json, "in", states != NULL ? states[node] : view_in_both);
        json_object_end(json);
    }
    json_array_end(json);
}

static void write_boxes(struct page *page)
{
    struct json *json = &page->json;
    json_key(json, "boxes");
    json_array(json);
    for (uint32_t i = 0; i < page->picture.box_count; i++) {
        const struct view_box *box = &page->picture.boxes[i];
        json_object(json);
        write_index(json, "home", box->home);
        json_member_number(json, "closed", box->closed);
        write_point(json, "at", box->at);
        write_point(json, "atSize", box->at_size);
        write_point(json, "wide", box->wide);
        write_point(json, "wideSize", box->wide_size);
        json_object_end(json);
    }
    json_array_end(json);
}

static void write_groups(struct page *page)
{
    struct json *json = &page->json;
    json_key(json, "groups");
    json_array(json);
    for (uint32_t i = 0; i < page->picture.group_count; i++) {
        const struct view_group *group = &page->picture.groups[i];
        json_object(json);
        json_member_string(json, "type", view_group_type(page->graph, group));
        write_index(json, "space", group->space);
        write_index(json, "home", group->home);
        json_member_number(json, "count", group->count);
        write_point(json, "at", group->at);
        write_point(json, "wide", group->wide);
        write_point(json, "size", group->size);
        json_object_end(json);
    }
    json_array_end(json);
}

/* The rights of a HOLD or mapping; the type, and the space if one is named, of a REQUEST. */
static void write_note(struct page *page, const struct cm_edge *edge)
{
    char text[256];
    if (edge->edge_type != CM_REQUEST) {
        cell_rights_text(edge->rights, text);
    } else if (edge->space == CM_NONE) {
        snprintf(text, sizeof text, "%s", cm_type_name(page->graph, edge->type));
    } else {
        snprintf(text, sizeof text, "%s of %s", cm_type_name(page->graph, edge->type),
                 cm_node_id(page->graph, edge->space));
    }
    json_string(&page->json, text);
}

static void write_edges(struct page *page)
{
    struct json *json = &page->json;
    const unsigned char *states = page->model->both != NULL ? page->model->both->edge_states : NULL;
    json_key(json, "edges");
    json_array(json);
    for (uint32_t i = 0; i < cm_graph_edges(page->graph); i++) {
        struct cm_edge edge;
        if (!cm_graph_edge(page->graph, i, &edge)) {
            continue;
        }
        json_array(json);
        json_string(json, cm_edge_type_text(edge.edge_type));
        json_number(json, edge.from);
        json_number(json, edge.to);
        write_note(page, &edge);
        json_number(json, states != NULL ? states[i] : view_in_both);
        json_array_end(json);
    }
    json_array_end(json);
}

/* Of the one file, or of the old one and then the new one. */
static enum cm_status write_measures(struct page *page)
{
    const struct view_model *model = page->model;
    enum cm_status status;
    json_key(&page->json, "measures");
    json_array(&page->json);
    if (model->both == NULL) {
        status = view_write_measures(&page->json, model->graph, model->graph);
    } else {
        status = view_write_measures(&page->json, model->old_graph, model->graph);
        if (status == CM_OK) {
            status = view_write_measures(&page->json, model->new_graph, model->graph);
        }
    }
    json_array_end(&page->json);
    return status;
}

static enum cm_status write_all(struct page *page)
{
    const struct view_model *model = page->model;
    struct json *json = &page->json;
    json_object(json);
    json_member_string(json, "title", model->title);
    json_member_number(json, "mostMeasured", VIEW_MAX_METRIC_PDS);
    if (model->live != 0) {
        json_member_number(json, "live", model->live);
    }
    if (model->both != NULL) {
        json_key(json, "states");
        json_array(json);
        json_string(json, model->old_name);
        json_string(json, model->new_name);
        json_array_end(json);
    }
    write_types(page);
    write_nodes(page);
    write_boxes(page);
    write_groups(page);
    write_edges(page);
    enum cm_status status = write_measures(page);
    json_object_end(json);
    json_end(json);
    return status;
}

enum cm_status view_write_data(struct cm_writer *writer, const struct view_model *model)
{
    struct page page = {.model = model, .graph = model->graph};
    enum cm_status status = view_picture_make(model->graph, true, &page.picture);
    if (status == CM_OK) {
        status = view_layout(&page.picture, false);
    }
    if (status == CM_OK) {
        json_start(&page.json, writer);
        status = write_all(&page);
    }
    view_picture_free(&page.picture);
    return status;
}
