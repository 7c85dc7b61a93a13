/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/fastpath_off.c: in place of fastpath.c in the build `ordinary`: every call goes the ordinary way. Tests
 * compare the two.
 */
#include "nucleus/syscall.h"

#include "nucleus/cspace.h"
#include "nucleus/fault.h"

struct thread *fastpath_call(uint64_t address, uint64_t info, struct thread *thread)
{
    struct slot *slot = cspace_lookup(thread, address);

    if (slot == NULL)
        return syscall_fault_address(address, info, thread);
    return cap_type(&slot->cap) == CAP_ENDPOINT ? syscall_call_endpoint(slot, info, thread)
                                                : syscall_call_object(slot, info, thread);
}

struct thread *fastpath_reply_receive(uint64_t address, uint64_t info, struct thread *thread)
{
    return syscall_reply_receive(address, info, thread);
}

struct thread *fastpath_send(uint64_t address, uint64_t info, struct thread *thread)
{
    struct slot *slot = cspace_lookup(thread, address);

    return slot == NULL ? syscall_fault_address(address, info, thread) : syscall_send(slot, info, thread);
}

struct thread *fastpath_receive(uint64_t address, uint64_t info, struct thread *thread)
{
    return syscall_receive(cspace_lookup(thread, address), info, thread);
}

struct thread *fastpath_fault(struct thread *thread)
{
    fault_raise(thread);
    return scheduler_run();
}
