/* SPDX-License-Identifier: BSD-2-Clause */
/* root/selftest/account.c: tests of budgets. */
#include <stddef.h>

#include "root/core/account.h"
#include "root/memory/counts.h"
#include "root/selftest/selftest.h"

static struct budget *make_budget(struct budget *parent, uint64_t pages)
{
    struct budget *budget;

    EXPECT(budget_create(parent, &budget) == CELL_OK);
    budget_limit(budget, (const uint64_t[]){pages, ACCOUNT_UNLIMITED, ACCOUNT_UNLIMITED});
    return budget;
}

/* A charge counts in all budgets up to the machine, or in none. */
static void test_budgets(void)
{
    struct budget *outer = make_budget(NULL, 10), *inner = make_budget(outer, 8);
    struct account *a = account_create(outer), *b = account_create(inner);

    EXPECT(account_charge(b, ACCOUNT_PAGES, 9) == CELL_QUOTA);
    EXPECT(account_charge(a, ACCOUNT_PAGES, 4) == CELL_OK);
    EXPECT(account_charge(b, ACCOUNT_PAGES, 7) == CELL_QUOTA);
    EXPECT(budget_used(inner, ACCOUNT_PAGES) == 0 && budget_used(outer, ACCOUNT_PAGES) == 4);
    EXPECT(account_charge(b, ACCOUNT_PAGES, 6) == CELL_OK);
    EXPECT(budget_used(inner, ACCOUNT_PAGES) == 6 && budget_used(outer, ACCOUNT_PAGES) == 10);
    EXPECT(account_charge(a, ACCOUNT_PAGES, 1) == CELL_QUOTA);
    /* Below what is used: nothing goes, nothing comes. */
    budget_limit(outer, (const uint64_t[]){5, ACCOUNT_UNLIMITED, ACCOUNT_UNLIMITED});
    account_refund(b, ACCOUNT_PAGES, 4);
    EXPECT(account_charge(b, ACCOUNT_PAGES, 1) == CELL_QUOTA);
    EXPECT(account_charge(b, ACCOUNT_PAGES, 0) == CELL_OK);
    account_refund(b, ACCOUNT_PAGES, 2);
    EXPECT(account_charge(b, ACCOUNT_PAGES, 1) == CELL_OK);
    EXPECT(budget_contains(outer, b) && budget_contains(inner, b) && !budget_contains(inner, a));
    EXPECT(account_charge(b, ACCOUNT_PAGES, UINT64_MAX) == CELL_QUOTA);
    account_refund(b, ACCOUNT_PAGES, 1);
    account_refund(a, ACCOUNT_PAGES, 4);
    uint64_t budgets = budget_count();

    account_release(b);
    budget_release(inner);
    EXPECT(budget_count() == budgets - 1 && budget_used(outer, ACCOUNT_OBJECTS) == 0);
    account_release(a);
    budget_release(outer);
    EXPECT(budget_count() == budgets - 2);
}

/* A reserve is taken at once, used first, and there when nothing else is. */
static void test_budget_reserve(void)
{
    const uint64_t six[] = {6, 0, 0}, five[] = {5, 0, 0};
    struct budget *outer = make_budget(NULL, 10), *inner = make_budget(outer, ACCOUNT_UNLIMITED);
    struct budget *late = make_budget(outer, ACCOUNT_UNLIMITED);
    struct account *a = account_create(outer), *b = account_create(inner);

    EXPECT(budget_reserve(inner, six) == CELL_OK);
    EXPECT(budget_used(outer, ACCOUNT_PAGES) == 6 && memory_promised == 6);
    EXPECT(budget_reserve(late, five) == CELL_QUOTA && memory_promised == 6);
    budget_release(late);
    EXPECT(budget_has_reserve(inner, six) && !budget_has_reserve(outer, five));
    EXPECT(account_charge(a, ACCOUNT_PAGES, 4) == CELL_OK);
    EXPECT(account_charge(a, ACCOUNT_PAGES, 1) == CELL_QUOTA);
    EXPECT(account_charge(b, ACCOUNT_PAGES, 7) == CELL_QUOTA);
    EXPECT(account_charge(b, ACCOUNT_PAGES, 6) == CELL_OK);
    EXPECT(budget_used(outer, ACCOUNT_PAGES) == 10 && memory_promised == 0);
    account_refund(a, ACCOUNT_PAGES, 4);
    EXPECT(account_charge(b, ACCOUNT_PAGES, 2) == CELL_OK);
    EXPECT(budget_used(outer, ACCOUNT_PAGES) == 8);
    account_refund(b, ACCOUNT_PAGES, 5);
    EXPECT(budget_used(outer, ACCOUNT_PAGES) == 6 && memory_promised == 3);
    account_refund(b, ACCOUNT_PAGES, 3);
    account_release(b);
    budget_release(inner);
    EXPECT(budget_used(outer, ACCOUNT_PAGES) == 0 && memory_promised == 0);
    account_release(a);
    budget_release(outer);
}

/* What budgets below use takes nothing of a reserve; reserves that are passed on to them do, wherever what was between
 * them has gone. */
static void test_reserve_is_kept(void)
{
    const uint64_t six[] = {6, 20, 0}, two[] = {2, 0, 0};
    struct budget *holder = make_budget(NULL, 20), *between, *below, *more;
    uint64_t promised = memory_promised;

    EXPECT(budget_reserve(holder, six) == CELL_OK);
    between = make_budget(holder, ACCOUNT_UNLIMITED);
    below = make_budget(between, ACCOUNT_UNLIMITED);
    EXPECT(budget_reserve(below, two) == CELL_OK && budget_has_reserve(holder, two));
    struct account *account = account_create(below), *own = account_create(holder);

    EXPECT(account_charge(account, ACCOUNT_PAGES, 9) == CELL_OK);
    EXPECT(budget_used(holder, ACCOUNT_PAGES) == 9 && budget_has_reserve(holder, (const uint64_t[]){6, 0, 0}));
    budget_release(between);
    /* `between` goes, so what `below` takes is of the holder's reserve from now on. */
    EXPECT(budget_create(below, &more) == CELL_OK && below->parent == holder);
    EXPECT(budget_has_reserve(holder, (const uint64_t[]){4, 0, 0}) && !budget_has_reserve(holder, (const uint64_t[]){5, 0, 0}));
    budget_release(more);
    EXPECT(account_charge(own, ACCOUNT_PAGES, 11) == CELL_OK && account_charge(own, ACCOUNT_PAGES, 1) == CELL_QUOTA);
    account_refund(own, ACCOUNT_PAGES, 11);
    account_refund(account, ACCOUNT_PAGES, 9);
    account_release(account);
    budget_release(below);
    EXPECT(budget_has_reserve(holder, six) && budget_used(holder, ACCOUNT_PAGES) == 0);
    account_release(own);
    budget_release(holder);
    EXPECT(memory_promised == promised);
}

/* Lent memory is used first, beyond limits, and counts for its lender; the part in use when it is taken back counts here. */
static void test_lent(void)
{
    struct budget *outer = make_budget(NULL, 10), *inner = make_budget(outer, 4);
    struct account *account = account_create(inner);
    uint64_t promised = memory_promised;

    EXPECT(account_charge(account, ACCOUNT_PAGES, 4) == CELL_OK && account_charge(account, ACCOUNT_PAGES, 1) == CELL_QUOTA);
    budget_lend(inner, ACCOUNT_PAGES, 3);
    EXPECT(memory_promised == promised + 3);
    EXPECT(account_charge(account, ACCOUNT_PAGES, 4) == CELL_QUOTA && memory_promised == promised + 3);
    EXPECT(account_charge(account, ACCOUNT_PAGES, 2) == CELL_OK && account->used[ACCOUNT_PAGES] == 6);
    EXPECT(budget_used(inner, ACCOUNT_PAGES) == 4 && budget_used(outer, ACCOUNT_PAGES) == 4 && memory_promised == promised + 1);
    account_refund(account, ACCOUNT_PAGES, 1);
    EXPECT(budget_used(inner, ACCOUNT_PAGES) == 4 && memory_promised == promised + 2);
    budget_take_back(inner, ACCOUNT_PAGES, 3);
    EXPECT(budget_used(inner, ACCOUNT_PAGES) == 5 && budget_used(outer, ACCOUNT_PAGES) == 5 && memory_promised == promised);
    EXPECT(!inner->reserved && account_charge(account, ACCOUNT_PAGES, 1) == CELL_QUOTA);
    account_refund(account, ACCOUNT_PAGES, 5);
    account_release(account);
    budget_release(inner);
    EXPECT(budget_used(outer, ACCOUNT_PAGES) == 0);
    budget_release(outer);
}

/* Eight in one another, not nine; those that are empty and bound nothing do not count. */
static void test_budget_levels(void)
{
    struct budget *chain[BUDGET_LEVELS], *more, *at;
    uint64_t budgets = budget_count();

    for (unsigned i = 0; i < BUDGET_LEVELS; i++)
        chain[i] = make_budget(i == 0 ? NULL : chain[i - 1], ACCOUNT_UNLIMITED);
    at = chain[BUDGET_LEVELS - 1];
    EXPECT(budget_create(at, &more) == CELL_TOO_LARGE);
    struct budget *aside = make_budget(chain[3], ACCOUNT_UNLIMITED);
    struct account *account = account_create(at), *beside = account_create(aside);

    EXPECT(account_charge(account, ACCOUNT_PAGES, 5) == CELL_OK);
    EXPECT(account_charge(beside, ACCOUNT_PAGES, 2) == CELL_OK);
    budget_release(chain[3]);
    EXPECT(budget_create(at, &more) == CELL_OK && budget_count() == budgets + BUDGET_LEVELS + 2);
    EXPECT(chain[4]->parent == chain[2] && budget_used(chain[2], ACCOUNT_PAGES) == 7);
    EXPECT(aside->parent == chain[3] && budget_used(chain[3], ACCOUNT_PAGES) == 2);
    budget_release(more);
    account_refund(account, ACCOUNT_PAGES, 5);
    account_refund(beside, ACCOUNT_PAGES, 2);
    account_release(beside);
    budget_release(aside);
    for (unsigned i = 0; i < 3; i++)
        EXPECT(budget_used(chain[i], ACCOUNT_PAGES) == 0);
    account_release(account);
    for (unsigned i = 0; i < BUDGET_LEVELS; i++)
        if (i != 3)
            budget_release(chain[i]);
    EXPECT(budget_count() == budgets);
}

const struct selftest selftests_account[] = {
    {"budgets", test_budgets},
    {"budget-reserve", test_budget_reserve},
    {"reserve-is-kept", test_reserve_is_kept},
    {"budget-lent", test_lent},
    {"budget-levels", test_budget_levels},
    {NULL, NULL},
};
