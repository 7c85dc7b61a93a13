/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/page.c: see page.h. Bottom-up: page tables, a page. */
#include "root/core/page.h"

#include <sel4/constants.h>

#include "root/memory/heap.h"

static cell_error_t table_room(struct ads *ads)
{
    if (ads->table_count < ads->table_room)
        return CELL_OK;
    uint32_t room = ads->table_room == 0 ? 4 : ads->table_room * 2;
    struct ads_table *tables =
        heap_resize(ads->tables, ads->table_room * sizeof *tables, room * sizeof *tables);

    if (tables == NULL)
        return CELL_NO_MEMORY;
    ads->tables = tables;
    ads->table_room = room;
    return CELL_OK;
}

/* Adds the highest page table that is missing at `address`. */
static cell_error_t table_add(struct ads *ads, struct account *account, uint64_t address)
{
    cell_error_t error = table_room(ads);

    if (error == CELL_OK)
        error = account_charge(account, ACCOUNT_OBJECTS, 1);
    if (error != CELL_OK)
        return error;
    struct ads_table *table = &ads->tables[ads->table_count];

    error = object_allocate(seL4_ARM_PageTableObject, seL4_PageTableBits, &table->object);
    if (error != CELL_OK) {
        account_refund(account, ACCOUNT_OBJECTS, 1);
        return error;
    }
    int failed = kernel_map_table(table->object.slot, ads->vspace.slot, address);

    if (failed != 0) {
        object_free(&table->object);
        account_refund(account, ACCOUNT_OBJECTS, 1);
        return kernel_refused(failed);
    }
    table->account = account;
    table->large = 0;
    account_refer(account);
    ads->table_count++;
    return CELL_OK;
}

/* Where a page of 2 MiB goes, what is below a table there was unmapped: takes the table away; false: there is none. */
static bool table_remove(struct ads *ads, uint64_t address)
{
    for (uint32_t i = 0; i < ads->table_count; i++) {
        struct ads_table *table = &ads->tables[i];

        if (table->large != address >> seL4_LargePageBits)
            continue;
        object_free(&table->object);
        account_refund(table->account, ACCOUNT_OBJECTS, 1);
        account_release(table->account);
        *table = ads->tables[--ads->table_count];
        return true;
    }
    return false;
}

cell_error_t page_map_again(const struct vmr *vmr, slot_t slot, uint64_t address, unsigned rights, int failed)
{
    bool device = (vmr->mo->flags & MO_DEVICE) != 0;
    struct ads *ads = vmr->ads;
    uint32_t before = ads->table_count;

    while (failed == KERNEL_MISSING_TABLE) {
        /* It says the same where there is one too many. */
        bool removed = vmr->mo->order == ORDER_2M && table_remove(ads, address);
        cell_error_t error = removed ? CELL_OK : table_add(ads, vmr->object.account, address);

        if (error != CELL_OK)
            return error == CELL_EXISTS && vmr->mo->order == ORDER_1G ? CELL_OVERLAP : error;
        failed = kernel_map(slot, ads->vspace.slot, address, rights, device);
    }
    /* The last one is the lowest. */
    if (ads->table_count > before && vmr->mo->order == ORDER_SMALL)
        ads->tables[ads->table_count - 1].large = (uint32_t)(address >> seL4_LargePageBits);
    if (failed == 0 && (rights & CM_EXECUTE) != 0 && (vmr->mo->flags & MO_FOREIGN) == 0)
        failed = kernel_unify(slot, PAGE_SIZE * mo_step(vmr->mo));
    return kernel_refused(failed);
}

void page_map_there(const struct vmr *vmr, slot_t slot, page_t frame, uint64_t address)
{
    unsigned rights = page_rights(vmr, frame);
    int failed = kernel_map(slot, vmr->ads->vspace.slot, address, rights, (vmr->mo->flags & MO_DEVICE) != 0);

    if (failed == 0 && (rights & CM_EXECUTE) != 0 && (vmr->mo->flags & MO_FOREIGN) == 0)
        failed = kernel_unify(slot, PAGE_SIZE * mo_step(vmr->mo));
    if (failed != 0)
        kernel_unmap(slot);
}
