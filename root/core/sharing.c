/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/sharing.c: see sharing.h. Bottom-up: frames, regions, pages of memory objects. */
#include "root/core/sharing.h"

#include "lib/idtable/idtable.h"
#include "root/core/ads.h"
#include "root/core/mapping.h"
#include "root/memory/counts.h"
#include "root/memory/heap.h"
#include "root/memory/window.h"

/* ---- Frames ------------------------------------------------------------ */

/* A frame that several memory objects have. Of the pages that they are charged for, one is in use:
 * the record is paid for with the others. */
struct sharing {
    struct id_entry entry; /* its number */
    uint32_t count;        /* memory objects */
};

static struct id_table frames;

static struct sharing *find(page_t page)
{
    struct id_entry *entry = frames.count == 0 ? NULL : id_table_find(&frames, page);

    return entry == NULL ? NULL : ID_RECORD(entry, struct sharing, entry);
}

bool frame_is_shared(page_t page)
{
    return find(page) != NULL;
}

bool frame_give_up(page_t page)
{
    struct sharing *sharing = find(page);

    if (sharing == NULL)
        return false;
    memory_shared--;
    memory_keep();
    if (--sharing->count == 1) {
        id_table_remove(&frames, &sharing->entry);
        heap_free(sharing, sizeof *sharing);
    }
    return true;
}

/* One memory object more has the frame. *was_shared: it is not the second. */
static cell_error_t frame_share(page_t page, bool *was_shared)
{
    struct sharing *sharing = find(page);

    *was_shared = sharing != NULL;
    if (sharing == NULL) {
        sharing = heap_allocate(sizeof *sharing);
        if (sharing == NULL)
            return CELL_NO_MEMORY;
        sharing->entry.id = page;
        sharing->count = 1;
        if (!id_table_add(&frames, &sharing->entry)) {
            heap_free(sharing, sizeof *sharing);
            return CELL_NO_MEMORY;
        }
    }
    sharing->count++;
    memory_shared++;
    memory_keep();
    return CELL_OK;
}

/* ---- Regions ------------------------------------------------------------- */

static bool has_few_regions(const struct mo *mo, uint32_t most)
{
    LIST_EACH (entry, &mo->vmrs)
        if (most-- == 0)
            return false;
    return true;
}

bool sharing_possible(const struct mo *mo)
{
    return (mo->flags & (MO_FOREIGN | MO_PINNED)) == 0 && mo->order == 0 && has_few_regions(mo, SHARING_REGIONS) && window_prepare();
}

bool sharing_region_limit(const struct mo *mo)
{
    return has_few_regions(mo, SHARING_REGIONS - 1);
}

/* ---- Pages of memory objects ---------------------------------------------- */

static page_t *place_of(struct mo *mo, uint64_t index)
{
    return sparse_chunk(&mo->frames, index) + index % SPARSE_CHUNK;
}

/* Calls `change` for each region that maps a page. */
static void each_mapping(struct mo *mo, uint64_t index, page_t frame,
                         void (*change)(struct vmr *vmr, uint64_t page, page_t frame))
{
    LIST_EACH (entry, &mo->vmrs) {
        struct vmr *vmr = CONTAINER(entry, struct vmr, of_mo);

        if (index >= vmr->first && index - vmr->first < vmr->pages)
            change(vmr, index - vmr->first, frame);
    }
}

static uint64_t regions_of(const struct mo *mo)
{
    uint64_t count = 0;

    LIST_EACH (entry, &mo->vmrs)
        count++;
    return count;
}

/* How many numbers both arrays have from these places on, in a chunk of each. */
static uint64_t run_of(uint64_t index, uint64_t page, uint64_t most)
{
    const uint64_t to = SPARSE_CHUNK - index % SPARSE_CHUNK, from = SPARSE_CHUNK - page % SPARSE_CHUNK;
    const uint64_t run = to < from ? to : from;

    return run < most ? run : most;
}

static uint64_t count_present(const page_t *frame, uint64_t count)
{
    uint64_t present = 0;

    for (uint64_t i = 0; i < count; i++)
        present += frame[i] != 0;
    return present;
}

cell_error_t sharing_begin(struct mo *to, uint64_t index, struct mo *from, uint64_t page, uint64_t *count, uint64_t *units)
{
    const uint64_t most = run_of(index, page, *count), first_time = SHARING_UNITS * regions_of(from) + 1;
    const page_t *frame = sparse_chunk(&from->frames, page) + page % SPARSE_CHUNK;
    uint64_t charged = count_present(frame, most);
    page_t *place;
    cell_error_t error = sparse_make(&to->frames, index, to->object.account, &place);

    *count = 0;
    if (error == CELL_OK)
        error = account_charge(to->object.account, ACCOUNT_PAGES, charged);
    if (error != CELL_OK)
        return error;
    place += index % SPARSE_CHUNK;
    to->flags |= MO_COPIED;
    from->flags |= MO_COPIED;
    for (bool was_shared; *count<most && * units> 0; ++*count, ++frame, ++place) {
        if (*frame == 0 || *place != 0) /* whoever has the copy before it is whole may have touched it */
            continue;
        error = frame_share(*frame, &was_shared);
        if (error != CELL_OK)
            break;
        *place = *frame;
        to->present++;
        charged--;
        if (!was_shared)
            each_mapping(from, page + *count, *frame, mapping_refresh);
        const uint64_t cost = was_shared ? 1 : first_time;

        *units -= cost < *units ? cost : *units;
    }
    account_refund(to->object.account, ACCOUNT_PAGES, charged);
    return error;
}

cell_error_t sharing_end(struct mo *mo, uint64_t index)
{
    page_t *place = place_of(mo, index), frame = *place, own;

    if (!frame_is_shared(frame))
        return CELL_OK;
    cell_error_t error = frames_allocate(1, &own);

    if (error != CELL_OK)
        return error;
    error = window_copy(own, frame);
    if (error != CELL_OK) {
        frames_free(1, &own);
        return error;
    }
    each_mapping(mo, index, own, mapping_replace);
    *place = own;
    frame_give_up(frame);
    each_mapping(mo, index, own, mapping_refresh);
    return CELL_OK;
}

cell_error_t sharing_pin(struct mo *mo, uint64_t index)
{
    mo->flags |= MO_PINNED;
    return (mo->flags & MO_COPIED) != 0 && mo_page(mo, index) != 0 ? sharing_end(mo, index) : CELL_OK;
}
