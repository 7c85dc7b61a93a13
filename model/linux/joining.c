/* SPDX-License-Identifier: BSD-2-Clause */
#include "joining.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_memory(const char *type)
{
    return strcmp(type, "MO") == 0;
}

/* `TYPE_1_2` as `TYPE_4d2g1_2`, `TYPE_SPACE_1` as `TYPE_SPACE_4d2g1`; for memory with another type. To be freed; NULL: no memory. */
static char *rename_id(const struct lx_joining *j, const char *id)
{
    size_t type = strcspn(id, "_");
    const char *rest = id[type] == '_' ? id + type + 1 : id + type;
    const char *space = strncmp(rest, "SPACE_", 6) == 0 ? "SPACE_" : "";
    bool memory = type == 2 && strncmp(id, "MO", 2) == 0;
    char *name = NULL;
    int length = asprintf(&name, "%s%.*s_%s%sg%s", memory ? "G" : "", (int)type, id, space, j->number, rest + strlen(space));
    return length < 0 ? NULL : name;
}

/* What EXTRA of a resource says is an id, for types of which it is one (docs/model-format.md). */
static bool names_a_node(const char *type)
{
    return strcmp(type, "PD") == 0 || strcmp(type, "RESSPC") == 0 || strcmp(type, "VCPU") == 0;
}

static enum cm_status add_pd(struct lx_joining *j, cm_node node, struct cm_text id)
{
    char *name = NULL;
    if (asprintf(&name, "%s/%s", j->name, cm_node_data(j->guest, node)) < 0) {
        return CM_NO_MEMORY;
    }
    enum cm_status status = cm_graph_add_pd(j->graph, id, cm_text_of(name), cm_text_of(cm_node_extra(j->guest, node)), &j->nodes[node]);
    free(name);
    return status;
}

static enum cm_status add_other(struct lx_joining *j, cm_node node, struct cm_text id)
{
    const char *type = cm_node_data(j->guest, node);
    const char *extra = cm_node_extra(j->guest, node);
    bool space = cm_node_kind(j->guest, node) == CM_SPACE;
    char *renamed = extra[0] != '\0' && (space || names_a_node(type)) ? rename_id(j, extra) : strdup(extra);
    if (renamed == NULL) {
        return CM_NO_MEMORY;
    }
    struct cm_text as = cm_text_of(is_memory(type) ? "GMO" : type);
    struct cm_text text = cm_text_of(renamed);
    enum cm_status status = space ? cm_graph_add_space(j->graph, id, as, text, &j->nodes[node])
                                  : cm_graph_add_resource(j->graph, id, as, text, &j->nodes[node]);
    free(renamed);
    return status;
}

static enum cm_status add_nodes(struct lx_joining *j)
{
    enum cm_status status = CM_OK;
    for (cm_node node = 0; node < cm_graph_nodes(j->guest) && status == CM_OK; node++) {
        j->nodes[node] = CM_NONE;
        if (cm_node_kind(j->guest, node) == CM_MISSING) {
            continue;
        }
        char *id = rename_id(j, cm_node_id(j->guest, node));
        status = id == NULL                              ? CM_NO_MEMORY
                 : cm_node_kind(j->guest, node) == CM_PD ? add_pd(j, node, cm_text_of(id))
                                                         : add_other(j, node, cm_text_of(id));
        free(id);
    }
    return status;
}

static enum cm_status add_edges(struct lx_joining *j)
{
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < cm_graph_edges(j->guest) && status == CM_OK; i++) {
        struct cm_edge edge;
        if (!cm_graph_edge(j->guest, i, &edge)) {
            continue;
        }
        cm_node from = j->nodes[edge.from];
        cm_node to = j->nodes[edge.to];
        if (edge.edge_type == CM_REQUEST) {
            const char *type = cm_type_name(j->guest, edge.type);
            status = cm_graph_add_request(j->graph, from, to, cm_text_of(is_memory(type) ? "GMO" : type),
                                          edge.space == CM_NONE ? CM_NONE : j->nodes[edge.space]);
        } else {
            status = cm_graph_add_edge(j->graph, edge.edge_type, from, to, edge.rights);
        }
    }
    return status;
}

enum cm_status lx_join(struct lx_joining *joining)
{
    enum cm_status status = add_nodes(joining);
    return status != CM_OK ? status : add_edges(joining);
}
