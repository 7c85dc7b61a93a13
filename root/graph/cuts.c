/* SPDX-License-Identifier: BSD-2-Clause */
/* root/graph/cuts.c: see cuts.h. */
#include "root/graph/cuts.h"

#include "root/core/ads.h"
#include "root/memory/heap.h"

static struct id_table cuts;

static size_t bytes_of(uint32_t count)
{
    return sizeof(struct cut) + (count + 1) * sizeof(uint32_t);
}

/* ---- Sorting: a heap with the largest first ---------------------------- */

static void sift(uint32_t *points, uint32_t from, uint32_t count)
{
    for (uint32_t child; (child = 2 * from + 1) < count; from = child) {
        uint32_t value = points[from];

        child += child + 1 < count && points[child + 1] > points[child];
        if (value >= points[child])
            return;
        points[from] = points[child];
        points[child] = value;
    }
}

static void sort(uint32_t *points, uint32_t count)
{
    for (uint32_t i = count / 2; i-- > 0;)
        sift(points, i, count);
    for (uint32_t end = count; end-- > 1;) {
        uint32_t largest = points[0];

        points[0] = points[end];
        points[end] = largest;
        sift(points, 0, end);
    }
}

/* ---- Cuts -------------------------------------------------------------- */

/* Where a page is, as none is behind the memory object's end. */
static uint32_t within(const struct mo *mo, uint64_t page)
{
    return (uint32_t)(page < mo->pages ? page : mo->pages);
}

/* Sorted points, each once, from 0 up to the end. */
static void set_points(struct cut *cut, uint32_t *points, uint32_t count)
{
    uint32_t kept = 0;

    sort(points, count);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || points[kept - 1] != points[i])
            points[kept++] = points[i];
    cut->count = kept - 1;
}

bool cuts_make(const struct mo *mo)
{
    uint32_t count = 2, room = 2;

    if ((mo->flags & MO_IN_PARTS) == 0)
        return true;
    LIST_EACH (entry, &mo->vmrs)
        room += 2;
    struct cut *cut = heap_allocate(bytes_of(room));

    if (cut == NULL)
        return false;
    cut->at[1] = (uint32_t)mo->pages;
    LIST_EACH (entry, &mo->vmrs) {
        const struct vmr *vmr = CONTAINER(entry, struct vmr, of_mo);

        cut->at[count++] = within(mo, vmr->first);
        cut->at[count++] = within(mo, vmr->first + vmr->pages);
    }
    set_points(cut, cut->at, count);
    struct cut *fitting = cut->count == 1 ? NULL : heap_resize(cut, bytes_of(room), bytes_of(cut->count));

    if (fitting == NULL) {
        bool whole = cut->count == 1;

        heap_free(cut, bytes_of(room));
        return whole;
    }
    fitting->entry.id = mo->object.id;
    if (id_table_add(&cuts, &fitting->entry))
        return true;
    heap_free(fitting, bytes_of(fitting->count));
    return false;
}

const struct cut *cuts_find(uint64_t id)
{
    struct id_entry *entry = cuts.count == 0 ? NULL : id_table_find(&cuts, id);

    return entry == NULL ? NULL : ID_RECORD(entry, struct cut, entry);
}

uint32_t cuts_piece(const struct cut *cut, uint64_t page)
{
    uint32_t low = 0, high = cut->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (cut->at[middle] < page)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void cuts_clear(void)
{
    struct id_entry *entry;

    while ((entry = id_table_any(&cuts)) != NULL) {
        struct cut *cut = ID_RECORD(entry, struct cut, entry);

        id_table_remove(&cuts, entry);
        heap_free(cut, bytes_of(cut->count));
    }
    id_table_clear(&cuts);
}
