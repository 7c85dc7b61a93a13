/* SPDX-License-Identifier: BSD-2-Clause */
/* root/graph/ranges.c: see ranges.h. */
#include "root/graph/ranges.h"

#include "root/memory/heap.h"

static struct range_point *points;
static uint32_t count, room;
static bool sorted, failed;

/* Where there is none: behind all blocks. */
static struct range_point nowhere = {UINT64_MAX, UINT64_MAX, true};

/* ---- Sorting: a heap with the largest first ---------------------------- */

static bool is_before(const struct range_point *a, const struct range_point *b)
{
    return a->space != b->space ? a->space < b->space : a->at < b->at;
}

static void exchange(struct range_point *a, struct range_point *b)
{
    struct range_point other = *a;

    *a = *b;
    *b = other;
}

static void sift(uint32_t from, uint32_t end)
{
    for (uint32_t child; (child = 2 * from + 1) < end; from = child) {
        child += child + 1 < end && is_before(&points[child], &points[child + 1]);
        if (!is_before(&points[from], &points[child]))
            return;
        exchange(&points[from], &points[child]);
    }
}

static void sort(void)
{
    uint32_t kept = 0;

    for (uint32_t i = count / 2; i-- > 0;)
        sift(i, count);
    for (uint32_t end = count; end-- > 1;) {
        exchange(&points[0], &points[end]);
        sift(0, end);
    }
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || is_before(&points[kept - 1], &points[i]))
            points[kept++] = points[i];
    count = kept;
    sorted = true;
}

/* ---- Points -------------------------------------------------------------- */

static bool note(uint64_t space, uint64_t at)
{
    if (count == room) {
        uint32_t more = room == 0 ? 64 : room * 2;
        struct range_point *grown = heap_resize(points, room * sizeof *points, more * sizeof *points);

        if (grown == NULL)
            return false;
        points = grown;
        room = more;
    }
    points[count++] = (struct range_point){space, at, false};
    return true;
}

bool ranges_note(uint64_t space, uint64_t first, uint64_t blocks)
{
    failed |= !note(space, first) || !note(space, first + blocks);
    return !failed;
}

struct range_point *ranges_find(uint64_t space, uint64_t at)
{
    const struct range_point wanted = {space, at, false};
    uint32_t low = 0, high;

    if (failed)
        return &nowhere;
    if (!sorted)
        sort();
    for (high = count; low < high;) {
        uint32_t middle = low + (high - low) / 2;

        if (is_before(&points[middle], &wanted))
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && points[low].space == space && points[low].at == at ? &points[low] : &nowhere;
}

void ranges_clear(void)
{
    heap_free(points, room * sizeof *points);
    points = NULL;
    count = room = 0;
    sorted = failed = false;
}
