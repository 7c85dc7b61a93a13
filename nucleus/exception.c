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
    switch (class) {
    case CLASS_FETCH:
        fault_raise_memory(thread, fault_address(thread), syndrome, true);
        break;
    case CLASS_DATA:
        fault_raise_memory(thread, fault_address(thread), syndrome, false);
        break;
    case CLASS_HVC: /* a guest's; as a system call of a thread */
        thread->context.fault_pc = thread->context.pc - 4;
        return syscall_enter(thread);
    case CLASS_UNKNOWN:
    case CLASS_ILLEGAL_STATE:
        fault_raise_simple(thread, seL4_Fault_UserException, syndrome, 0);
        break;
    case CLASS_FPU:
        if (fpu_trap(thread))
            return thread;
        /* fall through */
    default:
        fault_raise_simple(thread, seL4_Fault_VCPUFault, syndrome, 0);
        break;
    }
    scheduler_run();
    return current;
}

_Noreturn void kernel_exception(uint64_t syndrome, uint64_t address, uint64_t pc)
{
    panic("exception in the kernel: syndrome, address, pc", syndrome, address, pc);
}
