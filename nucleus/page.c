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
static int check_space(const struct capability *vspace, uint64_t **root)
{
    if (cap_type(vspace) != CAP_VSPACE || vspace->table.asid == 0)
        return refuse_capability(1);
    *root = vspace_of(vspace);
    if (*root == NULL) {
        lookup_failure = (struct lookup_failure){.type = seL4_InvalidRoot};
        return refuse_lookup(false);
    }
    if (physical_of(*root) != cap_physical(vspace))
        return refuse_capability(1);
    return seL4_NoError;
}

/* A frame that is mapped can only be mapped again where it is. */
static int check_place(const struct capability *cap, const struct capability *vspace, uint64_t address)
{
    if (cap->frame.asid != 0) {
        if (cap->frame.asid != vspace->table.asid)
            return refuse_capability(1);
        if (cap->frame.address != address)
            return refuse_argument(0);
        return seL4_NoError;
    }
    if (address + mask_bits(cap_size_bits(cap)) > seL4_UserTop)
        return refuse_argument(0);
    return seL4_NoError;
}

int page_map(struct invocation *invocation)
{
    struct capability *cap = &invocation->slot->cap;
    const struct capability *vspace = &invocation->caps[0]->cap;
    uint64_t address = invocation_word(invocation, 0);
    unsigned rights = (unsigned)invocation_word(invocation, 1) & cap->frame.rights;
    uint64_t attributes = invocation_word(invocation, 2);
    unsigned bits = cap_size_bits(cap);
    struct walk walk;
    uint64_t *root;
    int error;

    error = check_space(vspace, &root);
    if (error == seL4_NoError)
        error = check_place(cap, vspace, address);
    if (error != seL4_NoError)
        return error;
    if (!aligned(address, bits))
        return refuse(seL4_AlignmentError);
    walk = vspace_walk(root, address);
    if (walk.bits != bits) {
        cspace_missing(walk.bits);
        return refuse_lookup(false);
    }
    cap->frame.asid = vspace->table.asid;
    cap->frame.address = address;
    vspace_set_entry(walk.entry, entry_for_page(cap_physical(cap), bits, rights, attributes), cap->frame.asid, address);
    return seL4_NoError;
}

int page_unmap(struct invocation *invocation)
{
    frame_unmap(&invocation->slot->cap);
    return seL4_NoError;
}

int page_get_address(struct invocation *invocation)
{
    invocation->thread->context.x[REG_MESSAGE] = cap_physical(&invocation->slot->cap);
    invocation->answer_length = 1;
    return seL4_NoError;
}
