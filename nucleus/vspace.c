/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/vspace.c: stage 2 tables: walking, entries, and loading a space. What user level asks for
 * is in page.c and page_table.c.
 *
 * A mapping is remembered in the capability that made it, as ASID and address. Nothing points from a
 * table back to the capabilities: the code that removes a mapping looks whether it is still there.
 */
#include <sel4/constants.h>

#include "nucleus/vspace.h"

#include "nucleus/arch.h"
#include "nucleus/asid.h"
#include "nucleus/kernel_map.h"

/* VTCR_EL2: 40 bits of input (T0SZ 24), start at level 1, 4 KiB pages, walks write-back and inner
 * shareable, 40 bits of output. Bit 31 is RES1. */
#define VTCR (UINT64_C(0x80000000) | 2 << 16 | 3 << 12 | 1 << 10 | 1 << 8 | 1 << 6 | 24)

/* For threads without an address space: nothing is mapped. */
static uint64_t empty_root[1 << seL4_VSpaceIndexBits] __attribute__((aligned(1 << seL4_VSpaceBits)));
static uint64_t empty_vttbr;

void vspace_boot(void)
{
    WRITE_REGISTER(vtcr_el2, VTCR);
    empty_vttbr = image_physical(empty_root);
    core.vttbr = empty_vttbr;
    core.space_epoch = 1; /* a new thread has 0 */
    WRITE_REGISTER(vttbr_el2, empty_vttbr);
    isb();
    tlb_invalidate_users();
}

uint64_t entry_for_page(uint64_t physical, unsigned bits, unsigned rights, uint64_t attributes)
{
    uint64_t entry = physical | ENTRY_ACCESSED | (bits == PAGE_BITS ? ENTRY_TABLE : ENTRY_BLOCK);

    entry |= (attributes & seL4_ARM_PageCacheable) != 0 ? ENTRY_NORMAL : ENTRY_DEVICE;
    entry |= (attributes & seL4_ARM_ExecuteNever) * (ENTRY_EXECUTE_NEVER / seL4_ARM_ExecuteNever);
    /* Write without read is nothing (manual 7.1.2). */
    if ((rights & RIGHT_READ) != 0)
        entry |= ENTRY_READ | ((rights & RIGHT_WRITE) != 0 ? ENTRY_WRITE : 0);
    return entry;
}

ASIDE void vspace_replace_entry(uint64_t *entry, uint64_t value, unsigned asid, uint64_t address)
{
    bool was_valid = (*entry & ENTRY_VALID) != 0;

    if (was_valid && (value & ENTRY_VALID) != 0 && asid_enter(asid)) {
        /* From one valid entry to another: over an invalid one (Arm ARM D8.14, break before make). */
        *entry = 0;
        tlb_invalidate_page(address);
        *entry = value;
        dsb_store();
        asid_leave();
        return;
    }
    *entry = value;
    if (was_valid && asid_enter(asid)) {
        tlb_invalidate_page(address);
        asid_leave();
    } else {
        dsb_store();
    }
}

void frame_unmap(struct capability *cap)
{
    unsigned asid = cap->frame.asid;
    uint64_t *entry;
    struct walk walk;

    if (asid == 0)
        return;
    cap->frame.asid = 0;
    entry = asid_entry(asid);
    if (entry == NULL || *entry == 0)
        return;
    walk = vspace_walk(window(*entry & VTTBR_ROOT), cap->frame.address);
    if (walk.bits == cap_frame_bits(cap) && (*walk.entry & ENTRY_VALID) != 0 &&
        (*walk.entry & ENTRY_ADDRESS) == cap_physical(cap))
        vspace_set_entry(walk.entry, 0, asid, cap->frame.address);
}

uint64_t vspace_find(struct thread *thread)
{
    const struct capability *cap = &thread->slots[THREAD_SLOT_VSPACE].cap;
    uint64_t vttbr = empty_vttbr;

    if (LIKELY(cap_type(cap) == CAP_VSPACE)) {
        uint64_t *entry = asid_entry(cap->table.asid);

        if (LIKELY(entry != NULL && (*entry & VTTBR_ROOT) == cap_physical(cap))) {
            vttbr = *entry;
            if (UNLIKELY(vttbr >> VTTBR_VMID_SHIFT == 0))
                vttbr = asid_assign_vmid(cap->table.asid);
        }
    }
    thread->vttbr = vttbr;
    thread->space_epoch = core.space_epoch;
    return vttbr;
}
