/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/root/test_copies.c: copies of memory objects (root/core/sharing.h), of copies, too, written at random:
 * each keeps its contents, and no copy can write a frame that another one has.
 */
#include <string.h>

#include "root/core/ads.h"
#include "root/core/resize.h"
#include "root/core/sharing.h"
#include "root/memory/counts.h"
#include "tests/harness/unit.h"
#include "tests/root/core.h"
#include "tests/root/fake_kernel.h"

#define OBJECTS 6u
#define PAGES 10u
#define READ_WRITE 3u

/* A memory object, mapped twice. */
struct object_at_hand {
    struct mo *mo;
    struct vmr *vmrs[2];
    uint64_t contents[PAGES]; /* 0: nothing was written */
};

static struct account *account;
static struct ads *ads;
static struct object_at_hand objects[OBJECTS];
static uint64_t state, written;

static unsigned any(unsigned below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % below;
}

static void map_twice(struct object_at_hand *object)
{
    for (unsigned i = 0; i < 2; i++)
        CORE_CHECK(ads_attach(account, ads, object->mo, 0, CELL_REGION_GENERIC, READ_WRITE, ATTACH_MAY_FAULT,
                              &object->vmrs[i]) == CELL_OK);
}

static void end(struct object_at_hand *object)
{
    ads_remove(object->vmrs[0]);
    ads_remove(object->vmrs[1]);
    object_release(&object->mo->object);
    memset(object, 0, sizeof *object);
}

/* ---- Checks ---------------------------------------------------------- */

static void check_mapping(const struct object_at_hand *object, unsigned region, unsigned page, int others)
{
    uint64_t address = object->vmrs[region]->start + page * PAGE_SIZE, frame = mo_page(object->mo, page);
    uint64_t mapped = fake_mapped(ads->vspace.slot, address);

    CORE_CHECK(mapped == 0 || mapped == frame << PAGE_BITS);
    CORE_CHECK(mapped == 0 || !others || fake_rights(ads->vspace.slot, address) == CM_READ);
}

static void check(void)
{
    uint64_t shared = 0, frames = 0;

    for (unsigned i = 0; i < OBJECTS; i++)
        for (unsigned page = 0; page < PAGES && objects[i].mo != NULL; page++) {
            page_t frame = mo_page(objects[i].mo, page);
            unsigned before = 0, others = 0;
            uint64_t is = 0;

            for (unsigned j = 0; j < OBJECTS; j++)
                for (unsigned k = 0; k < PAGES && frame != 0 && objects[j].mo != NULL; k++)
                    if ((j != i || k != page) && mo_page(objects[j].mo, k) == frame) {
                        others++;
                        before += j < i;
                    }
            CORE_CHECK((others != 0) == (frame != 0 && frame_is_shared(frame)));
            shared += before != 0;
            frames += frame != 0;
            check_mapping(&objects[i], 0, page, others != 0);
            check_mapping(&objects[i], 1, page, others != 0);
            if (frame != 0)
                CORE_CHECK(mo_read(objects[i].mo, page * PAGE_SIZE, &is, sizeof is) == CELL_OK);
            CORE_CHECK_EQUAL(is, objects[i].contents[page]);
        }
    CORE_CHECK_EQUAL(memory_shared, shared);
    CORE_CHECK_EQUAL(account->used[ACCOUNT_PAGES], frames);
}

/* ---- Changes --------------------------------------------------------- */

static void make(struct object_at_hand *object)
{
    CORE_CHECK(mo_create(account, PAGES, any(2) * MO_ON_TOUCH, &object->mo) == CELL_OK);
    map_twice(object);
}

static void copy(struct object_at_hand *to, const struct object_at_hand *from)
{
    core_fail_at(any(3) == 0 ? any(12) : UINT64_MAX);
    bool early = any(2);
    uint64_t at = 0;
    cell_error_t error = early ? mo_clone_begin(account, from->mo, PAGES, &to->mo)
                               : mo_clone(account, from->mo, 0, PAGES, &to->mo);

    /* Mapped before it has its pages. */
    if (error == CELL_OK && early) {
        struct vmr *vmr;

        error = ads_attach(account, ads, to->mo, 0, CELL_REGION_GENERIC, READ_WRITE, ATTACH_MAY_FAULT, &vmr);
        if (error == CELL_OK) {
            error = mo_clone_some(to->mo, from->mo, 0, &at, UINT64_MAX);
            if (error == CELL_OK)
                error = ads_map(vmr, &(uint64_t){0}, PAGES);
            ads_remove(vmr);
        }
        if (error != CELL_OK)
            object_release(&to->mo->object);
    }

    int failed = core_has_failed();

    core_fail_at(UINT64_MAX);
    if (error != CELL_OK) {
        CORE_CHECK(error == CELL_NO_MEMORY && failed);
        to->mo = NULL;
        return;
    }
    memcpy(to->contents, from->contents, sizeof to->contents);
    map_twice(to);
}

static void write_page(struct object_at_hand *object, unsigned page)
{
    uint64_t address = object->vmrs[any(2)]->start + page * PAGE_SIZE;

    if (any(4) == 0) {
        object->contents[page] = ++written;
        CORE_CHECK(mo_write(object->mo, page * PAGE_SIZE, &written, sizeof written) == CELL_OK);
        return;
    }
    core_fail_at(any(3) == 0 ? any(3) : UINT64_MAX);
    enum ads_fault fault = ads_touch(ads, address, any(2) == 0 ? CM_READ : CM_WRITE);

    int failed = core_has_failed();

    core_fail_at(UINT64_MAX);
    CORE_CHECK(fault == ADS_FAULT_NONE || failed);
    if (fault != ADS_FAULT_NONE)
        return;
    CORE_CHECK_EQUAL(fake_mapped(ads->vspace.slot, address), (uint64_t)mo_page(object->mo, page) << PAGE_BITS);
    if ((fake_rights(ads->vspace.slot, address) & CM_WRITE) == 0)
        return;
    /* Through the mapping; the frame is nobody else's. */
    object->contents[page] = ++written;
    CORE_CHECK(!frame_is_shared(mo_page(object->mo, page)));
    CORE_CHECK(mo_write(object->mo, page * PAGE_SIZE, &written, sizeof written) == CELL_OK);
}

static void change(void)
{
    struct object_at_hand *object = &objects[any(OBJECTS)], *other = &objects[any(OBJECTS)];
    unsigned choice = any(20);

    if (object->mo == NULL && other->mo != NULL)
        copy(object, other);
    else if (object->mo == NULL)
        make(object);
    else if (choice == 0)
        end(object);
    else if (choice == 1)
        CORE_CHECK(mo_punch(object->mo, &(uint64_t){0}, 1, &(uint32_t){1000}) == CELL_OK &&
                   (object->contents[0] = 0) == 0);
    else
        write_page(object, any(PAGES));
}

void test_copies(void)
{
    unsigned rounds = unit_long() ? 20000 : 2000;
    struct core_figures before = core_figures();

    state = 3;
    for (unsigned seed = 0; seed < 4; seed++) {
        if (seed == 1)
            before = core_figures();
        account = account_create(NULL);
        CORE_CHECK(ads_create(account, &ads) == CELL_OK);
        for (unsigned i = 0; i < rounds; i++) {
            change();
            check();
        }
        for (unsigned i = 0; i < OBJECTS; i++)
            if (objects[i].mo != NULL)
                end(&objects[i]);
        object_release(&ads->object);
        reap_all();
        for (unsigned unit = 0; unit < ACCOUNT_UNITS; unit++)
            CORE_CHECK_EQUAL(account->used[unit], 0);
        CORE_CHECK_EQUAL(memory_shared, 0);
        account_release(account);
        if (seed > 1)
            CHECK_SAME(&before);
    }
}
