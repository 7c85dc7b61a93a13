/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/tables.h: the root task's tables as records of the model.
 */
#pragma once

#include "root/graph/record.h"
#include "root/graph/select.h"

/* pd->mark of a server that has not told its part. */
#define GRAPH_LATE 2u

/* Adds everything that is selected: nodes, then the edges that do not come with them. */
void graph_tables(struct records *records, struct selection *selection);

/* Adds a PD that has ended, marked `partial`. */
void graph_gone_pd(struct records *records, uint64_t id, const char *name);

/* ---- Between graph_tables.c and graph_held.c ------------------------- */

struct pd;

/* A node of anything that a handle denotes. `as`: the type that the handle has (a
 * space is a space, or a resource of type RESSPC). */
struct node graph_node(const struct object *object, type_t as);
void graph_edge(struct records *records, enum cm_edge_type edge, struct node from, struct node to,
                unsigned rights);

/* Adds what a PD holds and may request by its handles. */
void graph_held(struct records *records, const struct pd *pd);
