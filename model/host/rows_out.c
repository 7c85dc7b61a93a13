/* SPDX-License-Identifier: BSD-2-Clause */
/* A graph as rows: see rows_out.h. */
#include "lib/words/words.h"
#include "rows_out.h"

#include "../core/fields.h"

enum cm_status cm_rows_nodes(const struct cm_graph *graph, const struct cm_rows_visitor *visitor)
{
    enum cm_status status = CM_OK;
    for (cm_node n = 0; n < cm_graph_nodes(graph) && status == CM_OK; n++) {
        enum cm_kind kind = cm_node_kind(graph, n);
        if (kind != CM_MISSING) {
            status = visitor->node(visitor->context, cm_kind_text(kind), cm_node_id(graph, n), cm_node_data(graph, n),
                                   cm_node_extra(graph, n));
        }
    }
    return status;
}

struct following {
    const struct cm_graph *graph;
    const struct cm_rows_visitor *visitor;
    cm_node pd;
    uint32_t number;
};

static enum cm_status follow(void *context, cm_node target, unsigned rights, bool derived)
{
    struct following *f = context;
    char letters[5];
    (void)derived;
    cell_rights_text(rights, letters);
    return f->visitor->edge(f->visitor->context, f->number++, "HOLD", cm_node_id(f->graph, f->pd),
                            cm_node_id(f->graph, target), "NONE", letters);
}

enum cm_status cm_rows_edges(struct cm_graph *graph, bool expand, const struct cm_rows_visitor *visitor)
{
    struct following f = {.graph = graph, .visitor = visitor};
    enum cm_status status = CM_OK;
    for (uint32_t e = 0; e < cm_graph_edges(graph) && status == CM_OK; e++) {
        struct cm_edge edge;
        char letters[5];
        if (!cm_graph_edge(graph, e, &edge) || (expand && edge.edge_type == CM_HOLD)) {
            continue;
        }
        bool request = edge.edge_type == CM_REQUEST;
        const char *extra = letters;
        cell_rights_text(edge.rights, letters);
        if (request) {
            extra = edge.space == CM_NONE ? "" : cm_node_id(graph, edge.space);
        }
        status = visitor->edge(visitor->context, f.number++, cm_edge_type_text(edge.edge_type),
                               cm_node_id(graph, edge.from), cm_node_id(graph, edge.to),
                               request ? cm_type_name(graph, edge.type) : "NONE", extra);
    }
    uint32_t count;
    const cm_node *pds = cm_graph_pds(graph, &count);
    for (uint32_t i = 0; expand && i < count && status == CM_OK; i++) {
        f.pd = pds[i];
        status = cm_pd_holds(graph, pds[i], true, true, follow, &f);
    }
    return status;
}
