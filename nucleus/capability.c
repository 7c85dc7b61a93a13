/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/capability.c: rules that depend on the type of a capability alone: size of the object,
 * identity, what a copy looks like, rights, badges and guards.
 */
#include <sel4/constants.h>

#include "nucleus/capability.h"
#include "nucleus/derivation.h"

_Static_assert(PAGE_BITS + 9 * FRAME_LARGE == seL4_LargePageBits && PAGE_BITS + 9 * FRAME_HUGE == seL4_HugePageBits,
               "cap_frame_bits");

unsigned cap_size_bits(const struct capability *cap)
{
    static const uint8_t fixed[CAP_TYPES] = {
        [CAP_ENDPOINT] = seL4_EndpointBits,     [CAP_NOTIFICATION] = seL4_NotificationBits,
        [CAP_THREAD] = seL4_TCBBits,            [CAP_PAGE_TABLE] = seL4_PageTableBits,
        [CAP_VSPACE] = seL4_VSpaceBits,         [CAP_ASID_POOL] = seL4_ASIDPoolBits,
        [CAP_VCPU] = seL4_VCPUBits,
    };
    enum cap_type kind = cap_kind(cap);

    switch (kind) {
    case CAP_UNTYPED:
        return cap->untyped.size_bits;
    case CAP_CNODE:
        return cap->cnode.radix + seL4_SlotBits;
    case CAP_FRAME:
        return cap_frame_bits(cap);
    default:
        return fixed[kind];
    }
}

bool cap_same_object_by_type(const struct capability *a, const struct capability *b)
{
    enum cap_type kind = cap_kind(a);

    if (kind != cap_kind(b) || kind == CAP_UNTYPED || kind == CAP_REMNANT)
        return false;
    if (kind == CAP_IRQ_HANDLER || kind == CAP_SGI_SIGNAL)
        return a->any.data == b->any.data;
    if (kind == CAP_FRAME && a->frame.size != b->frame.size)
        return false;
    return a->any.object == b->any.object;
}

int cap_derive_by_type(const struct slot *source, struct capability *copy)
{
    *copy = source->cap;
    switch (cap_type(&source->cap)) {
    case CAP_UNTYPED:
        copy->untyped.cleared = 0;
        return derivation_has_children(source) ? seL4_RevokeFirst : seL4_NoError;
    case CAP_PAGE_TABLE:
    case CAP_VSPACE:
        return copy->table.asid == 0 ? seL4_IllegalOperation : seL4_NoError;
    case CAP_FRAME:
        copy->frame.asid = 0;
        copy->frame.address = 0;
        return seL4_NoError;
    case CAP_REPLY:
    case CAP_IRQ_CONTROL:
    case CAP_DYING:
    case CAP_REMNANT:
        *copy = (struct capability){0};
        return seL4_NoError;
    default:
        return seL4_NoError;
    }
}

/* The data word has the guard's size in its low 6 bits and the guard above (seL4_CNode_CapData_t). */
static bool apply_guard(struct capability *cap, uint64_t data)
{
    unsigned bits = (unsigned)(data & mask_bits(seL4_GuardSizeBits));

    if (bits + cap->cnode.radix > seL4_WordBits)
        return false;
    cap->cnode.guard_bits = FIELD(bits, 6);
    cap->cnode.guard = data >> seL4_GuardSizeBits & mask_bits(bits);
    return true;
}

bool cap_apply_data(struct capability *cap, uint64_t data, bool preserve)
{
    switch (cap_type(cap)) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
    case CAP_SMC:
        if (preserve || cap->endpoint.badge != 0)
            return false;
        cap->endpoint.badge = data;
        return true;
    case CAP_CNODE:
        return apply_guard(cap, data);
    default:
        return true;
    }
}
