/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles of PDs: see handles.h. First a table of handles by the id that they name, then two lists made from it. */
#include "handles.h"

#include <stdlib.h>
#include <string.h>

#include "../core/internal.h"

struct cm_handles {
    struct cm_graph *graph;
    cm_node *handles;
    uint32_t *text, *next, count; /* per handle: where its EXTRA stands, another one of the same EXTRA */
    struct cm_table by_text;
    uint32_t *number;    /* per node: the place of a handle among the handles, else CM_NONE */
    struct cm_lists of;  /* per PD (its place): handles */
    struct cm_lists pds; /* per handle: PDs */
};

static enum cm_status add_handle(struct cm_handles *h, cm_node handle)
{
    struct cm_text named = cm_text_of(cm_node_extra(h->graph, handle));
    uint32_t hash = cm_hash(named.at, named.length), place = h->count++;
    enum cm_status status = cm_table_reserve(&h->graph->heap, &h->by_text);
    h->handles[place] = handle;
    h->number[handle] = place;
    h->text[place] = (uint32_t)(named.at - h->graph->pool.bytes);
    uint32_t other = cm_table_find(&h->by_text, &h->graph->pool, h->text, named, hash);
    if (other != CM_NONE) {
        h->next[place] = h->next[other];
        h->next[other] = place;
    } else if (status == CM_OK) {
        h->next[place] = CM_NONE;
        cm_table_insert(&h->by_text, hash, place);
    }
    return status;
}

/* The members of all spaces of PD handles. */
static enum cm_status list_handles(struct cm_handles *h)
{
    uint32_t spaces, count, room = 1;
    const cm_node *list = cm_graph_spaces(h->graph, &spaces);
    for (uint32_t s = 0; s < spaces; s++) {
        cm_space_members(h->graph, list[s], &count);
        room += cm_node_type(h->graph, list[s]) == CM_TYPE_PD ? count : 0;
    }
    size_t nodes = (size_t)cm_graph_nodes(h->graph) + 1;
    h->handles = malloc(room * sizeof *h->handles);
    h->text = malloc(room * sizeof *h->text);
    h->next = malloc(room * sizeof *h->next);
    h->number = malloc(nodes * sizeof *h->number);
    if (h->handles == NULL || h->text == NULL || h->next == NULL || h->number == NULL) {
        return CM_NO_MEMORY;
    }
    memset(h->number, 0xff, nodes * sizeof *h->number);
    enum cm_status status = CM_OK;
    for (uint32_t s = 0; s < spaces; s++) {
        const cm_node *members = cm_space_members(h->graph, list[s], &count);
        for (uint32_t i = 0; cm_node_type(h->graph, list[s]) == CM_TYPE_PD && i < count && status == CM_OK; i++) {
            status = add_handle(h, members[i]);
        }
    }
    return status;
}

/* Counts, or places, what each PD and handle are listed with. False: that is too much. */
static bool pair_up(struct cm_handles *h, bool place)
{
    uint64_t pairs = 0;
    for (uint32_t p = 0; p < h->graph->pd_count; p++) {
        const char *id = cm_node_id(h->graph, h->graph->pds[p]);
        size_t base = cm_part_base(id);
        struct cm_text whole = {id, base > 0 ? base : strlen(id)};
        uint32_t n = cm_table_find(&h->by_text, &h->graph->pool, h->text, whole, cm_hash(whole.at, whole.length));
        for (; n != CM_NONE; n = h->next[n]) {
            if (base > 0 && ++pairs > CM_SPLIT_ROWS) {
                return false;
            }
            if (place) {
                cm_lists_put(&h->of, p, h->handles[n]);
                cm_lists_put(&h->pds, n, h->graph->pds[p]);
            } else {
                h->of.start[p + 1]++;
                h->pds.start[n + 1]++;
            }
        }
    }
    return true;
}

enum cm_status cm_handles_make(struct cm_graph *graph, struct cm_handles **handles)
{
    struct cm_handles *h = calloc(1, sizeof *h);
    *handles = h;
    if (h == NULL) {
        return CM_NO_MEMORY;
    }
    h->graph = graph;
    struct cm_heap *heap = &graph->heap;
    enum cm_status status = list_handles(h);
    status = status != CM_OK ? status : cm_lists_make(heap, &h->of, graph->pd_count);
    status = status != CM_OK ? status : cm_lists_make(heap, &h->pds, h->count);
    if (status == CM_OK) {
        status = pair_up(h, false) ? CM_OK : CM_TOO_MANY_PARTS;
        status = status != CM_OK ? status : cm_lists_room(heap, &h->of);
        status = status != CM_OK ? status : cm_lists_room(heap, &h->pds);
    }
    if (status != CM_OK) {
        cm_handles_free(h);
        *handles = NULL;
        return status;
    }
    pair_up(h, true);
    cm_lists_settle(&h->of);
    cm_lists_settle(&h->pds);
    return CM_OK;
}

void cm_handles_free(struct cm_handles *handles)
{
    if (handles == NULL) {
        return;
    }
    struct cm_heap *heap = &handles->graph->heap;
    cm_lists_free(heap, &handles->of);
    cm_lists_free(heap, &handles->pds);
    cm_table_free(heap, &handles->by_text);
    free(handles->handles);
    free(handles->text);
    free(handles->next);
    free(handles->number);
    free(handles);
}

const cm_node *cm_handles_of(const struct cm_handles *handles, cm_node pd, uint32_t *count)
{
    return cm_lists_get(&handles->of, handles->graph->node_aux[pd], count);
}

const cm_node *cm_handles_pds(const struct cm_handles *handles, cm_node handle, uint32_t *count)
{
    uint32_t number = handles->number[handle];
    *count = 0;
    return number == CM_NONE ? NULL : cm_lists_get(&handles->pds, number, count);
}
