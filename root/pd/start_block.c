/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/start_block.c: what a new PD finds at its start: lib/runtime/start.h, filled in and
 * written into its OSM_DATA region.
 */
#include <stddef.h>
#include <string.h>

#include "root/memory/heap.h"
#include "root/pd/build.h"

void build_note_edge(struct build *build, const struct space *space, uint64_t where)
{
    if (build->edge_count == build->edge_room) {
        uint32_t room = build->edge_room == 0 ? 8 : build->edge_room * 2;
        struct start_rde *edges =
            heap_resize(build->edges, build->edge_room * sizeof *edges, room * sizeof *edges);

        if (edges == NULL) {
            build->failed = true;
            return;
        }
        build->edges = edges;
        build->edge_room = room;
    }
    struct start_rde *edge = &build->edges[build->edge_count++];

    const char *type = type_name(space->object.type);

    *edge = (struct start_rde){.space = space->object.id, .slot = where};
    for (unsigned i = 0; i < sizeof edge->type - 1 && type[i] != 0; i++)
        edge->type[i] = type[i];
}

void build_free(struct build *build)
{
    heap_free(build->edges, build->edge_room * sizeof *build->edges);
}

/* Appends all texts of one kind of item; returns how many. */
static uint32_t put_texts(const struct config *config, enum config_kind kind, char *block,
                          uint32_t *at)
{
    const struct config_item *items = config_items(config);
    uint32_t count = 0;

    for (uint32_t i = 0; i < config->item_count; i++) {
        if (items[i].kind != kind)
            continue;
        memcpy(block + *at, config_string(config, items[i].text), items[i].text.length);
        *at += items[i].text.length + 1;
        count++;
    }
    return count;
}

static void fill_regions(const struct pd *pd, struct start_block *start)
{
    start->ipc_buffer = pd->place->buffer->start;
    start->stack_low = pd->place->stack->start;
    start->stack_pages = pd->place->stack->pages;
    if (pd->place->heap != NULL) {
        start->heap_start = pd->place->heap->start;
        start->heap_pages = (pd->place->heap->mo->flags & MO_COMMIT) != 0 ? pd->place->heap->mo->present : pd->place->heap->pages;
    }
    start->pd_id = pd->object.id;
    start->private_slots = CSPACE_AT(CSPACE_PRIVATE, 0);
}

cell_error_t build_start_again(struct build *build)
{
    struct vmr *vmr = build->pd->place->start;
    cell_error_t error = mo_write(vmr->mo, offsetof(struct start_block, pd_id), &build->pd->object.id,
                                  sizeof build->pd->object.id);

    return error == CELL_OK ? ads_map(vmr, &(uint64_t){0}, vmr->pages) : error;
}

cell_error_t build_start_block(struct build *build)
{
    const struct config *config = build->plan->config;
    uint64_t size = build->plan->start_bytes;
    struct start_block *start = build->failed ? NULL : heap_allocate(size);
    uint32_t at = sizeof *start;

    if (start == NULL)
        return CELL_NO_MEMORY;
    start->magic = START_MAGIC;
    start->version = START_VERSION;
    fill_regions(build->pd, start);
    start->flags = (build->shares_data ? START_SHARES_DATA : 0) | (build->pd->library != NULL ? START_CALLED : 0);
    start->rde = at;
    start->rde_count = build->edge_count;
    if (build->edge_count != 0)
        memcpy((char *)start + at, build->edges, build->edge_count * sizeof *build->edges);
    at += (uint32_t)(build->edge_count * sizeof *build->edges);
    start->argv = at;
    memcpy((char *)start + at, config_string(config, config->name), config->name.length);
    at += config->name.length + 1;
    start->argc = 1 + put_texts(config, ITEM_ARGUMENT, (char *)start, &at);
    start->env = at;
    start->envc = put_texts(config, ITEM_ENVIRONMENT, (char *)start, &at);
    start->bytes = at;
    struct vmr *vmr = build->pd->place->start;
    cell_error_t error = mo_write_unmapped(vmr->mo, start, at);

    heap_free(start, size);
    return error == CELL_OK ? ads_map(vmr, &(uint64_t){0}, vmr->pages) : error;
}
