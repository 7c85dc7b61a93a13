/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/resize.c: see resize.h. Bottom-up: who maps it, punching, sizes. */
#include "root/core/resize.h"

#include "root/core/ads.h"
#include "root/core/mapping.h"
#include "root/memory/large.h"

/* ---- Who maps it ------------------------------------------------------- */

static bool maps(const struct vmr *vmr, uint64_t from, uint64_t to)
{
    return vmr->first < to && vmr->first + vmr->pages > from;
}

/* Whether the pages can go; *regions is how many map the memory object. */
static cell_error_t check(const struct mo *mo, uint64_t from, uint64_t to, uint32_t *regions)
{
    if (((from | to) & mo_within(mo)) != 0)
        return CELL_BAD_ARGUMENT;
    if ((mo->flags & (MO_FOREIGN | MO_PINNED)) != 0)
        return CELL_DENIED;
    *regions = 0;
    LIST_EACH (entry, &mo->vmrs) {
        const struct vmr *vmr = CONTAINER(entry, struct vmr, of_mo);

        if (++*regions > PUNCH_REGIONS || (!vmr->may_fault && maps(vmr, from, to)))
            return CELL_BUSY;
    }
    return CELL_OK;
}

/* ---- Punching ---------------------------------------------------------- */

static void unmap_everywhere(const struct mo *mo, uint64_t page)
{
    LIST_EACH (entry, &mo->vmrs) {
        struct vmr *vmr = CONTAINER(entry, struct vmr, of_mo);

        if (maps(vmr, page, page + 1))
            mapping_drop(vmr, page - vmr->first);
    }
}

cell_error_t mo_punch(struct mo *mo, uint64_t *from, uint64_t to, uint32_t *units)
{
    uint32_t regions;
    cell_error_t error = check(mo, *from, to, &regions);

    while (error == CELL_OK && mo_next_present(mo, from) && *from < to) {
        if (reap_take(units, regions + 1) < regions + 1)
            return CELL_AGAIN;
        unmap_everywhere(mo, *from);
        mo_free_page(mo, *from);
        *from += mo_step(mo);
    }
    return error;
}

/* ---- Sizes --------------------------------------------------------------- */

/* What is behind the end is not there any more. */
static cell_error_t clear_end(struct mo *mo, uint32_t *units)
{
    uint64_t from = mo->pages;

    return mo_next_present(mo, &from) ? mo_punch(mo, &from, (uint64_t)mo->frames.size << mo->order, units) : CELL_OK;
}

/* Pages that are made for a unit of work. */
#define PAGES_AT_ONCE 8u

static cell_error_t lengthen(struct mo *mo, uint64_t pages, uint32_t *units)
{
    cell_error_t error = sparse_grow(&mo->frames, pages >> mo->order, mo->object.account);

    if (error != CELL_OK)
        return error;
    if ((mo->flags & (MO_ON_TOUCH | MO_COMMIT)) != 0) {
        mo->pages = pages;
        return CELL_OK;
    }
    while (mo->pages < pages) {
        uint64_t before = mo->pages, left = pages - before;

        if (reap_take(units, PAGES_AT_ONCE) == 0 || (mo->order != 0 && !large_zeroed(mo->order)))
            return CELL_AGAIN;
        uint64_t part = mo_step(mo) < PAGES_AT_ONCE ? PAGES_AT_ONCE : mo_step(mo);

        mo->pages += left < part ? left : part;
        error = mo_populate(mo, before, mo->pages - before);
        if (error != CELL_OK) {
            mo->pages = before;
            return error;
        }
    }
    return CELL_OK;
}

cell_error_t mo_resize(struct mo *mo, uint64_t pages, uint32_t *units)
{
    uint32_t regions;

    if (pages == 0 || (pages & mo_within(mo)) != 0)
        return CELL_BAD_ARGUMENT;
    if (pages > MO_LIMIT)
        return CELL_TOO_LARGE;
    if ((mo->flags & MO_FOREIGN) != 0)
        return CELL_DENIED;
    cell_error_t error = pages < mo->pages ? check(mo, pages, mo->pages, &regions) : CELL_OK;

    if (error != CELL_OK)
        return error;
    if (pages < mo->pages)
        mo->pages = pages;
    error = clear_end(mo, units);
    return error == CELL_OK && pages > mo->pages ? lengthen(mo, pages, units) : error;
}
