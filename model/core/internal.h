/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a graph is made of. For the library's own files (and the host's reader, which looks ids up in batches); everyone
 * else goes through graph.h.
 *
 * Arrays run parallel: element i of each node array is about node i. A node's texts stand one after the other in the
 * pool: id, then (PD only) name, then extra, each ended by NUL; so one offset finds all three. Indices are 32 bits wide:
 * a node costs 16 bytes, its texts and 6 to 11 bytes of hash table; an edge 17 bytes, 12 more for a REQUEST.
 */
#pragma once

#include "graph.h"
#include "memory.h"
#include "names.h"

/* node_form: the kind in the two upper bits, the type below. */
#define FORM_KIND_SHIFT 30
#define FORM_TYPE_MASK ((1u << FORM_KIND_SHIFT) - 1)
#define FORM_NO_TYPE FORM_TYPE_MASK

/* edge_form: bits 0 to 2 the edge type, 3 to 6 the rights, 7 set aside by finish. */
#define EDGE_TYPE_MASK 7u
#define EDGE_RIGHTS_SHIFT 3
#define EDGE_RIGHTS_MASK 15u
#define EDGE_DROPPED 128u

/* Lists of lists in two arrays: those of i are items[start[i]] to items[start[i + 1] - 1]. */
struct cm_lists {
    uint32_t *start;
    uint32_t *items;
    uint32_t count; /* how many lists */
};

struct cm_graph {
    struct cm_heap heap;
    struct cm_pool pool;
    bool finished, has_rights, maps_have_rights;
    uint32_t line; /* of the next row added */

    struct cm_table ids;
    uint32_t *node_text, *node_form, *node_line;
    uint32_t *node_aux; /* after finish: a resource's space; a PD's or space's place in pds or spaces */
    uint32_t node_count, node_capacity[4];

    struct cm_table types;
    uint32_t *type_text;
    uint32_t type_count, type_capacity;
    uint32_t last_type; /* the type of the row before, which most often fits */

    uint32_t *edge_from, *edge_to, *edge_line;
    uint8_t *edge_form;
    uint32_t edge_count, edge_capacity[4];
    uint32_t dropped;

    /* REQUEST edges, ascending by edge number */
    uint32_t *request_edge, *request_type, *request_space;
    uint32_t request_count, request_capacity[3];

    /* made by finish */
    struct cm_lists out, in; /* per node: edge numbers; `in` only when asked for */
    uint32_t *pds, *spaces;
    uint32_t pd_count, space_count;
    struct cm_lists members;  /* per space (its place): resources */
    struct cm_lists managers; /* per space (its place): PD nodes */
    struct cm_lists managed;  /* per PD (its place): space nodes */
    cm_node root;

    /* a mark per node for walks: marked when it equals `epoch` */
    uint32_t *mark;
    uint32_t epoch;
};

static inline enum cm_kind form_kind(uint32_t form)
{
    return (enum cm_kind)(form >> FORM_KIND_SHIFT);
}

static inline enum cm_edge_type edge_type_of(uint8_t form)
{
    return (enum cm_edge_type)(form & EDGE_TYPE_MASK);
}

static inline unsigned edge_rights_of(uint8_t form)
{
    return (unsigned)form >> EDGE_RIGHTS_SHIFT & EDGE_RIGHTS_MASK;
}

/* As cm_graph_refer(), with the hash already taken and the text free of NUL. */
enum cm_status cm_graph_refer_hashed(struct cm_graph *graph, struct cm_text id, uint32_t hash, cm_node *node);

/* As the cm_graph_add_ functions, likewise. `data`: a PD's name or a type; `kind` not CM_MISSING. */
enum cm_status cm_graph_add_hashed(struct cm_graph *graph, enum cm_kind kind, struct cm_text id, uint32_t hash,
                                   struct cm_text data, struct cm_text extra, cm_node *node);

/* The place among the REQUEST edges of an edge that is one. */
uint32_t cm_request_place(const struct cm_graph *graph, uint32_t edge);

/* The length of PD_5 in PD_5.<cpu>.<ads>, the id of a part of a split PD; 0 if it is not of that form. */
size_t cm_part_base(const char *id);

/* A new epoch: no node is marked. Makes the marks when first asked. */
enum cm_status cm_graph_unmark(struct cm_graph *graph);

/* Makes `count` empty lists with room for `total` items; the caller counts into start[i + 1], ... (see finish.c). */
enum cm_status cm_lists_make(struct cm_heap *heap, struct cm_lists *lists, uint32_t count);
enum cm_status cm_lists_room(struct cm_heap *heap, struct cm_lists *lists);
static inline void cm_lists_put(struct cm_lists *lists, uint32_t list, uint32_t item)
{
    lists->items[lists->start[list]++] = item;
}
void cm_lists_settle(struct cm_lists *lists);
void cm_lists_free(struct cm_heap *heap, struct cm_lists *lists);
static inline const uint32_t *cm_lists_get(const struct cm_lists *lists, uint32_t list, uint32_t *count)
{
    *count = lists->start[list + 1] - lists->start[list];
    return lists->items + lists->start[list];
}
