/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/sparse.c: see sparse.h. Bottom-up: sizes, finding, making, clearing. */
#include "root/core/sparse.h"

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
