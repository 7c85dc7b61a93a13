/* SPDX-License-Identifier: BSD-2-Clause */
/* Invocations whose messages are arrays of registers; the others are generated into invocations.h. */
#pragma once

#include <sel4/syscalls.h>

/* Reads the first `count` registers (1 to 36) of a thread into `regs`. */
static inline seL4_Error seL4_TCB_ReadRegisters(seL4_TCB _service, seL4_Bool suspend_source, seL4_Uint8 arch_flags,
                                                seL4_Word count, seL4_UserContext *regs)
{
    seL4_Word words[4] = {(suspend_source & 1) | (seL4_Word)arch_flags << 8, count, 0, 0};
    seL4_Word label = seL4_Invoke(_service, TCBReadRegisters, 0, 2, &words[0], &words[1], &words[2], &words[3]);
    seL4_Word *to = (seL4_Word *)regs;
    if (label == seL4_NoError) {
        for (seL4_Word i = 0; i < count && i < sizeof *regs / sizeof *to; i++) {
            to[i] = i < 4 ? words[i] : seL4_GetMR((int)i);
        }
    }
    return (seL4_Error)label;
}

/* Writes the first `count` registers (up to 36) of a thread from `regs`. */
static inline seL4_Error seL4_TCB_WriteRegisters(seL4_TCB _service, seL4_Bool resume_target, seL4_Uint8 arch_flags,
                                                 seL4_Word count, seL4_UserContext *regs)
{
    const seL4_Word *from = (const seL4_Word *)regs;
    seL4_Word *to = seL4_GetIPCBuffer()->msg + 2;
    seL4_Word words[4] = {(resume_target & 1) | (seL4_Word)arch_flags << 8, count, from[0], from[1]};
#pragma GCC unroll 4
    for (seL4_Word i = 2; i < count && i < sizeof *regs / sizeof *from; i++) {
        to[i] = from[i];
    }
    return (seL4_Error)seL4_Invoke(_service, TCBWriteRegisters, 0, 2 + sizeof *regs / sizeof *from, &words[0],
                                   &words[1], &words[2], &words[3]);
}

/* Makes the secure monitor call that the eight registers say (Arm SMC calling convention, DEN 0028). */
static inline seL4_Error seL4_ARM_SMC_Call(seL4_ARM_SMC _service, seL4_ARM_SMCContext *arguments,
                                           seL4_ARM_SMCContext *response)
{
    const seL4_Word *from = (const seL4_Word *)arguments;
    seL4_Word *to = (seL4_Word *)response;
    seL4_Word words[4] = {from[0], from[1], from[2], from[3]};
    for (int i = 4; i < 8; i++) {
        seL4_SetMR(i, from[i]);
    }
    seL4_Word label = seL4_Invoke(_service, ARMSMCCall, 0, 8, &words[0], &words[1], &words[2], &words[3]);
    for (int i = 0; i < 8; i++) {
        to[i] = i < 4 ? words[i] : seL4_GetMR(i);
    }
    return (seL4_Error)label;
}
