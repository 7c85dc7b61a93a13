/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/mapping.c: see mapping.h. Bottom-up: page tables, copies, regions. */
#include "root/core/mapping.h"

#include <sel4/constants.h>

#include "root/base/bug.h"
#include "root/core/sharing.h"
#include "root/memory/heap.h"
#include "root/memory/large.h"

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
    int failed = kernel_map_table(table->object.slot, ads->vspace.slot, address);

    if (failed != 0) {
        object_free(&table->object);
        account_refund(account, ACCOUNT_OBJECTS, 1);
        return kernel_refused(failed);
    }
    table->account = account;
    table->large = 0;
    account_refer(account);
    ads->table_count++;
    return CELL_OK;
}

/* Where a page of 2 MiB goes, what is below a table there was unmapped: takes the table away; false: there is none. */
static bool table_remove(struct ads *ads, uint64_t address)
{
    for (uint32_t i = 0; i < ads->table_count; i++) {
        struct ads_table *table = &ads->tables[i];

        if (table->large != address >> seL4_LargePageBits)
            continue;
        object_free(&table->object);
        account_refund(table->account, ACCOUNT_OBJECTS, 1);
        account_release(table->account);
        *table = ads->tables[--ads->table_count];
        return true;
    }
    return false;
}

/* What a page of a region is mapped with: not to be written if others have it, too. */
static inline unsigned rights_of(const struct vmr *vmr, page_t frame)
{
    bool shared = (vmr->mo->flags & MO_COPIED) != 0 && frame_is_shared(frame);

    return vmr->rights & ~(shared ? CM_WRITE : 0u);
}

static slot_t slot_of(const struct mo *mo, page_t frame)
{
    return frame_slot_of(mo->order, frame);
}

/* The rare cases of map(): `failed` is what the first attempt gave. */
static cell_error_t __attribute__((noinline)) map_again(const struct vmr *vmr, slot_t slot, uint64_t address,
                                                        unsigned rights, int failed)
{
    bool device = (vmr->mo->flags & MO_DEVICE) != 0;
    struct ads *ads = vmr->ads;
    uint32_t before = ads->table_count;

    while (failed == KERNEL_MISSING_TABLE) {
        /* It says the same where there is one too many. */
        bool removed = vmr->mo->order == ORDER_2M && table_remove(ads, address);
        cell_error_t error = removed ? CELL_OK : table_add(ads, vmr->object.account, address);

        if (error != CELL_OK)
            return error == CELL_EXISTS && vmr->mo->order == ORDER_1G ? CELL_OVERLAP : error;
        failed = kernel_map(slot, ads->vspace.slot, address, rights, device);
    }
    /* The last one is the lowest. */
    if (ads->table_count > before && vmr->mo->order == ORDER_SMALL)
        ads->tables[ads->table_count - 1].large = (uint32_t)(address >> seL4_LargePageBits);
    if (failed == 0 && (rights & CM_EXECUTE) != 0 && (vmr->mo->flags & MO_FOREIGN) == 0)
        failed = kernel_unify(slot, PAGE_SIZE * mo_step(vmr->mo));
    return kernel_refused(failed);
}

/* Maps a frame capability, adding page tables as needed. */
static inline cell_error_t map(const struct vmr *vmr, slot_t slot, page_t frame, uint64_t address)
{
    unsigned rights = rights_of(vmr, frame);
    int failed = kernel_map(slot, vmr->ads->vspace.slot, address, rights,
                            (vmr->mo->flags & MO_DEVICE) != 0);

    if (failed == 0 && (rights & CM_EXECUTE) == 0)
        return CELL_OK;
    return map_again(vmr, slot, address, rights, failed);
}

/* ---- Copies ----------------------------------------------------------- */

/* Maps a page by a copy of its capability, which is noted in *copy. */
static cell_error_t map_copy(const struct vmr *vmr, slot_t *copy, page_t page, uint64_t address)
{
    slot_t slot = slot_allocate();

    if (slot == 0)
        return CELL_NO_MEMORY;
    int failed = kernel_copy(slot, slot_of(vmr->mo, page));

    cell_error_t error = failed != 0 ? kernel_refused(failed) : map(vmr, slot, page, address);

    if (error != CELL_OK) {
        kernel_delete(slot);
        slot_free(slot);
        return error;
    }
    *copy = slot;
    return CELL_OK;
}

/* The table of its copies, and the number in it of its page `page`. */
static struct sparse *copies_of(struct vmr *vmr)
{
    return vmr->shares ? &vmr->shared->slots : &vmr->copies;
}

static uint64_t copy_number(const struct vmr *vmr, uint64_t page)
{
    return (vmr->shares ? vmr->first + page - vmr->shared->first : page) >> vmr->mo->order;
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
    uint64_t wanted = 0, used = 0, number = copy_number(vmr, first);
    const unsigned order = vmr->mo->order;
    slot_t *copies = sparse_chunk(copies_of(vmr), number);
    cell_error_t error =
        copies != NULL ? CELL_OK : sparse_make(copies_of(vmr), number, account, &copies);

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

static __attribute__((noinline)) cell_error_t map_copies(struct vmr *vmr, uint64_t first, uint64_t count)
{
    uint64_t page = vmr->first + first, end = page + count;
    cell_error_t error = CELL_OK;

    /* Where the MO has nothing, there is nothing to do. */
    while (error == CELL_OK && mo_next_present(vmr->mo, &page) && page < end) {
        uint64_t part = (SPARSE_CHUNK - copy_number(vmr, page - vmr->first) % SPARSE_CHUNK) << vmr->mo->order;

        if (part > end - page)
            part = end - page;
        error = map_chunk(vmr, page - vmr->first, part);
        page += part;
    }
    return error;
}

/* ---- Regions --------------------------------------------------------- */

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
        return map(vmr, slot, frame, address);
    count = kernel_map_row(slot, count, vmr->ads->vspace.slot, address, vmr->rights, false, &failed);
    if (failed == 0) {
        *done = count;
        return CELL_OK;
    }
    *done = count + 1;
    return map_again(vmr, slot + count, address + count * PAGE_SIZE, vmr->rights, failed);
}

static cell_error_t map_own_page(const struct vmr *vmr, uint64_t page)
{
    page_t frame = mo_page(vmr->mo, vmr->first + page);

    return frame == 0 ? CELL_OK : map(vmr, frame_slot(frame), frame, vmr->start + page * PAGE_SIZE);
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
        return map_copies(vmr, first, end - first);
    for (uint64_t page = vmr->first + first; error == CELL_OK && mo_next_present(mo, &page) && page < vmr->first + end;
         page += mo_step(mo))
        error = map(vmr, slot_of(mo, mo_page(mo, page)), mo_page(mo, page), vmr->start + (page - vmr->first) * PAGE_SIZE);
    return error;
}

cell_error_t mapping_map(struct vmr *vmr, uint64_t first, uint64_t count)
{
    if (vmr->rights == 0)
        return CELL_OK;
    if (vmr->mo->order != ORDER_SMALL)
        return map_large(vmr, first, count);
    if (!vmr->own)
        return map_copies(vmr, first, count);
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
        kernel_unmap(slot_of(mo, mo_page(mo, page)));
    }
    return true;
}

/* Gives up copies of a chunk from number `from` on; returns where it stopped. */
static uint32_t end_chunk(struct vmr *vmr, slot_t *chunk, uint32_t from, uint32_t end, uint32_t *units)
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

static bool unmap_copies(struct vmr *vmr, uint32_t *units)
{
    uint64_t at = copy_number(vmr, vmr->unmapped), begin = at, end = copy_number(vmr, vmr->pages);
    slot_t *chunk;

    for (; at < end && (chunk = sparse_next(copies_of(vmr), &at)) != NULL && at < end; at += SPARSE_CHUNK) {
        uint32_t from = at < begin ? (uint32_t)(begin - at) : 0;
        uint32_t to = sparse_length(copies_of(vmr), at);

        if (to > end - at)
            to = (uint32_t)(end - at);
        from = end_chunk(vmr, chunk, from, to, units);
        if (from < to) {
            vmr->unmapped += (uint32_t)(at + from - begin) << vmr->mo->order;
            return false;
        }
    }
    return true;
}

static inline bool unmap(struct vmr *vmr, uint32_t *units)
{
    if (vmr->own && vmr->mo->order != ORDER_SMALL)
        return unmap_large(vmr, units);
    return vmr->own ? unmap_own(vmr, units) : unmap_copies(vmr, units);
}

/* Unmaps pages, as mapping_end(); the region stays. Begins with page vmr->unmapped. */
static bool mapping_unmap(struct vmr *vmr, uint32_t *units)
{
    return unmap(vmr, units);
}

static void release_copies(struct vmr *vmr)
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

bool mapping_end(struct vmr *vmr, uint32_t *units)
{
    if (!unmap(vmr, units))
        return false;
    if (vmr->own)
        vmr->mo->owners--;
    else
        release_copies(vmr);
    return true;
}

/* ---- Parts ------------------------------------------------------------ */

/* From now on its copies are in a table that others can use, too. */
static cell_error_t share_copies(struct vmr *vmr)
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

cell_error_t mapping_split(struct vmr *low, struct vmr *high)
{
    cell_error_t error = low->own || low->shares ? CELL_OK : share_copies(low);

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
        release_copies(high);
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
        return frame == 0 ? 0 : slot_of(vmr->mo, frame);
    uint64_t number = copy_number(vmr, page);
    const slot_t *chunk = sparse_chunk(copies_of(vmr), number);

    return chunk == NULL ? 0 : chunk[number % SPARSE_CHUNK];
}

void mapping_drop(struct vmr *vmr, uint64_t page)
{
    if (vmr->own) {
        kernel_unmap(slot_of(vmr->mo, mo_page(vmr->mo, vmr->first + page)));
        return;
    }
    uint64_t number = copy_number(vmr, page);
    slot_t *chunk = sparse_chunk(copies_of(vmr), number);
    uint32_t at = number % SPARSE_CHUNK;

    if (chunk != NULL)
        end_chunk(vmr, chunk, at, at + 1, &(uint32_t){1});
}

/* The next page at or behind *page that may be mapped; false: there is none. */
static bool next_mapped(const struct vmr *vmr, uint64_t *page)
{
    uint64_t at = vmr->first + *page;
    bool found = mo_next_present(vmr->mo, &at) && at < vmr->first + vmr->pages;

    *page = at - vmr->first;
    return found;
}

/* Maps a page where its tables exist; where they do not, it was not mapped. If the kernel refuses it is not mapped, until
 * it is touched. */
static void map_there(const struct vmr *vmr, slot_t slot, page_t frame, uint64_t address)
{
    unsigned rights = rights_of(vmr, frame);
    int failed = kernel_map(slot, vmr->ads->vspace.slot, address, rights, (vmr->mo->flags & MO_DEVICE) != 0);

    if (failed == 0 && (rights & CM_EXECUTE) != 0 && (vmr->mo->flags & MO_FOREIGN) == 0)
        failed = kernel_unify(slot, PAGE_SIZE * mo_step(vmr->mo));
    if (failed != 0)
        kernel_unmap(slot);
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
                map_there(vmr, slot, frame_at(vmr, page), vmr->start + page * PAGE_SIZE);
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
            map_there(vmr, slot, frame_at(vmr, page), from + page * PAGE_SIZE);
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
        error = map(vmr, slot, frame_at(vmr, page), to + page * PAGE_SIZE);
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
        map_there(vmr, slot, frame, vmr->start + page * PAGE_SIZE);
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
