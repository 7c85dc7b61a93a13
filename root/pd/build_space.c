/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/build_space.c: the address space of a PD that is being made, an operation of the
 * plan each. Bottom-up: pages of the archive, attaching, operations.
 */
#include <string.h>

#include "root/core/follow.h"
#include "root/memory/heap.h"
#include "lib/idtable/idtable.h"
#include "root/pd/build.h"
#include "root/pd/execute.h"

/* ---- Pages of the archive ---------------------------------------------- */

/* MOs of the archive's pages, kept so that all who run a program share them. */
struct segment {
    struct id_entry entry; /* id: number of pages << 32 | first page */
    struct mo *mo;
};

static struct id_table segments;

cell_error_t segment_mo(const struct archive_file *file, uint64_t offset, uint64_t pages,
                        struct mo **mo)
{
    page_t first = file->first_page + (page_t)(offset / PAGE_SIZE);
    uint64_t id = pages << 32 | first;
    struct id_entry *known = id_table_find(&segments, id);

    if (known != NULL) {
        *mo = CONTAINER(known, struct segment, entry)->mo;
        object_refer(&(*mo)->object);
        return CELL_OK;
    }
    struct segment *segment = heap_allocate(sizeof *segment);
    cell_error_t error = segment == NULL
                             ? CELL_NO_MEMORY
                             : mo_create_archive(&root_account, first, pages, mo);

    if (error != CELL_OK) {
        heap_free(segment, sizeof *segment);
        return error;
    }
    segment->entry.id = id;
    segment->mo = *mo;
    if (id_table_add(&segments, &segment->entry))
        object_refer(&(*mo)->object);
    else
        heap_free(segment, sizeof *segment); /* not shared then */
    return CELL_OK;
}

/* Notes the regions that the PD has to know or takes along when it ends. */
static void note_region(struct place *in, struct vmr *vmr)
{
    struct vmr **place = vmr->kind == CELL_REGION_STACK      ? &in->stack
                         : vmr->kind == CELL_REGION_IPC_BUF  ? &in->buffer
                         : vmr->kind == CELL_REGION_OSM_DATA ? &in->start
                         : vmr->kind == CELL_REGION_HEAP     ? &in->heap
                                                             : NULL;

    if (place == NULL || *place != NULL)
        return;
    *place = vmr;
    object_refer(&vmr->object);
}

/* Attaches pages of an MO, whose reference the caller gave, from `first` on, as the operation says.
 * What a configuration shares may be on touch, as it is with the other PD. */
static cell_error_t attach_from(struct build *build, const struct plan_mapping *region, struct mo *mo,
                                uint64_t first, bool note)
{
    unsigned flags = ATTACH_MAY_FAULT | ((region->flags & CONFIG_GUARD) != 0 ? ATTACH_GUARD : 0) |
                     ((region->flags & CONFIG_ON_TOUCH) != 0 ? ATTACH_ON_TOUCH : 0);
    struct account *account = build->pd->account;

    /* The start block is written before it is mapped (build_start_block). */
    if (region->kind == CELL_REGION_OSM_DATA && build->context == NULL)
        flags |= ATTACH_ON_TOUCH;
    const struct attach attach = {mo, first, region->pages, region->address, 0, (enum cell_region)region->kind,
                                  region->rights, flags};
    struct vmr *vmr;
    cell_error_t error = ads_attach_part(account, build->place->ads, &attach, &vmr);
    /* It may do what it likes with pages of its own. */
    bool fresh = mo->object.account == account && (mo->flags & MO_FOREIGN) == 0;

    object_release(&mo->object);
    if (error != CELL_OK)
        return error;
    if (fresh)
        vmr->allowed = HANDLE_READ | HANDLE_WRITE | HANDLE_EXECUTE;
    if (note)
        note_region(build->place, vmr);
    return CELL_OK;
}

static cell_error_t attach(struct build *build, const struct plan_mapping *region, struct mo *mo, bool note)
{
    return attach_from(build, region, mo, 0, note);
}

/* ---- Large regions --------------------------------------------------- */

/* Pages that are mapped at once where they can be executed: the kernel looks after the instruction cache. */
#define SEGMENT_PAGES 64u

/* As attach(); what the region has comes in pieces (build_fill()). */
static cell_error_t attach_large(struct build *build, const struct plan_mapping *region,
                                 struct mo *mo, uint64_t first, bool note)
{
    struct plan_mapping on_touch = *region;

    on_touch.flags |= CONFIG_ON_TOUCH;
    cell_error_t error = attach_from(build, &on_touch, mo, first, note);

    if (error != CELL_OK)
        return error;
    build->filling = CONTAINER(mo->vmrs.previous, struct vmr, of_mo);
    build->filling->filling = true;
    object_refer(&build->filling->object);
    build->made = build->mapped = 0;
    return CELL_OK;
}

/* Pages of a program's data that are written at once. */
#define CONTENTS_PAGES 24u

/* A piece of them. CELL_AGAIN: more, or the pages behind them, are to be made. */
static cell_error_t write_contents(struct build *build, struct mo *mo)
{
    uint64_t most = CONTENTS_PAGES * (uint64_t)PAGE_SIZE - build->contents.to % PAGE_SIZE;
    uint64_t part = build->contents.left < most ? build->contents.left : most;
    const void *bytes = archive_bytes(&build->pd->program, build->contents.from, part);
    cell_error_t error = bytes == NULL ? CELL_NO_MEMORY : mo_write(mo, build->contents.to, bytes, part);

    if (error != CELL_OK)
        return error;
    build->contents.from += part;
    build->contents.to += part;
    build->contents.left -= part;
    return CELL_AGAIN;
}

static cell_error_t make_pages(struct build *build, struct mo *mo)
{
    if (build->source != NULL)
        return mo_clone_some(mo, build->source, build->source_first, &build->made, MO_CLONE_UNITS);
    if (build->contents.left != 0)
        return write_contents(build, mo);
    if (!build->populate)
        return CELL_OK;
    uint64_t left = mo->pages - build->made;
    uint64_t part = left < BUILD_FILL_PAGES ? left : BUILD_FILL_PAGES;

    if (!mo_zeroed(mo, build->made))
        return CELL_AGAIN;
    cell_error_t error = mo_populate(mo, build->made, part);

    build->made += part;
    if (error == CELL_OK && part < left)
        return CELL_AGAIN;
    mo->flags &= (uint16_t)~MO_ON_TOUCH;
    return error;
}

void build_filled(struct build *build)
{
    if (build->filling != NULL) {
        build->filling->filling = false;
        object_release(&build->filling->object);
    }
    if (build->source != NULL)
        object_release(&build->source->object);
    build->filling = NULL;
    build->source = NULL;
    build->populate = false;
}

cell_error_t build_fill(struct build *build)
{
    struct vmr *vmr = build->filling;
    cell_error_t error = vmr->ads == NULL ? CELL_GONE : make_pages(build, vmr->mo);

    if (error == CELL_OK)
        error = ads_map(vmr, &build->mapped, (vmr->rights & HANDLE_EXECUTE) != 0 ? SEGMENT_PAGES : BUILD_FILL_PAGES);
    if (error == CELL_OK && build->mapped < vmr->pages)
        return CELL_AGAIN;
    if (error == CELL_OK)
        build_filled(build);
    return error;
}

cell_error_t build_ads_new(struct build *build, const struct plan_operation *operation)
{
    struct pd *other = build->plan->program_of == PLAN_NONE ? NULL : pd_by_id(build->plan->program_of);
    struct ads *ads;
    cell_error_t error = ads_create(build->pd->account, &ads);

    (void)operation;
    if (error != CELL_OK)
        return error;
    /* What is made later lies where it would lie with the PD whose program this is. */
    if (other != NULL && other->place->ads != NULL)
        ads->place = other->place->ads->place;
    place_enter(build->place, ads);
    return CELL_OK;
}

cell_error_t build_ads_of(struct build *build, const struct plan_operation *operation)
{
    struct pd *other = pd_by_id(operation->pd);

    if (other == NULL || other->place->ads == NULL)
        return CELL_GONE;
    object_refer(&other->place->ads->object);
    place_enter(build->place, other->place->ads);
    build->shares_data = true;
    return CELL_OK;
}

cell_error_t build_segment(struct build *build, const struct plan_operation *operation)
{
    const struct plan_mapping *region = &operation->region;
    struct mo *mo;
    cell_error_t error =
        segment_mo(&build->pd->program, region->file.offset, region->pages, &mo);

    /* What is made later for a program that is linked high up stays there with it. */
    if (region->address > build->place->ads->place)
        build->place->ads->place = region->address;
    if (error != CELL_OK)
        return error;
    return region->pages > SEGMENT_PAGES ? attach_large(build, region, mo, 0, false) : attach(build, region, mo, false);
}

cell_error_t build_contents(struct build *build, const struct plan_operation *operation)
{
    const struct plan_mapping *region = &operation->region;
    uint64_t count = region->file.bytes;
    bool large = region->pages > CONTENTS_PAGES;
    struct mo *mo = NULL;
    cell_error_t error = mo_create(build->pd->account, region->pages, large ? MO_ON_TOUCH : 0, &mo);

    if (error != CELL_OK)
        return error;
    build->contents.from = region->file.offset;
    build->contents.to = region->file.skip;
    build->contents.left = count;
    build->populate = large;
    if (large)
        return attach_large(build, region, mo, 0, false);
    error = count == 0 ? CELL_AGAIN : write_contents(build, mo);
    if (error != CELL_AGAIN) {
        object_release(&mo->object);
        return error;
    }
    return attach(build, region, mo, false);
}

cell_error_t build_memory(struct build *build, const struct plan_operation *operation)
{
    const struct plan_mapping *region = &operation->region;
    bool on_touch = (region->flags & CONFIG_ON_TOUCH) != 0;
    bool commit = (region->flags & CONFIG_COMMIT) != 0;
    bool large = !on_touch && !commit && region->pages > BUILD_FILL_PAGES;
    struct mo *mo;
    cell_error_t error = mo_create_large(build->pd->account, region->pages, region->order,
                                         on_touch || large ? MO_ON_TOUCH : commit ? MO_COMMIT
                                                                                  : 0,
                                         &mo);

    if (error == CELL_OK && commit) {
        error = mo_populate(mo, 0, region->pages < PLAN_HEAP_COMMITTED ? region->pages : PLAN_HEAP_COMMITTED);
        if (error != CELL_OK)
            object_release(&mo->object);
    }
    build->populate = large;
    if (error == CELL_OK)
        error = large ? attach_large(build, region, mo, 0, true) : attach(build, region, mo, true);
    /* A PD first writes there; if it cannot, that write reports it. A start block that goes there makes the page. */
    if (error == CELL_OK && on_touch && region->kind == CELL_REGION_STACK && build->place->stack != NULL &&
        build->place->start != NULL)
        ads_touch(build->place->ads, vmr_end(build->place->stack) - 1, HANDLE_WRITE);
    return error;
}

/* The region of another PD that is shared or copied. */
static cell_error_t source_of(const struct plan_mapping *region, struct vmr **vmr)
{
    struct pd *pd = pd_by_id(region->other.pd);

    *vmr = pd == NULL || pd->place->ads == NULL ? NULL : ads_find(pd->place->ads, region->other.address);
    if (*vmr == NULL || (*vmr)->mo == NULL || (*vmr)->pages != region->pages)
        return CELL_GONE;
    /* It may be another one than that which was planned with. */
    return ((*vmr)->mo->flags & MO_DEVICE) != 0 || (region->rights & ~(*vmr)->rights) != 0 ? CELL_DENIED : CELL_OK;
}

/* What has been shared by kind follows the other PD's from now on. */
static cell_error_t follow(struct build *build, const struct plan_mapping *region, const struct vmr *source)
{
    struct ads *ads = build->place->ads;

    ads_find(ads, region->address)->followed = true;
    return follow_join(build->pd->account, source->ads, ads, source, region->rights);
}

cell_error_t build_share(struct build *build, const struct plan_operation *operation)
{
    struct vmr *source;
    cell_error_t error = source_of(&operation->region, &source);

    if (error != CELL_OK)
        return error;
    object_refer(&source->mo->object);
    build->shares_data |= operation->region.kind == CELL_REGION_ELF_DATA &&
                         operation->region.address == operation->region.other.address;
    /* What is called runs on the stack of its caller, and a context on that of its PD. */
    bool note = build->context != NULL || operation->region.kind == CELL_REGION_STACK || operation->region.kind == CELL_REGION_IPC_BUF;

    error = source->mo->present > BUILD_FILL_PAGES && (operation->region.flags & CONFIG_ON_TOUCH) == 0
                ? attach_large(build, &operation->region, source->mo, source->first, note)
                : attach_from(build, &operation->region, source->mo, source->first, note);
    return error == CELL_OK && operation->region.follows ? follow(build, &operation->region, source) : error;
}

/* Pages that are copied at once. */
#define COPY_PAGES 40u

cell_error_t build_copy(struct build *build, const struct plan_operation *operation)
{
    struct vmr *source;
    struct mo *mo;
    cell_error_t error = source_of(&operation->region, &source);

    if (error != CELL_OK)
        return error;
    if (source->mo->present <= COPY_PAGES) {
        error = mo_clone(build->pd->account, source->mo, source->first, source->pages, &mo);
        return error == CELL_OK ? attach(build, &operation->region, mo, true) : error;
    }
    error = mo_clone_begin(build->pd->account, source->mo, source->pages, &mo);
    if (error != CELL_OK)
        return error;
    build->source = source->mo;
    build->source_first = source->first;
    object_refer(&source->mo->object);
    return attach_large(build, &operation->region, mo, 0, true);
}

/* The MO by which a PD has these pages of a device; NULL: it has none, or one with further pages. */
static struct mo *device_of(const struct pd *pd, const struct plan_mapping *region)
{
    const struct ads *ads = pd->place->ads;
    const struct vmr *vmr = ads == NULL ? NULL : ads_next(ads, 0);

    for (; vmr != NULL; vmr = ads_next(ads, vmr->start + 1))
        if (vmr->mo != NULL && (vmr->mo->flags & MO_DEVICE) != 0 && vmr->mo->pages == region->pages &&
            vmr->mo->foreign == (page_t)(region->physical >> PAGE_BITS))
            return vmr->mo;
    return NULL;
}

/* The same, of any PD that has them. */
static struct mo *device_of_any(const struct plan_mapping *region)
{
    struct mo *mo = NULL;

    for (const struct pd *pd = pd_next(UINT64_MAX); pd != NULL && mo == NULL; pd = pd_next(pd->object.id))
        mo = device_of(pd, region);
    return mo;
}

/* A PD that hands on what it has shares it, and so does the root task: no two MOs have the same pages. */
cell_error_t build_device(struct build *build, const struct plan_operation *operation)
{
    const struct plan_mapping *region = &operation->region;
    struct mo *mo = build->creator == &pd_root ? device_of_any(region) : device_of(build->creator, region);
    cell_error_t error = CELL_OK;

    if (mo != NULL)
        object_refer(&mo->object);
    else
        error = mo_create_device(build->pd->account, region->physical, region->pages, &mo);

    build->pd->device = true;
    return error == CELL_OK ? attach(build, region, mo, false) : error;
}
