/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/ads.c: see ads.h. Bottom-up: regions, questions, address spaces. The kernel's tables are mapping.c's. */
#include "root/core/ads.h"

#include <sel4/constants.h>

#include "root/core/asid.h"
#include "root/core/follow.h"
#include "root/core/mapping.h"
#include "root/core/sharing.h"
#include "root/memory/heap.h"

static const char *const kind_names[CELL_REGION_KINDS] = {CELL_REGIONS(CELL_REGION_MODEL)};

const char *vmr_kind_name(enum cell_region kind)
{
    return (unsigned)kind < CELL_REGION_KINDS ? kind_names[kind] : kind_names[CELL_REGION_UNKNOWN];
}

/* ---- Regions --------------------------------------------------------- */

static void vmr_destroy(struct object *object)
{
    struct vmr *vmr = vmr_of(object);

    object_finish(object, 0);
    heap_free(vmr, sizeof *vmr);
}

_Static_assert(sizeof(struct vmr) <= 224, "a size class of the heap");

struct object_class vmr_class = {
    .name = "VMR",
    .all = LIST_EMPTY(vmr_class.all),
    .destroy = vmr_destroy,
    .objects = RECORD_OBJECTS(sizeof(struct vmr))};

/* Checks a range that the caller chose, or chooses one (struct attach); `guard` pages come below. */
static inline __attribute__((always_inline)) cell_error_t choose(const struct ads *ads, uint64_t *address, uint64_t end, uint64_t pages,
                                                                 unsigned guard)
{
    uint64_t below = guard * (uint64_t)PAGE_SIZE;

    if (pages > (ADS_HIGHEST - ADS_LOWEST) / PAGE_SIZE - guard)
        return CELL_TOO_LARGE;
    uint64_t size = pages * PAGE_SIZE;

    if (*address == 0 || end != 0) {
        uint64_t low = end == 0 ? ads->place : *address < ADS_LOWEST ? ADS_LOWEST
                                                                     : *address;
        uint64_t high = end == 0 || end > ADS_HIGHEST ? ADS_HIGHEST : end;

        if (low % PAGE_SIZE != 0)
            return CELL_BAD_ARGUMENT;
        if (!region_place(ads->tree, low, high, size + below, address))
            return CELL_NO_SLOTS;
        *address += below;
        return CELL_OK;
    }
    if (*address % PAGE_SIZE != 0 || *address < ADS_LOWEST + below || *address > ADS_HIGHEST - size)
        return CELL_BAD_ARGUMENT;
    return CELL_OK;
}

/* The same of large pages, whole ones at a multiple of their size: room is looked for with what alignment may leave out. */
static __attribute__((noinline)) cell_error_t choose_large(const struct ads *ads, uint64_t *address, const struct attach *attach,
                                                           unsigned guard)
{
    const uint64_t within = mo_within(attach->mo), size = PAGE_SIZE * mo_step(attach->mo);
    bool anywhere = *address == 0 || attach->end != 0;

    if (((attach->first | attach->pages) & within) != 0 || (!anywhere && *address % size != 0))
        return CELL_BAD_ARGUMENT;
    cell_error_t error = choose(ads, address, attach->end, attach->pages + (anywhere ? within : 0), guard);

    *address = (*address + size - 1) & ~(size - 1);
    return error;
}

static inline cell_error_t record(struct account *account, struct vmr **made)
{
    struct vmr *vmr = heap_allocate(sizeof *vmr);

    if (vmr == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = object_init(&vmr->object, &vmr_class, TYPE_VMR, account, 0);

    if (error != CELL_OK) {
        heap_free(vmr, sizeof *vmr);
        return error;
    }
    *made = vmr;
    return CELL_OK;
}

cell_error_t vmr_record(struct account *account, struct vmr **made)
{
    return record(account, made);
}

/* A region in the tree, without memory. */
static cell_error_t vmr_create(struct account *account, struct ads *ads, const struct attach *attach,
                               struct vmr **made)
{
    unsigned guard = (attach->flags & ATTACH_GUARD) != 0;
    uint64_t address = attach->address;
    struct vmr *vmr;

    if (attach->pages == 0 || (unsigned)attach->kind >= CELL_REGION_KINDS)
        return CELL_BAD_ARGUMENT;
    cell_error_t error = attach->mo != NULL && attach->mo->order != 0 ? choose_large(ads, &address, attach, guard)
                                                                      : choose(ads, &address, attach->end, attach->pages, guard);

    if (error == CELL_OK)
        error = record(account, &vmr);
    if (error != CELL_OK)
        return error;
    vmr->ads = ads;
    vmr->start = address;
    vmr->pages = attach->pages;
    vmr->kind = (uint8_t)attach->kind;
    vmr->rights = vmr->allowed = (uint8_t)attach->rights;
    vmr->guard = (uint8_t)guard;
    vmr->region.start = address - guard * (uint64_t)PAGE_SIZE;
    vmr->region.end = address + attach->pages * PAGE_SIZE;
    /* What region_place() has found is free. */
    if (attach->address == 0 || attach->end != 0) {
        region_add(&ads->tree, &vmr->region);
    } else if (!region_insert(&ads->tree, &vmr->region)) {
        object_release(&vmr->object);
        return CELL_OVERLAP;
    }
    list_init(&vmr->of_mo);
    list_append(&ads->kinds[attach->kind], &vmr->of_kind);
    ads->regions++;
    *made = vmr;
    return CELL_OK;
}

cell_error_t ads_reserve(struct account *account, struct ads *ads, uint64_t address, uint64_t pages,
                         enum cell_region kind, struct vmr **vmr)
{
    return vmr_create(account, ads, &(struct attach){.pages = pages, .address = address, .kind = kind}, vmr);
}

static cell_error_t make_whole(const struct account *account, const struct attach *attach)
{
    uint64_t missing = ads_missing(account, attach->mo, attach->pages, attach->flags);

    return missing == 0               ? CELL_OK
           : missing > ATTACH_MISSING ? CELL_TOO_LARGE
                                      : mo_populate(attach->mo, attach->first, attach->pages);
}

static bool is_attachable(const struct attach *attach)
{
    const unsigned all = CM_READ | CM_WRITE | CM_EXECUTE;

    return (attach->rights & CM_READ) != 0 && (attach->rights & ~all) == 0 &&
           attach->pages <= attach->mo->pages && attach->first <= attach->mo->pages - attach->pages;
}

cell_error_t ads_attach_part(struct account *account, struct ads *ads, const struct attach *attach,
                             struct vmr **made)
{
    struct mo *mo = attach->mo;
    struct vmr *vmr;

    if (!is_attachable(attach))
        return CELL_BAD_ARGUMENT;
    cell_error_t error = sharing_allows_region(mo) ? make_whole(account, attach) : CELL_BUSY;

    if (error == CELL_OK)
        error = vmr_create(account, ads, attach, &vmr);
    if (error != CELL_OK)
        return error;
    vmr->mo = mo;
    vmr->first = attach->first;
    vmr->may_fault = (attach->flags & ATTACH_MAY_FAULT) != 0;
    vmr->present_only = (attach->flags & ATTACH_PRESENT_ONLY) != 0;
    object_refer(&mo->object);
    list_insert(vmr->may_fault ? mo->vmrs.previous : &mo->vmrs, &vmr->of_mo);
    mapping_begin(vmr);
    if ((attach->flags & ATTACH_ON_TOUCH) == 0)
        error = mapping_map(vmr, 0, vmr->pages);
    if (error != CELL_OK)
        ads_remove(vmr);
    else
        *made = vmr;
    return error;
}

cell_error_t ads_attach(struct account *account, struct ads *ads, struct mo *mo, uint64_t address,
                        enum cell_region kind, unsigned rights, unsigned flags, struct vmr **made)
{
    const struct attach attach = {mo, 0, mo->pages, address, 0, kind, rights, flags};

    return ads_attach_part(account, ads, &attach, made);
}

void ads_steady(struct vmr *vmr)
{
    vmr->may_fault = false;
    list_remove(&vmr->of_mo);
    list_insert(&vmr->mo->vmrs, &vmr->of_mo);
}

cell_error_t ads_map(struct vmr *vmr, uint64_t *from, uint64_t most)
{
    uint64_t present = vmr->first + *from;

    if (!mo_next_present(vmr->mo, &present) || present >= vmr->first + vmr->pages) {
        *from = vmr->pages;
        return CELL_OK;
    }
    *from = present - vmr->first;
    uint64_t count = vmr->pages - *from < most ? vmr->pages - *from : most;
    cell_error_t error = mapping_map(vmr, *from, count);

    if (error == CELL_OK)
        *from = (*from + count + mo_within(vmr->mo)) & ~mo_within(vmr->mo);
    return error;
}

/* Units of work, besides the pages. */
#define REMOVE_UNITS 10u

bool ads_remove_some(struct vmr *vmr, uint32_t *units)
{
    struct ads *ads = vmr->ads;

    if (vmr->mo != NULL) {
        if (!mapping_end(vmr, units))
            return false;
        list_remove(&vmr->of_mo);
        object_release(&vmr->mo->object);
        vmr->mo = NULL;
    }
    reap_take(units, REMOVE_UNITS);
    region_remove(&ads->tree, &vmr->region);
    list_remove(&vmr->of_kind);
    ads->regions--;
    vmr->ads = NULL;
    vmr->object.dead = true;
    /* The ADS's own reference; handles may keep the record for a while. */
    object_release(&vmr->object);
    return true;
}

void ads_remove(struct vmr *vmr)
{
    uint32_t all = UINT32_MAX;

    ads_remove_some(vmr, &all);
}

struct removal {
    struct reap reap;
    struct vmr *vmr; /* referred to */
};

static bool reap_region(struct reap *reap)
{
    struct removal *removal = CONTAINER(reap, struct removal, reap);

    /* Its address space may have gone meanwhile, or somebody else has removed it. */
    if (removal->vmr->ads != NULL && !removal->vmr->ads->object.dead &&
        !ads_remove_some(removal->vmr, &reap_left))
        return false;
    object_release(&removal->vmr->object);
    heap_free(removal, sizeof *removal);
    return true;
}

void ads_remove_later(struct vmr *vmr)
{
    struct removal *removal = heap_allocate(sizeof *removal);

    if (removal == NULL) {
        ads_remove(vmr);
        return;
    }
    removal->vmr = vmr;
    object_refer(&vmr->object);
    reap_later(&removal->reap, vmr->object.account, reap_region);
}

/* ---- Questions ------------------------------------------------------- */

static struct vmr *vmr_of_region(struct region *region)
{
    return region == NULL ? NULL : CONTAINER(region, struct vmr, region);
}

struct vmr *ads_find(const struct ads *ads, uint64_t address)
{
    struct vmr *vmr = vmr_of_region(region_at(ads->tree, address));

    return vmr != NULL && vmr->region.start <= address ? vmr : NULL;
}

struct vmr *ads_next(const struct ads *ads, uint64_t address)
{
    struct vmr *vmr = vmr_of_region(region_at(ads->tree, address));

    /* A start lies in its region, so it is this one's or the next one's. */
    if (vmr != NULL && vmr->start < address)
        vmr = vmr_of_region(region_from(ads->tree, vmr->region.end));
    return vmr;
}

cell_error_t ads_find_kind(const struct ads *ads, enum cell_region kind, struct vmr **vmr)
{
    const struct list *head = &ads->kinds[kind];

    if (list_empty(head))
        return CELL_NOT_FOUND;
    if (head->next->next != head)
        return CELL_EXISTS;
    *vmr = CONTAINER(head->next, struct vmr, of_kind);
    return CELL_OK;
}

/* How many pages to make present from `index` on: one, and twice as many as at the
 * touch before if that was right below. So a thread that walks through a region faults
 * rarely, and at most half of what it gets is unused. */
static uint64_t pages_ahead(struct vmr *vmr, uint64_t index)
{
    uint64_t left = vmr->pages - index;
    uint64_t count = index == vmr->touch_next && index != 0 ? vmr->touch_count * 2 : 1;

    if (count > ADS_TOUCH_MOST)
        count = ADS_TOUCH_MOST;
    if (vmr->mo->order != 0)
        count = 1;
    vmr->touch_count = (uint8_t)count;
    if (count > left)
        count = left;
    if (count > vmr->mo->pages - vmr->first - index)
        count = vmr->mo->pages - vmr->first - index;
    vmr->touch_next = (uint32_t)(index + count);
    return count;
}

cell_error_t ads_commit(struct vmr *vmr, uint64_t first, uint64_t count)
{
    cell_error_t error = mo_populate(vmr->mo, vmr->first + first, count);

    return error == CELL_OK ? mapping_map(vmr, first, count) : error;
}

/* The first write to a page that others may have, too. */
static enum ads_fault write_first(struct vmr *vmr, uint64_t index)
{
    uint64_t page = vmr->first + index;
    cell_error_t error = sharing_end(vmr->mo, page);

    if (error == CELL_OK)
        error = mapping_map(vmr, index, 1);
    if (error != CELL_OK)
        return error == CELL_QUOTA ? ADS_FAULT_QUOTA : ADS_FAULT_MEMORY;
    mapping_refresh(vmr, index, mo_page(vmr->mo, page));
    return ADS_FAULT_NONE;
}

enum ads_fault ads_touch(struct ads *ads, uint64_t address, unsigned access)
{
    struct vmr *vmr = ads_find(ads, address);

    if (vmr == NULL)
        return ADS_FAULT_NO_REGION;
    if (vmr->mo == NULL || address < vmr->start || vmr->unmapped != 0)
        return ADS_FAULT_GUARD;
    if ((vmr->rights & access) != access)
        return ADS_FAULT_RIGHTS;
    uint64_t index = (address - vmr->start) / PAGE_SIZE, page = vmr->first + index;
    bool commit = (vmr->mo->flags & MO_COMMIT) != 0 || vmr->present_only;

    /* Not committed, or behind the end of what has become smaller. */
    if (page >= vmr->mo->pages || (commit && mo_page(vmr->mo, page) == 0))
        return ADS_FAULT_GUARD;
    if ((access & CM_WRITE) != 0 && (vmr->mo->flags & MO_COPIED) != 0 && mo_page(vmr->mo, page) != 0)
        return write_first(vmr, index);
    /* It touches the page again. */
    if (!mo_zeroed(vmr->mo, page))
        return ADS_FAULT_NONE;
    uint64_t count = pages_ahead(vmr, index);

    /* The last pages of a quota, or of memory, are for those that are touched; where pages may be missing, others may rely on it. */
    if (!commit && !vmr->may_fault && count > 1 && mo_populate(vmr->mo, page, count) != CELL_OK)
        count = 1;
    cell_error_t error = commit ? CELL_OK : mo_populate(vmr->mo, page, 1);

    if (error == CELL_OK)
        error = mapping_map(vmr, index, count);
    return error == CELL_OK      ? ADS_FAULT_NONE
           : error == CELL_QUOTA ? ADS_FAULT_QUOTA
                                 : ADS_FAULT_MEMORY;
}

/* ---- Address spaces -------------------------------------------------- */

/* Units of work of a page table. */
#define TABLE_UNITS 15u

/* Only when nothing is mapped in it any more: a capability of a page that still is would be
 * unmapped later from the next address space with the same ASID, if that has the page there, too. */
static void end_vspace(struct ads *ads)
{
    if (ads->vspace.slot == 0)
        return;
    object_free(&ads->vspace);
    ads->vspace.slot = 0;
    asid_release(ads->asid_pool);
}

/* Its regions one after the other, its tables, and at last the record. */
static bool take_down(struct ads *ads)
{
    while (ads->tree != NULL)
        if (reap_left == 0 || !ads_remove_some(vmr_of_region(ads->tree), &reap_left))
            return false;
    end_vspace(ads);
    while (ads->table_count > 0) {
        struct ads_table *table = &ads->tables[ads->table_count - 1];

        if (reap_take(&reap_left, TABLE_UNITS) == 0)
            return false;
        object_free(&table->object);
        account_refund(table->account, ACCOUNT_OBJECTS, 1);
        account_release(table->account);
        ads->table_count--;
    }
    heap_free(ads->tables, ads->table_room * sizeof *ads->tables);
    object_finish(&ads->object, 1);
    heap_free(ads, sizeof *ads);
    return true;
}

static bool reap_ads(struct reap *reap)
{
    return take_down(CONTAINER(reap, struct ads, reap));
}

static void ads_destroy(struct object *object)
{
    struct ads *ads = ads_of(object);

    object->dead = true;
    follow_leave(ads);
    if (!take_down(ads))
        reap_later(&ads->reap, object->account, reap_ads);
}

struct object_class ads_class = {
    .name = "ADS",
    .all = LIST_EMPTY(ads_class.all),
    .destroy = ads_destroy,
    .objects = RECORD_OBJECTS(sizeof(struct ads))};

/* The VSpace with its id. */
static cell_error_t make_vspace(struct ads *ads)
{
    struct kernel_object vspace;
    cell_error_t error = object_allocate(seL4_ARM_VSpaceObject, seL4_VSpaceBits, &vspace);

    if (error == CELL_OK) {
        error = asid_assign(vspace.slot, &ads->asid_pool);
        if (error == CELL_OK)
            ads->vspace = vspace;
        else
            object_free(&vspace);
    }
    return error;
}

cell_error_t ads_create(struct account *account, struct ads **made)
{
    struct ads *ads = heap_allocate(sizeof *ads);

    if (ads == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = object_init(&ads->object, &ads_class, TYPE_ADS, account, 1);

    if (error != CELL_OK) {
        heap_free(ads, sizeof *ads);
        return error;
    }
    for (unsigned i = 0; i < CELL_REGION_KINDS; i++)
        list_init(&ads->kinds[i]);
    list_init(&ads->places);
    list_init(&ads->follows);
    ads->place = ADS_PLACE;
    error = make_vspace(ads);

    if (error != CELL_OK)
        object_release(&ads->object);
    else
        *made = ads;
    return error;
}
