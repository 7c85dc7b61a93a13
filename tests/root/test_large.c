/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/root/test_large.c: memory objects of pages of 2 MiB (root/memory/large.h): where they are mapped and what parts can be
 * changed; blocks that are cut, and made whole again; each allocation fails once.
 */
#include <string.h>

#include "root/core/parts.h"
#include "root/core/resize.h"
#include "root/memory/large.h"
#include "tests/harness/unit.h"
#include "tests/root/core.h"
#include "tests/root/fake_kernel.h"

#define LARGE (UINT64_C(1) << ORDER_2M)
#define BYTES (LARGE * PAGE_SIZE)
#define AT UINT64_C(0x40000000)
#define READ_WRITE 3u

static struct account *account;
static struct ads *ads;

static int mapped_right(const struct vmr *vmr)
{
    for (uint64_t page = 0; page < vmr->pages; page += 37) {
        uint64_t frame = vmr->rights == 0 ? 0 : mo_page(vmr->mo, vmr->first + page);

        if (fake_mapped(vmr->ads->vspace.slot, vmr->start + page * PAGE_SIZE) != frame << PAGE_BITS)
            return 0;
    }
    return 1;
}

static struct vmr *attach(struct mo *mo, uint64_t address)
{
    struct vmr *vmr = NULL;

    CORE_CHECK(ads_attach(account, ads, mo, address, CELL_REGION_GENERIC, READ_WRITE, ATTACH_MAY_FAULT, &vmr) == CELL_OK);
    CORE_CHECK(vmr != NULL && mapped_right(vmr) && vmr->start % BYTES == 0);
    return vmr;
}

static struct mo *make(uint64_t pages, unsigned flags)
{
    struct mo *mo = NULL;

    CORE_CHECK(mo_create_large(account, pages * LARGE, ORDER_2M, flags, &mo) == CELL_OK);
    return mo;
}

/* ---- Contents, and what is refused ------------------------------------ */

static void check_contents(void)
{
    struct mo *mo = make(3, 0), *other, *copy;
    uint64_t physical = (uint64_t)mo_page(mo, LARGE) << PAGE_BITS, text = UINT64_C(0x1122334455667788), read = 0;

    CORE_CHECK_EQUAL(mo->present, 3 * LARGE);
    CORE_CHECK_EQUAL(account->used[ACCOUNT_PAGES], 3 * LARGE);
    CORE_CHECK(physical % BYTES == 0 && mo_page(mo, LARGE + 5) == mo_page(mo, LARGE) + 5);
    /* Across two pages. */
    CORE_CHECK(mo_write(mo, 2 * BYTES - 3, &text, sizeof text) == CELL_OK);
    CORE_CHECK(mo_read(mo, 2 * BYTES - 3, &read, sizeof read) == CELL_OK);
    CORE_CHECK_EQUAL(read, text);
    CORE_CHECK(mo_clone(account, mo, LARGE, LARGE, &copy) == CELL_OK && mo_read(copy, BYTES - 3, &read, 3) == CELL_OK);
    CORE_CHECK_EQUAL(read & 0xffffff, text & 0xffffff);
    object_release(&copy->object);
    CORE_CHECK(mo_create_large(account, LARGE + 1, ORDER_2M, 0, &other) == CELL_BAD_ARGUMENT);
    CORE_CHECK(mo_create_large(account, UINT64_C(1) << ORDER_1G, ORDER_1G, 0, &other) == CELL_NO_MEMORY);
    CORE_CHECK(mo_resize(mo, 2 * LARGE - 1, &(uint32_t){100}) == CELL_BAD_ARGUMENT);
    CORE_CHECK(mo_punch(mo, &(uint64_t){1}, 2 * LARGE, &(uint32_t){100}) == CELL_BAD_ARGUMENT);
    object_release(&mo->object);
    reap_all();
    CORE_CHECK_EQUAL(account->used[ACCOUNT_PAGES], 0);
}

static void check_alignment(struct mo *mo)
{
    struct attach part = {mo, LARGE, LARGE, AT, 0, CELL_REGION_GENERIC, READ_WRITE, 0};
    struct vmr *vmr;

    part.first++;
    CORE_CHECK(ads_attach_part(account, ads, &part, &vmr) == CELL_BAD_ARGUMENT);
    part.first--;
    part.pages--;
    CORE_CHECK(ads_attach_part(account, ads, &part, &vmr) == CELL_BAD_ARGUMENT);
    part.pages++;
    part.address += PAGE_SIZE;
    CORE_CHECK(ads_attach_part(account, ads, &part, &vmr) == CELL_BAD_ARGUMENT);
    part.end = AT + 2 * BYTES - PAGE_SIZE; /* there is room, but none that is aligned, below this */
    CORE_CHECK(ads_attach_part(account, ads, &part, &vmr) == CELL_NO_SLOTS);
    part.end = AT + 2 * BYTES;
    CORE_CHECK(ads_attach_part(account, ads, &part, &vmr) == CELL_OK);
    CORE_CHECK_EQUAL(vmr->start, AT + BYTES);
    CORE_CHECK(mapped_right(vmr));
    ads_remove(vmr);
}

/* ---- Parts -------------------------------------------------------------- */

static void check_parts(void)
{
    struct mo *mo = make(4, 0);
    struct vmr *twice[2];
    uint32_t units = 10000;

    check_alignment(mo);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t base = AT + i * UINT64_C(0x10000000), from = base + BYTES, there = base + 8 * BYTES;

        twice[i] = attach(mo, base);
        CORE_CHECK(twice[i]->own == (i == 0));
        CORE_CHECK(ads_cuts_page(ads, base + BYTES + PAGE_SIZE) && !ads_cuts_page(ads, base + BYTES) && !ads_cuts_page(ads, base));
        CORE_CHECK(ads_change_rights(account, ads, &from, base + 2 * BYTES, CM_READ, &units) == CELL_OK);
        CORE_CHECK_EQUAL(fake_rights(ads->vspace.slot, base + BYTES + 7 * PAGE_SIZE), CM_READ);
        CORE_CHECK_EQUAL(fake_rights(ads->vspace.slot, base), READ_WRITE);
        CORE_CHECK(ads_remove_range(account, ads, base + 2 * BYTES, base + 3 * BYTES, &units) == CELL_OK);
        CORE_CHECK_EQUAL(fake_mapped(ads->vspace.slot, base + 2 * BYTES), 0);
        from = base;
        CORE_CHECK(ads_move(account, ads, &from, base + BYTES, &there, &units) == CELL_OK);
        CORE_CHECK_EQUAL(fake_mapped(ads->vspace.slot, base + 8 * BYTES + PAGE_SIZE), (uint64_t)mo_page(mo, 1) << PAGE_BITS);
        from = base + BYTES, there = base + 12 * BYTES + PAGE_SIZE;
        CORE_CHECK(ads_move(account, ads, &from, base + 2 * BYTES, &there, &units) == CELL_BAD_ARGUMENT);
    }
    CORE_CHECK(mo_punch(mo, &(uint64_t){0}, LARGE, &units) == CELL_OK);
    CORE_CHECK_EQUAL(fake_mapped(ads->vspace.slot, AT + 8 * BYTES), 0);
    CORE_CHECK_EQUAL(mo->present, 3 * LARGE);
    CORE_CHECK(mo_resize(mo, LARGE, &units) == CELL_OK);
    CORE_CHECK_EQUAL(mo->present, 0);
    CORE_CHECK(mo_resize(mo, 2 * LARGE, &units) == CELL_OK && mo_page(mo, LARGE) != 0);
    for (unsigned i = 0; i < 2; i++)
        CORE_CHECK(ads_remove_range(account, ads, AT + i * UINT64_C(0x10000000), AT + (i + 1) * UINT64_C(0x10000000), &units) == CELL_OK);
    object_release(&mo->object);
}

/* A touched page is made, and mapped, as a whole; a table for small pages does not prevent that. */
static void check_touch(void)
{
    struct mo *mo = make(2, MO_ON_TOUCH), *small;
    struct vmr *vmr;

    CORE_CHECK(mo_create(account, 3, 0, &small) == CELL_OK);
    vmr = attach(small, 0);
    ads_remove(vmr);
    CORE_CHECK(ads_attach(account, ads, small, AT + 3 * PAGE_SIZE, CELL_REGION_GENERIC, READ_WRITE, 0, &vmr) == CELL_OK);
    ads_remove(vmr);
    vmr = attach(mo, AT);
    CORE_CHECK_EQUAL(mo->present, 0);
    CORE_CHECK(ads_touch(ads, AT + BYTES + 99 * PAGE_SIZE, CM_WRITE) == ADS_FAULT_NONE);
    CORE_CHECK_EQUAL(mo->present, LARGE);
    CORE_CHECK(ads_touch(ads, AT, CM_WRITE) == ADS_FAULT_NONE && mapped_right(vmr));
    ads_remove(vmr);
    CORE_CHECK(ads_attach(account, ads, small, AT + 3 * PAGE_SIZE, CELL_REGION_GENERIC, READ_WRITE, 0, &vmr) == CELL_OK);
    ads_remove(vmr);
    object_release(&small->object);
    object_release(&mo->object);
}

/* ---- Memory -------------------------------------------------------------- */

/* All memory in large pages, in small ones, for which all blocks are cut, and in large ones again. */
static void check_blocks(void)
{
    uint64_t before = 0;

    for (unsigned round = 0; round < 3; round++) {
        struct mo *mo = make(64, MO_ON_TOUCH), *small;
        cell_error_t error = mo_populate(mo, 0, 64 * LARGE);

        CORE_CHECK(error == CELL_NO_MEMORY && mo->present >= 8 * LARGE);
        before = mo->present;
        object_release(&mo->object);
        reap_all();
        CORE_CHECK(mo_create(account, 64 * LARGE, MO_ON_TOUCH, &small) == CELL_OK);
        CORE_CHECK(mo_populate(small, 0, 64 * LARGE) == CELL_NO_MEMORY && small->present >= before);
        object_release(&small->object);
        reap_all();
    }
}

/* Each allocation of all this fails once. */
static void check_failures(void)
{
    int failed = 1;

    for (unsigned count = 0; failed; count++) {
        struct mo *mo = NULL;
        struct vmr *vmr;

        core_fail_at(count);
        cell_error_t error = mo_create_large(account, 2 * LARGE, ORDER_2M, 0, &mo);

        if (error == CELL_OK)
            error = ads_attach(account, ads, mo, AT, CELL_REGION_GENERIC, READ_WRITE, 0, &vmr);
        if (error == CELL_OK)
            error = ads_attach(account, ads, mo, AT + 16 * BYTES, CELL_REGION_GENERIC, READ_WRITE, 0, &vmr);
        failed = core_has_failed();
        core_fail_at(UINT64_MAX);
        CORE_CHECK(failed ? error == CELL_NO_MEMORY || error == CELL_OK : error == CELL_OK);
        CORE_CHECK(ads_remove_range(account, ads, AT, AT + 32 * BYTES, &(uint32_t){1000}) == CELL_OK);
        if (mo != NULL)
            object_release(&mo->object);
        reap_all();
        CORE_CHECK_EQUAL(account->used[ACCOUNT_PAGES], 0);
    }
}

void test_large(void)
{
    struct core_figures before = core_figures();

    for (unsigned round = 0; round < 3; round++) {
        if (round == 1)
            before = core_figures();
        account = account_create(NULL);
        CORE_CHECK(ads_create(account, &ads) == CELL_OK);
        check_contents();
        check_parts();
        check_touch();
        check_blocks();
        check_failures();
        object_release(&ads->object);
        reap_all();
        for (unsigned unit = 0; unit < ACCOUNT_UNITS; unit++)
            CORE_CHECK_EQUAL(account->used[unit], 0);
        account_release(account);
    }
    CHECK_SAME(&before);
}
