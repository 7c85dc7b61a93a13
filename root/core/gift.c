/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/gift.c: see gift.h. */
#include "root/core/gift.h"

#include "root/core/pd.h"
#include "root/memory/heap.h"

cell_error_t gift_begin(struct handle *edge, struct pd *giver, struct gift **made)
{
    cell_error_t error = handle_take(edge);

    if (error != CELL_OK)
        return error;
    error = account_charge(giver->account, ACCOUNT_OBJECTS, RECORD_OBJECTS(sizeof **made));
    if (error == CELL_OK) {
        error = account_charge(giver->account, ACCOUNT_SLOTS, 1);
        if (error != CELL_OK)
            account_refund(giver->account, ACCOUNT_OBJECTS, RECORD_OBJECTS(sizeof **made));
    }
    struct gift *gift = error != CELL_OK ? NULL : heap_allocate(sizeof *gift);

    if (gift == NULL) {
        if (error == CELL_OK) {
            account_refund(giver->account, ACCOUNT_OBJECTS, RECORD_OBJECTS(sizeof *gift));
            account_refund(giver->account, ACCOUNT_SLOTS, 1);
            error = CELL_NO_MEMORY;
        }
        handle_untake(handle_id(edge));
        return error;
    }
    gift->edge = handle_id(edge);
    gift->giver = giver;
    object_refer(&giver->object);
    list_append(&giver->gifts, &gift->of_giver);
    list_init(&gift->of_server);
    *made = gift;
    return CELL_OK;
}

static void take_back(struct gift *gift)
{
    for (unsigned unit = 0; unit < ACCOUNT_UNITS; unit++) {
        budget_take_back(gift->budget, (enum account_unit)unit, gift->lent[unit]);
        account_refund(gift->giver->account, (enum account_unit)unit, gift->lent[unit]);
    }
    budget_release(gift->budget);
}

cell_error_t gift_lend(struct handle *edge, struct pd *giver, struct budget *budget, const uint32_t lent[ACCOUNT_UNITS],
                       struct gift **made)
{
    struct gift *gift;
    cell_error_t error = budget == NULL ? CELL_UNSUPPORTED : gift_begin(edge, giver, &gift);

    if (error != CELL_OK)
        return error;
    budget_refer(budget);
    gift->budget = budget;
    for (unsigned unit = 0; unit < ACCOUNT_UNITS && error == CELL_OK; unit++) {
        error = account_charge(giver->account, (enum account_unit)unit, lent[unit]);
        if (error == CELL_OK) {
            budget_lend(budget, (enum account_unit)unit, lent[unit]);
            gift->lent[unit] = lent[unit];
        }
    }
    if (error == CELL_OK)
        *made = gift;
    else
        gift_end(gift);
    return error;
}

void gift_is(struct gift *gift, struct handle *handle)
{
    gift->handle = handle;
    handle->use = HANDLE_IS_GIFT;
    handle->gift = gift;
    account_refund(handle->holder->account, ACCOUNT_SLOTS, 1);
}

void gift_end(struct gift *gift)
{
    struct pd *giver = gift->giver;

    /* The table gives back what it was charged for each of its slots. */
    if (gift->handle != NULL)
        account_charge_anyway(gift->handle->holder->account, ACCOUNT_SLOTS, 1);
    if (gift->budget != NULL)
        take_back(gift);
    handle_untake(gift->edge);
    list_remove(&gift->of_giver);
    list_remove(&gift->of_server);
    account_refund(giver->account, ACCOUNT_OBJECTS, RECORD_OBJECTS(sizeof *gift));
    account_refund(giver->account, ACCOUNT_SLOTS, 1);
    heap_free(gift, sizeof *gift);
    object_release(&giver->object);
}
