/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/asid.c: an address space needs an ASID to be used; ASIDs come from pools (manual 7.1.5 and
 * 7.1.6). There are 2^16 of them, but the processor tells only 256 spaces (VMIDs) apart in its TLB.
 * So a space gets a VMID when it runs, and loses it when another needs it. VMID 0 stands for "no
 * address space".
 *
 * Bottom-up: VMIDs, ASIDs and pools, the invocations.
 */
#include "nucleus/asid.h"

#include "nucleus/arch.h"
#include "nucleus/cspace.h"
#include "nucleus/derivation.h"
#include "nucleus/memory.h"
#include "nucleus/operations.h"
#include "nucleus/vspace.h"

struct asid_pool *asid_pools[ASID_POOLS];

/* ---- VMIDs ---- */

#define VMIDS 256

static uint16_t vmid_asid[VMIDS]; /* 0: the VMID is free */
static uint8_t vmid_next = 1;

unsigned asid_of_vmid(unsigned vmid)
{
    return vmid_asid[vmid];
}

static unsigned vmid_of(uint64_t entry)
{
    return entry >> VTTBR_VMID_SHIFT & 0xff;
}

/* The TLB forgets all about the VMID of `entry`. */
static void forget(uint64_t entry)
{
    uint64_t before = READ_REGISTER(vttbr_el2);

    WRITE_REGISTER(vttbr_el2, entry);
    isb();
    tlb_invalidate_space();
    WRITE_REGISTER(vttbr_el2, before);
    isb();
}

/* Takes the VMID away from the ASID's space. The entry is valid and has one. */
static void vmid_free(uint64_t *entry)
{
    forget(*entry);
    vmid_asid[vmid_of(*entry)] = 0;
    *entry &= VTTBR_ROOT;
    vspace_changed();
}

uint64_t asid_assign_vmid(unsigned asid)
{
    uint64_t *entry = asid_entry(asid);
    unsigned vmid = vmid_next;

    if (vmid_asid[vmid] != 0)
        vmid_free(asid_entry(vmid_asid[vmid]));
    vmid_asid[vmid] = (uint16_t)asid;
    vmid_next = (uint8_t)(vmid == VMIDS - 1 ? 1 : vmid + 1);
    *entry |= (uint64_t)vmid << VTTBR_VMID_SHIFT;
    return *entry;
}

bool asid_enter(unsigned asid)
{
    uint64_t entry = *asid_entry(asid);

    if (vmid_of(entry) == 0)
        return false;
    core.vttbr_before = READ_REGISTER(vttbr_el2);
    if (core.vttbr_before != entry) {
        WRITE_REGISTER(vttbr_el2, entry);
        isb();
    }
    return true;
}

void asid_leave(void)
{
    WRITE_REGISTER(vttbr_el2, core.vttbr_before);
}

/* ---- ASIDs ---- */

/* The ASID in `*entry` becomes free. A thread that runs there faults from now on. */
static void release(uint64_t *entry)
{
    if (vmid_of(*entry) != 0)
        vmid_free(entry);
    *entry = 0;
    vspace_changed();
    vspace_activate(core.current);
}

void asid_release(const struct capability *vspace)
{
    uint64_t *entry;

    if (vspace->table.asid == 0)
        return;
    entry = asid_entry(vspace->table.asid);
    if (entry != NULL && (*entry & VTTBR_ROOT) == cap_physical(vspace))
        release(entry);
}

void asid_pool_end(const struct capability *cap)
{
    unsigned index = cap->asid_pool.index;
    struct asid_pool *pool = cap_object(cap);

    if (asid_pools[index] != pool)
        return;
    for (unsigned vmid = 1; vmid < VMIDS; vmid++)
        if (vmid_asid[vmid] != 0 && vmid_asid[vmid] >> seL4_ASIDPoolIndexBits == index)
            vmid_asid[vmid] = 0;
    tlb_invalidate_users();
    asid_pools[index] = NULL;
    vspace_changed();
    vspace_activate(core.current);
}

unsigned asid_boot(struct asid_pool *pool, const void *root)
{
    asid_pools[0] = pool;
    pool->entry[1] = physical_of(root);
    return 1;
}

/* ---- Invocations ---- */

int asid_control_make_pool(struct invocation *invocation)
{
    struct slot *untyped = invocation->caps[0];
    struct capability *cap = &untyped->cap;
    struct capability pool;
    struct slot *to;
    unsigned index = 0;
    int error;

    while (index < ASID_POOLS && asid_pools[index] != NULL)
        index++;
    if (index == ASID_POOLS)
        return refuse(seL4_DeleteFirst);
    if (cap_type(cap) != CAP_UNTYPED || cap->untyped.size_bits != seL4_ASIDPoolBits || cap->untyped.device)
        return refuse_capability(1);
    if (derivation_has_children(untyped))
        return refuse(seL4_RevokeFirst);
    to = invocation_empty_slot(&invocation->caps[1]->cap, invocation_word(invocation, 0),
                               invocation_depth(invocation, 1), &error);
    if (to == NULL)
        return error;
    asid_pools[index] = cap_object(cap);
    memory_zero_page(asid_pools[index]);
    cap->untyped.watermark = UINT64_C(1) << (seL4_ASIDPoolBits - WATERMARK_BITS);
    pool = cap_new(CAP_ASID_POOL, cap_physical(cap));
    pool.asid_pool.index = FIELD(index, 7);
    derivation_insert(untyped, to, &pool);
    return seL4_NoError;
}

/* First free ASID of the pool; ASIDS_A_POOL if there is none. ASID 0 is never given. */
static unsigned free_place(const struct asid_pool *pool, unsigned index)
{
    unsigned place = index == 0 ? 1 : 0;

    while (place < ASIDS_A_POOL && pool->entry[place] != 0)
        place++;
    return place;
}

int asid_pool_assign(struct invocation *invocation)
{
    const struct capability *cap = &invocation->slot->cap;
    struct capability *vspace = &invocation->caps[0]->cap;
    unsigned index = cap->asid_pool.index;
    struct asid_pool *pool = cap_object(cap);
    unsigned place;

    if (cap_type(vspace) != CAP_VSPACE || vspace->table.asid != 0)
        return refuse_capability(1);
    if (asid_pools[index] == NULL) {
        core.lookup_failure = (struct lookup_failure){.type = seL4_InvalidRoot};
        return refuse_lookup(false);
    }
    if (asid_pools[index] != pool)
        return refuse_capability(0);
    place = free_place(pool, index);
    if (place == ASIDS_A_POOL)
        return refuse(seL4_DeleteFirst);
    vspace->table.asid = (uint16_t)(index << seL4_ASIDPoolIndexBits | place);
    pool->entry[place] = cap_physical(vspace);
    vspace_changed();
    return seL4_NoError;
}
