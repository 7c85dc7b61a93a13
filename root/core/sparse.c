/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/sparse.c: see sparse.h. Bottom-up: sizes, finding, making, clearing. */
#include "root/core/sparse.h"

#include <string.h>

#include "root/memory/heap.h"

/* ---- Sizes ----------------------------------------------------------- */

/* log2 of the numbers below one entry of a node of that height. */
static unsigned entry_bits(unsigned height)
{
    return SPARSE_CHUNK_BITS + SPARSE_NODE_BITS * (height - 1);
}

/* Bytes of what stands at a height: a chunk (0) that begins with number `first`, or a
 * node. The highest is as large as it must be. */
static size_t bytes_of(const struct sparse *array, unsigned height, uint64_t first)
{
    if (height == 0)
        return sparse_length(array, first) * sizeof(uint32_t);
    if (height < array->height)
        return SPARSE_NODE * sizeof(void *);
    return ((array->size - 1u) >> entry_bits(height)) * sizeof(void *) + sizeof(void *);
}

static uint64_t entries_of(const struct sparse *array, unsigned height)
{
    return bytes_of(array, height, 0) / sizeof(void *);
}

void sparse_init(struct sparse *array, uint64_t size, uint32_t *few)
{
    *array = (struct sparse){.size = (uint32_t)size & 0x1fffffff, .top = few, .lent = few != NULL};
    for (uint64_t covered = SPARSE_CHUNK; covered < size; covered <<= SPARSE_NODE_BITS)
        array->height++;
}

/* ---- Finding --------------------------------------------------------- */

uint32_t *sparse_next(const struct sparse *array, uint64_t *index)
{
    uint64_t at = *index & ~(uint64_t)(SPARSE_CHUNK - 1);

    while (at < array->size) {
        unsigned height = array->height;
        void *place = array->top;

        while (height > 0 && place != NULL)
            place = ((void **)place)[at >> entry_bits(height--) & (SPARSE_NODE - 1)];
        if (place != NULL) {
            *index = at;
            return place;
        }
        /* `height` is that of what is missing. */
        uint64_t span = UINT64_C(1) << (SPARSE_CHUNK_BITS + SPARSE_NODE_BITS * height);

        at = (at & ~(span - 1)) + span;
    }
    return NULL;
}

/* ---- Making ---------------------------------------------------------- */

cell_error_t sparse_make(struct sparse *array, uint64_t index, struct account *account,
                         uint32_t **chunk)
{
    void **place = &array->top;
    unsigned height = array->height;

    for (;; height--) {
        if (*place == NULL) {
            size_t bytes = bytes_of(array, height, index & ~(uint64_t)(SPARSE_CHUNK - 1));
            cell_error_t error = account_charge(account, ACCOUNT_OBJECTS, RECORD_OBJECTS(bytes));

            if (error != CELL_OK)
                return error;
            *place = heap_allocate(bytes);
            if (*place == NULL) {
                account_refund(account, ACCOUNT_OBJECTS, RECORD_OBJECTS(bytes));
                return CELL_NO_MEMORY;
            }
            array->objects += (uint32_t)RECORD_OBJECTS(bytes);
        }
        if (height == 0)
            break;
        place = &((void **)*place)[index >> entry_bits(height) & (SPARSE_NODE - 1)];
    }
    *chunk = *place;
    return CELL_OK;
}

/* ---- Growing --------------------------------------------------------- */

/* A block that takes the place of another. */
struct replacement {
    void **place, *block;
    size_t old, bytes;
};

/* Makes a larger one of what is at *place; nothing is there: nothing to do. */
static cell_error_t replace(struct replacement *by, void **place, size_t old, size_t bytes)
{
    if (*place == NULL || old == bytes)
        return CELL_OK;
    by->block = heap_allocate(bytes);
    if (by->block == NULL)
        return CELL_NO_MEMORY;
    *by = (struct replacement){place, by->block, old, bytes};
    memcpy(by->block, *place, old);
    return CELL_OK;
}

static void settle(struct replacement *by, bool lent)
{
    if (by->block == NULL)
        return;
    if (!lent)
        heap_free(*by->place, by->old);
    *by->place = by->block;
}

/* Where the pointer to the last chunk of a tree is; NULL: there is none. */
static void **last_chunk(struct sparse *array)
{
    void **place = &array->top;
    uint64_t last = array->size - 1u;

    for (unsigned height = array->height; height > 0; height--) {
        if (*place == NULL)
            return NULL;
        place = &((void **)*place)[last >> entry_bits(height) & (SPARSE_NODE - 1)];
    }
    return place;
}

/* New nodes above what there is, which is the first of theirs. */
static bool make_nodes(const struct sparse *array, const struct sparse *grown, void **nodes)
{
    for (unsigned height = array->height + 1u; array->top != NULL && height <= grown->height; height++) {
        nodes[height] = heap_allocate(bytes_of(grown, height, 0));
        if (nodes[height] == NULL)
            return false;
    }
    return true;
}

/* Replaces the last chunk and the top by larger ones, and puts nodes above. */
static cell_error_t grow(struct sparse *array, struct sparse *grown)
{
    void *nodes[SPARSE_LEVELS + 1] = {NULL}, **last = last_chunk(array);
    uint64_t first = (array->size - 1u) & ~(uint64_t)(SPARSE_CHUNK - 1);
    struct replacement chunk = {0}, top = {0};
    cell_error_t error = last == NULL ? CELL_OK
                                      : replace(&chunk, last, bytes_of(array, 0, first), bytes_of(grown, 0, first));

    if (error == CELL_OK && array->height > 0)
        error = replace(&top, &array->top, bytes_of(array, array->height, 0), bytes_of(grown, array->height, 0));
    if (error == CELL_OK && !make_nodes(array, grown, nodes))
        error = CELL_NO_MEMORY;
    if (error != CELL_OK) {
        heap_free(chunk.block, chunk.bytes);
        heap_free(top.block, top.bytes);
        for (unsigned height = array->height + 1u; height <= grown->height; height++)
            heap_free(nodes[height], bytes_of(grown, height, 0));
        return error;
    }
    /* The place of the chunk may be in the node that is replaced. */
    settle(&chunk, array->lent);
    if (top.block != NULL)
        memcpy(top.block, array->top, top.old);
    settle(&top, false);
    grown->top = array->top;
    for (unsigned height = array->height + 1u; array->top != NULL && height <= grown->height; height++) {
        *(void **)nodes[height] = grown->top;
        grown->top = nodes[height];
    }
    return CELL_OK;
}

/* Objects that are charged for the last chunk and the nodes that change with the size. */
static uint32_t objects_of_ends(const struct sparse *array, const struct sparse *grown)
{
    uint64_t first = (array->size - 1u) & ~(uint64_t)(SPARSE_CHUNK - 1);
    uint32_t after = (uint32_t)RECORD_OBJECTS(bytes_of(grown, 0, first));
    uint32_t before = array->lent ? 0 : (uint32_t)RECORD_OBJECTS(bytes_of(array, 0, first));

    if (array->height > 0) {
        after += (uint32_t)RECORD_OBJECTS(bytes_of(grown, array->height, 0));
        before += (uint32_t)RECORD_OBJECTS(bytes_of(array, array->height, 0));
    }
    for (unsigned height = array->height + 1u; height <= grown->height; height++)
        after += (uint32_t)RECORD_OBJECTS(bytes_of(grown, height, 0));
    return after - before;
}

cell_error_t sparse_grow(struct sparse *array, uint64_t size, struct account *account)
{
    struct sparse grown;

    if (size <= array->size)
        return CELL_OK;
    sparse_init(&grown, size, NULL);
    uint32_t objects = array->top == NULL ? 0 : objects_of_ends(array, &grown);
    cell_error_t error = account_charge(account, ACCOUNT_OBJECTS, objects);

    if (error != CELL_OK)
        return error;
    error = array->top == NULL ? CELL_OK : grow(array, &grown);
    if (error != CELL_OK) {
        account_refund(account, ACCOUNT_OBJECTS, objects);
        return error;
    }
    grown.objects = array->objects + objects;
    *array = grown;
    return CELL_OK;
}

/* ---- Clearing -------------------------------------------------------- */

/* Frees what is below a node and then the node, without recursion. */
static void free_tree(struct sparse *array)
{
    void **node[SPARSE_LEVELS + 1];
    uint64_t next[SPARSE_LEVELS + 1] = {0};
    unsigned height = array->height;

    node[height] = array->top;
    for (;;) {
        if (next[height] == entries_of(array, height)) {
            heap_free(node[height], bytes_of(array, height, 0));
            next[height] = 0;
            if (height++ == array->height)
                return;
            continue;
        }
        void *below = node[height][next[height]++];

        if (below == NULL)
            continue;
        if (height > 1) {
            node[--height] = below;
            continue;
        }
        uint64_t first = 0;

        for (unsigned i = 1; i <= array->height; i++)
            first += (next[i] - 1) << entry_bits(i);
        heap_free(below, bytes_of(array, 0, first));
    }
}

void sparse_clear(struct sparse *array, struct account *account)
{
    if (array->lent || array->top == NULL)
        return;
    if (array->height == 0)
        heap_free(array->top, bytes_of(array, 0, 0));
    else
        free_tree(array);
    account_refund(account, ACCOUNT_OBJECTS, array->objects);
    array->objects = 0;
    array->top = NULL;
}
