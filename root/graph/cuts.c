/* SPDX-License-Identifier: BSD-2-Clause */
/* root/graph/cuts.c: see cuts.h. */
#include "root/graph/cuts.h"

#include "root/base/sort.h"
#include "root/core/ads.h"
#include "root/core/reaper.h"
#include "root/core/sharing.h"
#include "root/graph/pass.h"
#include "root/graph/ranges.h"
#include "root/memory/heap.h"
#include "root/spaces/resspc.h"

/* The first memory object that has a shared frame. */
struct owner {
    struct id_entry entry; /* the frame's number */
    const struct mo *mo;
    uint64_t page;
};

static struct id_table cuts, owners;
static bool failed;

/* ---- Whose pages are -------------------------------------------------- */

static void find_shared(void *context, struct object *object)
{
    const struct mo *mo = mo_of(object);

    (void)context;
    for (uint64_t page = 0; (mo->flags & MO_COPIED) != 0 && mo_next_present(mo, &page); page++) {
        page_t frame = mo_page(mo, page);

        pass_take(3);
        if (!frame_is_shared(frame) || id_table_find(&owners, frame) != NULL)
            continue;
        struct owner *owner = heap_allocate(sizeof *owner);

        if (owner == NULL) {
            failed = true;
            return;
        }
        *owner = (struct owner){{.id = frame}, mo, page};
        if (!id_table_add(&owners, &owner->entry)) {
            heap_free(owner, sizeof *owner);
            failed = true;
            return;
        }
    }
}

struct cut_source cuts_source(const struct mo *mo, uint64_t page)
{
    page_t frame = (mo->flags & MO_COPIED) != 0 ? mo_page(mo, page) : 0;
    struct id_entry *entry = frame == 0 || owners.count == 0 ? NULL : id_table_find(&owners, frame);

    if (entry == NULL)
        return (struct cut_source){mo, page, false};
    const struct owner *owner = ID_RECORD(entry, struct owner, entry);

    return (struct cut_source){owner->mo, owner->page, true};
}

/* ---- Cuts -------------------------------------------------------------- */

static bool is_cut(const struct mo *mo)
{
    return (mo->flags & (MO_IN_PARTS | MO_COPIED)) != 0;
}

static struct cut *cut_of(const struct mo *mo)
{
    struct id_entry *entry = id_table_find(&cuts, mo->object.id);

    if (entry != NULL)
        return ID_RECORD(entry, struct cut, entry);
    struct cut *cut = heap_allocate(sizeof *cut);

    if (cut != NULL) {
        cut->entry.id = mo->object.id;
        cut->mo = mo;
        if (id_table_add(&cuts, &cut->entry))
            return cut;
        heap_free(cut, sizeof *cut);
    }
    failed = true;
    return NULL;
}

/* A memory object is cut before a page, if it has one there or ends there. */
static void cut_before(const struct mo *mo, uint64_t page)
{
    struct cut *cut = page > mo->pages ? NULL : cut_of(mo);

    pass_take(1);
    if (cut == NULL)
        return;
    if (cut->count == cut->room) {
        uint32_t room = cut->room == 0 ? 8 : cut->room * 2;
        uint32_t *at = heap_resize(cut->at, cut->room * sizeof *at, room * sizeof *at);

        if (at == NULL) {
            failed = true;
            return;
        }
        cut->at = at;
        cut->room = room;
    }
    cut->at[cut->count++] = (uint32_t)page;
}

/* The same, and wherever its pages are. */
static void cut_through(const struct mo *mo, uint64_t page)
{
    cut_before(mo, page);
    if ((mo->flags & MO_COPIED) == 0 || page > mo->pages)
        return;
    struct cut_source source = page == mo->pages ? (struct cut_source){0} : cuts_source(mo, page);

    if (source.shared)
        cut_before(source.mo, source.page);
    source = page == 0 ? (struct cut_source){0} : cuts_source(mo, page - 1);
    if (source.shared)
        cut_before(source.mo, source.page + 1);
}

static bool follows(struct cut_source a, struct cut_source b)
{
    return a.shared == b.shared && a.mo == b.mo && a.page + 1 == b.page;
}

/* Where regions begin and end, and where what is shared does. */
static void cut_one(const struct mo *mo)
{
    cut_through(mo, 0);
    cut_through(mo, mo->pages);
    LIST_EACH (entry, &mo->vmrs) {
        const struct vmr *vmr = CONTAINER(entry, struct vmr, of_mo);

        cut_through(mo, vmr->first);
        cut_through(mo, vmr->first + vmr->pages);
    }
    struct cut_source before = cuts_source(mo, 0);

    for (uint64_t page = 1; (mo->flags & MO_COPIED) != 0 && page < mo->pages; page++) {
        struct cut_source source = cuts_source(mo, page);

        pass_take(1);
        if (!follows(before, source))
            cut_through(mo, page);
        before = source;
    }
}

static void cut_if_in_parts(void *context, struct object *object)
{
    (void)context;
    if (is_cut(mo_of(object)))
        cut_one(mo_of(object));
}

/* Memory that holds a disk is cut as the ranges are: a block is in the page of its number. */
static void cut_as_range(void *context, struct object *object)
{
    const struct resource *resource = CONTAINER(object, struct resource, object);
    uint64_t first, blocks;

    (void)context;
    if (!resource_range(resource, &first, &blocks))
        return;
    LIST_EACH (entry, &resource->maps) {
        struct object *target = CONTAINER(entry, struct map_edge, of_source)->target;
        const struct range_point *point = ranges_find(resource->space->object.id, first);

        if (target->class != &mo_class || target->dead)
            continue;
        const struct mo *mo = mo_of(target);

        cut_one(mo);
        for (; point->at < first + blocks; point = point->next)
            cut_through(mo, point->at);
        cut_through(mo, first + blocks);
    }
}

static bool page_before(const void *pages, uint32_t one, uint32_t other)
{
    const uint32_t *at = pages;

    pass_take(1);
    return at[one] < at[other];
}

static void page_exchange(void *pages, uint32_t one, uint32_t other)
{
    uint32_t *at = pages, page = at[one];

    at[one] = at[other];
    at[other] = page;
}

/* Sorts the points, each once, from 0 up to the end. */
static void settle_one(void *context, struct object *object)
{
    struct id_entry *entry = cuts.count == 0 ? NULL : id_table_find(&cuts, object->id);
    struct cut *cut = entry == NULL ? NULL : ID_RECORD(entry, struct cut, entry);
    uint32_t kept = 0;

    (void)context;
    if (cut == NULL || cut->count == 0)
        return;
    sort(cut->at, cut->count, page_before, page_exchange);
    for (uint32_t i = 0; i < cut->count; i++)
        if (kept == 0 || cut->at[kept - 1] != cut->at[i])
            cut->at[kept++] = cut->at[i];
    cut->count = kept - 1;
}

bool cuts_make(struct selection *selection)
{
    failed = false;
    select_each(selection, &mo_class, find_shared, NULL);
    select_each(selection, &mo_class, cut_if_in_parts, NULL);
    select_each(selection, &resource_class, cut_as_range, NULL);
    select_each(selection, &mo_class, settle_one, NULL);
    return !failed;
}

const struct cut *cuts_find(uint64_t id)
{
    struct id_entry *entry = cuts.count == 0 ? NULL : id_table_find(&cuts, id);

    return entry == NULL ? NULL : ID_RECORD(entry, struct cut, entry);
}

uint32_t cuts_piece(const struct cut *cut, uint64_t page)
{
    uint32_t low = 0, high = cut->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (cut->at[middle] < page)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool cuts_clear(uint32_t *units)
{
    struct id_entry *entry;

    while ((entry = id_table_any(&cuts)) != NULL) {
        if (reap_take(units, 1) == 0)
            return false;
        struct cut *cut = ID_RECORD(entry, struct cut, entry);

        id_table_remove(&cuts, entry);
        heap_free(cut->at, cut->room * sizeof *cut->at);
        heap_free(cut, sizeof *cut);
    }
    id_table_clear(&cuts);
    while ((entry = id_table_any(&owners)) != NULL) {
        if (reap_take(units, 1) == 0)
            return false;
        id_table_remove(&owners, entry);
        heap_free(ID_RECORD(entry, struct owner, entry), sizeof(struct owner));
    }
    id_table_clear(&owners);
    return true;
}
