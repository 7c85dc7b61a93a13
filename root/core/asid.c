/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/asid.c: see asid.h. Pools are kept once made; there are 2^seL4_NumASIDPoolsBits at most. */
#include "root/core/asid.h"

#include <sel4/constants.h>

#define POOLS (1u << seL4_NumASIDPoolsBits)
#define POOL_SIZE (1u << seL4_ASIDPoolIndexBits)

struct pool {
    slot_t slot;
    uint32_t used;
};

/* The first is the kernel's: id 0 is never used, and the root task's own VSpace has another. */
static struct pool pools[POOLS] = {{SLOT_ASID_POOL, 2}};
static uint32_t pool_count = 1;
static uint32_t hint; /* no pool below has room */
static uint64_t in_use;

static cell_error_t pool_add(void)
{
    struct kernel_object untyped;

    if (pool_count == POOLS)
        return CELL_NO_SLOTS;
    slot_t slot = slot_allocate();

    if (slot == 0)
        return CELL_NO_MEMORY;
    if (object_allocate(seL4_UntypedObject, seL4_ASIDPoolBits, &untyped) != CELL_OK) {
        slot_free(slot);
        return CELL_NO_MEMORY;
    }
    int error = kernel_make_pool(untyped.slot, slot);

    if (error != 0) {
        /* The kernel may have been built for fewer. */
        object_free(&untyped);
        slot_free(slot);
        return CELL_NO_SLOTS;
    }
    pools[pool_count++] = (struct pool){slot, 0};
    return CELL_OK;
}

cell_error_t asid_assign(slot_t vspace, uint32_t *pool)
{
    while (hint < pool_count && pools[hint].used == POOL_SIZE)
        hint++;
    if (hint == pool_count) {
        cell_error_t error = pool_add();

        if (error != CELL_OK)
            return error;
    }
    int error = kernel_assign_asid(pools[hint].slot, vspace);

    if (error != 0)
        return kernel_refused(error);
    pools[hint].used++;
    in_use++;
    *pool = hint;
    return CELL_OK;
}

void asid_release(uint32_t pool)
{
    pools[pool].used--;
    in_use--;
    if (pool < hint)
        hint = pool;
}

uint64_t asid_count(void)
{
    return in_use;
}
