/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/block/ranges.c: see ranges.h. The ranges are in a treap by their first block, each node of which knows how far the ranges
 * below it reach. Bottom-up: the treap, ranges, requests.
 */
#include "lib/block/ranges.h"

#include <cell/idl/block_server.h>
#include <stdio.h>
#include <stdlib.h>

struct range {
    struct id_entry entry; /* its id is the resource's number */
    uint64_t first, count;
    struct range *left, *right;
    uint64_t end; /* of those below and itself, the largest block number behind */
};

struct disk disk;
static struct id_table ranges;
static struct range *root;

/* ---- The treap -------------------------------------------------------------- */

static uint64_t priority(const struct range *range)
{
    uint64_t mixed = range->entry.id * UINT64_C(0x9e3779b97f4a7c15);

    return (mixed ^ mixed >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
}

/* Ranges with the same first block are in the order of their numbers. */
static bool is_before(const struct range *a, const struct range *b)
{
    return a->first != b->first ? a->first < b->first : a->entry.id < b->entry.id;
}

static void update(struct range *range)
{
    range->end = range->first + range->count;
    if (range->left != NULL && range->left->end > range->end)
        range->end = range->left->end;
    if (range->right != NULL && range->right->end > range->end)
        range->end = range->right->end;
}

/* Divides a tree into what is before `at` and what is not. */
static void split(struct range *tree, const struct range *at, struct range **before, struct range **after)
{
    if (tree == NULL) {
        *before = *after = NULL;
        return;
    }
    if (is_before(tree, at)) {
        *before = tree;
        split(tree->right, at, &tree->right, after);
    } else {
        *after = tree;
        split(tree->left, at, before, &tree->left);
    }
    update(tree);
}

static struct range *join(struct range *before, struct range *after)
{
    if (before == NULL || after == NULL)
        return before == NULL ? after : before;
    if (priority(before) > priority(after)) {
        before->right = join(before->right, after);
        update(before);
        return before;
    }
    after->left = join(before, after->left);
    update(after);
    return after;
}

static void insert(struct range *range)
{
    struct range *before, *after;

    split(root, range, &before, &after);
    range->left = range->right = NULL;
    update(range);
    root = join(join(before, range), after);
}

static struct range *without(struct range *tree, const struct range *gone)
{
    if (tree == gone)
        return join(tree->left, tree->right);
    if (is_before(gone, tree))
        tree->left = without(tree->left, gone);
    else
        tree->right = without(tree->right, gone);
    update(tree);
    return tree;
}

/* Has anybody a block from `first` to before `end`? */
static bool is_taken(uint64_t first, uint64_t end)
{
    const struct range *range = root;

    while (range != NULL && range->end > first) {
        if (range->first < end && range->first + range->count > first)
            return true;
        /* Where one on the left reaches far enough, the first that does is the one, or there is none. */
        range = range->left != NULL && range->left->end > first ? range->left : range->right;
    }
    return false;
}

/* ---- Ranges ------------------------------------------------------------------ */

static struct range *find(uint64_t number)
{
    struct id_entry *entry = id_table_find(&ranges, number);

    return entry == NULL ? NULL : ID_RECORD(entry, struct range, entry);
}

static void end_range(struct range *range)
{
    root = without(root, range);
    id_table_remove(&ranges, &range->entry);
    free(range);
}

/* The model shows a range by its name. */
static cell_error_t make(const struct server_request *request, uint64_t first, uint64_t count, unsigned rights,
                         cell_cap_t *there)
{
    static uint64_t number;
    char name[48];
    struct range *range = calloc(1, sizeof *range);

    if (range == NULL)
        return CELL_NO_MEMORY;
    *range = (struct range){.entry.id = ++number, .first = first, .count = count};
    if (!id_table_add(&ranges, &range->entry)) {
        free(range);
        return CELL_NO_MEMORY;
    }
    insert(range);
    snprintf(name, sizeof name, "%lu_%lu", (unsigned long)first, (unsigned long)count);
    cell_error_t error = server_make(request->handle->space, number, name, request->handle->client, rights, there);

    if (error != CELL_OK)
        end_range(range);
    else if (disk.memory != 0)
        server_map(request->handle->space, number, disk.memory);
    return error;
}

static void freed(uint64_t space, uint64_t object)
{
    struct range *range = find(object);

    (void)space;
    if (range != NULL)
        end_range(range);
}

/* `count` blocks from `first` on in something of `all` blocks? Overflow-proof. */
static bool is_inside(uint64_t first, uint64_t count, uint64_t all)
{
    return first <= all && count <= all - first;
}

cell_error_t ranges_find(const struct server_request *request, uint64_t first, uint64_t count, uint64_t *block)
{
    const struct range *range = find(request->handle->object);

    if (range == NULL)
        return CELL_NOT_FOUND;
    if (!is_inside(first, count, range->count))
        return CELL_BAD_ARGUMENT;
    *block = range->first + first;
    return CELL_OK;
}

cell_error_t ranges_find_writable(const struct server_request *request, uint64_t first, uint64_t count,
                                  uint64_t *block)
{
    return (disk.flags & DISK_READ_ONLY) != 0 ? CELL_READ_ONLY : ranges_find(request, first, count, block);
}

cell_error_t ranges_memory(const struct server_request *request, cell_cap_t mo, uint64_t at, uint64_t count,
                           unsigned rights, void **memory)
{
    return at % CELL_PAGE != 0 ? CELL_BAD_ARGUMENT
                               : server_bulk(request, mo, at, count * BLOCK_BYTES, rights, memory);
}

/* ---- Requests ----------------------------------------------------------------- */

cell_error_t block_take_serve(void *request, const struct block_take_in *in, struct block_take_out *out)
{
    uint64_t count = in->count == 0 && in->first < disk.blocks ? disk.blocks - in->first : in->count;
    unsigned rights = CELL_ALL & ~((disk.flags & DISK_READ_ONLY) != 0 ? CELL_WRITE : 0u);

    if (count == 0 || !is_inside(in->first, count, disk.blocks))
        return CELL_BAD_ARGUMENT;
    if (is_taken(in->first, in->first + count))
        return CELL_OVERLAP;
    out->taken_first = in->first;
    out->taken_count = count;
    return make(request, in->first, count, rights, &out->range);
}

cell_error_t block_part_serve(void *context, const struct block_part_in *in, struct block_part_out *out)
{
    const struct server_request *request = context;
    uint64_t block;
    cell_error_t error = ranges_find(request, in->first, in->count, &block);

    if (error != CELL_OK)
        return error;
    if ((in->rights & ~(uint64_t)request->handle->rights) != 0)
        return CELL_DENIED;
    return make(request, block, in->count, (unsigned)in->rights, &out->range);
}

cell_error_t block_about_serve(void *context, const struct block_about_in *in, struct block_about_out *out)
{
    const struct server_request *request = context;
    const struct range *range = find(request->handle->object);

    (void)in;
    if (range == NULL)
        return CELL_NOT_FOUND;
    out->first = range->first;
    out->count = range->count;
    out->flags = disk.flags;
    out->in_flight = disk.in_flight;
    return CELL_OK;
}

const struct server_type block_type = {
    .name = "BLOCK",
    .interface = &block_interface,
    .freed = freed,
};
