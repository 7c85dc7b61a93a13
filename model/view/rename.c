/* SPDX-License-Identifier: BSD-2-Clause */
#include "rename.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/internal.h"

struct renaming {
    struct cm_graph *from, *to;
    const struct cm_graph *newer;
    const struct cm_match *match;
    char *text; /* the id made last, in `room` bytes */
    size_t room;
};

/* The id that a node gets, in r->text or the newer graph; NULL: no memory. */
static const char *new_id(struct renaming *r, cm_node node)
{
    if (r->match->in_new[node] != CM_NONE) {
        return cm_node_id(r->newer, r->match->in_new[node]);
    }
    const char *id = cm_node_id(r->from, node);
    size_t length = strlen(id);
    char *larger = length + 64 <= r->room ? r->text : realloc(r->text, length + 64);
    if (larger == NULL) {
        return NULL;
    }
    r->room = larger == r->text ? r->room : length + 64;
    r->text = larger;
    strcpy(r->text, id);
    for (size_t end = length; end < length + 60 && cm_graph_find(r->newer, cm_text_of(r->text)) != CM_NONE; end++) {
        strcpy(r->text + end, "~");
    }
    return r->text;
}

/* The new form of an id in a field. That of a PD that was split is the start of its parts' ids. */
static struct cm_text new_name(struct renaming *r, const char *id)
{
    cm_node node = cm_graph_find(r->from, cm_text_of(id));
    size_t length = strlen(id);
    uint32_t pds;
    const cm_node *list = cm_graph_pds(r->from, &pds);
    for (uint32_t i = 0; node == CM_NONE && i < pds; i++) {
        const char *part = cm_node_id(r->from, list[i]);
        if (cm_part_base(part) == length && memcmp(part, id, length) == 0) {
            const char *whole = new_id(r, list[i]);
            return whole == NULL ? cm_text_of(id) : (struct cm_text){whole, cm_part_base(whole)};
        }
    }
    const char *made = node == CM_NONE ? id : new_id(r, node);
    return cm_text_of(made == NULL ? id : made);
}

/* Whether EXTRA of a node is an id. */
static bool names_node(const struct cm_graph *graph, cm_node node)
{
    uint32_t type = cm_node_type(graph, node);
    return cm_node_kind(graph, node) == CM_SPACE ||
           (cm_node_kind(graph, node) == CM_RESOURCE &&
            (type == CM_TYPE_VCPU || type == CM_TYPE_PD || type == CM_TYPE_RESSPC));
}

static enum cm_status copy_node(struct renaming *r, cm_node node)
{
    const char *made = new_id(r, node);
    char *id = made == NULL ? NULL : strdup(made); /* another is made for EXTRA */
    struct cm_text data = cm_text_of(cm_node_data(r->from, node));
    const char *old = cm_node_extra(r->from, node);
    struct cm_text extra = names_node(r->from, node) ? new_name(r, old) : cm_text_of(old);
    enum cm_status status = id == NULL ? CM_NO_MEMORY : CM_OK;
    if (status == CM_OK && cm_node_kind(r->from, node) == CM_PD) {
        status = cm_graph_add_pd(r->to, cm_text_of(id), data, extra, NULL);
    } else if (status == CM_OK && cm_node_kind(r->from, node) == CM_SPACE) {
        status = cm_graph_add_space(r->to, cm_text_of(id), data, extra, NULL);
    } else if (status == CM_OK && cm_node_kind(r->from, node) == CM_RESOURCE) {
        status = cm_graph_add_resource(r->to, cm_text_of(id), data, extra, NULL);
    } else if (status == CM_OK) {
        cm_node missing;
        status = cm_graph_refer(r->to, cm_text_of(id), &missing);
    }
    free(id);
    return status;
}

/* Nodes keep their numbers. */
static enum cm_status copy_edges(struct renaming *r)
{
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < cm_graph_edges(r->from) && status == CM_OK; i++) {
        struct cm_edge edge;
        if (!cm_graph_edge(r->from, i, &edge)) {
            continue;
        }
        status = edge.edge_type == CM_REQUEST
                     ? cm_graph_add_request(r->to, edge.from, edge.to, cm_text_of(cm_type_name(r->from, edge.type)), edge.space)
                     : cm_graph_add_edge(r->to, edge.edge_type, edge.from, edge.to, edge.rights);
    }
    return status;
}

enum cm_status view_rename(struct cm_graph *old_graph, const struct cm_graph *new_graph, const struct cm_match *match,
                           struct cm_graph **renamed)
{
    struct renaming r = {.from = old_graph, .newer = new_graph, .match = match};
    enum cm_status status = cm_graph_create(&cm_memory_libc, &r.to);
    for (cm_node node = 0; node < cm_graph_nodes(old_graph) && status == CM_OK; node++) {
        status = copy_node(&r, node);
    }
    if (status == CM_OK) {
        status = copy_edges(&r);
    }
    if (status == CM_OK) {
        status = cm_graph_finish(r.to);
    }
    free(r.text);
    if (status != CM_OK) {
        cm_graph_destroy(r.to);
        r.to = NULL;
    }
    *renamed = r.to;
    return status;
}
