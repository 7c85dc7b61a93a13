/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of lists in two arrays, filled by counting:
 *
 *      cm_lists_make       zeroed counters
 *      start[i + 1]++      by the caller, once for each item of list i
 *      cm_lists_room       counters become the places where the lists start, items is allocated
 *      cm_lists_put        in the same order; start[i] runs along
 *      cm_lists_settle     start[i] is the start again
 */
#include <string.h>

#include "internal.h"

enum cm_status cm_lists_make(struct cm_heap *heap, struct cm_lists *lists, uint32_t count)
{
    *lists = (struct cm_lists){.count = count};
    lists->start = cm_heap_make(heap, sizeof *lists->start, (size_t)count + 1);
    if (lists->start == NULL) {
        return CM_NO_MEMORY;
    }
    memset(lists->start, 0, ((size_t)count + 1) * sizeof *lists->start);
    return CM_OK;
}

enum cm_status cm_lists_room(struct cm_heap *heap, struct cm_lists *lists)
{
    for (uint32_t i = 0; i < lists->count; i++) {
        lists->start[i + 1] += lists->start[i];
    }
    size_t total = lists->start[lists->count];
    lists->items = cm_heap_make(heap, sizeof *lists->items, total + 1);
    return lists->items == NULL ? CM_NO_MEMORY : CM_OK;
}

/* After the puts start[i] stands where list i + 1 starts; shift it back. */
void cm_lists_settle(struct cm_lists *lists)
{
    memmove(lists->start + 1, lists->start, lists->count * sizeof *lists->start);
    lists->start[0] = 0;
}

void cm_lists_free(struct cm_heap *heap, struct cm_lists *lists)
{
    cm_heap_free(heap, lists->items);
    cm_heap_free(heap, lists->start);
    *lists = (struct cm_lists){0};
}
