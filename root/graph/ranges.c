/* SPDX-License-Identifier: BSD-2-Clause */
/* root/graph/ranges.c: see ranges.h. */
#include "root/graph/ranges.h"

#include "root/base/sort.h"
#include "root/graph/pass.h"
#include "root/memory/heap.h"

static struct range_point *points;
static uint32_t count, room;
static bool sorted, failed;

/* Where there is none: behind all blocks. */
static struct range_point nowhere = {UINT64_MAX, UINT64_MAX, true};

/* ---- Sorting ---------------------------------------------------------- */

static bool is_before(const struct range_point *a, const struct range_point *b)
{
    return a->space != b->space ? a->space < b->space : a->at < b->at;
}

static bool point_before(const void *items, uint32_t one, uint32_t other)
{
    const struct range_point *all = items;

    pass_take(1);
    return is_before(&all[one], &all[other]);
}

static void point_exchange(void *items, uint32_t one, uint32_t other)
{
    struct range_point *all = items, point = all[one];

    all[one] = all[other];
    all[other] = point;
}

/* Each point once. */
static void settle(void)
{
    uint32_t kept = 0;

    sort(points, count, point_before, point_exchange);
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
        settle();
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
