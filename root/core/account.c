/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/account.c: see account.h. Bottom-up: what passes a budget on its way up,
 * charges, accounts, budgets.
 *
 * A budget keeps what is left of its limits, so that the way up is a comparison and
 * a subtraction per level. Budgets with a reserve are on a path of their own.
 */
#include "root/core/account.h"

#include "root/memory/counts.h"
#include "root/memory/heap.h"

struct account root_account = {.references = 1, .priority = UINT8_MAX};

static uint64_t budgets;

static uint64_t cap(uint64_t limit)
{
    return limit < ACCOUNT_MOST ? limit : ACCOUNT_MOST;
}

uint64_t budget_used(const struct budget *budget, enum account_unit unit)
{
    return cap(budget->limit[unit]) - (uint64_t)budget->left[unit];
}

/* ---- Reserves -------------------------------------------------------- */

/* Unused parts of all reserves. */
static uint64_t promised[ACCOUNT_UNITS];

/* Handles, with their slot and their part of a CNode, that fit into a page. */
#define SLOTS_OF_A_PAGE 32u

/* Tells memory_is_short() how many pages the promised things would take at most. */
static void count_promised(enum account_unit unit, uint64_t before, uint64_t after)
{
    promised[unit] += after - before;
    memory_promised = promised[ACCOUNT_PAGES] + promised[ACCOUNT_OBJECTS] +
                      promised[ACCOUNT_SLOTS] / SLOTS_OF_A_PAGE;
    memory_keep();
}

static uint64_t above(uint64_t used, uint64_t reserve)
{
    return used > reserve ? used - reserve : 0;
}

/* Counts a change in the budget that it begins in (`first`: against its reserve), or in one above; what it changes above. */
static int64_t pass(struct budget *budget, enum account_unit unit, int64_t change, bool first)
{
    uint64_t reserve = budget->reserve[unit], before = budget->own[unit], after = before + (uint64_t)change;

    budget->left[unit] -= change;
    if (reserve == 0 || !first)
        return change;
    budget->own[unit] = after;
    count_promised(unit, above(reserve, before), above(reserve, after));
    return (int64_t)(above(after, reserve) - above(before, reserve));
}

/* ---- Lending --------------------------------------------------------- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Uses as much of `count` as is lent. */
static uint64_t use_lent(struct budget *budget, enum account_unit unit, uint64_t count)
{
    uint64_t used = budget == NULL ? 0 : least(count, budget->lent[unit]);

    if (used == 0)
        return 0;
    count_promised(unit, budget->lent[unit], budget->lent[unit] - used);
    budget->lent[unit] -= used;
    budget->lent_used[unit] += used;
    return used;
}

static void give_lent(struct budget *budget, enum account_unit unit, uint64_t count)
{
    if (count == 0)
        return;
    count_promised(unit, budget->lent[unit], budget->lent[unit] + count);
    budget->lent[unit] += count;
    budget->lent_used[unit] -= count;
}

/* ---- Charges --------------------------------------------------------- */

/* Refunds what is not lent, in the budgets below `end`. */
static void refund_own(struct budget *first, const struct budget *end, enum account_unit unit, int64_t count)
{
    for (struct budget *at = first; at != end && count != 0; at = at->parent)
        count = -pass(at, unit, -count, at == first);
}

/* What is lent is given back first. */
static void refund_all(struct budget *first, enum account_unit unit, uint64_t count)
{
    uint64_t lent = first == NULL ? 0 : least(count, first->lent_used[unit]);

    give_lent(first, unit, lent);
    refund_own(first, NULL, unit, (int64_t)(count - lent));
}

static void charge_anyway(struct budget *first, enum account_unit unit, uint64_t count)
{
    int64_t change = (int64_t)count;

    for (struct budget *at = first; at != NULL && change != 0; at = at->parent)
        change = pass(at, unit, change, at == first);
}

/* The parts of a charge: what was lent, and what counts for the machine. */
struct way {
    uint64_t lent, up;
};

/* The whole way, with what is lent and reserves. */
static cell_error_t charge_up(struct budget *first, enum account_unit unit, uint64_t count, struct way *way)
{
    way->lent = use_lent(first, unit, count);
    int64_t own = (int64_t)(count - way->lent), change = own;

    for (struct budget *at = first; at != NULL && change != 0; at = at->parent) {
        if (at->left[unit] < change) {
            refund_own(first, at, unit, own);
            give_lent(first, unit, way->lent);
            return CELL_QUOTA;
        }
        change = pass(at, unit, change, at == first);
    }
    way->up = (uint64_t)change;
    return CELL_OK;
}

static void undo_charge(struct budget *first, enum account_unit unit, uint64_t count, const struct way *way)
{
    refund_own(first, NULL, unit, (int64_t)(count - way->lent));
    give_lent(first, unit, way->lent);
}

cell_error_t account_charge_with_care(struct account *account, enum account_unit unit, uint64_t count,
                                      const struct budget *counted)
{
    struct budget *budget = account->budget;
    struct way way;

    if (count == 0)
        return CELL_OK;
    for (struct budget *at = budget; at != counted; at = at->parent)
        at->left[unit] += (int64_t)count;
    cell_error_t error = count > ACCOUNT_MOST ? CELL_QUOTA : charge_up(budget, unit, count, &way);

    if (error != CELL_OK)
        return error;
    if (account != &root_account &&
        (way.up != 0 ? memory_is_short(unit == ACCOUNT_PAGES ? way.up : 1) : memory_is_gone())) {
        undo_charge(budget, unit, count, &way);
        return CELL_NO_MEMORY;
    }
    account->used[unit] += count;
    return CELL_OK;
}

void account_charge_anyway(struct account *account, enum account_unit unit, uint64_t count)
{
    account->used[unit] += count;
    charge_anyway(account->budget, unit, count - use_lent(account->budget, unit, count));
}

void account_refund(struct account *account, enum account_unit unit, uint64_t count)
{
    account->used[unit] -= count;
    if (account->budget != NULL && account->budget->reserved) {
        refund_all(account->budget, unit, count);
        return;
    }
    for (struct budget *at = account->budget; at != NULL; at = at->parent)
        at->left[unit] += (int64_t)count;
}

/* ---- Accounts -------------------------------------------------------- */

/* An account, or a founder, begins or ends to use a budget. */
void budget_refer(struct budget *budget)
{
    budget->references++;
    budget->users++;
}

struct account *account_create(struct budget *budget)
{
    struct account *account = heap_allocate(sizeof *account);

    if (account == NULL)
        return NULL;
    if (budget != NULL)
        budget_refer(budget);
    account->budget = budget;
    account->references = 1;
    return account;
}

void account_release(struct account *account)
{
    if (--account->references != 0)
        return;
    if (account->budget != NULL)
        budget_release(account->budget);
    heap_free(account, sizeof *account);
}

/* ---- Budgets --------------------------------------------------------- */

/* What a budget counts for above: what is used, and what is not of its reserve. */
static uint64_t counts_above(const struct budget *budget, enum account_unit unit)
{
    return budget_used(budget, unit) + above(budget->reserve[unit], budget->own[unit]);
}

static void unrefer(struct budget *budget)
{
    /* Up the tree, as far as this was all that kept a budget. */
    while (budget != NULL && --budget->references == 0) {
        struct budget *parent = budget->parent;

        for (unsigned unit = 0; unit < ACCOUNT_UNITS; unit++)
            if (budget->reserve[unit] != 0) {
                count_promised((enum account_unit)unit, budget->reserve[unit], 0);
                refund_all(parent, (enum account_unit)unit, budget->reserve[unit]);
            }
        refund_all(parent, ACCOUNT_OBJECTS, RECORD_OBJECTS(sizeof *budget));
        heap_free(budget, sizeof *budget);
        budgets--;
        budget = parent;
    }
}

void budget_release(struct budget *budget)
{
    budget->users--;
    unrefer(budget);
}

/* Nobody but budgets below uses it, and it bounds nothing: it only makes ways longer. */
static bool is_empty(const struct budget *budget)
{
    return budget->users == 0 && !budget->bounded;
}

/* What a budget itself takes of the one that it is in, by its record and its reserve. */
static uint64_t taken_above(const struct budget *budget, enum account_unit unit)
{
    return budget->reserve[unit] + (unit == ACCOUNT_OBJECTS ? RECORD_OBJECTS(sizeof *budget) : 0);
}

/* What it takes counts against the reserve of its new parent from now on, as if it had been made there. */
static void take_of_reserve(struct budget *parent, enum account_unit unit, uint64_t count)
{
    if (parent == NULL || parent->reserve[unit] == 0)
        return;
    int64_t change = pass(parent, unit, (int64_t)count, true) - (int64_t)count;

    parent->left[unit] += (int64_t)count; /* it counted there before */
    for (struct budget *at = parent->parent; at != NULL; at = at->parent)
        at->left[unit] -= change;
}

/* Takes an empty budget out of the way from `budget` up. */
static void splice(struct budget *budget)
{
    struct budget *empty = budget->parent;

    for (unsigned unit = 0; unit < ACCOUNT_UNITS; unit++)
        empty->left[unit] += (int64_t)counts_above(budget, (enum account_unit)unit);
    empty->left[ACCOUNT_OBJECTS] += (int64_t)RECORD_OBJECTS(sizeof *budget); /* the record's, too */
    budget->parent = empty->parent;
    for (unsigned unit = 0; unit < ACCOUNT_UNITS; unit++)
        take_of_reserve(budget->parent, (enum account_unit)unit, taken_above(budget, (enum account_unit)unit));
    if (empty->parent != NULL)
        empty->parent->references++;
    unrefer(empty);
}

/* How many budgets a new one would be in. Empty ones go: only here can a way become longer. */
static unsigned levels_above(struct budget *budget)
{
    unsigned levels = 0;

    for (; budget != NULL; budget = budget->parent, levels++)
        while (budget->parent != NULL && is_empty(budget->parent))
            splice(budget);
    return levels;
}

cell_error_t budget_create(struct budget *parent, struct budget **made)
{
    if (levels_above(parent) >= BUDGET_LEVELS)
        return CELL_TOO_LARGE;
    struct way way;
    cell_error_t error = charge_up(parent, ACCOUNT_OBJECTS, RECORD_OBJECTS(sizeof **made), &way);

    if (error != CELL_OK)
        return error;
    struct budget *budget = way.up != 0 && memory_is_short(1) ? NULL : heap_allocate(sizeof *budget);

    if (budget == NULL) {
        undo_charge(parent, ACCOUNT_OBJECTS, RECORD_OBJECTS(sizeof *budget), &way);
        return CELL_NO_MEMORY;
    }
    for (unsigned unit = 0; unit < ACCOUNT_UNITS; unit++) {
        budget->limit[unit] = ACCOUNT_UNLIMITED;
        budget->left[unit] = INT64_MAX;
    }
    budget->parent = parent;
    if (parent != NULL)
        parent->references++;
    budget->references = budget->users = 1;
    budgets++;
    *made = budget;
    return CELL_OK;
}

void budget_limit(struct budget *budget, const uint64_t limit[ACCOUNT_UNITS])
{
    for (unsigned i = 0; i < ACCOUNT_UNITS; i++) {
        uint64_t used = budget_used(budget, (enum account_unit)i);

        budget->limit[i] = limit[i];
        budget->left[i] = (int64_t)(cap(limit[i]) - used);
        budget->bounded |= limit[i] < ACCOUNT_MOST;
    }
}

static cell_error_t reserve_unit(struct budget *budget, enum account_unit unit, uint64_t count)
{
    struct way way;
    cell_error_t error = count > ACCOUNT_MOST ? CELL_QUOTA : charge_up(budget->parent, unit, count, &way);

    if (error != CELL_OK)
        return error;
    uint64_t pages = unit == ACCOUNT_SLOTS ? way.up / SLOTS_OF_A_PAGE : way.up;

    if (way.up != 0 && memory_is_short(pages)) {
        undo_charge(budget->parent, unit, count, &way);
        return CELL_QUOTA;
    }
    budget->reserve[unit] = count;
    count_promised(unit, 0, count);
    return CELL_OK;
}

cell_error_t budget_reserve(struct budget *budget, const uint64_t reserve[ACCOUNT_UNITS])
{
    for (unsigned unit = 0; unit < ACCOUNT_UNITS; unit++) {
        cell_error_t error = reserve_unit(budget, (enum account_unit)unit, reserve[unit]);

        /* What was taken goes back with the budget. */
        if (error != CELL_OK)
            return error;
        budget->reserved |= reserve[unit] != 0;
        budget->bounded |= reserve[unit] != 0;
    }
    return CELL_OK;
}

void budget_lend(struct budget *budget, enum account_unit unit, uint64_t count)
{
    count_promised(unit, budget->lent[unit], budget->lent[unit] + count);
    budget->lent[unit] += count;
    budget->reserved |= count != 0;
}

void budget_take_back(struct budget *budget, enum account_unit unit, uint64_t count)
{
    uint64_t unused = least(count, budget->lent[unit]);

    count_promised(unit, budget->lent[unit], budget->lent[unit] - unused);
    budget->lent[unit] -= unused;
    budget->lent_used[unit] -= count - unused;
    charge_anyway(budget, unit, count - unused);
    budget->reserved = false;
    for (unsigned i = 0; i < ACCOUNT_UNITS; i++)
        budget->reserved |= (budget->reserve[i] | budget->lent[i] | budget->lent_used[i]) != 0;
}

bool budget_has_reserve(const struct budget *budget, const uint64_t wanted[ACCOUNT_UNITS])
{
    for (unsigned unit = 0; unit < ACCOUNT_UNITS; unit++)
        if (wanted[unit] > above(budget->reserve[unit], budget->own[unit]))
            return false;
    return true;
}

bool budget_contains(const struct budget *budget, const struct account *account)
{
    for (const struct budget *at = account->budget; at != NULL; at = at->parent)
        if (at == budget)
            return true;
    return false;
}

uint64_t budget_count(void)
{
    return budgets;
}
