/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/edge.c: nodes and edges of the model as records. An edge to or from something that the model has in pieces becomes one to
 * or from each of them.
 */
#include "root/graph/cuts.h"
#include "root/graph/once.h"
#include "root/graph/ranges.h"
#include "root/graph/tables.h"
#include "root/spaces/resspc.h"

struct node graph_node(const struct object *object, type_t as)
{
    struct node node = {.type = as, .number = object->id};

    if (object->class == &ads_class || (object->class == &space_class && as != TYPE_RESSPC)) {
        node.space = object->id;
        node.number = RECORD_ITSELF;
    } else if (object->class == &resource_class) {
        const struct resource *resource = CONTAINER(object, struct resource, object);

        node.space = resource->space->object.id;
        if (!resource_range(resource, &node.number, &node.blocks))
            node.number = resource->entry.id;
    } else if (object->class == &vmr_class) {
        node.space = CONTAINER(object, struct vmr, object)->ads->object.id;
    } else {
        node.space = resspc_root(as)->object.id;
    }
    return node;
}

/* To or from a piece that belongs to several. False: it is there already, with the rights by now. */
static bool is_first(struct records *records, enum cm_edge_type edge, struct node from, struct node to,
                     unsigned rights, struct once **once)
{
    const uint64_t key[ONCE_WORDS] = {(uint64_t)edge << 56 | (uint64_t)from.type << 28 | to.type, from.space, from.number,
                                      to.space, to.number, to.piece};

    *once = once_find(key);
    if (*once == NULL)
        records->failed = CELL_NO_MEMORY;
    else if ((*once)->record != NULL)
        (*once)->record->rights |= rights & 15;
    return *once != NULL && (*once)->record == NULL;
}

void graph_put_edge(struct records *records, enum cm_edge_type edge, struct node from, struct node to,
                    unsigned rights)
{
    bool pieces = from.piece != 0 || to.piece != 0;
    struct once *once = NULL;

    if ((from.type == TYPE_BLOCK || to.type == TYPE_BLOCK) && !is_first(records, edge, from, to, rights, &once))
        return;
    struct record *record = record_add(records, RECORD_EDGE, from.type, pieces ? 6 : 4);

    record->detail = edge & 15;
    record->rights = rights & 15;
    record->to_type = to.type & 0xffffff;
    record->word[0] = from.space;
    record->word[1] = from.number;
    record->word[2] = to.space;
    record->word[3] = to.number;
    if (pieces) {
        record->word[4] = from.piece;
        record->word[5] = to.piece;
    }
    if (once != NULL)
        once->record = record;
}

/* An edge to a memory object is one to each of its pieces: no writing where that does not reach them. What belongs
 * to another is reported with the regions only. */
static void edges_to_pieces(struct records *records, enum cm_edge_type edge, struct node from, struct node to,
                            unsigned rights, const struct cut *cut)
{
    const struct mo *mo = cut->mo;

    for (uint32_t i = 0; i < cut->count; i++) {
        struct cut_source source = cuts_source(mo, cut->at[i]);

        /* a block is in the page of its number */
        if (from.blocks != 0 && (cut->at[i] < from.number || cut->at[i] >= from.number + from.blocks))
            continue;
        to.piece = cut->at[i];
        if (source.mo == mo)
            graph_put_edge(records, edge, from, to, rights & ~(source.shared ? CM_WRITE : 0u));
    }
}

/* To each piece of what it leads to. */
static void put_edges(struct records *records, enum cm_edge_type edge, struct node from, struct node to, unsigned rights)
{
    const struct cut *cut = to.type == TYPE_MO && to.number != RECORD_ITSELF ? cuts_find(to.number) : NULL;
    const struct range_point *point = to.blocks == 0 ? NULL : ranges_find(to.space, to.number);
    uint64_t end = to.number + to.blocks;

    for (; point != NULL && point->at < end; point = point->next) {
        to.number = point->at;
        graph_put_edge(records, edge, from, to, rights);
    }
    if (cut != NULL)
        edges_to_pieces(records, edge, from, to, rights, cut);
    else if (point == NULL)
        graph_put_edge(records, edge, from, to, rights);
}

void graph_edge(struct records *records, enum cm_edge_type edge, struct node from, struct node to,
                unsigned rights)
{
    const struct range_point *point = from.blocks == 0 ? NULL : ranges_find(from.space, from.number);
    uint64_t end = from.number + from.blocks;

    for (; point != NULL && point->at < end; point = point->next) {
        from.number = point->at;
        from.blocks = point->next->at - point->at;
        put_edges(records, edge, from, to, rights);
    }
    if (point == NULL)
        put_edges(records, edge, from, to, rights);
}
