/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/account.c: see account.h. */
#include "root/core/account.h"

#include "root/memory/counts.h"
#include "root/memory/heap.h"

struct account root_account = {
    .limit = {ACCOUNT_UNLIMITED, ACCOUNT_UNLIMITED, ACCOUNT_UNLIMITED},
    .references = 1,
};

struct account *account_create(void)
{
    struct account *account = heap_allocate(sizeof *account);

    if (account == NULL)
        return NULL;
    for (int unit = 0; unit < ACCOUNT_UNITS; unit++)
        account->limit[unit] = ACCOUNT_UNLIMITED;
    account->references = 1;
    return account;
}

void account_refer(struct account *account)
{
    account->references++;
}

void account_release(struct account *account)
{
    if (--account->references == 0)
        heap_free(account, sizeof *account);
}

cell_error_t account_charge(struct account *account, enum account_unit unit, uint64_t count)
{
    uint64_t limit = account->limit[unit];

    if (account != &root_account && memory_short())
        return CELL_NO_MEMORY;
    /* A limit may have been set below what is in use. */
    if (account->used[unit] > limit || count > limit - account->used[unit])
        return CELL_QUOTA;
    account->used[unit] += count;
    return CELL_OK;
}

void account_refund(struct account *account, enum account_unit unit, uint64_t count)
{
    account->used[unit] -= count;
}
