/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/start_block.c: what a new PD finds at its start: lib/runtime/start.h, filled in and
 * written into its OSM_DATA region.
 */
#include <stddef.h>
#include <string.h>

#include "root/memory/heap.h"
#include "root/pd/build.h"

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

/* Appends the PD's request edges, as far as there is room up to `end`; returns how many. */
static uint32_t put_edges(const struct pd *pd, char *block, uint64_t end, uint32_t *at)
{
    struct table_walk walk = table_walk_from(pd->cspace.private, 0);
    uint32_t count = 0, entry;
    cell_cap_t where;

    while (*at + sizeof(struct start_rde) <= end && (entry = table_walk(&walk, &where)) != SLOT_EMPTY) {
        const struct handle *handle = entry == SLOT_BARE ? NULL : handle_by_index(entry);
        struct start_rde *edge = (struct start_rde *)(block + *at);

        if (handle == NULL || handle->use != HANDLE_IS_EDGE)
            continue;
        const char *type = type_name(handle->type);

        for (unsigned i = 0; i < sizeof edge->type - 1 && type[i] != 0; i++)
            edge->type[i] = type[i];
        edge->space = handle->object->id;
        edge->slot = where;
        *at += (uint32_t)sizeof *edge;
        count++;
    }
    return count;
}

uint64_t build_stack_end(const struct pd *pd)
{
    return pd->place->start == NULL ? pd->start : vmr_end(pd->place->stack);
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
    start->stack_end = build_stack_end(pd);
}

cell_error_t build_start_again(struct build *build)
{
    struct pd *pd = build->pd;

    pd->start = build->creator->start;
    struct vmr *vmr = ads_find(pd->place->ads, pd->start);

    if (vmr == NULL || vmr->mo == NULL || pd->start < vmr->start)
        return CELL_GONE;
    cell_error_t error = mo_write(vmr->mo, pd->start - vmr->start + offsetof(struct start_block, pd_id),
                                  &pd->object.id, sizeof pd->object.id);

    return error == CELL_OK ? ads_map(vmr, &(uint64_t){0}, vmr->pages) : error;
}

/* Where the block goes, of at most `size` bytes. */
static struct vmr *place_of(struct pd *pd, uint64_t size)
{
    struct vmr *vmr = pd->place->start;

    if (vmr != NULL) {
        pd->start = vmr->start;
        return vmr;
    }
    vmr = pd->place->stack;
    pd->start = vmr_end(vmr) - (size + PLAN_START_ALIGN - 1) / PLAN_START_ALIGN * PLAN_START_ALIGN;
    return vmr;
}

/* What is not there yet is mapped when it is written; a block of its own is, unless it is so large that its region was filled. */
static cell_error_t put_block(const struct pd *pd, struct vmr *vmr, const struct start_block *start, uint64_t size)
{
    uint64_t offset = pd->start - vmr->start;
    bool mapped = vmr->mo->present != 0 && (pd->place->start == NULL || vmr->pages > BUILD_FILL_PAGES);
    cell_error_t error = mapped ? mo_write(vmr->mo, offset, start, size) : mo_write_unmapped(vmr->mo, offset, start, size);

    return error != CELL_OK || mapped ? error : ads_map(vmr, &(uint64_t){offset / PAGE_SIZE}, vmr->pages);
}

cell_error_t build_start_block(struct build *build)
{
    const struct config *config = build->plan->config;
    uint64_t size = build->plan->start_bytes;
    struct start_block *start = heap_allocate(size);
    uint32_t at = sizeof *start;

    if (start == NULL)
        return CELL_NO_MEMORY;
    struct vmr *vmr = place_of(build->pd, size);

    start->magic = START_MAGIC;
    start->version = START_VERSION;
    fill_regions(build->pd, start);
    start->flags = (build->shares_data ? START_SHARES_DATA : 0) | (build->pd->library != NULL ? START_CALLED : 0);
    start->argv = at;
    memcpy((char *)start + at, config_string(config, config->name), config->name.length);
    at += config->name.length + 1;
    start->argc = 1 + put_texts(config, ITEM_ARGUMENT, (char *)start, &at);
    start->env = at;
    start->envc = put_texts(config, ITEM_ENVIRONMENT, (char *)start, &at);
    at = (at + 7) & ~7u;
    start->rde = at;
    start->rde_count = put_edges(build->pd, (char *)start, size, &at);
    start->bytes = at;
    cell_error_t error = put_block(build->pd, vmr, start, at);

    heap_free(start, size);
    return error;
}
