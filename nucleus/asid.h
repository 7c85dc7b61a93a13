/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/asid.h: address space identifiers, and the processor's few that stand for them.
 */
#pragma once

#include <sel4/constants.h>

#include "nucleus/capability.h"

#define ASID_POOLS (1 << seL4_NumASIDPoolsBits)
#define ASIDS_A_POOL (1 << seL4_ASIDPoolIndexBits)

/* One page, zero when new. An entry is the value for VTTBR_EL2: the VMID in bits 48 to 55 (0: has
 * none now), and the root's physical address. 0: the ASID is free. */
struct asid_pool {
    uint64_t entry[ASIDS_A_POOL];
};

_Static_assert(sizeof(struct asid_pool) == 4096, "an ASID pool is a page");

extern struct asid_pool *asid_pools[ASID_POOLS];

#define VTTBR_VMID_SHIFT 48
#define VTTBR_ROOT UINT64_C(0xffffffe000)

/* The entry of an ASID; null if there is no such pool. */
static inline uint64_t *asid_entry(unsigned asid)
{
    struct asid_pool *pool = asid_pools[asid >> seL4_ASIDPoolIndexBits];

    return pool == NULL ? NULL : &pool->entry[asid & mask_bits(seL4_ASIDPoolIndexBits)];
}

/* Gives the ASID's space a VMID, taking it from another space if all are in use. Returns the entry. */
uint64_t asid_assign_vmid(unsigned asid);

/* For TLB maintenance: makes VTTBR_EL2 that of the ASID; false if the space has no VMID and so the
 * TLB knows nothing of it. asid_leave restores. */
bool asid_enter(unsigned asid);
void asid_leave(void);

/* An address space's last capability goes: its ASID becomes free. */
void asid_release(const struct capability *vspace);

/* A pool's last capability goes: its spaces lose their ASIDs. */
void asid_pool_end(const struct capability *cap);

/* At boot: the first pool, which is `pool`, and its first ASID for this root table. Returns it. */
unsigned asid_boot(struct asid_pool *pool, const void *root);

/* For the checked build: the ASID that a VMID stands for. */
unsigned asid_of_vmid(unsigned vmid);
