/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/account.h: who pays for what. Every PD has an account; what it makes is
 * charged to it until that is freed, even if others hold it by then, so an
 * account outlives its PD while something stands on it.
 *
 *   pages    4 KiB frames of memory objects; arrays of the root task's
 *   objects  kernel objects (TCBs, page tables, CNodes, endpoints …), and the root
 *            task's own records, one for every 256 bytes begun
 *   slots    handles and further mappings
 *
 * An account is in a budget, and budgets are in one another; what is above all of
 * them is the machine. A charge counts in the account and in each budget on the
 * way up. A limit of a budget caps what is used in it; a reserve is taken from
 * above when the budget is made, used first by the accounts of that budget, and
 * counts above only where they exceed it. What the budgets in it use takes nothing
 * of it, except the reserves that it passes on to them: so who has a reserve keeps it,
 * whatever its children do. A budget lives until its last account and its last budget are gone:
 * nothing that was charged in it can leave it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "root/base/errors.h"
#include "root/memory/counts.h"

enum account_unit { ACCOUNT_PAGES, ACCOUNT_OBJECTS, ACCOUNT_SLOTS, ACCOUNT_UNITS };

#define ACCOUNT_UNLIMITED UINT64_MAX
/* What limits and counts end at, so that `left` has a sign. */
#define ACCOUNT_MOST ((uint64_t)INT64_MAX)
/* Budgets that are in one another, at most. */
#define BUDGET_LEVELS 8u
/* Objects that a record of `size` bytes costs. */
#define RECORD_OBJECTS(size) (((size) + 255) / 256)

struct budget {
    struct budget *parent;  /* referred to; NULL: the machine */
    int64_t left[ACCOUNT_UNITS];     /* of the limit; below 0: the limit came later */
    uint64_t limit[ACCOUNT_UNITS];
    uint64_t reserve[ACCOUNT_UNITS];
    uint64_t own[ACCOUNT_UNITS]; /* where there is a reserve: what counts against it */
    uint64_t lent[ACCOUNT_UNITS];      /* by others, and not used; */
    uint64_t lent_used[ACCOUNT_UNITS]; /* and used */
    uint32_t references;
    uint32_t users;         /* references that are not those of budgets below */
    bool bounded;           /* it has, or once had, a limit or a reserve */
    bool reserved;          /* it has a reserve, or something lent */
    uint64_t report_second; /* fault.c: when the last fault report was made for it, */
    uint32_t reports;       /* how many in that second, */
    uint32_t unreported;    /* and faults since then that were too many */
};

struct account {
    uint64_t used[ACCOUNT_UNITS];
    struct budget *budget;  /* referred to; NULL: the machine */
    uint32_t references;
    uint8_t priority; /* at which what it paid for is given back (reaper.h): its PD's */
};

/* The root task's own; in no budget. */
extern struct account root_account;

/* ---- Accounts -------------------------------------------------------- */

/* A new account in a budget (NULL: in none), with one reference; NULL: no memory. */
struct account *account_create(struct budget *budget);
static inline void account_refer(struct account *account)
{
    account->references++;
}
/* Gives a reference up; the last one frees the account. */
void account_release(struct account *account);

/* As account_charge(), where reserves matter, memory is short, or a limit is near; the budgets below `counted` have
 * counted it. */
cell_error_t account_charge_with_care(struct account *account, enum account_unit unit, uint64_t count,
                                      const struct budget *counted);

/* Takes `count` of a unit: CELL_QUOTA if that goes above the limit of a budget;
 * CELL_NO_MEMORY if the machine is down to its reserve (memory_is_short()), which only
 * root_account may touch, or to what is reserved for others. Nothing is charged then. */
static inline cell_error_t account_charge(struct account *account, enum account_unit unit, uint64_t count)
{
    struct budget *budget = account->budget, *at = budget;

    if (count > ACCOUNT_MOST || memory_is_short(unit == ACCOUNT_PAGES ? count : 1) || (at != NULL && at->reserved))
        return account_charge_with_care(account, unit, count, budget);
    for (; at != NULL; at = at->parent) {
        int64_t left = at->left[unit] - (int64_t)count;

        if (left < 0)
            return account_charge_with_care(account, unit, count, at);
        at->left[unit] = left;
    }
    account->used[unit] += count;
    return CELL_OK;
}
/* The same whatever the limits, for what was refunded at once, or had to be. */
void account_charge_anyway(struct account *account, enum account_unit unit, uint64_t count);
void account_refund(struct account *account, enum account_unit unit, uint64_t count);

/* ---- Budgets --------------------------------------------------------- */

/* A new budget in another (NULL: in the machine), with one reference. Its record is
 * an object that is charged there. CELL_TOO_LARGE: it would be below BUDGET_LEVELS
 * others; CELL_QUOTA; CELL_NO_MEMORY. */
cell_error_t budget_create(struct budget *parent, struct budget **made);
void budget_refer(struct budget *budget);
void budget_release(struct budget *budget);

/* Sets all limits; what is used may be above them. */
void budget_limit(struct budget *budget, const uint64_t limit[ACCOUNT_UNITS]);
/* Takes a reserve from above; only when nothing is charged in it yet. CELL_QUOTA: there is not so much. */
cell_error_t budget_reserve(struct budget *budget, const uint64_t reserve[ACCOUNT_UNITS]);
/* Adds to what is lent to a budget: another account is charged with it until it is taken back. The part that was used
 * then counts as any other charge, whatever the limits. */
void budget_lend(struct budget *budget, enum account_unit unit, uint64_t count);
void budget_take_back(struct budget *budget, enum account_unit unit, uint64_t count);
/* Is there a reserve in `budget` of which nobody has used so much? */
bool budget_has_reserve(const struct budget *budget, const uint64_t wanted[ACCOUNT_UNITS]);

/* What is used in it of a unit. */
uint64_t budget_used(const struct budget *budget, enum account_unit unit);
/* Is an account in this budget, or in one that is in it? */
bool budget_contains(const struct budget *budget, const struct account *account);

/* Budgets there are. */
uint64_t budget_count(void);
