/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/cspace.c: see cspace.h; the tables are in slot_table.c. */
#include "root/core/cspace.h"

#include "root/base/bug.h"
#include "root/core/handle.h"
#include "root/core/slot_table.h"

static cell_error_t link_table(struct cspace *cspace, struct slot_table *table, struct cspace_link *link)
{
    link->cspace = cspace;
    list_append(&table->users, &link->list);
    return table_link(table, cspace);
}

cell_error_t cspace_create(struct cspace *cspace, struct pd *pd, struct account *account,
                           struct slot_table *common)
{
    *cspace = (struct cspace){.pd = pd, .account = account, .common = common};
    if (common != NULL)
        common->references++;
    cell_error_t error = cnode_create(account, CSPACE_DIRECT_BITS, &cspace->root.cnode);

    if (error == CELL_OK)
        error = table_create(pd, account, CSPACE_PRIVATE, &cspace->root, &cspace->private);
    if (error == CELL_OK && common == NULL)
        error = table_create(pd, account, CSPACE_COMMON, NULL, &cspace->common);
    if (error != CELL_OK) {
        uint32_t all = UINT32_MAX;

        if (cspace->private != NULL)
            table_release(cspace->private, &all);
        else
            cnode_destroy(account, &cspace->root.cnode);
        if (cspace->common != NULL)
            table_release(cspace->common, &all);
        *cspace = (struct cspace){0};
        return error;
    }
    account_refer(account);
    error = link_table(cspace, cspace->private, &cspace->private_link);
    cell_error_t second = link_table(cspace, cspace->common, &cspace->common_link);

    error = error == CELL_OK ? second : error;
    if (error != CELL_OK)
        cspace_destroy(cspace, &(uint32_t){UINT32_MAX});
    return error;
}

static void drop_direct(struct cspace *cspace)
{
    for (unsigned i = 0; i < CSPACE_FIRST_EDGE; i++) {
        uint32_t entry = cspace->direct[i];

        cspace->direct[i] = SLOT_EMPTY;
        if (entry != SLOT_EMPTY)
            account_refund(cspace->account, ACCOUNT_SLOTS, 1);
        if (entry != SLOT_EMPTY && entry != SLOT_BARE)
            handle_drop(handle_by_index(entry));
    }
}

bool cspace_destroy(struct cspace *cspace, uint32_t *units)
{
    struct account *account = cspace->account;

    if (cspace->private_link.cspace != NULL) {
        drop_direct(cspace);
        cspace->private_link.cspace = NULL;
        list_remove(&cspace->private_link.list);
        list_remove(&cspace->common_link.list);
        if (cspace->common->pd == cspace->pd)
            cspace->common->pd = NULL;
    }
    if (cspace->private != NULL && !table_release(cspace->private, units))
        return false;
    cspace->private = NULL;
    if (cspace->common != NULL && !table_release(cspace->common, units))
        return false;
    *cspace = (struct cspace){0};
    account_release(account);
    return true;
}

cell_error_t cspace_put_entry(struct cspace *cspace, unsigned slot, slot_t from, unsigned rights,
                              uint64_t badge, uint32_t entry)
{
    cell_error_t error = account_charge(cspace->account, ACCOUNT_SLOTS, 1);

    if (error != CELL_OK)
        return error;
    error = kernel_refused(kernel_mint(cspace_root(cspace), slot, from, rights, badge));
    if (error == CELL_OK)
        cspace->direct[slot] = entry;
    else
        account_refund(cspace->account, ACCOUNT_SLOTS, 1);
    return error;
}

cell_error_t cspace_put_direct(struct cspace *cspace, unsigned slot, slot_t from, unsigned rights,
                               uint64_t badge)
{
    return cspace_put_entry(cspace, slot, from, rights, badge, SLOT_BARE);
}

void cspace_remove_direct(struct cspace *cspace, unsigned slot)
{
    must(kernel_delete_in(cspace_root(cspace), slot), "cspace: delete a direct slot");
    cspace->direct[slot] = SLOT_EMPTY;
    account_refund(cspace->account, ACCOUNT_SLOTS, 1);
}

uint32_t cspace_entry(const struct cspace *cspace, cell_cap_t where)
{
    uint64_t region = where >> CSPACE_INDEX_BITS;

    if (region == CSPACE_COMMON)
        return table_look(cspace->common, where);
    if (region >= CSPACE_FIRST_EDGE)
        return table_look(cspace->private, where);
    return where == CSPACE_DIRECT(region) ? cspace->direct[region] : SLOT_EMPTY;
}
