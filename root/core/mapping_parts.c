/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/mapping_parts.c: see mapping.h: changes of a region that is mapped: parts of it, its rights, its place, its frames. */
#include "root/core/mapping.h"

#include "root/base/bug.h"
#include "root/core/copies.h"
#include "root/core/page.h"

cell_error_t mapping_split(struct vmr *low, struct vmr *high)
{
    cell_error_t error = low->own || low->shares ? CELL_OK : copies_share(low);

    if (error != CELL_OK)
        return error;
    low->mo->flags |= MO_IN_PARTS;
    high->own = low->own;
    if (high->own) {
        low->mo->owners++;
    } else {
        high->shares = true;
        high->shared = low->shared;
        high->shared->references++;
    }
    return CELL_OK;
}

bool mapping_joins(const struct vmr *low, const struct vmr *high)
{
    return low->own ? high->own : low->shares && high->shares && low->shared == high->shared;
}

void mapping_join(struct vmr *high)
{
    if (high->own)
        high->mo->owners--;
    else
        copies_release(high);
}

static page_t frame_at(const struct vmr *vmr, uint64_t page)
{
    return mo_page(vmr->mo, vmr->first + page);
}

/* The capability that maps a page, or would; 0: none. */
static slot_t mapped_by(struct vmr *vmr, uint64_t page)
{
    page_t frame = mo_page(vmr->mo, vmr->first + page);

    if (vmr->own)
        return frame == 0 ? 0 : page_slot(vmr->mo, frame);
    uint64_t number = copies_number(vmr, page);
    const slot_t *chunk = sparse_chunk(copies_table(vmr), number);

    return chunk == NULL ? 0 : chunk[number % SPARSE_CHUNK];
}

void mapping_drop(struct vmr *vmr, uint64_t page)
{
    if (vmr->own) {
        kernel_unmap(page_slot(vmr->mo, mo_page(vmr->mo, vmr->first + page)));
        return;
    }
    uint64_t number = copies_number(vmr, page);
    slot_t *chunk = sparse_chunk(copies_table(vmr), number);
    uint32_t at = number % SPARSE_CHUNK;

    if (chunk != NULL)
        copies_end(vmr, chunk, at, at + 1, &(uint32_t){1});
}

/* The next page at or behind *page that may be mapped; false: there is none. */
static bool next_mapped(const struct vmr *vmr, uint64_t *page)
{
    uint64_t at = vmr->first + *page;
    bool found = mo_next_present(vmr->mo, &at) && at < vmr->first + vmr->pages;

    *page = at - vmr->first;
    return found;
}

cell_error_t mapping_protect(struct vmr *vmr, unsigned rights)
{
    uint8_t old = vmr->rights;
    cell_error_t error = CELL_OK;
    slot_t slot;

    vmr->rights = (uint8_t)rights;
    if (old == 0)
        error = mapping_map(vmr, 0, vmr->pages);
    else if (rights != 0)
        for (uint64_t page = 0; next_mapped(vmr, &page); page += mo_step(vmr->mo))
            if ((slot = mapped_by(vmr, page)) != 0)
                page_map_there(vmr, slot, frame_at(vmr, page), vmr->start + page * PAGE_SIZE);
    if (rights == 0 || error != CELL_OK)
        mapping_unmap(vmr, &(uint32_t){UINT32_MAX});
    if (error != CELL_OK)
        vmr->rights = old;
    return error;
}

/* Takes the first `pages` of a region that were at `from` elsewhere. */
static void take_back(struct vmr *vmr, uint64_t from, uint64_t pages)
{
    slot_t slot;

    for (uint64_t page = 0; next_mapped(vmr, &page) && page < pages; page += mo_step(vmr->mo))
        if ((slot = mapped_by(vmr, page)) != 0) {
            kernel_unmap(slot);
            page_map_there(vmr, slot, frame_at(vmr, page), from + page * PAGE_SIZE);
        }
}

cell_error_t mapping_move(struct vmr *vmr, uint64_t to)
{
    cell_error_t error = CELL_OK;
    slot_t slot;

    for (uint64_t page = 0; vmr->rights != 0 && next_mapped(vmr, &page); page += mo_step(vmr->mo)) {
        if ((slot = mapped_by(vmr, page)) == 0)
            continue;
        kernel_unmap(slot);
        error = page_map(vmr, slot, frame_at(vmr, page), to + page * PAGE_SIZE);
        if (error != CELL_OK) {
            take_back(vmr, vmr->start, page + 1);
            return error;
        }
    }
    return CELL_OK;
}

/* ---- Frames that change ------------------------------------------------- */

void mapping_refresh(struct vmr *vmr, uint64_t page, page_t frame)
{
    slot_t slot = vmr->rights == 0 ? 0 : mapped_by(vmr, page);

    if (slot != 0)
        page_map_there(vmr, slot, frame, vmr->start + page * PAGE_SIZE);
}

void mapping_replace(struct vmr *vmr, uint64_t page, page_t frame)
{
    slot_t slot = mapped_by(vmr, page);

    if (slot == 0)
        return;
    if (vmr->own) {
        kernel_unmap(slot);
        return;
    }
    must(kernel_delete(slot), "a copy of a frame is replaced");
    if (kernel_copy(slot, frame_slot(frame)) != 0)
        mapping_drop(vmr, page); /* it is mapped when it is touched */
}
