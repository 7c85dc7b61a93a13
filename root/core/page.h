/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/page.h: one page of a region in the kernel's tables, and the page tables that it needs; for mapping.c.
 */
#pragma once

#include "root/core/ads.h"
#include "root/core/sharing.h"
#include "root/memory/large.h"

/* The rights with which a page of a region is mapped: not to be written if others have it, too. */
static inline unsigned page_rights(const struct vmr *vmr, page_t frame)
{
    bool shared = (vmr->mo->flags & MO_COPIED) != 0 && frame_is_shared(frame);

    return vmr->rights & ~(shared ? CM_WRITE : 0u);
}

static inline slot_t page_slot(const struct mo *mo, page_t frame)
{
    return frame_slot_of(mo->order, frame);
}

/* The rare cases of page_map(): `failed` is what the first attempt gave. */
cell_error_t page_map_again(const struct vmr *vmr, slot_t slot, uint64_t address, unsigned rights, int failed);

/* Maps a frame by capability `slot`, adding page tables as needed. CELL_NO_MEMORY, CELL_QUOTA; CELL_OVERLAP: a page of 1 GiB where there
 * is a
 * table. */
static inline cell_error_t page_map(const struct vmr *vmr, slot_t slot, page_t frame, uint64_t address)
{
    unsigned rights = page_rights(vmr, frame);
    int failed = kernel_map(slot, vmr->ads->vspace.slot, address, rights,
                            (vmr->mo->flags & MO_DEVICE) != 0);

    if (failed == 0 && (rights & CM_EXECUTE) == 0)
        return CELL_OK;
    return page_map_again(vmr, slot, address, rights, failed);
}

/* Maps a page where its tables exist; where they do not, it was not mapped. If the kernel refuses it is not mapped, until
 * it is touched. */
void page_map_there(const struct vmr *vmr, slot_t slot, page_t frame, uint64_t address);
