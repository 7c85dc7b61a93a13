/* SPDX-License-Identifier: BSD-2-Clause */
/* root/graph/sheets.c: see sheets.h. */
#include "root/graph/sheets.h"

#include "root/core/reaper.h"
#include "root/graph/pass.h"
#include "root/memory/heap.h"

/* Of a pass, for a new page; and of work, to give one back. */
#define TAKE_UNITS 25u
#define GIVE_UNITS 3u

static bool add(struct sheets *sheets)
{
    if (sheets->count == sheets->room) {
        uint32_t room = sheets->room == 0 ? 4 : sheets->room * 2;
        char **more = heap_resize(sheets->sheet, sheets->room * sizeof *more, room * sizeof *more);

        if (more == NULL)
            return false;
        sheets->sheet = more;
        sheets->room = room;
    }
    sheets->sheet[sheets->count] = heap_allocate(SHEET_BYTES);
    return sheets->sheet[sheets->count] != NULL && ++sheets->count != 0;
}

bool sheets_grow(struct sheets *sheets, size_t size, uint32_t items)
{
    while ((uint64_t)sheets->count * sheets_each(size) < items) {
        pass_take(TAKE_UNITS);
        if (!add(sheets))
            return false;
    }
    return true;
}

bool sheets_free(struct sheets *sheets, uint32_t *units)
{
    while (sheets->count != 0) {
        if (reap_take(units, GIVE_UNITS) == 0)
            return false;
        heap_free(sheets->sheet[--sheets->count], SHEET_BYTES);
    }
    heap_free(sheets->sheet, sheets->room * sizeof *sheets->sheet);
    *sheets = (struct sheets){0};
    return true;
}
