/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a graph: the accessors of graph.h. */
#include <string.h>

#include "internal.h"

uint32_t cm_graph_nodes(const struct cm_graph *graph)
{
    return graph->node_count;
}

uint32_t cm_graph_edges(const struct cm_graph *graph)
{
    return graph->edge_count;
}

uint32_t cm_graph_types(const struct cm_graph *graph)
{
    return graph->type_count;
}

bool cm_graph_has_rights(const struct cm_graph *graph)
{
    return graph->has_rights;
}

size_t cm_graph_bytes(const struct cm_graph *graph)
{
    return graph->heap.bytes;
}

cm_node cm_graph_root(const struct cm_graph *graph)
{
    return graph->root;
}

/* ------------------------------------------------------------------------------------------------------------ nodes */

cm_node cm_graph_find(const struct cm_graph *graph, struct cm_text id)
{
    if (id.length == 0 || memchr(id.at, '\0', id.length) != NULL) {
        return CM_NONE;
    }
    cm_node node = cm_table_find(&graph->ids, &graph->pool, graph->node_text, id, cm_hash(id.at, id.length));
    return node != CM_NONE && form_kind(graph->node_form[node]) == CM_MISSING ? CM_NONE : node;
}

enum cm_kind cm_node_kind(const struct cm_graph *graph, cm_node node)
{
    return form_kind(graph->node_form[node]);
}

const char *cm_node_id(const struct cm_graph *graph, cm_node node)
{
    return graph->pool.bytes + graph->node_text[node];
}

static const char *after(const char *text)
{
    return text + strlen(text) + 1;
}

const char *cm_node_data(const struct cm_graph *graph, cm_node node)
{
    uint32_t form = graph->node_form[node];
    if (form_kind(form) == CM_RESOURCE || form_kind(form) == CM_SPACE) {
        return cm_type_name(graph, form & FORM_TYPE_MASK);
    }
    return after(cm_node_id(graph, node));
}

const char *cm_node_extra(const struct cm_graph *graph, cm_node node)
{
    const char *next = after(cm_node_id(graph, node));
    return form_kind(graph->node_form[node]) == CM_PD ? after(next) : next;
}

uint32_t cm_node_type(const struct cm_graph *graph, cm_node node)
{
    uint32_t type = graph->node_form[node] & FORM_TYPE_MASK;
    return type == FORM_NO_TYPE ? CM_NONE : type;
}

uint32_t cm_node_line(const struct cm_graph *graph, cm_node node)
{
    return graph->node_line[node];
}

const char *cm_type_name(const struct cm_graph *graph, uint32_t type)
{
    return graph->pool.bytes + graph->type_text[type];
}

uint32_t cm_type_find(const struct cm_graph *graph, struct cm_text name)
{
    return cm_table_find(&graph->types, &graph->pool, graph->type_text, name, cm_hash(name.at, name.length));
}

/* ------------------------------------------------------------------------------------------------------------ edges */

uint32_t cm_request_place(const struct cm_graph *graph, uint32_t edge)
{
    uint32_t low = 0, high = graph->request_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (graph->request_edge[middle] <= edge) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

bool cm_graph_edge(const struct cm_graph *graph, uint32_t index, struct cm_edge *edge)
{
    uint8_t form = graph->edge_form[index];
    edge->edge_type = edge_type_of(form);
    edge->from = graph->edge_from[index];
    edge->to = graph->edge_to[index];
    edge->rights = edge_rights_of(form);
    edge->line = graph->edge_line[index];
    edge->type = edge->space = CM_NONE;
    if (edge->edge_type == CM_REQUEST) {
        uint32_t place = cm_request_place(graph, index);
        edge->type = graph->request_type[place];
        edge->space = graph->request_space[place];
    }
    return (form & EDGE_DROPPED) == 0;
}

const uint32_t *cm_node_out(const struct cm_graph *graph, cm_node node, uint32_t *count)
{
    return cm_lists_get(&graph->out, node, count);
}

/* --------------------------------------------------------------------------------------------------- PDs and spaces */

const cm_node *cm_graph_pds(const struct cm_graph *graph, uint32_t *count)
{
    *count = graph->pd_count;
    return graph->pds;
}

const cm_node *cm_graph_spaces(const struct cm_graph *graph, uint32_t *count)
{
    *count = graph->space_count;
    return graph->spaces;
}

cm_node cm_resource_space(const struct cm_graph *graph, cm_node resource)
{
    return form_kind(graph->node_form[resource]) == CM_RESOURCE ? graph->node_aux[resource] : CM_NONE;
}

const cm_node *cm_space_members(const struct cm_graph *graph, cm_node space, uint32_t *count)
{
    return cm_lists_get(&graph->members, graph->node_aux[space], count);
}

const cm_node *cm_space_managers(const struct cm_graph *graph, cm_node space, uint32_t *count)
{
    return cm_lists_get(&graph->managers, graph->node_aux[space], count);
}

const cm_node *cm_pd_managed(const struct cm_graph *graph, cm_node pd, uint32_t *count)
{
    return cm_lists_get(&graph->managed, graph->node_aux[pd], count);
}

bool cm_pd_manages(const struct cm_graph *graph, cm_node pd, cm_node space)
{
    uint32_t count;
    const cm_node *managers = cm_space_managers(graph, space, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (managers[i] == pd) {
            return true;
        }
    }
    return false;
}
