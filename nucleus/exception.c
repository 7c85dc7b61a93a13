/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/exception.c: exceptions of user level that are no system calls: what class of syndrome
 * becomes which fault.
 */
#include <sel4/constants.h>

#include "nucleus/arch.h"
#include "nucleus/debug.h"
#include "nucleus/fault.h"
#include "nucleus/fpu.h"
#include "nucleus/panic.h"
#include "nucleus/scheduler.h"
#include "nucleus/syscall.h"
#include "nucleus/vcpu.h"

/* The address that a data or instruction abort was about. */
static uint64_t fault_address(const struct thread *thread)
{
    if (thread->vcpu == NULL)
        return READ_REGISTER(far_el2); /* no stage 1: virtual is intermediate physical */
    return vcpu_fault_address();
}

struct thread *exception_enter(struct thread *thread, uint64_t syndrome)
{
    unsigned class = (unsigned)(syndrome >> 26);

    syndrome &= 0xffffffff;
    thread->fault.word[0] = syndrome;
    thread->fault.word[1] = 0;
    switch (class) {
    case CLASS_FETCH:
    case CLASS_DATA:
        thread->fault.type = seL4_Fault_VMFault;
        thread->fault.fetch = class == CLASS_FETCH;
        thread->fault.word[0] = fault_address(thread);
        thread->fault.word[1] = syndrome;
        break;
    case CLASS_HVC: /* a guest's; as a system call of a thread */
        thread->context.fault_pc = thread->context.pc - 4;
        return syscall_enter(thread);
    case CLASS_UNKNOWN:
    case CLASS_ILLEGAL_STATE:
        thread->fault.type = seL4_Fault_UserException;
        break;
    case CLASS_FPU:
        if (fpu_trap(thread))
            return thread;
        /* fall through */
    default:
        thread->fault.type = seL4_Fault_VCPUFault;
        break;
    }
    return fastpath_fault(thread);
}

_Noreturn void kernel_exception(uint64_t syndrome, uint64_t address, uint64_t pc)
{
    panic("exception in the kernel: syndrome, address, pc", syndrome, address, pc);
}
