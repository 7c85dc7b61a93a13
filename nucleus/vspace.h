/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/vspace.h: address spaces: stage 2 tables (Arm ARM D8.2, D8.3).
 *
 * User level has no stage 1 of its own (but virtual CPUs have), so its addresses are stage 2's input
 * addresses, 40 bits: a root of 1024 entries of 1 GiB (two tables that stand together), then tables
 * of 512 entries of 2 MiB, then of 4 KiB.
 */
#pragma once

#include "nucleus/arch.h"
#include "nucleus/asid.h"
#include "nucleus/capability.h"
#include "nucleus/scheduler.h"
#include "nucleus/thread.h"

/* Table entries. */
#define ENTRY_VALID UINT64_C(1)
#define ENTRY_TABLE UINT64_C(3) /* level 1 and 2; at level 3 it is a page */
#define ENTRY_BLOCK UINT64_C(1)
#define ENTRY_ADDRESS UINT64_C(0xfffffff000)
#define ENTRY_NORMAL (UINT64_C(0xf) << 2 | UINT64_C(3) << 8) /* write-back, inner shareable */
#define ENTRY_DEVICE (UINT64_C(0) << 2)                      /* nGnRnE */
#define ENTRY_READ (UINT64_C(1) << 6)
#define ENTRY_WRITE (UINT64_C(1) << 7)
#define ENTRY_ACCESSED (UINT64_C(1) << 10)
#define ENTRY_EXECUTE_NEVER (UINT64_C(1) << 54)

/* Where a walk ends: the entry that says what is at the address, or that nothing is. */
struct walk {
    uint64_t *entry;
    unsigned bits; /* log2 of what the entry covers: 30, 21 or 12 */
};

#define ROOT_BITS 30 /* what an entry of the root covers */
#define LEVEL_BITS seL4_PageTableIndexBits

static inline bool entry_is_table(uint64_t entry, unsigned bits)
{
    return bits != PAGE_BITS && (entry & 3) == ENTRY_TABLE;
}

/* Walks as deep as there are tables. */
static inline struct walk vspace_walk(uint64_t *root, uint64_t address)
{
    struct walk walk = {root + (address >> ROOT_BITS), ROOT_BITS};

    while (entry_is_table(*walk.entry, walk.bits)) {
        uint64_t *table = window(*walk.entry & ENTRY_ADDRESS);

        walk.bits -= LEVEL_BITS;
        walk.entry = table + (address >> walk.bits & mask_bits(LEVEL_BITS));
    }
    return walk;
}

/* An entry that maps `bits` of memory at `physical`. */
uint64_t entry_for_page(uint64_t physical, unsigned bits, unsigned rights, uint64_t attributes);

/* The address space of the capability's ASID; null if the ASID no longer has one. */
static inline uint64_t *vspace_of(const struct capability *cap)
{
    uint64_t *entry = cap->table.asid == 0 ? NULL : asid_entry(cap->table.asid);

    return entry != NULL && *entry != 0 ? window(*entry & VTTBR_ROOT) : NULL;
}

/* It is a capability to an address space, and its ASID is still that space's. */
static inline bool vspace_is_valid(const struct capability *cap)
{
    const uint64_t *entry = asid_entry(cap->table.asid); /* that of ASID 0 is 0 */

    return cap_type(cap) == CAP_VSPACE && entry != NULL && (*entry & VTTBR_ROOT) == cap_physical(cap);
}

/* Writes an entry of the space with this ASID and makes it effective. */
void vspace_replace_entry(uint64_t *entry, uint64_t value, unsigned asid, uint64_t address);
static inline void vspace_set_entry(uint64_t *entry, uint64_t value, unsigned asid, uint64_t address)
{
    if (UNLIKELY((*entry & ENTRY_VALID) != 0)) { /* the TLB may know it */
        vspace_replace_entry(entry, value, asid, address);
        return;
    }
    *entry = value;
    dsb_store();
}

/* Takes away the mapping that this frame's capability made, if it is still there. */
void frame_unmap(struct capability *cap);

/* The last capability of a page table goes: takes it out of its space. */
void page_table_end(const struct capability *cap);

/* Something happened that could change what the VSpace capability of any thread stands for (core.space_epoch). */
static inline void vspace_changed(void)
{
    core.space_epoch++;
}

/* Finds out the VTTBR of a thread, which remembers it. */
uint64_t vspace_find(struct thread *thread);

/* Loads the address space of the thread. */
static inline void vspace_activate(struct thread *thread)
{
    uint64_t vttbr = thread->vttbr;

    if (UNLIKELY(thread->space_epoch != core.space_epoch))
        vttbr = vspace_find(thread);
    if (vttbr != core.vttbr) {
        core.vttbr = vttbr;
        WRITE_REGISTER(vttbr_el2, vttbr);
    }
}

/* At boot: stage 2's control register. */
void vspace_boot(void);
