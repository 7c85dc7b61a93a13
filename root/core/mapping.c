/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/mapping.c: see mapping.h. */
#include "root/core/mapping.h"

#include "root/core/copies.h"
#include "root/core/page.h"
#include "root/core/reaper.h"

/* A region has the frames' own capabilities if no other has those of its pages; whether one
 * lies between others that have is not checked. */
void mapping_begin(struct vmr *vmr)
{
    struct mo *mo = vmr->mo;
    uint32_t from = (uint32_t)vmr->first, to = (uint32_t)(vmr->first + vmr->pages);

    if (vmr->pages != mo->pages)
        mo->flags |= MO_IN_PARTS;
    if ((mo->flags & (MO_FOREIGN | MO_COPIED)) != 0 || (mo->owners != 0 && from < mo->own_to && to > mo->own_from)) {
        sparse_init(&vmr->copies, vmr->pages >> mo->order, NULL);
        return;
    }
    vmr->own = true;
    if (mo->owners == 0 || from < mo->own_from)
        mo->own_from = from;
    if (mo->owners == 0 || to > mo->own_to)
        mo->own_to = to;
    mo->owners++;
}

/* Those of `count` pages from `first` on that stand in one chunk of an MO's; *pages is
 * that chunk's part, *first moves to where it begins. 0: no more that are present. */
static uint64_t same_chunk(const struct mo *mo, uint64_t *first, uint64_t end, const page_t **pages)
{
    const page_t *chunk = *first < end ? sparse_chunk(&mo->frames, *first) : NULL;

    if (chunk == NULL) {
        if (*first >= end || (chunk = sparse_next(&mo->frames, first)) == NULL || *first >= end)
            return 0;
    }
    *pages = chunk + *first % SPARSE_CHUNK;
    uint64_t left = SPARSE_CHUNK - *first % SPARSE_CHUNK;

    return left < end - *first ? left : end - *first;
}

/* How many of `count` pages, the first of which is present, follow one another and have slots
 * that do. */
static uint32_t row_of(const page_t *pages, uint64_t count)
{
    page_t first = pages[0];
    uint32_t most = RUN_PAGES - first % RUN_PAGES, i = 1;

    if (count < most)
        most = (uint32_t)count;
    while (i < most && pages[i] == first + i)
        i++;
    return i;
}

/* Maps a row of frames of the MO's own; *done is how many. */
static cell_error_t map_row(const struct vmr *vmr, page_t frame, uint32_t count, uint64_t address,
                            uint32_t *done)
{
    slot_t slot = frame_slot(frame);
    int failed = 0;

    *done = 1;
    if ((vmr->rights & CM_EXECUTE) != 0 || (vmr->mo->flags & MO_COPIED) != 0)
        return page_map(vmr, slot, frame, address);
    count = kernel_map_row(slot, count, vmr->ads->vspace.slot, address, vmr->rights, false, &failed);
    if (failed == 0) {
        *done = count;
        return CELL_OK;
    }
    *done = count + 1;
    return page_map_again(vmr, slot + count, address + count * PAGE_SIZE, vmr->rights, failed);
}

static cell_error_t map_own_page(const struct vmr *vmr, uint64_t page)
{
    page_t frame = mo_page(vmr->mo, vmr->first + page);

    return frame == 0 ? CELL_OK : page_map(vmr, frame_slot(frame), frame, vmr->start + page * PAGE_SIZE);
}

static __attribute__((noinline)) cell_error_t map_own(struct vmr *vmr, uint64_t first, uint64_t count)
{
    uint64_t page = vmr->first + first, end = page + count, part;
    const page_t *pages;

    for (; (part = same_chunk(vmr->mo, &page, end, &pages)) != 0; page += part) {
        uint64_t address = vmr->start + (page - vmr->first) * PAGE_SIZE;
        uint32_t done;

        for (uint64_t i = 0; i < part; i += done) {
            cell_error_t error = CELL_OK;

            done = 1;
            if (pages[i] != 0)
                error = map_row(vmr, pages[i], row_of(pages + i, part - i),
                                address + i * PAGE_SIZE, &done);
            if (error != CELL_OK)
                return error;
        }
    }
    return CELL_OK;
}

/* Large pages, which `first` and `count` may cut. */
static __attribute__((noinline)) cell_error_t map_large(struct vmr *vmr, uint64_t first, uint64_t count)
{
    struct mo *mo = vmr->mo;
    uint64_t end = (first + count + mo_within(mo)) & ~mo_within(mo);
    cell_error_t error = CELL_OK;

    first &= ~mo_within(mo);
    if (!vmr->own)
        return copies_map(vmr, first, end - first);
    for (uint64_t page = vmr->first + first; error == CELL_OK && mo_next_present(mo, &page) && page < vmr->first + end;
         page += mo_step(mo))
        error = page_map(vmr, page_slot(mo, mo_page(mo, page)), mo_page(mo, page), vmr->start + (page - vmr->first) * PAGE_SIZE);
    return error;
}

cell_error_t mapping_map(struct vmr *vmr, uint64_t first, uint64_t count)
{
    if (vmr->rights == 0)
        return CELL_OK;
    if (vmr->mo->order != ORDER_SMALL)
        return map_large(vmr, first, count);
    if (!vmr->own)
        return copies_map(vmr, first, count);
    return count == 1 ? map_own_page(vmr, first) : map_own(vmr, first, count);
}

/* Both of these begin with page vmr->unmapped, which moves. */
static inline bool unmap_own(struct vmr *vmr, uint32_t *units)
{
    uint64_t page = vmr->first + vmr->unmapped, end = vmr->first + vmr->pages, part;
    const page_t *pages;

    for (; (part = same_chunk(vmr->mo, &page, end, &pages)) != 0; page += part)
        for (uint64_t i = 0; i < part; i++) {
            if (pages[i] == 0)
                continue;
            if (reap_take(units, 1) == 0) {
                vmr->unmapped = (uint32_t)(page + i - vmr->first);
                return false;
            }
            kernel_unmap(frame_slot(pages[i]));
        }
    return true;
}

static __attribute__((noinline)) bool unmap_large(struct vmr *vmr, uint32_t *units)
{
    struct mo *mo = vmr->mo;

    for (uint64_t page = vmr->first + vmr->unmapped; mo_next_present(mo, &page) && page < vmr->first + vmr->pages;
         page += mo_step(mo)) {
        vmr->unmapped = (uint32_t)(page - vmr->first);
        if (reap_take(units, 1) == 0)
            return false;
        kernel_unmap(page_slot(mo, mo_page(mo, page)));
    }
    return true;
}

static inline bool unmap(struct vmr *vmr, uint32_t *units)
{
    if (vmr->own && vmr->mo->order != ORDER_SMALL)
        return unmap_large(vmr, units);
    return vmr->own ? unmap_own(vmr, units) : copies_unmap(vmr, units);
}

bool mapping_unmap(struct vmr *vmr, uint32_t *units)
{
    return unmap(vmr, units);
}

bool mapping_end(struct vmr *vmr, uint32_t *units)
{
    if (!unmap(vmr, units))
        return false;
    if (vmr->own)
        vmr->mo->owners--;
    else
        copies_release(vmr);
    return true;
}
