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
    struct kernel_object *tables =
        heap_resize(ads->tables, ads->table_room * sizeof *tables, room * sizeof *tables);

    if (tables == NULL)
        return CELL_NO_MEMORY;
    ads->tables = tables;
    ads->table_room = room;
    return CELL_OK;
}

/* Adds the highest page table that is missing at `address`. */
static cell_error_t table_add(struct ads *ads, uint64_t address)
{
    cell_error_t error = table_room(ads);

    if (error == CELL_OK)
        error = account_charge(ads->object.account, ACCOUNT_OBJECTS, 1);
    if (error != CELL_OK)
        return error;
    struct kernel_object *table = &ads->tables[ads->table_count];

    error = object_allocate(seL4_ARM_PageTableObject, seL4_PageTableBits, table);
    if (error != CELL_OK) {
        account_refund(ads->object.account, ACCOUNT_OBJECTS, 1);
        return error;
    }
    int failed = kernel_map_table(table->slot, ads->vspace.slot, address);

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
        cell_error_t error = table_add(ads, address);

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

static uint32_t chunk_pages(const struct vmr *vmr, uint64_t chunk)
{
    uint64_t left = vmr->pages - chunk * MO_CHUNK;

    return left < MO_CHUNK ? (uint32_t)left : MO_CHUNK;
}

/* The array of copies with number `number`; NULL: no memory. */
static slot_t *copies_of(struct vmr *vmr, uint64_t number)
{
    if (vmr->copies[number] == NULL)
        vmr->copies[number] = heap_allocate(chunk_pages(vmr, number) * sizeof(slot_t));
    return vmr->copies[number];
}

/* Maps a page by a copy of its capability, which is noted in *copy. */
static cell_error_t map_copy(const struct vmr *vmr, slot_t *copy, page_t page, uint64_t address)
{
    slot_t slot = slot_allocate();

    if (slot == 0)
        return CELL_NO_MEMORY;
    int failed = kernel_copy(slot, frame_slot(page));

    if (failed != 0)
        root_bug("copy a frame: kernel error %d", failed);
    *copy = slot;
    return map(vmr, slot, address);
}

/* Maps copies of pages first..first+count-1, which stand in one array. */
static cell_error_t map_chunk(struct vmr *vmr, uint64_t first, uint64_t count)
{
    struct account *account = vmr->ads->object.account;
    uint64_t wanted = 0, used = 0;
    slot_t *copies = copies_of(vmr, first / MO_CHUNK);

    if (copies == NULL)
        return CELL_NO_MEMORY;
    copies += first % MO_CHUNK;
    for (uint64_t i = 0; i < count; i++)
        wanted += copies[i] == 0 && mo_page(vmr->mo, first + i) != 0;
    cell_error_t error = account_charge(account, ACCOUNT_SLOTS, wanted);

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
    cell_error_t error = CELL_OK;

    while (count > 0 && error == CELL_OK) {
        uint64_t part = MO_CHUNK - first % MO_CHUNK;

        if (part > count)
            part = count;
        error = map_chunk(vmr, first, part);
        first += part;
        count -= part;
    }
    return error;
}

/* ---- Regions --------------------------------------------------------- */

static uint64_t copy_chunks(const struct vmr *vmr)
{
    return (vmr->pages + MO_CHUNK - 1) / MO_CHUNK;
}

cell_error_t mapping_begin(struct vmr *vmr)
{
    if (vmr->mo->primary == NULL && (vmr->mo->flags & MO_FOREIGN) == 0) {
        vmr->mo->primary = vmr;
        return CELL_OK;
    }
    vmr->copies = heap_allocate(copy_chunks(vmr) * sizeof *vmr->copies);
    return vmr->copies == NULL ? CELL_NO_MEMORY : CELL_OK;
}

/* The pages from `first` on that stand in one array, `limit` at most; *pages is
 * that array's part, NULL if none of them is present. */
static uint64_t same_chunk(const struct mo *mo, uint64_t first, uint64_t limit, const page_t **pages)
{
    uint64_t left = MO_CHUNK - first % MO_CHUNK;
    page_t *chunk = mo->chunks[first / MO_CHUNK];

    *pages = chunk == NULL ? NULL : chunk + first % MO_CHUNK;
    return left < limit ? left : limit;
}

static cell_error_t map_primary(struct vmr *vmr, uint64_t first, uint64_t count)
{
    uint64_t address = vmr->start + first * PAGE_SIZE;

    while (count > 0) {
        const page_t *pages;
        uint64_t part = same_chunk(vmr->mo, first, count, &pages);

        for (uint64_t i = 0; pages != NULL && i < part; i++) {
            cell_error_t error = CELL_OK;

            if (pages[i] != 0)
                error = map(vmr, frame_slot(pages[i]), address + i * PAGE_SIZE);
            if (error != CELL_OK)
                return error;
        }
        first += part;
        count -= part;
        address += part * PAGE_SIZE;
    }
    return CELL_OK;
}

cell_error_t mapping_map(struct vmr *vmr, uint64_t first, uint64_t count)
{
    return vmr->mo->primary == vmr ? map_primary(vmr, first, count) : map_copies(vmr, first, count);
}

static void end_primary(struct vmr *vmr)
{
    for (uint64_t first = 0; first < vmr->pages;) {
        const page_t *pages;
        uint64_t part = same_chunk(vmr->mo, first, vmr->pages - first, &pages);

        for (uint64_t i = 0; pages != NULL && i < part; i++)
            if (pages[i] != 0)
                kernel_unmap(frame_slot(pages[i]));
        first += part;
    }
    vmr->mo->primary = NULL;
}

static void end_copies(struct vmr *vmr)
{
    struct ads *ads = vmr->ads;
    uint64_t gone = 0;

    for (uint64_t number = 0; number < copy_chunks(vmr); number++) {
        slot_t *chunk = vmr->copies[number];
        uint32_t pages = chunk_pages(vmr, number);

        if (chunk == NULL)
            continue;
        for (uint32_t i = 0; i < pages; i++) {
            if (chunk[i] == 0)
                continue;
            kernel_delete(chunk[i]);
            slot_free(chunk[i]);
            gone++;
        }
        heap_free(chunk, pages * sizeof *chunk);
    }
    heap_free(vmr->copies, copy_chunks(vmr) * sizeof *vmr->copies);
    vmr->copies = NULL;
    account_refund(ads->object.account, ACCOUNT_SLOTS, gone);
}

void mapping_end(struct vmr *vmr)
{
    if (vmr->mo->primary == vmr)
        end_primary(vmr);
    else if (vmr->copies != NULL)
        end_copies(vmr);
}
