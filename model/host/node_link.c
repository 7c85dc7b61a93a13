/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing networkx's node-link JSON: a directed multigraph whose edges' keys are their numbers, so that parallel edges
 * stay apart.
 */
#include "json.h"
#include "rows_out.h"

static void member(struct json *json, const char *key, const char *text)
{
    if (text[0] != '\0') {
        json_member_string(json, key, text);
    }
}

static enum cm_status write_node(void *context, const char *kind, const char *id, const char *data, const char *extra)
{
    struct json *json = context;
    json_object(json);
    json_member_string(json, "id", id);
    json_member_string(json, "type", kind);
    member(json, "data", data);
    member(json, "extra", extra);
    json_object_end(json);
    return json->writer->status;
}

static enum cm_status write_edge(void *context, uint32_t number, const char *type, const char *from, const char *to,
                                 const char *data, const char *extra)
{
    struct json *json = context;
    json_object(json);
    json_member_string(json, "source", from);
    json_member_string(json, "target", to);
    json_member_number(json, "key", number);
    json_member_string(json, "type", type);
    member(json, "data", data);
    member(json, "extra", extra);
    json_object_end(json);
    return json->writer->status;
}

enum cm_status cm_write_node_link(struct cm_writer *writer, struct cm_graph *graph, bool expand)
{
    struct json json;
    struct cm_rows_visitor visitor = {write_node, write_edge, &json};
    json_start(&json, writer);
    json_object(&json);
    json_member_bool(&json, "directed", true);
    json_member_bool(&json, "multigraph", true);
    json_key(&json, "graph");
    json_object(&json);
    json_object_end(&json);
    json_key(&json, "nodes");
    json_array(&json);
    enum cm_status status = cm_rows_nodes(graph, &visitor);
    json_array_end(&json);
    json_key(&json, "edges");
    json_array(&json);
    if (status == CM_OK) {
        status = cm_rows_edges(graph, expand, &visitor);
    }
    json_array_end(&json);
    json_object_end(&json);
    json_end(&json);
    return status;
}
