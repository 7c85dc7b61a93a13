/* SPDX-License-Identifier: BSD-2-Clause */
/* root/graph/ranges.c: see ranges.h. */
#include "root/graph/ranges.h"

#include "root/base/sort.h"
#include "root/graph/pass.h"
#include "root/graph/sheets.h"

static struct sheets points;
static uint32_t count;
static bool sorted, failed;

/* Where there is none: behind all blocks. */
static struct range_point nowhere = {UINT64_MAX, UINT64_MAX, &nowhere, true};

static struct range_point *point_at(uint32_t index)
{
    return sheets_at(&points, sizeof nowhere, index);
}

/* ---- Sorting ---------------------------------------------------------- */

static bool is_before(const struct range_point *a, const struct range_point *b)
{
    return a->space != b->space ? a->space < b->space : a->at < b->at;
}

static bool point_before(const void *items, uint32_t one, uint32_t other)
{
    (void)items;
    pass_take(1);
    return is_before(point_at(one), point_at(other));
}

static void point_exchange(void *items, uint32_t one, uint32_t other)
{
    struct range_point point = *point_at(one);

    (void)items;
    *point_at(one) = *point_at(other);
    *point_at(other) = point;
}

/* Each point once. */
static void settle(void)
{
    uint32_t kept = 0;

    sort(NULL, count, point_before, point_exchange);
    for (uint32_t i = 0; i < count; i++) {
        pass_take(1);
        if (kept != 0 && !is_before(point_at(kept - 1), point_at(i)))
            continue;
        *point_at(kept) = *point_at(i);
        point_at(kept)->next = &nowhere;
        if (kept != 0)
            point_at(kept - 1)->next = point_at(kept);
        kept++;
    }
    count = kept;
    sorted = true;
}

/* ---- Points -------------------------------------------------------------- */

static bool note(uint64_t space, uint64_t at)
{
    if (!sheets_grow(&points, sizeof nowhere, count + 1))
        return false;
    *point_at(count++) = (struct range_point){.space = space, .at = at};
    return true;
}

bool ranges_note(uint64_t space, uint64_t first, uint64_t blocks)
{
    failed |= !note(space, first) || !note(space, first + blocks);
    return !failed;
}

struct range_point *ranges_find(uint64_t space, uint64_t at)
{
    const struct range_point wanted = {.space = space, .at = at};
    uint32_t low = 0, high;

    if (failed)
        return &nowhere;
    if (!sorted)
        settle();
    for (high = count; low < high;) {
        uint32_t middle = low + (high - low) / 2;

        if (is_before(point_at(middle), &wanted))
            low = middle + 1;
        else
            high = middle;
    }
    struct range_point *point = low < count ? point_at(low) : &nowhere;

    return point->space == space && point->at == at ? point : &nowhere;
}

bool ranges_clear(uint32_t *units)
{
    count = 0;
    sorted = failed = false;
    return sheets_free(&points, units);
}
