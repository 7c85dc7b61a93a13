/* SPDX-License-Identifier: BSD-2-Clause */
/* The data of the viewer's page: nodes, groups, edges, positions, what each PD reaches, metrics of all pairs, as JSON. */
#ifndef CELLULOS_MODEL_VIEW_PAGE_H
#define CELLULOS_MODEL_VIEW_PAGE_H

#include "../graph.h"
#include "../metric.h"
#include "../csv.h"

/* The metrics of all pairs are put into the page for at most this many PDs; beyond that the page says how to ask. */
#define VIEW_MAX_METRIC_PDS 64

/* What the page is of. With two files, `graph` is the union and in_old, in_new say per node and edge where it stands. */
struct view_model {
    struct cm_graph *graph;
    const char *title;
    const char *old_name, *new_name;   /* NULL: one file */
    const unsigned char *node_states;  /* bit 0 old, bit 1 new; NULL: one file */
    const unsigned char *edge_states;
};

/* Writes the JSON. Errors: CM_NO_MEMORY, or the sink's. */
enum cm_status view_write_data(struct cm_writer *writer, const struct view_model *model);

#endif
