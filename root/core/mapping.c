/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/mapping.c: see mapping.h. Bottom-up: page tables, copies, regions. */
#include "root/core/mapping.h"

#include <sel4/constants.h>

#include "root/base/bug.h"
#include "root/memory/heap.h"

/* ---- Page tables ----------------------------------------------------- */

static cell_error_t table_room(struct ads *ads)
{
    if (ads->table_count < ads->table_room)
        return CELL_OK;
    uint32_t room = ads->table_room == 0 ? 4 : ads->table_room * 2;
    struct ads_table *tables =
        heap_resize(ads->tables, ads->table_room * sizeof *tables, room * sizeof *tables);

    if (tables == NULL)
        return CELL_NO_MEMORY;
    ads->tables = tables;
    ads->table_room = room;
    return CELL_OK;
}

/* Adds the highest page table that is missing at `address`. */
static cell_error_t table_add(struct ads *ads, struct account *account, uint64_t address)
{
    cell_error_t error = table_room(ads);

    if (error == CELL_OK)
        error = account_charge(account, ACCOUNT_OBJECTS, 1);
    if (error != CELL_OK)
        return error;
    struct ads_table *table = &ads->tables[ads->table_count];

    error = object_allocate(seL4_ARM_PageTableObject, seL4_PageTableBits, &table->object);
    if (error != CELL_OK) {
        account_refund(account, ACCOUNT_OBJECTS, 1);
        return error;
    }
    table->account = account;
    account_refer(account);
    int failed = kernel_map_table(table->object.slot, ads->vspace.slot, address);

    if (failed != 0)
        root_bug("page table at %lx: kernel error %d", (unsigned long)address, failed);
    ads->table_count++;
    return CELL_OK;
}

/* The rare cases of map(): `failed` is what the first attempt gave. */
static cell_error_t __attribute__((noinline)) map_again(const struct vmr *vmr, slot_t slot,
                                                        uint64_t address, int failed)
{
    bool device = (vmr->mo->flags & MO_DEVICE) != 0;
    struct ads *ads = vmr->ads;

    while (failed == KERNEL_MISSING_TABLE) {
        cell_error_t error = table_add(ads, vmr->object.account, address);

        if (error != CELL_OK)
            return error;
        failed = kernel_map(slot, ads->vspace.slot, address, vmr->rights, device);
    }
    if (failed == 0 && (vmr->rights & CM_EXECUTE) != 0 && (vmr->mo->flags & MO_FOREIGN) == 0)
        failed = kernel_unify(slot, PAGE_SIZE);
    if (failed != 0)
        root_bug("page at %lx: kernel error %d", (unsigned long)address, failed);
    return CELL_OK;
}

/* Maps a frame capability, adding page tables as needed. */
static inline cell_error_t map(const struct vmr *vmr, slot_t slot, uint64_t address)
{
    int failed = kernel_map(slot, vmr->ads->vspace.slot, address, vmr->rights,
                            (vmr->mo->flags & MO_DEVICE) != 0);

    if (failed == 0 && (vmr->rights & CM_EXECUTE) == 0)
        return CELL_OK;
    return map_again(vmr, slot, address, failed);
}

/* ---- Copies ----------------------------------------------------------- */

/* Maps a page by a copy of its capability, which is noted in *copy. */
static cell_error_t map_copy(const struct vmr *vmr, slot_t *copy, page_t page, uint64_t address)
{
    slot_t slot = slot_allocate();

    if (slot == 0)
        return CELL_NO_MEMORY;
    int failed = kernel_copy(slot, frame_slot(page));

    if (failed != 0)
        root_bug("copy a frame: kernel error %d", failed);
    cell_error_t error = map(vmr, slot, address);

    if (error != CELL_OK) {
        kernel_delete(slot);
        slot_free(slot);
        return error;
    }
    *copy = slot;
    return CELL_OK;
}

/* Maps copies of pages first..first+count-1, which stand in one chunk. */
static cell_error_t map_chunk(struct vmr *vmr, uint64_t first, uint64_t count)
{
    struct account *account = vmr->object.account;
    uint64_t wanted = 0, used = 0;
    slot_t *copies = sparse_chunk(&vmr->copies, first);
    cell_error_t error =
        copies != NULL ? CELL_OK : sparse_make(&vmr->copies, first, account, &copies);

    if (error != CELL_OK)
        return error;
    copies += first % SPARSE_CHUNK;
    for (uint64_t i = 0; i < count; i++)
        wanted += copies[i] == 0 && mo_page(vmr->mo, first + i) != 0;
    error = account_charge(account, ACCOUNT_SLOTS, wanted);
    if (error != CELL_OK)
        return error;
    for (uint64_t i = 0; i < count && error == CELL_OK; i++) {
        page_t page = mo_page(vmr->mo, first + i);

        if (page == 0 || copies[i] != 0)
            continue;
        error = map_copy(vmr, &copies[i], page, vmr->start + (first + i) * PAGE_SIZE);
        used += copies[i] != 0;
    }
    account_refund(account, ACCOUNT_SLOTS, wanted - used);
    return error;
}

static cell_error_t map_copies(struct vmr *vmr, uint64_t first, uint64_t count)
{
    uint64_t end = first + count;
    cell_error_t error = CELL_OK;

    /* Where the MO has nothing, there is nothing to do. */
    while (error == CELL_OK && mo_next_present(vmr->mo, &first) && first < end) {
        uint64_t part = SPARSE_CHUNK - first % SPARSE_CHUNK;

        if (part > end - first)
            part = end - first;
        error = map_chunk(vmr, first, part);
        first += part;
    }
    return error;
}

/* ---- Regions --------------------------------------------------------- */

void mapping_begin(struct vmr *vmr)
{
    if (vmr->mo->primary == NULL && (vmr->mo->flags & MO_FOREIGN) == 0)
        vmr->mo->primary = vmr;
    else
        sparse_init(&vmr->copies, vmr->pages, NULL);
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
static cell_error_t map_row(const struct vmr *vmr, slot_t slot, uint32_t count, uint64_t address,
                            uint32_t *done)
{
    int failed = 0;

    *done = 1;
    if ((vmr->rights & CM_EXECUTE) != 0)
        return map(vmr, slot, address);
    count = kernel_map_row(slot, count, vmr->ads->vspace.slot, address, vmr->rights, false, &failed);
    if (failed == 0) {
        *done = count;
        return CELL_OK;
    }
    *done = count + 1;
    return map_again(vmr, slot + count, address + count * PAGE_SIZE, failed);
}

static cell_error_t map_primary(struct vmr *vmr, uint64_t first, uint64_t count)
{
    uint64_t end = first + count, part;
    const page_t *pages;

    for (; (part = same_chunk(vmr->mo, &first, end, &pages)) != 0; first += part) {
        uint64_t address = vmr->start + first * PAGE_SIZE;
        uint32_t done;

        for (uint64_t i = 0; i < part; i += done) {
            cell_error_t error = CELL_OK;

            done = 1;
            if (pages[i] != 0)
                error = map_row(vmr, frame_slot(pages[i]), row_of(pages + i, part - i),
                                address + i * PAGE_SIZE, &done);
            if (error != CELL_OK)
                return error;
        }
    }
    return CELL_OK;
}

cell_error_t mapping_map(struct vmr *vmr, uint64_t first, uint64_t count)
{
    return vmr->mo->primary == vmr ? map_primary(vmr, first, count) : map_copies(vmr, first, count);
}

static bool end_primary(struct vmr *vmr, uint32_t *units)
{
    const page_t *pages;
    uint64_t part;

    for (uint64_t first = vmr->unmapped; (part = same_chunk(vmr->mo, &first, vmr->pages, &pages)) != 0;
         first += part)
        for (uint64_t i = 0; i < part; i++) {
            if (pages[i] == 0)
                continue;
            if (reap_take(units, 1) == 0) {
                vmr->unmapped = first + i;
                return false;
            }
            kernel_unmap(frame_slot(pages[i]));
        }
    vmr->mo->primary = NULL;
    return true;
}

/* Gives up copies of a chunk from number `from` on; returns where it stopped. */
static uint32_t end_chunk(struct vmr *vmr, slot_t *chunk, uint32_t from, uint32_t length, uint32_t *units)
{
    uint64_t gone = 0;

    for (; from < length; from++) {
        if (chunk[from] == 0)
            continue;
        if (reap_take(units, 1) == 0)
            break;
        kernel_delete(chunk[from]);
        slot_free(chunk[from]);
        chunk[from] = 0;
        gone++;
    }
    account_refund(vmr->object.account, ACCOUNT_SLOTS, gone);
    return from;
}

static bool end_copies(struct vmr *vmr, uint32_t *units)
{
    slot_t *chunk;

    for (uint64_t at = vmr->unmapped; (chunk = sparse_next(&vmr->copies, &at)) != NULL; at += SPARSE_CHUNK) {
        uint32_t length = sparse_length(&vmr->copies, at);

        if (end_chunk(vmr, chunk, 0, length, units) < length) {
            vmr->unmapped = at;
            return false;
        }
    }
    sparse_clear(&vmr->copies, vmr->object.account);
    return true;
}

bool mapping_end(struct vmr *vmr, uint32_t *units)
{
    return vmr->mo->primary == vmr ? end_primary(vmr, units) : end_copies(vmr, units);
}
