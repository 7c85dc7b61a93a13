/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/vcpu.c: see vcpu.h. */
#include "root/core/vcpu.h"

#include <sel4/sel4.h>
#include <stddef.h>

#include "root/base/bug.h"

#define STATE_AFTER_RESET 0x3c5u               /* SPSR: EL1 with its own stack pointer, all exceptions masked */
#define SCTLR_AFTER_RESET UINT64_C(0x30c50830) /* the bits that are always one: translation and caches off */

/* Places of x0 to x30 in seL4_UserContext. */
static const uint8_t places[] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 17, 18, 19, 20, 21, 22, 23,
                                 12, 13, 14, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 15, 16};

_Static_assert(offsetof(seL4_UserContext, x9) / sizeof(seL4_Word) == 17 &&
                   offsetof(seL4_UserContext, x16) / sizeof(seL4_Word) == 12 &&
                   offsetof(seL4_UserContext, x28) / sizeof(seL4_Word) == 33 &&
                   offsetof(seL4_UserContext, x30) / sizeof(seL4_Word) == 16,
               "places of registers");

/* A kernel that was built without the hypervisor part has no such objects. */
static bool kernel_has_them(void)
{
    static enum { UNKNOWN,
                  YES,
                  NO } known;
    struct kernel_object memory;

    if (known != UNKNOWN)
        return known == YES;
    slot_t slot = slot_allocate();

    if (slot == 0 || object_allocate(seL4_UntypedObject, seL4_ARM_VCPUBits, &memory) != CELL_OK) {
        slot_free(slot);
        return true; /* no memory: making one will say so */
    }
    known = kernel_retype(memory.slot, seL4_ARM_VCPUObject, 0, slot, 1) == 0 ? YES : NO;
    object_free(&memory);
    slot_free(slot);
    return known == YES;
}

cell_error_t cpu_elevate(struct cpu *cpu)
{
    cell_error_t error = kernel_has_them() ? account_charge(cpu->object.account, ACCOUNT_OBJECTS, 1) : CELL_UNSUPPORTED;

    if (error != CELL_OK)
        return error;
    error = object_allocate(seL4_ARM_VCPUObject, seL4_ARM_VCPUBits, &cpu->vcpu);
    if (error != CELL_OK) {
        account_refund(cpu->object.account, ACCOUNT_OBJECTS, 1);
        return error;
    }
    must((int)seL4_ARM_VCPU_SetTCB(cpu->vcpu.slot, cpu->tcb.slot), "vcpu: bind");
    return CELL_OK;
}

void cpu_configure_guest(struct cpu *cpu, struct cspace *cspace, struct ads *ads)
{
    must((int)seL4_TCB_Configure(cpu->tcb.slot, CSPACE_SELF, cspace_root(cspace).slot, CPU_ROOT_GUARD,
                                 ads->vspace.slot, 0, 0, 0),
         "vcpu: configure");
    object_refer(&ads->object);
    cpu->ads = ads;
    cpu->cspace = cspace;
}

void vcpu_start(struct cpu *cpu, uint64_t entry, uint64_t argument)
{
    seL4_UserContext registers = {.pc = entry, .spsr = STATE_AFTER_RESET, .x0 = argument};

    cpu_stop(cpu);
    for (unsigned i = 0; i < seL4_VCPUReg_Num; i++)
        if (i != seL4_VCPUReg_VMPIDR_EL2 && i != seL4_VCPUReg_CNTVOFF)
            vcpu_write(cpu, i, i == seL4_VCPUReg_SCTLR ? SCTLR_AFTER_RESET : 0);
    cpu_write(cpu, (const uint64_t *)&registers, true);
}

void vcpu_step(struct cpu *cpu, uint64_t bytes, uint64_t number, uint64_t value)
{
    uint64_t registers[CPU_REGISTERS];
    seL4_UserContext *context = (seL4_UserContext *)registers;

    cpu_read(cpu, registers);
    context->pc += bytes;
    if (number < sizeof places)
        registers[places[number]] = value;
    cpu_write(cpu, registers, false);
}

uint64_t vcpu_take(struct cpu *cpu, uint64_t number)
{
    uint64_t registers[CPU_REGISTERS];

    cpu_read(cpu, registers);
    ((seL4_UserContext *)registers)->pc += 4;
    cpu_write(cpu, registers, false);
    return number < sizeof places ? registers[places[number]] : 0;
}

uint64_t vcpu_read(const struct cpu *cpu, uint64_t number)
{
    seL4_ARM_VCPU_ReadRegs_t read = seL4_ARM_VCPU_ReadRegs(cpu->vcpu.slot, (seL4_VCPUReg)number);

    must(read.error, "vcpu: read a register");
    return read.value;
}

void vcpu_write(const struct cpu *cpu, uint64_t number, uint64_t value)
{
    must((int)seL4_ARM_VCPU_WriteRegs(cpu->vcpu.slot, (seL4_VCPUReg)number, value), "vcpu: write a register");
}

cell_error_t vcpu_inject(const struct cpu *cpu, uint64_t list, uint64_t interrupt, uint64_t priority)
{
    seL4_Error error = seL4_ARM_VCPU_InjectIRQ(cpu->vcpu.slot, (seL4_Uint16)interrupt, (seL4_Uint8)priority, 0,
                                               (seL4_Uint8)list);

    return error == seL4_NoError ? CELL_OK : error == seL4_DeleteFirst ? CELL_BUSY
                                                                       : CELL_BAD_ARGUMENT;
}

cell_error_t vcpu_acknowledge(const struct cpu *cpu, uint64_t interrupt)
{
    return seL4_ARM_VCPU_AckVPPI(cpu->vcpu.slot, interrupt) == seL4_NoError ? CELL_OK : CELL_BAD_ARGUMENT;
}
