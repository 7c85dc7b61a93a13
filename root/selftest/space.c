/* SPDX-License-Identifier: BSD-2-Clause */
/* root/selftest/space.c: tests of memory objects, address spaces, CSpaces and handles. */
#include <string.h>

#include "root/memory/counts.h"
#include "root/core/ads.h"
#include "root/core/handle.h"
#include "root/selftest/selftest.h"

/* ---- Memory objects -------------------------------------------------- */

static void test_mo(void)
{
    struct mo *mo = selftest_mo(300, MO_ON_TOUCH), *copy = NULL;
    char text[9000], back[9000];

    EXPECT(mo->present == 0 && mo_physical(mo) == 0);
    for (unsigned i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7);
    EXPECT(mo_write(mo, 255 * PAGE_SIZE + 100, text, sizeof text) == CELL_OK);
    EXPECT(mo->present == 3);
    EXPECT(mo_clone(&root_account, mo, 0, mo->pages, &copy) == CELL_OK);
    EXPECT(copy->present == 3 && mo_page(copy, 255) == mo_page(mo, 255));
    EXPECT(mo_write(copy, 255 * PAGE_SIZE, text, 1) == CELL_OK && mo_page(copy, 255) != mo_page(mo, 255));
    EXPECT(mo_read(copy, 255 * PAGE_SIZE + 100, back, sizeof back) == CELL_OK);
    EXPECT(memcmp(text, back, sizeof text) == 0);
    EXPECT(mo_write(mo, 300 * PAGE_SIZE - 1, text, 2) == CELL_BAD_ARGUMENT);
    EXPECT(mo_write(mo, UINT64_MAX, text, 2) == CELL_BAD_ARGUMENT);
    object_release(&mo->object);
    object_release(&copy->object);
    EXPECT(mo_create(&root_account, 0, 0, &mo) == CELL_BAD_ARGUMENT);
    EXPECT(mo_create(&root_account, MO_LIMIT + 1, MO_ON_TOUCH, &mo) == CELL_TOO_LARGE);
}

/* A copy in parts; when all is there, another call changes nothing. */
static void test_clone_parts(void)
{
    struct mo *mo = selftest_mo(64, MO_ON_TOUCH), *copy;
    uint64_t at = 0, frames = frames_used();
    unsigned calls = 1;

    EXPECT(mo_populate(mo, 7, 50) == CELL_OK && mo_clone_begin(&root_account, mo, mo->pages, &copy) == CELL_OK);
    while (mo_clone_some(copy, mo, 0, &at, 20) == CELL_AGAIN)
        calls++;
    EXPECT(calls == 3 && copy->present == 50);
    EXPECT(mo_clone_some(copy, mo, 0, &at, 20) == CELL_OK && copy->present == 50);
    object_release(&mo->object);
    object_release(&copy->object);
    EXPECT(frames_used() == frames);
}

/* An account in a budget of its own with limits; the account's reference keeps the budget. */
static struct account *make_limited(uint64_t pages, uint64_t objects)
{
    const uint64_t limits[] = {pages, objects, ACCOUNT_UNLIMITED};
    struct budget *budget;

    EXPECT(budget_create(NULL, &budget) == CELL_OK);
    budget_limit(budget, limits);
    struct account *account = account_create(budget);

    EXPECT(account != NULL);
    budget_release(budget);
    return account;
}

static void test_quota(void)
{
    struct account *account = make_limited(10, 3);
    struct mo *mo;
    struct ads *ads;

    EXPECT(mo_create(account, 11, 0, &mo) == CELL_QUOTA);
    EXPECT(mo_create(account, 10, 0, &mo) == CELL_OK);
    EXPECT(account->used[ACCOUNT_PAGES] == 10 && account->used[ACCOUNT_OBJECTS] == 1);
    EXPECT(ads_create(account, &ads) == CELL_QUOTA);
    budget_limit(account->budget, (const uint64_t[]){10, 7, ACCOUNT_UNLIMITED});
    EXPECT(ads_create(account, &ads) == CELL_OK);
    uint64_t objects = account->used[ACCOUNT_OBJECTS];
    struct vmr *vmr;

    /* A record and two page tables are needed; there is room for one less. */
    budget_limit(account->budget, (const uint64_t[]){10, objects + 2, ACCOUNT_UNLIMITED});
    EXPECT(ads_attach(account, ads, mo, 0, CELL_REGION_HEAP, READ_WRITE, 0, &vmr) == CELL_QUOTA);
    budget_limit(account->budget, (const uint64_t[]){10, objects + 3, ACCOUNT_UNLIMITED});
    EXPECT(ads_attach(account, ads, mo, 0, CELL_REGION_HEAP, READ_WRITE, 0, &vmr) == CELL_OK);
    object_release(&ads->object);
    object_release(&mo->object);
    EXPECT(account->used[ACCOUNT_PAGES] == 0 && account->used[ACCOUNT_OBJECTS] == 0);
    EXPECT(account->references == 1);
    account_release(account);
}

/* What nobody touched costs a constant, whatever its size, and so does attaching it. */
static void test_sparse(void)
{
    struct account *account = make_limited(3, 60);
    struct ads *ads = selftest_ads();
    struct vmr *first, *second;
    struct mo *mo, *copy;

    EXPECT(mo_create(account, MO_LIMIT / 16, MO_ON_TOUCH, &mo) == CELL_OK);
    EXPECT(account->used[ACCOUNT_OBJECTS] == 1);
    EXPECT(ads_attach(account, ads, mo, 0, CELL_REGION_GENERIC, READ_WRITE, 0, &first) == CELL_OK);
    EXPECT(ads_attach(account, ads, mo, 0, CELL_REGION_GENERIC, READ_WRITE, 0, &second) == CELL_OK);
    EXPECT(account->used[ACCOUNT_OBJECTS] == 3 && account->used[ACCOUNT_SLOTS] == 0);
    uint64_t last = mo->pages - 1;

    EXPECT(ads_touch(ads, first->start + last * PAGE_SIZE, CM_WRITE) == ADS_FAULT_NONE);
    EXPECT(ads_touch(ads, second->start + last * PAGE_SIZE, CM_WRITE) == ADS_FAULT_NONE);
    EXPECT(mo->present == 1 && mo_page(mo, last) != 0 && mo_page(mo, 0) == 0);
    uint64_t at = 0;

    EXPECT(mo_next_present(mo, &at) && at == last);
    at++;
    EXPECT(!mo_next_present(mo, &at));
    EXPECT(mo_clone(account, mo, 0, mo->pages, &copy) == CELL_OK && copy->present == 1);
    EXPECT(mo_page(copy, last) != 0);
    object_release(&copy->object);
    object_release(&ads->object);
    object_release(&mo->object);
    for (unsigned unit = 0; unit < ACCOUNT_UNITS; unit++)
        EXPECT(account->used[unit] == 0);
    account_release(account);
}

/* A PD that takes all it can get leaves the reserve to the root task. */
static void test_reserve(void)
{
    struct account *account = account_create(NULL);
    struct mo *mo, *last = NULL;
    page_t page;
    unsigned count = 0;

    while (mo_create(account, 512, 0, &mo) == CELL_OK) {
        /* Linked through its list of regions, of which there are none here. */
        mo->vmrs.next = (struct list *)last;
        last = mo;
        count++;
    }
    EXPECT(count > 20);
    /* The failed attempt gave some back. */
    while (mo_create(account, 1, 0, &mo) == CELL_OK) {
        mo->vmrs.next = (struct list *)last;
        last = mo;
    }
    EXPECT(memory_is_short(1));
    EXPECT(mo_create(account, 1, 0, &mo) == CELL_NO_MEMORY);
    EXPECT(frames_allocate(1, &page) == CELL_OK);
    frames_free(1, &page);
    EXPECT(mo_create(&root_account, 100, 0, &mo) == CELL_OK);
    object_release(&mo->object);
    while (last != NULL) {
        mo = last;
        last = (struct mo *)mo->vmrs.next;
        list_init(&mo->vmrs);
        object_release(&mo->object);
    }
    account_release(account);
}

/* A mapping of what another account pays for has all of it, or nothing, whatever becomes of the
 * other's limits; unless it asked for what may fault. */
static void test_lent(void)
{
    const uint64_t none[] = {0, ACCOUNT_UNLIMITED, ACCOUNT_UNLIMITED};
    struct account *account = make_limited(5, ACCOUNT_UNLIMITED);
    struct ads *ads = selftest_ads();
    struct mo *small, *large;
    struct vmr *vmr;

    EXPECT(mo_create(account, 4, MO_ON_TOUCH, &small) == CELL_OK);
    EXPECT(mo_create(account, 5000, MO_ON_TOUCH, &large) == CELL_OK);
    EXPECT(ads_attach(&root_account, ads, large, 0, CELL_REGION_GENERIC, READ_WRITE, 0, &vmr) ==
           CELL_TOO_LARGE);
    EXPECT(ads_attach(&root_account, ads, large, 0, CELL_REGION_GENERIC, READ_WRITE,
                      ATTACH_MAY_FAULT, &vmr) == CELL_OK);
    EXPECT(large->present == 0 && small->present == 0);
    EXPECT(ads_attach(&root_account, ads, small, 0, CELL_REGION_GENERIC, READ_WRITE, 0, &vmr) ==
           CELL_OK);
    EXPECT(small->present == 4 && account->used[ACCOUNT_PAGES] == 4);
    budget_limit(account->budget, none);
    for (unsigned i = 0; i < 4; i++)
        EXPECT(ads_touch(ads, vmr->start + i * PAGE_SIZE, CM_WRITE) == ADS_FAULT_NONE);
    object_release(&small->object);
    EXPECT(mo_create(account, 4, MO_ON_TOUCH, &small) == CELL_OK);
    EXPECT(ads_attach(&root_account, ads, small, 0, CELL_REGION_GENERIC, READ_WRITE, 0, &vmr) ==
           CELL_QUOTA);
    object_release(&small->object);
    object_release(&ads->object);
    object_release(&large->object);
    EXPECT(account->used[ACCOUNT_PAGES] == 0);
    account_release(account);
}

/* ---- Address spaces -------------------------------------------------- */

static void test_regions(void)
{
    struct ads *ads = selftest_ads();
    struct mo *mo = selftest_mo(100, 0);
    struct vmr *first, *second, *guard;

    EXPECT(ads_attach(&root_account, ads, mo, 0x400000, CELL_REGION_HEAP, READ_WRITE, 0, &first) == CELL_OK);
    EXPECT(first->own);
    EXPECT(ads_attach(&root_account, ads, mo, 0, CELL_REGION_GENERIC, CM_READ, ATTACH_GUARD, &second) == CELL_OK);
    EXPECT(second->start == ADS_PLACE + PAGE_SIZE && !second->own && second->copies.size == 100);
    EXPECT(ads_attach(&root_account, ads, mo, 0x400000 + 99 * PAGE_SIZE, CELL_REGION_HEAP, READ_WRITE, 0, &guard) ==
           CELL_OVERLAP);
    EXPECT(ads_attach(&root_account, ads, mo, 0x400001, CELL_REGION_HEAP, READ_WRITE, 0, &guard) == CELL_BAD_ARGUMENT);
    EXPECT(ads_attach(&root_account, ads, mo, 0x1000, CELL_REGION_HEAP, READ_WRITE, 0, &guard) == CELL_BAD_ARGUMENT);
    EXPECT(ads_attach(&root_account, ads, mo, ADS_HIGHEST - PAGE_SIZE, CELL_REGION_HEAP, READ_WRITE, 0, &guard) ==
           CELL_BAD_ARGUMENT);
    EXPECT(ads_attach(&root_account, ads, mo, 0, CELL_REGION_HEAP, CM_WRITE, 0, &guard) == CELL_BAD_ARGUMENT);
    EXPECT(ads_reserve(&root_account, ads, 0, 1, CELL_REGION_UNKNOWN, &guard) == CELL_OK);
    EXPECT(guard->start == vmr_end(second));
    EXPECT(ads_find(ads, 0x400000) == first && ads_find(ads, 0x3fffff) == NULL);
    EXPECT(ads_find(ads, ADS_PLACE) == second && ads_next(ads, ADS_PLACE) == second);
    EXPECT(ads_next(ads, second->start + 1) == guard && ads_next(ads, guard->start + 1) == NULL);
    EXPECT(ads_touch(ads, ADS_PLACE, CM_READ) == ADS_FAULT_GUARD);
    EXPECT(ads_touch(ads, guard->start, CM_READ) == ADS_FAULT_GUARD);
    EXPECT(ads_touch(ads, second->start, CM_WRITE) == ADS_FAULT_RIGHTS);
    EXPECT(ads_touch(ads, 0x3fffff, CM_READ) == ADS_FAULT_NO_REGION);
    struct vmr *found;

    EXPECT(ads_find_kind(ads, CELL_REGION_HEAP, &found) == CELL_OK && found == first);
    EXPECT(ads_find_kind(ads, CELL_REGION_STACK, &found) == CELL_NOT_FOUND);
    ads_remove(first);
    EXPECT(mo->owners == 0);
    EXPECT(ads_attach(&root_account, ads, mo, 0, CELL_REGION_HEAP, READ_WRITE, 0, &first) == CELL_OK);
    EXPECT(first->own);
    object_release(&ads->object);
    reap_all();
    EXPECT(mo->object.references == 1 && list_empty(&mo->vmrs) && mo->owners == 0);
    object_release(&mo->object);
}

/* Pages that are committed are there, whatever becomes of the limit; others are not made by touching. */
static void test_commit(void)
{
    const uint64_t none[] = {0, ACCOUNT_UNLIMITED, ACCOUNT_UNLIMITED};
    struct account *account = make_limited(10, ACCOUNT_UNLIMITED);
    struct ads *ads = selftest_ads();
    struct vmr *vmr;
    struct mo *mo, *copy;

    EXPECT(mo_create(account, 64, MO_COMMIT, &mo) == CELL_OK && mo->present == 0);
    EXPECT(ads_attach(account, ads, mo, 0x400000, CELL_REGION_HEAP, READ_WRITE, 0, &vmr) == CELL_OK);
    EXPECT(mo->present == 0 && ads_touch(ads, 0x400000, CM_WRITE) == ADS_FAULT_GUARD);
    EXPECT(ads_commit(vmr, 0, 4) == CELL_OK && account->used[ACCOUNT_PAGES] == 4);
    EXPECT(ads_commit(vmr, 2, 9) == CELL_QUOTA);
    EXPECT(ads_commit(vmr, 2, 8) == CELL_OK && account->used[ACCOUNT_PAGES] == 10);
    budget_limit(account->budget, none);
    EXPECT(ads_touch(ads, 0x400000 + 9 * PAGE_SIZE, CM_WRITE) == ADS_FAULT_NONE);
    EXPECT(ads_touch(ads, 0x400000 + 10 * PAGE_SIZE, CM_WRITE) == ADS_FAULT_GUARD);
    EXPECT(mo_clone(&root_account, mo, 0, mo->pages, &copy) == CELL_OK && (copy->flags & MO_COMMIT) != 0 && copy->present == 10);
    object_release(&copy->object);
    object_release(&ads->object);
    object_release(&mo->object);
    EXPECT(account->used[ACCOUNT_PAGES] == 0);
    account_release(account);
}

/* Touching pages in order gets more each time, at random one page, and the last of a quota
 * are for those that are touched. */
static void test_touch(void)
{
    static const struct {
        unsigned page, present;
    } touches[] = {{0, 1}, {1, 3}, {3, 7}, {40, 8}, {7, 9}, {8, 10}};
    struct account *account = make_limited(10, ACCOUNT_UNLIMITED);
    struct ads *ads = selftest_ads();
    struct vmr *vmr;
    struct mo *mo;

    EXPECT(mo_create(account, 64, MO_ON_TOUCH, &mo) == CELL_OK);
    EXPECT(ads_attach(account, ads, mo, 0x400000, CELL_REGION_HEAP, READ_WRITE, 0, &vmr) == CELL_OK);
    for (unsigned i = 0; i < sizeof touches / sizeof *touches; i++) {
        EXPECT(ads_touch(ads, 0x400000 + touches[i].page * PAGE_SIZE, CM_WRITE) == ADS_FAULT_NONE);
        EXPECT(mo->present == touches[i].present && account->used[ACCOUNT_PAGES] == mo->present);
    }
    EXPECT(ads_touch(ads, 0x400000 + 20 * PAGE_SIZE, CM_WRITE) == ADS_FAULT_QUOTA);
    object_release(&ads->object);
    object_release(&mo->object);
    EXPECT(account->used[ACCOUNT_PAGES] == 0);
    account_release(account);
}

/* Many regions in one address space, and many address spaces (more than a pool of ASIDs). */
static void test_many(void)
{
    enum { REGIONS = 2000, SPACES = 600 };
    struct ads *ads = selftest_ads();
    struct mo *mo = selftest_mo(3, MO_ON_TOUCH);
    static struct vmr *vmrs[REGIONS];
    static struct ads *spaces[SPACES];

    for (unsigned i = 0; i < REGIONS; i++)
        EXPECT(ads_attach(&root_account, ads, mo, 0, CELL_REGION_GENERIC, READ_WRITE, 0, &vmrs[i]) == CELL_OK);
    for (unsigned i = 0; i < REGIONS; i += 2)
        ads_remove(vmrs[i]);
    EXPECT(ads_attach(&root_account, ads, mo, 0, CELL_REGION_GENERIC, READ_WRITE, 0, &vmrs[0]) == CELL_OK);
    EXPECT(vmrs[0]->start == ADS_PLACE);
    EXPECT(ads_touch(ads, vmrs[1]->start, CM_READ) == ADS_FAULT_NONE);
    EXPECT(ads_touch(ads, vmrs[0]->start, CM_READ) == ADS_FAULT_NONE);
    EXPECT(mo->present == 1);
    object_release(&mo->object);
    object_release(&ads->object);
    for (unsigned i = 0; i < SPACES; i++)
        spaces[i] = selftest_ads();
    for (unsigned i = 0; i < SPACES; i++)
        object_release(&spaces[i]->object);
}

/* ---- CSpaces and handles --------------------------------------------- */

static void test_handles(void)
{
    enum { HANDLES = 5000 };
    struct cspace cspace, other;
    struct mo *mo = selftest_mo(1, 0);
    struct handle *handle, *self;
    static cell_cap_t caps[HANDLES];

    EXPECT(cspace_create(&cspace, NULL, &root_account, NULL) == CELL_OK);
    EXPECT(cspace_create(&other, NULL, &root_account, cspace.common) == CELL_OK);
    EXPECT(handle_create_direct(&cspace, CSPACE_SLOT_SELF, &mo->object, HANDLE_RESOURCE, TYPE_MO,
                                HANDLE_ALL, SLOT_ENDPOINT, RIGHTS_CLIENT, &self) == CELL_OK);
    for (unsigned i = 0; i < HANDLES; i++) {
        EXPECT(handle_create(cspace.common, &mo->object, HANDLE_RESOURCE, TYPE_MO, HANDLE_READ,
                             SLOT_ENDPOINT, RIGHTS_CLIENT, &handle) == CELL_OK);
        caps[i] = handle->where;
        EXPECT(caps[i] == CSPACE_AT(CSPACE_COMMON, i));
    }
    EXPECT(cspace_entry(&other, caps[HANDLES - 1]) == cspace_entry(&cspace, caps[HANDLES - 1]));
    EXPECT(cspace_entry(&cspace, CSPACE_SELF) == self->index);
    EXPECT(cspace_entry(&cspace, CSPACE_NOTIFICATION) == SLOT_EMPTY);
    EXPECT(cspace_entry(&cspace, CSPACE_AT(CSPACE_COMMON, HANDLES + 100)) == SLOT_EMPTY);
    EXPECT(cspace_entry(&cspace, ~UINT64_C(0)) == SLOT_EMPTY);
    EXPECT(mo->object.references == HANDLES + 2);
    handle = handle_by_index(cspace_entry(&cspace, caps[17]));
    handle_id_t id = handle_id(handle);

    EXPECT(handle_by_id(id) == handle);
    handle_free(handle);
    EXPECT(handle_by_id(id) == NULL && cspace_entry(&cspace, caps[17]) == SLOT_EMPTY);
    EXPECT(handle_create(cspace.common, &mo->object, HANDLE_RESOURCE, TYPE_MO, HANDLE_READ,
                         SLOT_ENDPOINT, RIGHTS_CLIENT, &handle) == CELL_OK);
    EXPECT(handle->where == caps[17] && handle_by_id(id) == NULL);
    cell_cap_t where = 0;
    unsigned count = 0;

    while (table_next(cspace.common, &where) != SLOT_EMPTY)
        count++;
    EXPECT(count == HANDLES && cspace.common->used == HANDLES);
    cspace_destroy(&cspace, &(uint32_t){UINT32_MAX});
    EXPECT(mo->object.references == HANDLES + 1);
    cspace_destroy(&other, &(uint32_t){UINT32_MAX});
    EXPECT(mo->object.references == 1);
    object_release(&mo->object);
}

const struct selftest selftests_space[] = {
    {"mo", test_mo},
    {"clone_parts", test_clone_parts},
    {"quota", test_quota},
    {"reserve", test_reserve},
    {"sparse", test_sparse},
    {"lent", test_lent},
    {"regions", test_regions},
    {"touch", test_touch},
    {"commit", test_commit},
    {"many", test_many},
    {"handles", test_handles},
    {NULL, NULL},
};
