/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/copies.c: see copies.h. */
#include "root/core/copies.h"

#include "root/core/page.h"
#include "root/core/reaper.h"
#include "root/memory/heap.h"

/* Maps a page by a copy of its capability, which is noted in *copy. */
static cell_error_t map_copy(const struct vmr *vmr, slot_t *copy, page_t page, uint64_t address)
{
    slot_t slot = slot_allocate();

    if (slot == 0)
        return CELL_NO_MEMORY;
    int failed = kernel_copy(slot, page_slot(vmr->mo, page));

    cell_error_t error = failed != 0 ? kernel_refused(failed) : page_map(vmr, slot, page, address);

    if (error != CELL_OK) {
        kernel_delete(slot);
        slot_free(slot);
        return error;
    }
    *copy = slot;
    return CELL_OK;
}

/* Who pays for them. */
static struct account *copies_account(const struct vmr *vmr)
{
    return vmr->shares ? vmr->shared->account : vmr->object.account;
}

/* Maps copies of pages first..first+count-1, which stand in one chunk. */
static cell_error_t map_chunk(struct vmr *vmr, uint64_t first, uint64_t count)
{
    struct account *account = copies_account(vmr);
    uint64_t wanted = 0, used = 0, number = copies_number(vmr, first);
    const unsigned order = vmr->mo->order;
    slot_t *copies = sparse_chunk(copies_table(vmr), number);
    cell_error_t error =
        copies != NULL ? CELL_OK : sparse_make(copies_table(vmr), number, account, &copies);

    if (error != CELL_OK)
        return error;
    copies += number % SPARSE_CHUNK;
    for (uint64_t i = 0; i < count >> order; i++)
        wanted += copies[i] == 0 && mo_page(vmr->mo, vmr->first + first + (i << order)) != 0;
    error = account_charge(account, ACCOUNT_SLOTS, wanted);
    if (error != CELL_OK)
        return error;
    for (uint64_t i = 0; i < count >> order && error == CELL_OK; i++) {
        page_t page = mo_page(vmr->mo, vmr->first + first + (i << order));

        if (page == 0 || copies[i] != 0)
            continue;
        error = map_copy(vmr, &copies[i], page, vmr->start + (first + (i << order)) * PAGE_SIZE);
        used += copies[i] != 0;
    }
    account_refund(account, ACCOUNT_SLOTS, wanted - used);
    return error;
}

cell_error_t copies_map(struct vmr *vmr, uint64_t first, uint64_t count)
{
    uint64_t page = vmr->first + first, end = page + count;
    cell_error_t error = CELL_OK;

    /* Where the MO has no page, there is nothing to do. */
    while (error == CELL_OK && mo_next_present(vmr->mo, &page) && page < end) {
        uint64_t part = (SPARSE_CHUNK - copies_number(vmr, page - vmr->first) % SPARSE_CHUNK) << vmr->mo->order;

        if (part > end - page)
            part = end - page;
        error = map_chunk(vmr, page - vmr->first, part);
        page += part;
    }
    return error;
}

uint32_t copies_end(struct vmr *vmr, slot_t *chunk, uint32_t from, uint32_t end, uint32_t *units)
{
    uint64_t gone = 0;

    for (; from < end; from++) {
        if (chunk[from] == 0)
            continue;
        if (reap_take(units, 1) == 0)
            break;
        kernel_delete(chunk[from]);
        slot_free(chunk[from]);
        chunk[from] = 0;
        gone++;
    }
    account_refund(copies_account(vmr), ACCOUNT_SLOTS, gone);
    return from;
}

bool copies_unmap(struct vmr *vmr, uint32_t *units)
{
    uint64_t at = copies_number(vmr, vmr->unmapped), begin = at, end = copies_number(vmr, vmr->pages);
    slot_t *chunk;

    for (; at < end && (chunk = sparse_next(copies_table(vmr), &at)) != NULL && at < end; at += SPARSE_CHUNK) {
        uint32_t from = at < begin ? (uint32_t)(begin - at) : 0;
        uint32_t to = sparse_length(copies_table(vmr), at);

        if (to > end - at)
            to = (uint32_t)(end - at);
        from = copies_end(vmr, chunk, from, to, units);
        if (from < to) {
            vmr->unmapped += (uint32_t)(at + from - begin) << vmr->mo->order;
            return false;
        }
    }
    return true;
}

cell_error_t copies_share(struct vmr *vmr)
{
    struct account *account = vmr->object.account;
    cell_error_t error = account_charge(account, ACCOUNT_OBJECTS, 1);

    if (error != CELL_OK)
        return error;
    struct copies *shared = heap_allocate(sizeof *shared);

    if (shared == NULL) {
        account_refund(account, ACCOUNT_OBJECTS, 1);
        return CELL_NO_MEMORY;
    }
    *shared = (struct copies){vmr->copies, account, vmr->first, 1};
    account_refer(account);
    vmr->shared = shared;
    vmr->shares = true;
    return CELL_OK;
}

void copies_release(struct vmr *vmr)
{
    struct copies *shared = vmr->shared;

    if (!vmr->shares) {
        sparse_clear(&vmr->copies, vmr->object.account);
        return;
    }
    if (--shared->references != 0)
        return;
    sparse_clear(&shared->slots, shared->account);
    account_refund(shared->account, ACCOUNT_OBJECTS, 1);
    account_release(shared->account);
    heap_free(shared, sizeof *shared);
}
