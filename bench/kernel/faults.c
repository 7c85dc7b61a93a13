/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of a partner that this thread handles: a round is an answer, the fault that follows, and its message. An answer
 * without words starts the faulting instruction again. */
#include "bench/kernel/measure.h"

enum { usual = 1000, el1 = 0x3c5 };

extern const char code_vm[], code_undefined[], code_syscall[], code_hvc[], code_abort[], code_wfi[];

__asm__(".section .text.code, \"ax\"\n"
        "code_vm: mov x2, #0x1238\n 1: ldr x3, [x2]\n b 1b\n"
        "code_undefined: .word 0\n b code_undefined\n"
        "code_syscall: mov x7, #77\n 1: svc #0\n b 1b\n"
        "code_hvc: mov x7, #77\n 1: hvc #0\n b 1b\n"
        "code_abort: mov x2, #0x1238\n 1: ldr x3, [x2]\n b 1b\n"
        "code_wfi: wfi\n b code_wfi\n"
        ".previous\n");

static seL4_CPtr endpoint;
static seL4_CPtr vcpu;

static void start(const char *code, enum partner_space where, seL4_Word state)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    struct thread *thread = partner_new(0, where, endpoint);
    if (state != 0) {
        vcpu = object_new(seL4_ARM_VCPUObject, 0);
        seL4_ARM_VCPU_SetTCB(vcpu, thread->tcb);
    }
    seL4_UserContext context = {0};
    context.pc = (seL4_Word)code;
    context.spsr = state;
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, 8, &context);
    seL4_RecvWithMRs(endpoint, 0, 0, 0, 0, 0);
}

static void vm_same(void) { start(code_vm, same_space, 0); }
static void vm(void) { start(code_vm, other_space, 0); }
static void undefined(void) { start(code_undefined, other_space, 0); }
static void unknown(void) { start(code_syscall, other_space, 0); }
static void hvc(void) { start(code_hvc, other_space, el1); }
static void stage_2(void) { start(code_abort, other_space, el1); }
static void wfi(void) { start(code_wfi, other_space, el1); }

static void answer(void)
{
    seL4_ReplyRecvWithMRs(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), 0, 0, 0, 0, 0);
}

static void close_guest(void)
{
    cap_delete(vcpu);
    partner_stop();
}

static const struct operation list[] = {
    {"VM fault -> handler -> reply, same AS", 0, usual, vm_same, 0, answer, 0, partner_stop},
    {"VM fault -> handler -> reply, two AS", "noFPU: VM fault -> handler -> reply, two AS", usual, vm, 0, answer, 0,
     partner_stop},
    {"Undefined insn -> handler -> reply, two AS", "noFPU: Undefined insn -> handler -> reply, two AS", usual, undefined,
     0, answer, 0, partner_stop},
    {"Unknown syscall -> handler -> reply, two AS", 0, usual, unknown, 0, answer, 0, partner_stop},
    {"VCPU hvc exit -> handler -> reply -> re-enter, two AS", 0, usual, hvc, 0, answer, 0, close_guest},
    {"VCPU stage-2 abort -> handler -> reply, two AS", 0, usual, stage_2, 0, answer, 0, close_guest},
    {"VCPU wfi exit -> handler -> reply, two AS", "noFPU: VCPU wfi exit -> handler -> reply, two AS", usual, wfi, 0,
     answer, 0, close_guest},
};

void bench_faults(void)
{
    measure_list(list, sizeof list / sizeof list[0]);
}
