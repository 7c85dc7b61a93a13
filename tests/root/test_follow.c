/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/root/test_follow.c: address spaces that share a heap: memory that one attaches all have, or none if an allocation fails,
 * or a place is taken; memory that the owner removes none has. Code and data that are replaced are replaced everywhere.
 */
#include "root/core/follow.h"
#include "root/core/reaper.h"
#include "tests/root/core.h"

#define MEMBERS 5u
#define HEAP UINT64_C(0x400000)
#define HEAP_PAGES 4u
#define END (HEAP + HEAP_PAGES * PAGE_SIZE)
#define READ_WRITE (CM_READ | CM_WRITE)

static struct account *account;
static struct ads *members[MEMBERS];
static enum cell_region kind = CELL_REGION_HEAP;

static void begin(void)
{
    struct vmr *first, *vmr;
    struct mo *mo;

    account = account_create(NULL);
    for (unsigned i = 0; i < MEMBERS; i++)
        CORE_CHECK(ads_create(account, &members[i]) == CELL_OK);
    CORE_CHECK(mo_create(account, HEAP_PAGES, 0, &mo) == CELL_OK);
    CORE_CHECK(ads_attach(account, members[0], mo, HEAP, kind, READ_WRITE, 0, &first) == CELL_OK);
    for (unsigned i = 1; i < MEMBERS; i++) {
        /* The last may only read. */
        unsigned rights = i == MEMBERS - 1 ? CM_READ : READ_WRITE;

        CORE_CHECK(ads_attach(account, members[i], mo, HEAP, kind, rights, ATTACH_MAY_FAULT, &vmr) == CELL_OK);
        vmr->followed = true;
        CORE_CHECK(follow_join(account, members[i - 1], members[i], first, rights) == CELL_OK);
    }
    object_release(&mo->object);
}

static void end(void)
{
    for (unsigned i = 0; i < MEMBERS; i++)
        object_release(&members[i]->object);
    reap_all();
    for (unsigned unit = 0; unit < ACCOUNT_UNITS; unit++)
        CORE_CHECK_EQUAL(account->used[unit], 0);
    CORE_CHECK_EQUAL(account->references, 1);
    account_release(account);
}

static cell_error_t in_pieces(struct spread *spread)
{
    cell_error_t error;

    do
        error = spread_go_on(spread, &(uint32_t){12});
    while (error == CELL_AGAIN);
    return error;
}

/* One of them, `leader`, has the heap longer by 8 pages. */
static cell_error_t lengthen(unsigned leader)
{
    struct spread spread;
    struct vmr *vmr;
    struct mo *mo;
    cell_error_t error = mo_create(account, 8, 0, &mo);

    if (error != CELL_OK)
        return error;
    error = ads_attach(account, members[leader], mo, END, CELL_REGION_HEAP, READ_WRITE, 0, &vmr);
    object_release(&mo->object);
    if (error != CELL_OK)
        return error;
    struct follow_group *group = follow_attached(vmr);

    CORE_CHECK(group != NULL && group->count == MEMBERS);
    error = spread_attach(&spread, group, account, vmr);
    CORE_CHECK(error == CELL_OK && spread_attach(&(struct spread){0}, group, account, vmr) == CELL_BUSY);
    error = in_pieces(&spread);
    if (error != CELL_OK)
        ads_remove(vmr);
    return error;
}

static unsigned count_at(uint64_t address)
{
    unsigned count = 0;

    for (unsigned i = 0; i < MEMBERS; i++)
        count += ads_find(members[i], address) != NULL;
    return count;
}

static void remove_again(void)
{
    struct spread spread;
    struct follow_group *group = follow_removed(members[0], END, END + PAGE_SIZE);

    CORE_CHECK(follow_removed(members[1], END, END + PAGE_SIZE) == NULL);
    CORE_CHECK(group != NULL && spread_remove(&spread, group, account, members[0], 0, ADS_HIGHEST) == CELL_OK);
    CORE_CHECK(in_pieces(&spread) == CELL_OK);
    /* From the range on that they share, all but the owner's own. */
    CORE_CHECK_EQUAL(count_at(HEAP), 1);
    CORE_CHECK_EQUAL(count_at(END), 1);
}

static void fails_at_each_allocation(void)
{
    for (unsigned leader = 0; leader < MEMBERS - 1; leader++) {
        unsigned failures = 0;
        int failed = 1;

        for (uint64_t count = 0; failed; count++) {
            begin();
            core_fail_at(count);
            cell_error_t error = lengthen(leader);

            failed = core_has_failed();
            core_fail_at(UINT64_MAX);
            reap_all();
            CORE_CHECK(error == CELL_OK || (error == CELL_NO_MEMORY && failed));
            CORE_CHECK_EQUAL(count_at(END), error == CELL_OK ? MEMBERS : 0);
            failures += error != CELL_OK;
            if (!failed && leader == 0)
                remove_again();
            end();
        }
        CORE_CHECK(failures > MEMBERS);
    }
}

static void is_in_the_way(void)
{
    struct vmr *vmr;

    begin();
    CORE_CHECK(ads_reserve(account, members[2], END + PAGE_SIZE, 1, CELL_REGION_GENERIC, &vmr) == CELL_OK);
    CORE_CHECK(lengthen(1) == CELL_OVERLAP);
    reap_all();
    CORE_CHECK(count_at(END) == 0 && count_at(END + PAGE_SIZE) == 1);
    ads_remove(vmr);
    CORE_CHECK(lengthen(1) == CELL_OK);
    end();
}

/* A PD that may only read cannot make the heap longer; a PD that leaves does not matter; the last has none to share with. */
static void are_left(void)
{
    struct vmr *vmr;

    begin();
    CORE_CHECK_EQUAL(follow_heap_end(members[MEMBERS - 1]), HEAP);
    CORE_CHECK(ads_find_kind(members[MEMBERS - 1], CELL_REGION_HEAP, &vmr) == CELL_OK && follow_attached(vmr) == NULL);
    for (unsigned i = 0; i < MEMBERS - 1; i++) {
        CORE_CHECK(follow_heap(members[i])->count == MEMBERS - i);
        follow_leave(members[i]);
    }
    CORE_CHECK(follow_heap(members[MEMBERS - 1]) == NULL);
    end();
}

/* The owner removes all of it, and puts something else there. */
static void is_replaced(enum cell_region of)
{
    struct spread spread;
    struct vmr *vmr;
    struct mo *mo;

    kind = of;
    begin();
    struct follow_group *group = follow_removed(members[0], HEAP, END);

    CORE_CHECK(group != NULL && spread_remove(&spread, group, account, members[0], HEAP, END) == CELL_OK);
    CORE_CHECK(in_pieces(&spread) == CELL_OK);
    ads_remove(ads_find(members[0], HEAP));
    CORE_CHECK_EQUAL(count_at(HEAP), 0);
    CORE_CHECK(mo_create(account, HEAP_PAGES, 0, &mo) == CELL_OK);
    CORE_CHECK(ads_attach(account, members[0], mo, HEAP, kind, READ_WRITE, 0, &vmr) == CELL_OK);
    CORE_CHECK((group = follow_attached(vmr)) != NULL && spread_attach(&spread, group, account, vmr) == CELL_OK);
    CORE_CHECK(in_pieces(&spread) == CELL_OK);
    for (unsigned i = 0; i < MEMBERS; i++) {
        vmr = ads_find(members[i], HEAP);
        CORE_CHECK(vmr != NULL && vmr->mo == mo && vmr->kind == kind && vmr->rights == (i == MEMBERS - 1 ? CM_READ : READ_WRITE));
    }
    object_release(&mo->object);
    end();
    kind = CELL_REGION_HEAP;
}

void test_follow(void)
{
    is_replaced(CELL_REGION_ELF_CODE);
    is_replaced(CELL_REGION_ELF_DATA);
    is_replaced(CELL_REGION_HEAP);
    fails_at_each_allocation();
    is_in_the_way();
    are_left();
}
