/* SPDX-License-Identifier: BSD-2-Clause */
/* root/base/report.c: see report.h. */
#include "root/base/report.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#define FRAMES 16

/* In lib/runtime/crt_root.S. */
/* crt_root.S */
extern const char root_stack_guard[], root_stack[], root_stack_top[], root_pass_guard[], root_pass[], root_pass_top[];

struct writer {
    char *text;
    size_t size, length;
};

static void __attribute__((format(printf, 2, 3))) add(struct writer *to, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(to->text + to->length, to->size - to->length, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    to->length += (size_t)length;
    if (to->length >= to->size)
        to->length = to->size - 1;
}

/* Which fault, in a line. Message words as the manual's chapter on faults has them. */
static void add_fault(struct writer *to, seL4_MessageInfo_t info)
{
    switch (seL4_MessageInfo_get_label(info)) {
    case seL4_Fault_VMFault:
        add(to, "%s at address 0x%lx, syndrome 0x%lx\n",
            seL4_GetMR(seL4_VMFault_PrefetchFault) != 0 ? "instruction fetch" : "memory access",
            seL4_GetMR(seL4_VMFault_Addr), seL4_GetMR(seL4_VMFault_FSR));
        break;
    case seL4_Fault_UserException:
        add(to, "exception %lu, code %lu\n", seL4_GetMR(seL4_UserException_Number),
            seL4_GetMR(seL4_UserException_Code));
        break;
    case seL4_Fault_CapFault:
        add(to, "capability fault at address 0x%lx\n", seL4_GetMR(seL4_CapFault_Addr));
        break;
    case seL4_Fault_UnknownSyscall:
        add(to, "unknown system call %ld\n", (long)seL4_GetMR(seL4_UnknownSyscall_Syscall));
        break;
    default:
        add(to, "fault %lu\n", seL4_MessageInfo_get_label(info));
    }
}

/* All of `size` bytes. */
static bool is_between(uint64_t address, uint64_t size, const char *low, const char *high)
{
    return address >= (uint64_t)low && address + size <= (uint64_t)high;
}

/* A frame record (Arm AAPCS64, "The frame pointer") that lies in one of the stacks. */
static bool is_frame(uint64_t address)
{
    return (is_between(address, 16, root_stack, root_stack_top) || is_between(address, 16, root_pass, root_pass_top)) &&
           address % 8 == 0;
}

static void add_backtrace(struct writer *to, uint64_t frame)
{
    add(to, "  called from");
    for (int i = 0; i < FRAMES && is_frame(frame); i++) {
        const uint64_t *record = (const uint64_t *)frame;

        add(to, " 0x%lx", record[1]);
        if (record[0] <= frame)
            break;
        frame = record[0];
    }
    add(to, "\n");
}

size_t report_write(char *text, size_t size, seL4_MessageInfo_t info, slot_t tcb, const char *bug)
{
    struct writer to = {text, size, 0};
    seL4_UserContext registers;
    uint64_t address = seL4_GetMR(seL4_VMFault_Addr);
    bool in_guard = seL4_MessageInfo_get_label(info) == seL4_Fault_VMFault &&
                    (is_between(address, 1, root_stack_guard, root_stack) || is_between(address, 1, root_pass_guard, root_pass));

    add(&to, "root task: ");
    if (bug[0] != 0)
        add(&to, "%s\n", bug);
    else
        add_fault(&to, info);
    if (seL4_TCB_ReadRegisters(tcb, 0, 0, CPU_CONTEXT_WORDS, &registers) != seL4_NoError)
        return to.length;
    add(&to, "  pc 0x%lx lr 0x%lx sp 0x%lx fp 0x%lx\n", registers.pc, registers.x30, registers.sp,
        registers.x29);
    add(&to, "  x0 0x%lx x1 0x%lx x2 0x%lx x3 0x%lx x19 0x%lx x20 0x%lx\n", registers.x0,
        registers.x1, registers.x2, registers.x3, registers.x19, registers.x20);
    add_backtrace(&to, registers.x29);
    if (registers.sp < (uint64_t)root_stack || in_guard)
        add(&to, "  the stack has overflowed\n");
    return to.length;
}
