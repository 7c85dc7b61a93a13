/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/build.h: a snapshot as a graph in memory, for the metrics.
 */
#pragma once

#include "root/graph/record.h"

/* The graph of all records, finished. The caller destroys it. CM_NO_MEMORY and
 * the limits of model/core/graph.h. */
enum cm_status graph_build(const struct records *records, struct cm_graph **graph);

/* The node of a PD in it; CM_NONE: none. */
cm_node graph_find_pd(const struct cm_graph *graph, uint64_t id);
