/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/root/test_ranges.c: parts of regions (root/core/parts.h), changed at random and compared page
 * for page with a plain array, and with what the fake kernel has mapped; some allocations fail on purpose.
 */
#include <string.h>

#include "root/core/parts.h"
#include "root/core/resize.h"
#include "tests/harness/unit.h"
#include "tests/root/core.h"
#include "tests/root/fake_kernel.h"

#define PAGES 48u
#define BASE UINT64_C(0x5f0000) /* a page table ends in it */
#define OBJECTS 3u
#define OBJECT_PAGES 20u
#define READ_WRITE_EXECUTE 7u

struct page {
    const struct mo *mo; /* NULL: nothing is there */
    uint64_t index;
    unsigned rights, allowed;
    int may_fault;
};

static struct ads *ads;
static struct account *account;
static struct mo *objects[OBJECTS];
static struct page wanted[PAGES];
static uint64_t state;

static unsigned any(unsigned below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % below;
}

static uint64_t address_of(uint64_t page)
{
    return BASE + page * PAGE_SIZE;
}

/* ---- The expected state ---------------------------------------------- */

static struct page found(uint64_t page)
{
    const struct vmr *vmr = ads_find(ads, address_of(page));

    return vmr == NULL ? (struct page){0}
                       : (struct page){vmr->mo, vmr_page(vmr, address_of(page)), vmr->rights, vmr->allowed, vmr->may_fault};
}

static int same(struct page a, struct page b)
{
    return a.mo == b.mo &&
           (a.mo == NULL || (a.index == b.index && a.rights == b.rights && a.allowed == b.allowed && a.may_fault == b.may_fault));
}

/* Whether two neighbours should be one. */
static int is_split(const struct vmr *low, const struct vmr *high)
{
    return high != NULL && high->start == vmr_end(low) && low->own && high->own && low->mo == high->mo &&
           low->first + low->pages == high->first && low->rights == high->rights && low->allowed == high->allowed &&
           low->may_fault == high->may_fault;
}

static void compare(void)
{
    for (unsigned i = 0; i < PAGES; i++) {
        struct page is = found(i);
        uint64_t mapped = fake_mapped(ads->vspace.slot, address_of(i));

        CORE_CHECK(same(is, wanted[i]));
        CORE_CHECK(is.mo != NULL && is.rights != 0 ? mapped == 0 || mapped == (uint64_t)mo_page(is.mo, is.index) << PAGE_BITS
                                                   : mapped == 0);
        if (mapped != 0)
            CORE_CHECK_EQUAL(fake_rights(ads->vspace.slot, address_of(i)), is.rights);
    }
    for (struct vmr *vmr = ads_next(ads, 0); vmr != NULL; vmr = ads_next(ads, vmr->start + 1))
        CORE_CHECK(!is_split(vmr, ads_next(ads, vmr->start + 1)));
}

/* Exactly the expected pages can be touched. */
static void touch_all(void)
{
    for (unsigned i = 0; i < PAGES; i++) {
        enum ads_fault fault = ads_touch(ads, address_of(i), CM_READ);

        CORE_CHECK((fault == ADS_FAULT_NONE) == (wanted[i].mo != NULL && wanted[i].rights != 0 &&
                                                 wanted[i].index < wanted[i].mo->pages));
        if (wanted[i].mo != NULL && wanted[i].rights != 0 && wanted[i].index >= wanted[i].mo->pages)
            CORE_CHECK(fault == ADS_FAULT_GUARD);
        if (fault == ADS_FAULT_NONE)
            CORE_CHECK_EQUAL(fake_mapped(ads->vspace.slot, address_of(i)),
                             (uint64_t)mo_page(wanted[i].mo, wanted[i].index) << PAGE_BITS);
    }
}

/* ---- Changes --------------------------------------------------------- */

/* A change that failed is done up to some page. */
static void settle(const struct page *after, cell_error_t error)
{
    if (error != CELL_OK) {
        for (unsigned i = 0; i < PAGES; i++) {
            struct page is = found(i);

            CORE_CHECK(same(is, wanted[i]) || same(is, after[i]));
            wanted[i] = is;
        }
        CORE_CHECK(error == CELL_NO_MEMORY || error == CELL_QUOTA);
        return;
    }
    memcpy(wanted, after, sizeof wanted);
}

static void attach(struct page *after, uint64_t at, uint64_t pages)
{
    struct mo *mo = objects[any(OBJECTS)];
    unsigned rights = CM_READ | (any(2) * CM_WRITE);
    struct attach part = {mo, any(OBJECT_PAGES), pages, address_of(at), 0, CELL_REGION_GENERIC, rights,
                          (any(2) * ATTACH_ON_TOUCH) | (any(4) != 0 ? ATTACH_MAY_FAULT : 0u)};
    struct vmr *vmr;
    int taken = 0;

    for (uint64_t i = at; i < at + pages; i++)
        taken |= wanted[i].mo != NULL;
    if (any(3) == 0) {
        part.address = BASE;
        part.end = address_of(PAGES);
        taken = 0;
    }
    cell_error_t error = ads_attach_part(account, ads, &part, &vmr);

    if (part.first + pages > mo->pages || taken) {
        CORE_CHECK(error != CELL_OK);
        CORE_CHECK(core_has_failed() || error == (part.first + pages > mo->pages ? CELL_BAD_ARGUMENT : CELL_OVERLAP));
        return;
    }
    if (error != CELL_OK) {
        CORE_CHECK(error == CELL_NO_MEMORY || (part.end != 0 && error == CELL_NO_SLOTS));
        return;
    }
    vmr->allowed = READ_WRITE_EXECUTE;
    at = (vmr->start - BASE) / PAGE_SIZE;
    CORE_CHECK(vmr->start >= BASE && at + pages <= PAGES);
    ads_join(vmr);
    for (uint64_t i = 0; i < pages; i++)
        after[at + i] = (struct page){mo, part.first + i, rights, READ_WRITE_EXECUTE, vmr->may_fault};
    settle(after, CELL_OK);
}

static void remove_pages(struct page *after, uint64_t at, uint64_t pages)
{
    uint32_t units;
    cell_error_t error;

    memset(after + at, 0, pages * sizeof *after);
    do {
        units = 1 + any(60);
        error = ads_remove_range(account, ads, address_of(at), address_of(at + pages), &units);
    } while (error == CELL_AGAIN);
    settle(after, error);
}

static void protect(struct page *after, uint64_t at, uint64_t pages)
{
    static const unsigned some[] = {0, CM_READ, CM_READ | CM_WRITE, READ_WRITE_EXECUTE};
    unsigned rights = some[any(4)];
    uint64_t from = address_of(at), end = at + pages;
    cell_error_t error, wrong = CELL_OK;

    for (uint64_t i = at; i < end && wrong == CELL_OK; i++) {
        wrong = after[i].mo == NULL ? CELL_NOT_FOUND : CELL_OK;
        if (wrong == CELL_OK)
            after[i].rights = rights;
    }
    do {
        uint32_t units = 1 + any(60);

        error = ads_change_rights(account, ads, &from, address_of(end), rights, &units);
    } while (error == CELL_AGAIN);
    CORE_CHECK(core_has_failed() || error == wrong);
    settle(after, error == wrong ? CELL_OK : error);
}

static void move(struct page *after, uint64_t at, uint64_t pages)
{
    uint64_t to = any((unsigned)(PAGES - pages + 1)), from = address_of(at), there = address_of(to);
    cell_error_t error, wrong = CELL_OK;

    for (uint64_t i = 0; i < pages; i++)
        if (wanted[to + i].mo != NULL)
            wrong = CELL_OVERLAP;
    for (uint64_t i = 0; i < pages && wrong == CELL_OK; i++) {
        wrong = wanted[at + i].mo == NULL ? CELL_NOT_FOUND : CELL_OK;
        if (wrong == CELL_OK) {
            after[to + i] = after[at + i];
            after[at + i] = (struct page){0};
        }
    }
    do {
        uint32_t units = 1 + any(60);

        error = ads_move(account, ads, &from, address_of(at + pages), &there, &units);
    } while (error == CELL_AGAIN);
    CORE_CHECK(core_has_failed() || error == wrong);
    settle(after, error == wrong ? CELL_OK : error);
}

/* Whether a region that may not fault maps some of these pages. */
static int is_steady(const struct mo *mo, uint64_t from, uint64_t to)
{
    int steady = 0;

    for (unsigned i = 0; i < PAGES; i++)
        steady |= wanted[i].mo == mo && wanted[i].index >= from && wanted[i].index < to && !wanted[i].may_fault;
    return steady;
}

static void punch(struct page *after, uint64_t at, uint64_t pages)
{
    struct mo *mo = objects[any(OBJECTS)];
    uint64_t first = at % OBJECT_PAGES, from = first;
    int steady = is_steady(mo, first, first + pages);
    cell_error_t error;

    (void)after;
    do {
        uint32_t units = 1 + any(60);

        error = mo_punch(mo, &from, first + pages, &units);
    } while (error == CELL_AGAIN);
    CORE_CHECK(error == (steady ? CELL_BUSY : CELL_OK));
    for (uint64_t i = first; i < first + pages && i < mo->pages && !steady; i++)
        CORE_CHECK_EQUAL(mo_page(mo, i), 0);
}

static void change_size(struct page *after, uint64_t at, uint64_t pages)
{
    struct mo *mo = objects[any(OBJECTS)];
    uint64_t size = any(8) == 0 ? 200 + pages * 20 : 1 + any(2 * OBJECT_PAGES);
    int steady = is_steady(mo, size, UINT64_MAX);
    cell_error_t error;

    (void)after;
    (void)at;
    do {
        uint32_t units = 1 + any(100);

        error = mo_resize(mo, size, &units);
    } while (error == CELL_AGAIN);
    CORE_CHECK(core_has_failed() || error == (steady ? CELL_BUSY : CELL_OK));
    CORE_CHECK(error != CELL_OK || mo->pages == size);
    CORE_CHECK(mo->pages > size || (mo->flags & MO_ON_TOUCH) != 0 || mo_page(mo, mo->pages - 1) != 0 || error == CELL_OK);
    CORE_CHECK_EQUAL(account->used[ACCOUNT_PAGES], objects[0]->present + objects[1]->present + objects[2]->present);
}

static void change(void)
{
    static void (*const changes[])(struct page *, uint64_t, uint64_t) = {attach, attach, remove_pages, protect, move,
                                                                         attach, attach, remove_pages, protect, move,
                                                                         punch, change_size};
    uint64_t at = any(PAGES), pages = 1 + any(any(4) == 0 ? 30 : 6);
    struct page after[PAGES];

    if (pages > PAGES - at)
        pages = PAGES - at;
    memcpy(after, wanted, sizeof after);
    core_fail_at(any(3) == 0 ? any(6) : UINT64_MAX);
    changes[any(12)](after, at, pages);
    core_fail_at(UINT64_MAX);
}

void test_ranges(void)
{
    unsigned rounds = unit_long() ? 3000 : 300;

    struct core_figures before = core_figures();

    state = 7;
    for (unsigned seed = 0; seed < 8; seed++) {
        if (seed == 1)
            before = core_figures();
        account = account_create(NULL);
        CORE_CHECK(ads_create(account, &ads) == CELL_OK);
        for (unsigned i = 0; i < OBJECTS; i++)
            CORE_CHECK(mo_create(account, OBJECT_PAGES, i == 0 ? MO_ON_TOUCH : 0, &objects[i]) == CELL_OK);
        memset(wanted, 0, sizeof wanted);
        for (unsigned i = 0; i < rounds; i++) {
            change();
            compare();
            if (i % 50 == 0)
                touch_all();
        }
        object_release(&ads->object);
        reap_all();
        for (unsigned i = 0; i < OBJECTS; i++) {
            CORE_CHECK(objects[i]->object.references == 1 && objects[i]->owners == 0);
            object_release(&objects[i]->object);
        }
        for (unsigned unit = 0; unit < ACCOUNT_UNITS; unit++)
            CORE_CHECK_EQUAL(account->used[unit], 0);
        account_release(account);
        if (seed > 1)
            CHECK_SAME(&before);
    }
}
