/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/tables.h: the root task's tables as records of the model.
 */
#pragma once

#include "root/core/pd.h"
#include "root/graph/record.h"
#include "root/graph/select.h"

/* pd->mark of a server that has not told its part: another number for each extraction. */
extern uint32_t graph_late;

/* Adds everything that is selected: nodes, then the edges that do not come with them. graph_tables_clear() was called before. */
void graph_tables(struct records *records, struct selection *selection);

/* Forgets what is only known for that, as much as *units of work (reaper.h) allow; true: all. */
bool graph_tables_clear(uint32_t *units);

/* Adds a PD that has ended, marked `partial`. */
void graph_gone_pd(struct records *records, uint64_t id, const char *name);

/* ---- Between the files of one extraction ------------------------------ */

struct extraction {
    struct records *records;
    struct selection *selection;
};

static inline struct node pd_node(const struct pd *pd)
{
    return (struct node){.type = TYPE_NONE, .number = pd->object.id};
}

/* edge.c: a node of anything that a handle denotes. `as`: the type that the handle has (a space is a space, or a resource of type
 * RESSPC). */
struct node graph_node(const struct object *object, type_t as);
/* Adds an edge, one for each pair of pieces that the nodes are in. */
void graph_edge(struct records *records, enum cm_edge_type edge, struct node from, struct node to,
                unsigned rights);
/* The same of nodes that are whole, or are pieces. */
void graph_put_edge(struct records *records, enum cm_edge_type edge, struct node from, struct node to,
                    unsigned rights);

/* memory.c, for select_each() with an extraction: memory objects; regions; who holds regions of address spaces that nobody runs in. */
void graph_node_mo(void *extraction, struct object *mo);
void graph_node_vmr(void *extraction, struct object *vmr);
void graph_edges_idle(void *extraction, struct object *ads);

/* held.c: adds what a PD holds and may request by its handles. */
void graph_held(struct records *records, const struct pd *pd);
/* Forgets as much of what it knows as *units of work (reaper.h) allow; true: all. */
bool held_clear(uint32_t *units);
