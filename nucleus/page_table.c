/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/page_table.c: page tables (manual 7.1.1, seL4_ARM_PageTable). A table goes where the walk to
 * its address ends, so the same object serves level 2 and level 3.
 */
#include <sel4/constants.h>

#include "nucleus/memory.h"
#include "nucleus/asid.h"
#include "nucleus/cspace.h"
#include "nucleus/derivation.h"
#include "nucleus/operations.h"
#include "nucleus/vspace.h"

int page_table_map(struct invocation *invocation)
{
    struct capability *cap = &invocation->slot->cap;
    const struct capability *vspace = &invocation->caps[0]->cap;
    uint64_t address = invocation_word(invocation, 0);
    struct walk walk;
    uint64_t *root;

    if (cap->table.asid != 0)
        return refuse_capability(0);
    if (cap_type(vspace) != CAP_VSPACE || vspace->table.asid == 0)
        return refuse_capability(1);
    if (address > seL4_UserTop)
        return refuse_argument(0);
    root = vspace_of(vspace);
    if (root == NULL) {
        core.lookup_failure = (struct lookup_failure){.type = seL4_InvalidRoot};
        return refuse_lookup(false);
    }
    if (physical_of(root) != cap_physical(vspace))
        return refuse_capability(1);
    walk = vspace_walk(root, address);
    if (walk.bits == PAGE_BITS || (*walk.entry & ENTRY_VALID) != 0)
        return refuse(seL4_DeleteFirst);
    cap->table.asid = vspace->table.asid;
    cap->table.address = address & ~mask_bits(walk.bits);
    dsb_store(); /* its entries before itself */
    *walk.entry = cap_physical(cap) | ENTRY_TABLE;
    dsb_store();
    return seL4_NoError;
}

/* The entry that points to the table; null if there is none any more. */
static uint64_t *entry_of(const struct capability *cap)
{
    uint64_t *asid = asid_entry(cap->table.asid);
    uint64_t *root;
    uint64_t *entry;

    if (asid == NULL || *asid == 0)
        return NULL;
    root = window(*asid & VTTBR_ROOT);
    for (unsigned bits = seL4_HugePageBits; bits > PAGE_BITS; bits -= seL4_PageTableIndexBits) {
        entry = bits == seL4_HugePageBits ? root + (cap->table.address >> bits)
                                          : root + (cap->table.address >> bits & mask_bits(seL4_PageTableIndexBits));
        if (!entry_is_table(*entry, bits))
            return NULL;
        if ((*entry & ENTRY_ADDRESS) == cap_physical(cap))
            return entry;
        root = window(*entry & ENTRY_ADDRESS);
    }
    return NULL;
}

void page_table_end(const struct capability *cap)
{
    unsigned asid = cap->table.asid;
    uint64_t *entry = asid == 0 ? NULL : entry_of(cap);

    if (entry == NULL)
        return;
    *entry = 0;
    core.mapped.part = UINT64_MAX;
    if (asid_enter(asid)) {
        tlb_invalidate_space();
        asid_leave();
    }
}

int page_table_unmap(struct invocation *invocation)
{
    struct capability *cap = &invocation->slot->cap;

    if (!derivation_is_last(invocation->slot))
        return refuse(seL4_RevokeFirst);
    if (cap->table.asid == 0)
        return seL4_NoError;
    page_table_end(cap);
    cap->table.asid = 0;
    memory_zero_page(cap_object(cap));
    return seL4_NoError;
}
