/* SPDX-License-Identifier: BSD-2-Clause */
/* A graph as rows, for writers of other formats than CSV: the same words in the same order. */
#pragma once

#include "../core/csv.h"

/* A status other than CM_OK ends the walk. Edges are numbered from 0; what follows from others comes last. */
struct cm_rows_visitor {
    enum cm_status (*node)(void *context, const char *kind, const char *id, const char *data, const char *extra);
    enum cm_status (*edge)(void *context, uint32_t number, const char *type, const char *from, const char *to,
                           const char *data, const char *extra);
    void *context;
};

enum cm_status cm_rows_nodes(const struct cm_graph *graph, const struct cm_rows_visitor *visitor);
enum cm_status cm_rows_edges(struct cm_graph *graph, bool expand, const struct cm_rows_visitor *visitor);

/* The formats that networkx reads: node-link JSON, GraphML. Attributes type, data, extra; empty ones are left out. */
enum cm_status cm_write_node_link(struct cm_writer *writer, struct cm_graph *graph, bool expand);

/* CM_BAD_TEXT: a text has a control character, which XML cannot carry, or is not UTF-8. */
enum cm_status cm_write_graphml(struct cm_writer *writer, struct cm_graph *graph, bool expand);
