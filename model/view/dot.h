/* SPDX-License-Identifier: BSD-2-Clause */
/* A picture as source text for Graphviz: a cluster per PD, a colour per type, groups as one node each. */
#pragma once

#include "../core/csv.h"
#include "../core/graph.h"

/* `all`: no groups, each node separate. Errors: CM_NO_MEMORY, or the sink's. */
enum cm_status view_write_dot(struct cm_writer *writer, struct cm_graph *graph, const char *title, bool all);
