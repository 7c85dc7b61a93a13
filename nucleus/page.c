/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/page.c: mapping frames (manual 7.1.4, seL4_ARM_Page).
 */
#include <sel4/constants.h>

#include "nucleus/asid.h"
#include "nucleus/cspace.h"
#include "nucleus/operations.h"
#include "nucleus/vspace.h"

/* The space that argument capability 1 names. */
INLINE int check_space(const struct capability *vspace, uint64_t **root)
{
    *root = cap_object(vspace);
    if (LIKELY(vspace_is_valid(vspace)))
        return seL4_NoError;
    if (cap_type(vspace) != CAP_VSPACE || vspace->table.asid == 0)
        return refuse_capability(1);
    if (vspace_of(vspace) == NULL) {
        core.lookup_failure = (struct lookup_failure){.type = seL4_InvalidRoot};
        return refuse_lookup(false);
    }
    return refuse_capability(1);
}

/* A frame that is mapped can only be mapped again where it is. One that is not goes to any place of its alignment. */
INLINE int check_place(const struct capability *cap, const struct capability *vspace, uint64_t address, unsigned bits)
{
    /* Between the ends of the address and of the alignment. */
    bool fits = (address & ~((uint64_t)seL4_UserTop & ~UINT64_C(0) << bits)) == 0;

    if (LIKELY(fits && (cap->frame.asid == 0 ||
                        (cap->frame.asid == vspace->table.asid && cap->frame.address == address))))
        return seL4_NoError;
    if ((address & mask_bits(bits)) != 0)
        return refuse(seL4_AlignmentError);
    return cap->frame.asid != 0 && cap->frame.asid != vspace->table.asid ? refuse_capability(1) : refuse_argument(0);
}

/* ---- The table that the last page went into ---- */

#define PART_BITS seL4_LargePageBits

/* Does a small page at the address go into that one? */
INLINE bool is_known(const struct capability *vspace, uint64_t address)
{
    return core.mapped.part == address >> PART_BITS && core.mapped.space == vspace->word[0] &&
           core.mapped.epoch == core.space_epoch;
}

/* `entry` is that of a small page. */
static void remember(const struct capability *vspace, uint64_t address, uint64_t *entry)
{
    core.mapped.table = entry - (address >> PAGE_BITS & mask_bits(LEVEL_BITS));
    core.mapped.space = vspace->word[0];
    core.mapped.part = address >> PART_BITS;
    core.mapped.epoch = core.space_epoch;
}

/* ---- Mapping ---- */

/* Maps the frame by an entry for `bits` of memory. */
INLINE int map_by(struct invocation *invocation, uint64_t *entry, unsigned bits)
{
    struct capability *cap = &invocation->slot->cap;
    uint64_t address = invocation_word(invocation, 0);
    unsigned rights = (unsigned)invocation_word(invocation, 1) & cap->frame.rights;
    uint64_t attributes = invocation_word(invocation, 2);
    unsigned asid = invocation->caps[0]->cap.table.asid;
    uint64_t value = entry_for_page(cap_physical(cap), bits, rights, attributes);

    cap->frame.asid = (uint16_t)asid;
    cap->frame.address = address;
    vspace_set_entry(entry, value, asid, address);
    return seL4_NoError;
}

/* Into any table. */
static ASIDE int map_anywhere(struct invocation *invocation)
{
    const struct capability *cap = &invocation->slot->cap;
    const struct capability *vspace = &invocation->caps[0]->cap;
    uint64_t address = invocation_word(invocation, 0);
    unsigned bits = cap_frame_bits(cap);
    uint64_t *root;
    struct walk walk;
    int error = check_space(vspace, &root);

    if (error == seL4_NoError)
        error = check_place(cap, vspace, address, bits);
    if (error != seL4_NoError)
        return error;
    walk = vspace_walk(root, address);
    if (walk.bits != bits) {
        cspace_missing(walk.bits);
        return refuse_lookup(false);
    }
    if (bits == PAGE_BITS)
        remember(vspace, address, walk.entry);
    return map_by(invocation, walk.entry, bits);
}

int page_map(struct invocation *invocation)
{
    const struct capability *cap = &invocation->slot->cap;
    const struct capability *vspace = &invocation->caps[0]->cap;
    uint64_t address = invocation_word(invocation, 0);
    int error;

    if (!is_known(vspace, address) || UNLIKELY(cap->word[0] >> CAP_FRAME_SIZE_SHIFT != CAP_SMALL_FRAME))
        return map_anywhere(invocation);
    error = check_place(cap, vspace, address, PAGE_BITS);
    if (UNLIKELY(error != seL4_NoError))
        return error;
    return map_by(invocation, core.mapped.table + (address >> PAGE_BITS & mask_bits(LEVEL_BITS)), PAGE_BITS);
}

int page_unmap(struct invocation *invocation)
{
    frame_unmap(&invocation->slot->cap);
    return seL4_NoError;
}

int page_get_address(struct invocation *invocation)
{
    invocation_answer(invocation, cap_physical(&invocation->slot->cap));
    return seL4_NoError;
}
