/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/object.c: the table of object types.
 *
 * All objects are designed so that zeroed memory is a valid new object, but for threads and virtual
 * CPUs, which get their first register values here.
 */
#include <sel4/constants.h>

#include "nucleus/object.h"

#include "nucleus/debug.h"
#include "nucleus/thread.h"
#include "nucleus/vcpu.h"

static const struct object_kind {
    uint8_t cap;     /* enum cap_type */
    uint8_t bits;    /* log2 of the size; variable: of the smallest */
    bool variable;   /* the invocation's argument is added */
    bool device;
} kinds[seL4_ObjectTypeCount] = {
    [seL4_UntypedObject] = {CAP_UNTYPED, 0, true, true},
    [seL4_TCBObject] = {CAP_THREAD, seL4_TCBBits, false, false},
    [seL4_EndpointObject] = {CAP_ENDPOINT, seL4_EndpointBits, false, false},
    [seL4_NotificationObject] = {CAP_NOTIFICATION, seL4_NotificationBits, false, false},
    [seL4_CapTableObject] = {CAP_CNODE, seL4_SlotBits, true, false},
    [seL4_ARM_HugePageObject] = {CAP_FRAME, seL4_HugePageBits, false, true},
    [seL4_ARM_VSpaceObject] = {CAP_VSPACE, seL4_VSpaceBits, false, false},
    [seL4_ARM_SmallPageObject] = {CAP_FRAME, seL4_PageBits, false, true},
    [seL4_ARM_LargePageObject] = {CAP_FRAME, seL4_LargePageBits, false, true},
    [seL4_ARM_PageTableObject] = {CAP_PAGE_TABLE, seL4_PageTableBits, false, false},
    [seL4_ARM_VCPUObject] = {CAP_VCPU, seL4_VCPUBits, false, false},
};

unsigned object_bits(uint64_t type, uint64_t size_bits)
{
    return kinds[type].bits + (kinds[type].variable ? (unsigned)size_bits : 0);
}

bool object_may_be_device(uint64_t type)
{
    return kinds[type].device;
}

static inline void thread_create(struct thread *thread)
{
    thread->context.spsr = SPSR_USER_FIXED;
    thread->timeslice = CONFIG_TIME_SLICE;
    debug_thread_add(thread);
}

void object_set_values(uint64_t type, uint64_t physical, unsigned bits, uint64_t count)
{
    uint64_t end = physical + (count << bits);

    if (type == seL4_TCBObject)
        for (; physical < end; physical += UINT64_C(1) << seL4_TCBBits)
            thread_create(window(physical));
    else if (type == seL4_ARM_VCPUObject)
        for (; physical < end; physical += UINT64_C(1) << seL4_VCPUBits)
            vcpu_create(window(physical));
}

struct capability object_capability(uint64_t type, uint64_t physical, unsigned bits, bool device)
{
    struct capability cap = cap_new(kinds[type].cap, physical);

    switch (type) {
    case seL4_UntypedObject:
        cap.untyped.size_bits = FIELD(bits, 6);
        cap.untyped.device = device;
        break;
    case seL4_EndpointObject:
    case seL4_NotificationObject:
        cap.endpoint.rights = RIGHTS_ALL;
        break;
    case seL4_CapTableObject:
        cap.cnode.radix = FIELD(bits - seL4_SlotBits, 6);
        break;
    case seL4_ARM_SmallPageObject:
    case seL4_ARM_LargePageObject:
    case seL4_ARM_HugePageObject:
        cap.frame.size = bits == seL4_PageBits ? FRAME_SMALL : bits == seL4_LargePageBits ? FRAME_LARGE : FRAME_HUGE;
        cap.frame.rights = RIGHT_READ | RIGHT_WRITE;
        cap.frame.device = device;
        break;
    default:
        break;
    }
    return cap;
}

struct capability object_create(uint64_t type, uint64_t physical, unsigned bits, bool device)
{
    object_set_values(type, physical, bits, 1);
    return object_capability(type, physical, bits, device);
}
