/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph_rows.h: the root task's tables as rows of the model.
 */
#pragma once

#include "model/csv.h"
#include "model/graph.h"
#include "root/graph_select.h"

/* Where rows go: into a CSV, or into a graph in memory. One of them is NULL. */
struct rows {
    struct cm_writer *writer;
    struct cm_graph *graph;
    const struct selection *selection;
    enum cm_status status;
};

/* Writes everything that is selected: nodes, then edges. `late`: servers that did
 * not answer in time have pd->mark set (GRAPH_LATE). */
enum cm_status graph_rows(struct rows *rows);

#define GRAPH_LATE 2u
