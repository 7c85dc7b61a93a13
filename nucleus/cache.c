/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/cache.c: cache maintenance for user level, by frame and offset or by address space and
 * address (manual, seL4_ARM_Page and seL4_ARM_VSpace). It works on the kernel's own addresses of the
 * memory; memory that is not RAM is not cached, so nothing is to be done for it.
 *
 * A range may be as long as a huge page; so an interrupt is looked for at every page, and the call,
 * when it is made again, goes on at the page where it stopped.
 */
#include <sel4/constants.h>

#include "nucleus/arch.h"
#include "nucleus/asid.h"
#include "nucleus/cspace.h"
#include "nucleus/kernel_map.h"
#include "nucleus/operations.h"
#include "nucleus/vspace.h"

enum maintenance { CLEAN, INVALIDATE, CLEAN_INVALIDATE, UNIFY };

/* ---- Lines ---- */

/* From `line` to the one that holds `end` - 1. */
INLINE void each_line(uint64_t line, uint64_t end, void (*maintain)(uint64_t line))
{
    for (; line + 16 * CACHE_LINE <= end; line += 16 * CACHE_LINE)
#pragma GCC unroll 16
        for (unsigned i = 0; i < 16; i++)
            maintain(line + i * CACHE_LINE);
    for (; line < end; line += CACHE_LINE)
        maintain(line);
}

static void maintain_lines(enum maintenance operation, uint64_t line, uint64_t end)
{
    switch (operation) {
    case CLEAN:
        each_line(line, end, line_clean);
        break;
    case UNIFY:
        each_line(line, end, line_clean_unification);
        dsb();
        each_line(line, end, line_invalidate_instructions);
        break;
    default: /* INVALIDATE must not lose what others wrote in the same line */
        each_line(line, end, line_clean_invalidate);
        break;
    }
}

/* Physical addresses; the range lies in one frame. */
static int maintain(const struct invocation *invocation, uint64_t physical, uint64_t size)
{
    bool by_page = cap_type(&invocation->slot->cap) == CAP_FRAME;
    enum maintenance operation =
        (enum maintenance)(invocation->label - (by_page ? ARMPageClean_Data : ARMVSpaceClean_Data));
    uint64_t line = invocation_place(invocation, physical, size, physical & ~(uint64_t)(CACHE_LINE - 1));
    uint64_t end = physical + size;

    if (!kernel_map_holds(physical, size))
        return seL4_NoError;
    while (line < end) {
        uint64_t stop = (line | mask_bits(PAGE_BITS)) + 1;

        if (stop > end)
            stop = end;
        maintain_lines(operation, (uint64_t)window(line), (uint64_t)window(stop));
        line = stop;
        if (line < end && interrupt_waits())
            return invocation_interrupted(invocation, physical, size, line);
    }
    dsb();
    isb();
    return seL4_NoError;
}

/* ---- Invocations ---- */

int cache_of_page(struct invocation *invocation)
{
    const struct capability *cap = &invocation->slot->cap;
    uint64_t start = invocation_word(invocation, 0);
    uint64_t end = invocation_word(invocation, 1);
    uint64_t size = UINT64_C(1) << cap_size_bits(cap);
    uint64_t *entry;

    if (cap->frame.asid == 0)
        return refuse(seL4_IllegalOperation);
    entry = asid_entry(cap->frame.asid);
    if (entry == NULL || *entry == 0) {
        core.lookup_failure = (struct lookup_failure){.type = seL4_InvalidRoot};
        return refuse_lookup(false);
    }
    if (end <= start)
        return refuse_argument(1);
    if (start >= size || end > size)
        return refuse_argument(0);
    return maintain(invocation, cap_physical(cap) + start, end - start);
}

int cache_of_space(struct invocation *invocation)
{
    const struct capability *cap = &invocation->slot->cap;
    uint64_t start = invocation_word(invocation, 0);
    uint64_t end = invocation_word(invocation, 1);
    struct walk walk;
    uint64_t *root;

    if (end <= start)
        return refuse_argument(1);
    if (end > seL4_UserTop)
        return refuse(seL4_IllegalOperation);
    if (cap->table.asid == 0)
        return refuse_capability(0);
    root = vspace_of(cap);
    if (root == NULL) {
        core.lookup_failure = (struct lookup_failure){.type = seL4_InvalidRoot};
        return refuse_lookup(false);
    }
    if (physical_of(root) != cap_physical(cap))
        return refuse_capability(0);
    walk = vspace_walk(root, start);
    if ((*walk.entry & ENTRY_VALID) == 0)
        return seL4_NoError;
    if ((start & ~mask_bits(walk.bits)) != ((end - 1) & ~mask_bits(walk.bits)))
        return refuse_range(start, start | mask_bits(walk.bits));
    return maintain(invocation, (*walk.entry & ENTRY_ADDRESS & ~mask_bits(walk.bits)) + (start & mask_bits(walk.bits)),
                    end - start);
}
