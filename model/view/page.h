/* SPDX-License-Identifier: BSD-2-Clause */
/* The data of the viewer's page as JSON: nodes, groups, edges, positions (picture.h), and per state what each PD reaches and
 * the metrics of all pairs. model/viewer/model.js reads it. */
#pragma once

#include "../core/csv.h"
#include "../core/graph.h"
#include "union.h"

/* The metrics of all pairs are put into the page for at most this many PDs; beyond that the page says how to ask. */
#define VIEW_MAX_METRIC_PDS 100

/* Of more PDs than this the page has no map of all pairs either. */
#define VIEW_MAX_MAP_PDS 1500

/* The contents of the page: one file, or two states (then `graph` is the union of old and new). */
struct view_model {
    struct cm_graph *graph;
    const char *title;
    const struct view_union *both; /* NULL: one file; else both->graph is `graph`, and these are its parts: */
    struct cm_graph *old_graph, *new_graph;
    const char *old_name, *new_name;
    uint64_t live; /* the number of a state that is followed; 0: it is of a file */
};

/* Writes the JSON. Errors: CM_NO_MEMORY, or the sink's. */
enum cm_status view_write_data(struct cm_writer *writer, const struct view_model *model);
