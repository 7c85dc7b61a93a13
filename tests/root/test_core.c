/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/root/test_core.c: the core's self-tests on the fake kernel, and that a
 * failure anywhere leaves nothing behind.
 */
#include <string.h>

#include "root/core/ads.h"
#include "root/memory/archive.h"
#include "root/memory/archive_start.h"
#include "root/core/ep.h"
#include "root/core/handle.h"
#include "root/core/reaper.h"
#include "root/memory/heap.h"
#include "root/selftest/selftest.h"
#include "tests/harness/unit.h"
#include "tests/root/core.h"
#include "tests/root/fake_kernel.h"

void core_failed(const char *file, int line, const char *text)
{
    unit_check(0, file, line, text);
}

/* ---- The self-tests -------------------------------------------------- */

static const struct selftest *current;

static void run_selftest(void)
{
    struct core_figures before, after = {0};

    /* Memory that is kept for reuse stops growing after a few rounds; memory that is lost never does. */
    for (int i = 0; i < 8 && (i < 2 || memcmp(&before, &after, sizeof after) != 0); i++) {
        before = core_figures();
        current->run();
        after = core_figures();
    }
    CHECK_SAME(&before);
}

/* ---- Failures -------------------------------------------------------- */

#define READ_WRITE (CM_READ | CM_WRITE)

struct parts {
    struct account *account;
    struct cspace cspace, sharing;
    struct ads *ads;
    struct mo *mo, *lazy, *copy;
    struct ep *ep;
    struct handle *handle;
    struct vmr *vmr;
    int cspaces;
};

static int good(cell_error_t error)
{
    return error == CELL_OK;
}

/* Makes the parts of a PD, until one fails. */
static int make(struct parts *p)
{
    char bytes[100] = "bytes";

    *p = (struct parts){.account = account_create(NULL)};
    if (p->account == NULL || !good(cspace_create(&p->cspace, NULL, p->account, NULL)))
        return 0;
    p->cspaces = 1;
    if (!good(cspace_create(&p->sharing, NULL, p->account, p->cspace.common)))
        return 0;
    p->cspaces = 2;
    if (!good(ads_create(p->account, &p->ads)) || !good(ep_create(p->account, &p->ep)))
        return 0;
    for (int i = 0; i < 40; i++)
        if (!good(handle_create(p->cspace.common, &p->ads->object, HANDLE_RESOURCE, TYPE_ADS,
                                HANDLE_ALL, SLOT_ENDPOINT, RIGHTS_CLIENT, &p->handle)))
            return 0;
    return good(handle_create_direct(&p->sharing, CSPACE_SLOT_SELF, &p->ep->object, HANDLE_RESOURCE,
                                     TYPE_EP, HANDLE_ALL, SLOT_ENDPOINT, RIGHTS_CLIENT, &p->handle)) &&
           good(mo_create(p->account, 20, 0, &p->mo)) &&
           good(mo_create(p->account, 300, MO_ON_TOUCH, &p->lazy)) &&
           good(ads_attach(p->account, p->ads, p->mo, 0x400000, CELL_REGION_HEAP, READ_WRITE, 0, &p->vmr)) &&
           good(ads_attach(p->account, p->ads, p->mo, 0, CELL_REGION_HEAP, CM_READ, ATTACH_GUARD, &p->vmr)) &&
           good(ads_attach(p->account, p->ads, p->lazy, 0, CELL_REGION_STACK, READ_WRITE, 0, &p->vmr)) &&
           ads_touch(p->ads, p->vmr->start + 299 * PAGE_SIZE, CM_WRITE) == ADS_FAULT_NONE &&
           good(mo_write(p->mo, 4090, bytes, sizeof bytes)) &&
           good(mo_clone(p->account, p->mo, 0, p->mo->pages, &p->copy));
}

static void unmake(struct parts *p)
{
    if (p->account == NULL)
        return;
    if (p->cspaces > 1)
        cspace_destroy(&p->sharing, &(uint32_t){UINT32_MAX});
    if (p->cspaces > 0)
        cspace_destroy(&p->cspace, &(uint32_t){UINT32_MAX});
    if (p->ads != NULL)
        object_release(&p->ads->object);
    if (p->ep != NULL)
        object_release(&p->ep->object);
    if (p->mo != NULL)
        object_release(&p->mo->object);
    if (p->lazy != NULL)
        object_release(&p->lazy->object);
    if (p->copy != NULL)
        object_release(&p->copy->object);
    for (int unit = 0; unit < ACCOUNT_UNITS; unit++)
        CHECK_EQUAL(p->account->used[unit], 0);
    CHECK_EQUAL(p->account->references, 1);
    account_release(p->account);
}

static void test_failures(void)
{
    struct parts parts;
    uint64_t count = 0;

    for (int i = 0; i < 2; i++) {
        CHECK(make(&parts));
        unmake(&parts);
    }
    struct core_figures before = core_figures();

    for (;; count++) {
        core_fail_at(count);
        int made = make(&parts);
        int injected = core_has_failed();

        core_fail_at(UINT64_MAX);
        unmake(&parts);
        CHECK_SAME(&before);
        if (!injected)
            break;
        /* Some failures are made up for (a run where one frame will do). */
        (void)made;
    }
    CHECK(count > 50); /* it failed in many places */
}

/* The same with a limit on each unit of the account. */
static void test_quotas(void)
{
    struct parts parts;

    CHECK(make(&parts));
    uint64_t most[ACCOUNT_UNITS];

    memcpy(most, parts.account->used, sizeof most);
    unmake(&parts);
    CHECK(most[ACCOUNT_PAGES] == 41 && most[ACCOUNT_OBJECTS] > 5 && most[ACCOUNT_SLOTS] > 40);
}

/* A touch that failed leaves nothing behind that keeps the next one from mapping the page,
 * be it the first mapping of the memory object or another, with page tables to be made or not. */
static void test_touched_again(void)
{
    for (uint64_t place = 0; place < 2; place++) {
        int injected = 1;

        for (uint64_t count = 0; injected; count++) {
            struct vmr *vmrs[2];
            struct ads *ads;
            struct mo *mo;

            CHECK(ads_create(&root_account, &ads) == CELL_OK);
            CHECK(mo_create(&root_account, 40, MO_ON_TOUCH, &mo) == CELL_OK);
            for (unsigned i = 0; i < 2; i++)
                CHECK(ads_attach(&root_account, ads, mo, (i + 1) << 30, CELL_REGION_HEAP, READ_WRITE, 0,
                                 &vmrs[i]) == CELL_OK);
            uint64_t address = vmrs[place]->start + 3 * PAGE_SIZE;

            core_fail_at(count);
            enum ads_fault fault = ads_touch(ads, address, CM_WRITE);

            injected = core_has_failed();
            core_fail_at(UINT64_MAX);
            if (fault != ADS_FAULT_NONE)
                CHECK(ads_touch(ads, address, CM_WRITE) == ADS_FAULT_NONE);
            CHECK_EQUAL(fake_mapped(ads->vspace.slot, address), (uint64_t)mo_page(mo, 3) << PAGE_BITS);
            object_release(&ads->object);
            object_release(&mo->object);
            CHECK(injected || count > 3);
        }
    }
}

/* ---- The kernel's objects -------------------------------------------- */

static void test_lookup(void)
{
    struct cspace cspace;
    struct ep *ep;
    struct handle *handles[600];

    CHECK(ep_create(&root_account, &ep) == CELL_OK);
    CHECK(cspace_create(&cspace, NULL, &root_account, NULL) == CELL_OK);
    for (unsigned i = 0; i < 600; i++)
        CHECK(handle_create(i % 2 == 0 ? cspace.common : cspace.private, &ep->object,
                            HANDLE_RESOURCE, TYPE_EP, HANDLE_READ, SLOT_ENDPOINT, RIGHTS_CLIENT,
                            &handles[i]) == CELL_OK);
    for (unsigned i = 0; i < 600; i++)
        CHECK_EQUAL(fake_lookup(cspace_root(&cspace), 32, handles[i]->where), handle_id(handles[i]));
    CHECK_EQUAL(fake_lookup(cspace_root(&cspace), 32, CSPACE_AT(CSPACE_COMMON, 5000)), 0);
    cspace_destroy(&cspace, &(uint32_t){UINT32_MAX});
    object_release(&ep->object);
}

/* A table that two PDs share gets a CNode above it, which fails at each step: both find all that was there, and what comes
 * then. */
static void test_relinked(void)
{
    int injected = 1;

    for (uint64_t count = 0; injected; count++) {
        struct cspace own, sharing;
        struct handle *handles[LEAF_ENTRIES + 1];
        struct ep *ep;

        CHECK(ep_create(&root_account, &ep) == CELL_OK);
        CHECK(cspace_create(&own, NULL, &root_account, NULL) == CELL_OK);
        CHECK(cspace_create(&sharing, NULL, &root_account, own.common) == CELL_OK);
        for (unsigned i = 0, last = 0; i <= LEAF_ENTRIES; i++) {
            last = i == LEAF_ENTRIES;
            core_fail_at(last ? count : UINT64_MAX);
            cell_error_t error = handle_create(own.common, &ep->object, HANDLE_RESOURCE, TYPE_EP, HANDLE_READ, SLOT_ENDPOINT,
                                               RIGHTS_CLIENT, &handles[i]);
            unsigned made = error == CELL_OK ? i + 1 : i;

            injected = core_has_failed();
            core_fail_at(UINT64_MAX);
            CHECK(error == CELL_OK || (last && injected));
            for (unsigned at = 0; at < made; at++) {
                CHECK_EQUAL(fake_lookup(cspace_root(&own), 32, handles[at]->where), handle_id(handles[at]));
                CHECK_EQUAL(fake_lookup(cspace_root(&sharing), 32, handles[at]->where), handle_id(handles[at]));
            }
        }
        cspace_destroy(&sharing, &(uint32_t){UINT32_MAX});
        cspace_destroy(&own, &(uint32_t){UINT32_MAX});
        object_release(&ep->object);
        CHECK(injected || count > 4);
    }
}

static void test_mappings(void)
{
    struct ads *ads;
    struct mo *mo;
    struct vmr *first, *second;

    CHECK(ads_create(&root_account, &ads) == CELL_OK);
    CHECK(mo_create(&root_account, 40, MO_ON_TOUCH, &mo) == CELL_OK);
    CHECK(mo_populate(mo, 3, 30) == CELL_OK);
    CHECK(ads_attach(&root_account, ads, mo, 0x1ff000, CELL_REGION_HEAP, READ_WRITE, 0, &first) == CELL_OK);
    CHECK(ads_attach(&root_account, ads, mo, 0, CELL_REGION_HEAP, CM_READ, 0, &second) == CELL_OK);
    for (unsigned i = 0; i < 40; i++) {
        uint64_t physical = (uint64_t)mo_page(mo, i) << PAGE_BITS;

        CHECK_EQUAL(fake_mapped(ads->vspace.slot, first->start + i * PAGE_SIZE), physical);
        CHECK_EQUAL(fake_mapped(ads->vspace.slot, second->start + i * PAGE_SIZE), physical);
    }
    CHECK(ads_touch(ads, second->start + 39 * PAGE_SIZE, CM_READ) == ADS_FAULT_NONE);
    CHECK(fake_mapped(ads->vspace.slot, second->start + 39 * PAGE_SIZE) != 0);
    CHECK(fake_mapped(ads->vspace.slot, first->start + 39 * PAGE_SIZE) == 0);
    CHECK(ads_touch(ads, first->start + 39 * PAGE_SIZE, CM_READ) == ADS_FAULT_NONE);
    CHECK(fake_mapped(ads->vspace.slot, first->start + 39 * PAGE_SIZE) ==
          (uint64_t)mo_page(mo, 39) << PAGE_BITS);
    uint64_t start = first->start;

    ads_remove(first);
    for (unsigned i = 0; i < 40; i++)
        CHECK_EQUAL(fake_mapped(ads->vspace.slot, start + i * PAGE_SIZE), 0);
    CHECK(fake_mapped(ads->vspace.slot, second->start + 39 * PAGE_SIZE) != 0);
    object_release(&ads->object);
    object_release(&mo->object);
}

/* ---- The archive ----------------------------------------------------- */

#define ARCHIVE_AT (FAKE_DEVICE + 0x345000)

/* An archive of two files in device memory. */
static uint64_t write_archive(void)
{
    uint8_t *memory = fake_device_memory(ARCHIVE_AT);
    struct archive_header header = {ARCHIVE_MAGIC, 2, 1, 5 * ARCHIVE_PAGE};
    struct archive_entry entries[2] = {{"hello", ARCHIVE_PAGE, 9000}, {"world", 4 * ARCHIVE_PAGE, 5}};

    memcpy(memory, &header, sizeof header);
    memcpy(memory + sizeof header, entries, sizeof entries);
    memset(memory + ARCHIVE_PAGE, 'h', 9000);
    memcpy(memory + 4 * ARCHIVE_PAGE, "world", 5);
    return header.total_size;
}

static void test_archive(void)
{
    struct archive_file file;
    struct mo *mo;
    char bytes[5];

    CHECK(archive_open("hello", &file) == CELL_NOT_FOUND);
    CHECK(archive_problem() != NULL);
    archive_init(ARCHIVE_AT, ARCHIVE_AT + write_archive());
    CHECK(archive_problem() == NULL);
    CHECK(archive_open("world", &file) == CELL_OK);
    CHECK(file.size == 5 && file.pages == 1);
    CHECK(memcmp(archive_bytes(&file, 0, 5), "world", 5) == 0);
    CHECK(archive_bytes(&file, 1, 5) == NULL);
    CHECK(archive_file_at(0, &file) == CELL_OK && strcmp(file.name, "hello") == 0);
    CHECK(archive_file_at(2, &file) == CELL_NOT_FOUND);
    CHECK(file.pages == 3 && ((const char *)archive_bytes(&file, 8999, 1))[0] == 'h');
    CHECK(mo_create_archive(&root_account, file.first_page, file.pages, &mo) == CELL_OK);
    CHECK(mo_read(mo, 4094, bytes, 5) == CELL_OK && memcmp(bytes, "hhhhh", 5) == 0);
    CHECK(mo_write(mo, 0, bytes, 5) == CELL_DENIED);
    struct ads *ads;
    struct vmr *first, *second;

    CHECK(ads_create(&root_account, &ads) == CELL_OK);
    CHECK(ads_attach(&root_account, ads, mo, 0, CELL_REGION_ELF_CODE, CM_READ | CM_EXECUTE, 0, &first) == CELL_OK);
    CHECK(ads_attach(&root_account, ads, mo, 0, CELL_REGION_ELF_CODE, CM_READ | CM_EXECUTE, 0, &second) == CELL_OK);
    CHECK_EQUAL(fake_mapped(ads->vspace.slot, second->start), ARCHIVE_AT + ARCHIVE_PAGE);
    object_release(&ads->object);
    object_release(&mo->object);
    CHECK(mo_create_device(&root_account, 0x10000000, 1, &mo) == CELL_BAD_ARGUMENT);
    CHECK(mo_create_device(&root_account, FAKE_RAM, 1, &mo) == CELL_BAD_ARGUMENT);
}

/* ---- A long time ----------------------------------------------------- */

static void test_rounds(void)
{
    struct parts parts;
    int rounds = unit_long() ? 2000 : 100;

    for (int i = 0; i < 2; i++) {
        CHECK(make(&parts));
        unmake(&parts);
    }
    struct core_figures before = core_figures();
    uint64_t objects = fake_objects(), capabilities = fake_capabilities();

    for (int i = 0; i < rounds; i++) {
        CHECK(make(&parts));
        unmake(&parts);
    }
    CHECK_SAME(&before);
    CHECK_EQUAL(fake_objects(), objects);
    CHECK_EQUAL(fake_capabilities(), capabilities);
}

/* ---- Giving back ----------------------------------------------------- */

struct debt {
    struct reap reap;
    int pieces;
    struct debt *leaves; /* with the last piece */
};

static bool reap_debt(struct reap *reap)
{
    struct debt *debt = CONTAINER(reap, struct debt, reap);

    if (--debt->pieces > 0)
        return false;
    if (debt->leaves != NULL)
        reap_later(&debt->leaves->reap, &root_account, reap_debt);
    return true;
}

/* A waiter does the pieces that are due when it begins, and those that follow from them, but none that is added all the time,
 * also when others do some of these pieces first. */
static void test_helping(void)
{
    enum { FLOOD = 40 };
    struct account high = {.references = 1, .priority = 100};
    struct debt flood[FLOOD], last = {.pieces = 3}, middle = {.pieces = 1, .leaves = &last};
    struct debt first = {.pieces = 4, .leaves = &middle}, other = {.pieces = 2};
    int pieces = 0;

    reap_all();
    reap_later(&first.reap, &root_account, reap_debt);
    reap_later(&other.reap, &high, reap_debt);
    uint32_t number = reap_last;

    while (pieces < FLOOD && reap_piece_until(number)) {
        flood[pieces] = (struct debt){.pieces = 5};
        reap_later(&flood[pieces].reap, &high, reap_debt);
        pieces++;
        if (pieces == 2) /* by the pacer */
            reap_piece();
    }
    CHECK_EQUAL(pieces, 4 + 1 + 3 + 2 - 1);
    CHECK(last.pieces == 0 && other.pieces == 0);
    CHECK(reap_waits());
    reap_all();
    CHECK(!reap_waits() && !reap_piece_until(reap_last));
    reap_left = UINT32_MAX; /* as before there is a loop */
}

/* Blocks of one class that come and go beside others, wherever a page ends, take and give no pages. */
static void test_steady_heap(void)
{
    enum { SIZE = 1000,
           OTHERS = 12,
           COME_AND_GO = 3 };
    void *others[OTHERS], *blocks[COME_AND_GO];

    for (int i = 0; i < OTHERS; i++) {
        others[i] = heap_allocate(SIZE);
        for (int j = 0; j < COME_AND_GO; j++)
            blocks[j] = heap_allocate(SIZE);
        uint64_t given = core_pages_given;

        for (int j = 0; j < COME_AND_GO; j++)
            heap_free(blocks[j], SIZE);
        CHECK_EQUAL(core_pages_given, given);
    }
    for (int i = 0; i < OTHERS; i++)
        heap_free(others[i], SIZE);
}

static const struct unit_test tests[] = {
    {"root.archive", test_archive},
    {"root.failures", test_failures},
    {"root.quotas", test_quotas},
    {"root.helping", test_helping},
    {"root.lookup", test_lookup},
    {"root.relinked", test_relinked},
    {"root.mappings", test_mappings},
    {"root.ranges", test_ranges},
    {"root.copies", test_copies},
    {"root.large", test_large},
    {"root.follow", test_follow},
    {"root.rounds", test_rounds},
    {"root.steady_heap", test_steady_heap},
    {"root.touched_again", test_touched_again},
};

static int run_selftests(const struct selftest *table, int argc, char **argv)
{
    int failures = 0;

    for (current = table; current->name != NULL; current++) {
        char name[64];

        snprintf(name, sizeof name, "root.%s", current->name);
        if (argc > 1 && strcmp(argv[1], name) != 0)
            continue;
        failures += !unit_run(&(struct unit_test){name, run_selftest});
    }
    return failures;
}

int main(int argc, char **argv)
{
    core_start();
    int failures = UNIT_MAIN(tests, argc, argv) != 0;

    failures += run_selftests(selftests_account, argc, argv);
    failures += run_selftests(selftests_space, argc, argv);
    failures += run_selftests(selftests_memory, argc, argv);
    return failures != 0;
}
