/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/parts.c: see parts.h. Bottom-up: splitting, joining, the regions of a range, changes. */
#include "root/core/parts.h"

#include "root/core/mapping.h"

/* ---- Splitting ------------------------------------------------------- */

static bool is_still(const struct vmr *vmr)
{
    return !vmr->filling && vmr->unmapped == 0;
}

/* Changes the addresses of a region in the tree. */
static void resize(struct vmr *vmr, uint64_t pages)
{
    region_remove(&vmr->ads->tree, &vmr->region);
    vmr->pages = pages;
    vmr->region.end = vmr_end(vmr);
    region_add(&vmr->ads->tree, &vmr->region);
}

/* Makes the pages from `page` on a region of their own, *made. */
static cell_error_t split(struct account *account, struct vmr *low, uint64_t page, struct vmr **made)
{
    struct vmr *high;
    cell_error_t error = is_still(low) ? vmr_record(account, &high) : CELL_BUSY;

    if (error == CELL_OK && low->mo != NULL) {
        error = mapping_split(low, high);
        if (error != CELL_OK)
            object_release(&high->object);
    }
    if (error != CELL_OK)
        return error;
    high->ads = low->ads;
    high->mo = low->mo;
    high->start = low->start + page * PAGE_SIZE;
    high->pages = low->pages - page;
    high->first = low->first + page;
    high->kind = low->kind;
    high->rights = low->rights;
    high->allowed = low->allowed;
    high->may_fault = low->may_fault;
    high->present_only = low->present_only;
    high->followed = low->followed;
    resize(low, page);
    high->region.start = high->start;
    high->region.end = vmr_end(high);
    region_add(&high->ads->tree, &high->region);
    high->ads->regions++;
    list_insert(&low->of_kind, &high->of_kind);
    list_init(&high->of_mo);
    if (high->mo != NULL) {
        object_refer(&high->mo->object);
        list_insert(&low->of_mo, &high->of_mo);
    }
    *made = high;
    return CELL_OK;
}

/* ---- Joining --------------------------------------------------------- */

static bool joins(const struct vmr *low, const struct vmr *high)
{
    return high->guard == 0 && low->kind == high->kind && low->rights == high->rights && low->allowed == high->allowed &&
           low->may_fault == high->may_fault && low->present_only == high->present_only && low->followed == high->followed &&
           is_still(low) && is_still(high) && low->object.account == high->object.account && high->object.references == 1 &&
           low->mo == high->mo && (low->mo == NULL || (low->first + low->pages == high->first && mapping_joins(low, high)));
}

/* Makes the region behind a part of it, if it looks like one. */
static void join(struct vmr *low)
{
    struct vmr *high = ads_find(low->ads, vmr_end(low));

    if (high == NULL || high->start != vmr_end(low) || !joins(low, high))
        return;
    if (low->mo != NULL) {
        mapping_join(high);
        list_remove(&high->of_mo);
        object_release(&high->mo->object);
    }
    region_remove(&low->ads->tree, &high->region);
    list_remove(&high->of_kind);
    low->ads->regions--;
    high->ads = NULL;
    resize(low, low->pages + high->pages);
    object_release(&high->object);
}

void ads_join(struct vmr *vmr)
{
    struct vmr *before = ads_find(vmr->ads, vmr->region.start - 1);

    join(vmr);
    if (before != NULL)
        join(before);
}

/* ---- The regions of a range ------------------------------------------- */

bool ads_is_range(uint64_t address, uint64_t pages)
{
    return address % PAGE_SIZE == 0 && address <= ADS_HIGHEST && pages <= (ADS_HIGHEST - address) / PAGE_SIZE;
}

bool ads_cuts_page(const struct ads *ads, uint64_t address)
{
    const struct vmr *vmr = ads_find(ads, address);

    return vmr != NULL && vmr->mo != NULL && address > vmr->start && (vmr_page(vmr, address) & mo_within(vmr->mo)) != 0;
}

/* Splits a region so that what is left of it, *vmr, lies between `from` and `to`. */
static cell_error_t cut(struct account *account, struct vmr **vmr, uint64_t from, uint64_t to)
{
    struct vmr *low = *vmr, *high;
    cell_error_t error = CELL_OK;

    if (low->start < from)
        error = split(account, low, (from - low->start) / PAGE_SIZE, vmr);
    if (error != CELL_OK || vmr_end(*vmr) <= to)
        return error;
    error = split(account, *vmr, (to - (*vmr)->start) / PAGE_SIZE, &high);
    if (error != CELL_OK)
        join(low);
    return error;
}

/* The region with the lowest address between `from` and `to`. */
static struct vmr *first_between(const struct ads *ads, uint64_t from, uint64_t to)
{
    struct vmr *vmr = ads_find(ads, from);

    if (vmr == NULL)
        vmr = ads_next(ads, from);
    return vmr == NULL || vmr->start >= to ? NULL : vmr;
}

/* How far a region can be changed from an address in it: to `to`, or where the units for its present pages end. */
static uint64_t reach(const struct vmr *vmr, uint64_t from, uint64_t to, uint32_t *units)
{
    if (to > vmr_end(vmr))
        to = vmr_end(vmr);
    if (vmr->mo == NULL)
        return to;
    uint64_t page = vmr_page(vmr, from), end = vmr_page(vmr, to);

    for (; mo_next_present(vmr->mo, &page) && page < end; page += mo_step(vmr->mo))
        if (reap_take(units, 1) == 0)
            return vmr->start + (page - vmr->first) * PAGE_SIZE;
    return to;
}

/* Units of work of splitting and joining. */
#define CUT_UNITS 20u

/* The region at `from`, cut to what can be changed at once. */
static cell_error_t next_part(struct account *account, const struct ads *ads, uint64_t from, uint64_t to,
                              uint32_t *units, struct vmr **vmr)
{
    *vmr = first_between(ads, from, to);
    if (*vmr == NULL || (*vmr)->start > from)
        return CELL_NOT_FOUND;
    if (!is_still(*vmr))
        return CELL_BUSY;
    /* One page at least. */
    if (reap_take(units, CUT_UNITS) < CUT_UNITS || *units == 0)
        return CELL_AGAIN;
    return cut(account, vmr, from, reach(*vmr, from, to, units));
}

/* ---- Changes --------------------------------------------------------- */

/* What of a region lies in a range; CELL_AGAIN: not all of it yet. */
static cell_error_t remove_some(struct account *account, struct vmr *vmr, uint64_t from, uint64_t to, uint32_t *units)
{
    cell_error_t error = cut(account, &vmr, from, to);

    if (error != CELL_OK)
        return error;
    return ads_remove_some(vmr, units) ? CELL_OK : CELL_AGAIN;
}

cell_error_t ads_remove_range(struct account *account, struct ads *ads, uint64_t from, uint64_t to,
                              uint32_t *units)
{
    struct vmr *vmr;

    while ((vmr = first_between(ads, from, to)) != NULL) {
        if (reap_take(units, CUT_UNITS) == 0)
            return CELL_AGAIN;
        cell_error_t error = remove_some(account, vmr, from, to, units);

        if (error != CELL_OK)
            return error;
    }
    return CELL_OK;
}

cell_error_t ads_remove_followed(struct account *account, struct ads *ads, uint64_t from, uint64_t to, const struct mo *mo,
                                 uint32_t *units)
{
    struct vmr *vmr;

    while ((vmr = first_between(ads, from, to)) != NULL) {
        if (reap_take(units, 1) == 0)
            return CELL_AGAIN;
        if (!vmr->followed || (mo != NULL && vmr->mo != mo)) {
            from = vmr_end(vmr);
            continue;
        }
        cell_error_t error = remove_some(account, vmr, from, to, units);

        if (error != CELL_OK)
            return error;
    }
    return CELL_OK;
}

/* The region at *from has the rights at last. */
static cell_error_t change_one(struct account *account, const struct ads *ads, uint64_t *from, uint64_t to,
                               unsigned rights, uint32_t *units)
{
    struct vmr *vmr = first_between(ads, *from, to);

    if (vmr == NULL || vmr->start > *from || vmr->mo == NULL)
        return CELL_NOT_FOUND;
    if ((rights & ~(unsigned)vmr->allowed) != 0)
        return CELL_DENIED;
    if (vmr->rights == rights) {
        *from = vmr_end(vmr);
        return reap_take(units, 1) == 0 ? CELL_AGAIN : CELL_OK;
    }
    cell_error_t error = next_part(account, ads, *from, to, units, &vmr);

    if (error != CELL_OK)
        return error;
    error = mapping_protect(vmr, rights);
    if (error == CELL_OK)
        *from = vmr_end(vmr);
    ads_join(vmr);
    return error;
}

cell_error_t ads_change_rights(struct account *account, struct ads *ads, uint64_t *from, uint64_t to,
                               unsigned rights, uint32_t *units)
{
    cell_error_t error = CELL_OK;

    while (*from < to && error == CELL_OK)
        error = change_one(account, ads, from, to, rights, units);
    return error;
}

/* Whether nothing is from an address on. */
static bool is_free(const struct ads *ads, uint64_t from, uint64_t to)
{
    const struct region *next = region_at(ads->tree, from);

    return next == NULL || next->start >= to;
}

static cell_error_t move_one(struct account *account, struct ads *ads, uint64_t *from, uint64_t to,
                             uint64_t *there, uint32_t *units)
{
    struct vmr *vmr;
    cell_error_t error = next_part(account, ads, *from, to, units, &vmr);

    if (error != CELL_OK)
        return error;
    if (vmr->mo != NULL)
        error = *there % (PAGE_SIZE * mo_step(vmr->mo)) != 0 ? CELL_BAD_ARGUMENT : mapping_move(vmr, *there);
    if (error == CELL_OK) {
        region_remove(&ads->tree, &vmr->region);
        *from = vmr_end(vmr);
        vmr->start = vmr->region.start = *there;
        vmr->region.end = *there = vmr_end(vmr);
        vmr->guard = 0;
        region_add(&ads->tree, &vmr->region);
    }
    ads_join(vmr);
    return error;
}

cell_error_t ads_move(struct account *account, struct ads *ads, uint64_t *from, uint64_t to, uint64_t *there,
                      uint32_t *units)
{
    cell_error_t error = is_free(ads, *there, *there + (to - *from)) ? CELL_OK : CELL_OVERLAP;

    while (*from < to && error == CELL_OK)
        error = move_one(account, ads, from, to, there, units);
    return error;
}
