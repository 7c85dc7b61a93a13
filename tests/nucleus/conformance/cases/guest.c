/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest: a thread with a VCPU that runs at EL1 and EL0 of it. What leaves it (hypervisor and secure monitor calls,
 * waiting, aborts, trapped registers) and with which message, what stays in it (its own exceptions, system calls of
 * its EL0), its registers across switches, its FPU. The guest's stage 1 is off, so its addresses are this task's. */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, el1 = 0x3c5, el0 = 0x3c0 };

extern const char guest_hvc[], guest_syscall[], guest_smc[], guest_wfi[], guest_wfe[], guest_read[], guest_write[], guest_jump[],
    guest_own_exception[], guest_to_el0[], guest_id[], guest_fpu[], guest_actlr[], guest_debug[], guest_pmu[],
    guest_cache[], guest_virtual_timer[], guest_set_way[], guest_tlb[], guest_loop[], guest_undefined[],
    guest_cpacr[], guest_el0_fpu[];

/* Reports go out by `hvc`, with number 0x60 and above in x7. The vectors report what was taken, and go
 * on behind the instruction. */
__asm__(".section .text.code, \"ax\"\n"
        ".balign 2048\nguest_vectors:\n"
        ".rept 16\n 1: mov x0, #0x200\n mrs x1, esr_el1\n mrs x2, elr_el1\n mrs x3, spsr_el1\n mrs x4, far_el1\n"
        " adr x5, 1b\n and x5, x5, #0x780\n mov x7, #0x6e\n hvc #0\n lsr x6, x1, #26\n cmp x6, #0x15\n b.eq 2f\n add x2, x2, #4\n"
        " msr elr_el1, x2\n 2: eret\n .balign 128\n .endr\n"
        ".macro report number\n mov x7, #\\number\n hvc #0\n .endm\n"
        "guest_hvc: nop\n hvc #0\n hvc #77\n mov x7, #0x61\n hvc #5\n 1: b 1b\n"
        "guest_syscall: mov x0, x2\n mov x1, #0x5000\n mov x7, #-4\n hvc #0\n mov x0, #0\n mov x2, #0\n report 0x62\n 1: b 1b\n"
        "guest_smc: ldr x0, =0x84000000\n smc #0\n report 0x63\n 1: b 1b\n"
        "guest_wfi: wfi\n report 0x64\n 1: b 1b\n"
        "guest_wfe: sevl\n wfe\n wfe\n report 0x65\n 1: b 1b\n"
        "guest_read: mov x2, #0x1238\n ldr x3, [x2]\n report 0x66\n 1: b 1b\n"
        "guest_write: mov x2, #0x1240\n strb w3, [x2, #1]!\n report 0x66\n 1: b 1b\n"
        "guest_jump: mov x2, #0x2000\n br x2\n"
        "guest_own_exception: adr x1, guest_vectors\n msr vbar_el1, x1\n isb\n brk #3\n svc #4\n report 0x67\n 1: b 1b\n"
        "guest_undefined: adr x1, guest_vectors\n msr vbar_el1, x1\n isb\n .word 0\n report 0x67\n 1: b 1b\n"
        "guest_to_el0: adr x1, guest_vectors\n msr vbar_el1, x1\n adr x1, 2f\n msr elr_el1, x1\n mov x1, #0x3c0\n msr spsr_el1, x1\n"
        " mov x1, #0x7000\n msr sp_el0, x1\n isb\n eret\n 2: svc #9\n mov x0, #1\n svc #10\n hvc #0\n wfi\n 1: b 1b\n"
        "guest_id: mrs x0, mpidr_el1\n mrs x1, midr_el1\n and x1, x1, #0xff000000\n mrs x2, currentel\n mrs x3, id_aa64pfr0_el1\n"
        " mov x3, #0\n mrs x4, cntfrq_el0\n mrs x5, ctr_el0\n and x5, x5, #0xf\n report 0x68\n 1: b 1b\n"
        "guest_fpu: mov x0, #0x300000\n msr cpacr_el1, x0\n isb\n fmov d5, #2.0\n report 0x69\n fmov x0, d5\n report 0x6a\n 1: b 1b\n"
        "guest_cpacr: adr x1, guest_vectors\n msr vbar_el1, x1\n msr cpacr_el1, xzr\n isb\n fmov d5, #2.0\n report 0x6a\n 1: b 1b\n"
        "guest_actlr: mrs x0, actlr_el1\n mov x1, #1\n msr actlr_el1, x1\n mrs x1, actlr_el1\n report 0x70\n 1: b 1b\n"
        "guest_debug: mrs x0, mdscr_el1\n mrs x1, oslsr_el1\n msr mdscr_el1, xzr\n mrs x2, dbgbvr0_el1\n report 0x71\n 1: b 1b\n"
        "guest_pmu: mrs x0, pmcr_el0\n mov x0, #0\n mrs x1, pmccntr_el0\n mov x1, #0\n report 0x72\n 1: b 1b\n"
        "guest_cache: adr x1, guest_cache\n dc cvac, x1\n dc civac, x1\n dc ivac, x1\n ic ivau, x1\n ic iallu\n dsb sy\n isb\n"
        " mov x1, #0\n report 0x73\n dc zva, x1\n report 0x74\n 1: b 1b\n"
        "guest_set_way: mov x1, #0\n dc csw, x1\n dc cisw, x1\n report 0x75\n 1: b 1b\n"
        "guest_tlb: tlbi vmalle1\n tlbi vmalle1is\n mov x1, #0\n tlbi vae1, x1\n dsb sy\n isb\n report 0x76\n 1: b 1b\n"
        "guest_physical_timer: mrs x0, cntpct_el0\n mov x0, #0\n mrs x1, cntp_ctl_el0\n msr cntp_ctl_el0, xzr\n report 0x77\n 1: b 1b\n"
        "guest_virtual_timer: mrs x0, cntvct_el0\n mov x0, #0\n mrs x1, cntv_ctl_el0\n mrs x2, cntkctl_el1\n mov x3, #3\n"
        " msr cntkctl_el1, x3\n report 0x78\n 1: b 1b\n"
        "guest_loop: msr tpidr_el1, x0\n msr ttbr0_el1, x0\n msr sp_el0, x0\n msr elr_el1, x0\n"
        "2: mov x7, #-7\n hvc #0\n add x1, x1, #1\n mrs x2, tpidr_el1\n cmp x2, x0\n cinc x3, x3, ne\n mrs x2, ttbr0_el1\n cmp x2, x0\n"
        " cinc x3, x3, ne\n mrs x2, sp_el0\n cmp x2, x0\n cinc x3, x3, ne\n mrs x2, elr_el1\n cmp x2, x0\n cinc x3, x3, ne\n b 2b\n"
        ".ltorg\n.previous\n");

static seL4_CPtr faults;

struct guest {
    struct thread *thread;
    seL4_CPtr vcpu;
};

static struct guest start(const char *code, seL4_Word state, seL4_Word x0, seL4_Word x2)
{
    struct guest guest = {code_new(code, 255, cap_mint(faults, seL4_AllRights, 1)), object_new(seL4_ARM_VCPUObject, 0)};
    seL4_UserContext context = {0};
    check("VCPU", seL4_ARM_VCPU_SetTCB(guest.vcpu, guest.thread->tcb));
    context.pc = (seL4_Word)code;
    context.sp = 0x7000;
    context.spsr = state;
    context.x0 = x0;
    context.x2 = x2;
    seL4_TCB_WriteRegisters(guest.thread->tcb, 1, 0, 9, &context);
    seL4_Yield();
    return guest;
}

/* Lets the guest go on behind the instruction that left it. */
static void go_on(seL4_Word label, struct thread *thread)
{
    seL4_UserContext context = {0};
    if (label == seL4_Fault_UnknownSyscall) {
        seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 4);
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, seL4_UnknownSyscall_FaultIP + 1));
        return;
    }
    seL4_TCB_ReadRegisters(thread->tcb, 0, 0, 1, &context);
    context.pc += 4;
    seL4_TCB_WriteRegisters(thread->tcb, 0, 0, 1, &context);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
}

static void leaving(void)
{
    static const struct {
        const char *name;
        const char *code;
        int exits;
    } snippets[] = {
        {"hypervisor call", guest_hvc, 4},       {"secure monitor call", guest_smc, 2},
        {"wait for interrupt", guest_wfi, 2},    {"wait for event", guest_wfe, 2},
        {"load", guest_read, 2},                 {"store", guest_write, 2},
        {"jump", guest_jump, 1},                 {"identification", guest_id, 1},
        {"FPU", guest_fpu, 2},                   {"auxiliary control", guest_actlr, 3},
        {"debug", guest_debug, 4},               {"PMU", guest_pmu, 3},
        {"cache by address", guest_cache, 3},    {"cache by set and way", guest_set_way, 3},
        {"TLB", guest_tlb, 2},                   {"virtual timer", guest_virtual_timer, 2},
        {"own exceptions", guest_own_exception, 4},
        {"undefined instruction", guest_undefined, 3}, {"its EL0", guest_to_el0, 6},
        {"FPU switched off by itself", guest_cpacr, 3},
    };
    for (seL4_Word i = 0; i < sizeof snippets / sizeof snippets[0]; i++) {
        faults = object_new(seL4_EndpointObject, 0);
        print(snippets[i].name);
        print(", ");
        struct guest guest = start(snippets[i].code, el1, 0, 0);
        for (int n = 0; n < snippets[i].exits; n++) {
            seL4_Word label = show_fault("  exit", faults);
            if (label == 0) {
                break;
            }
            go_on(label, guest.thread);
        }
        seL4_TCB_Suspend(guest.thread->tcb);
        cap_delete(guest.vcpu);
        cap_delete(guest.thread->tcb);
    }
}

static void calls(void)
{
    seL4_Word badge = 0;
    seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
    faults = object_new(seL4_EndpointObject, 0);
    struct guest guest = start(guest_syscall, el1, 0, endpoint);
    show_fault("system call by hvc", faults);
    guest = start(guest_syscall, el1, 0, endpoint);
    seL4_TCB_Suspend(guest.thread->tcb);
    guest = start(guest_to_el0, el0, 0, 0);
    show_fault("at EL0 from the start", faults);
    seL4_UserContext context = {0};
    check("registers", seL4_TCB_ReadRegisters(guest.thread->tcb, 0, 0, 36, &context));
    show_hex("  state", state_shown(context.spsr));
    seL4_TCB_Suspend(guest.thread->tcb);
    check("take the VCPU away", seL4_CNode_Delete(root, guest.vcpu, deep));
    check("registers", seL4_TCB_ReadRegisters(guest.thread->tcb, 0, 0, 36, &context));
    show_hex("  state", state_shown(context.spsr));
    seL4_NBRecv(endpoint, &badge);
}

static void switching(void)
{
    struct guest guests[3];
    faults = object_new(seL4_EndpointObject, 0);
    for (seL4_Word i = 0; i < 3; i++) {
        guests[i] = start(guest_loop, el1, 0x10000 * (i + 1), 0);
    }
    for (int round = 0; round < 20; round++) {
        seL4_Yield();
    }
    for (seL4_Word i = 0; i < 3; i++) {
        seL4_UserContext context = {0};
        seL4_TCB_ReadRegisters(guests[i].thread->tcb, 0, 0, 7, &context);
        show("rounds", context.x1);
        show("  differences", context.x3);
        show_hex("  TTBR0", seL4_ARM_VCPU_ReadRegs(guests[i].vcpu, seL4_VCPUReg_TTBR0).value);
        show_hex("  ELR", seL4_ARM_VCPU_ReadRegs(guests[i].vcpu, seL4_VCPUReg_ELR_EL1).value);
        show_hex("  TPIDR", seL4_ARM_VCPU_ReadRegs(guests[i].vcpu, seL4_VCPUReg_TPIDR_EL1).value);
        show_hex("  SCTLR", seL4_ARM_VCPU_ReadRegs(guests[i].vcpu, seL4_VCPUReg_SCTLR).value);
    }
    check("write a register of a running guest", seL4_ARM_VCPU_WriteRegs(guests[1].vcpu, seL4_VCPUReg_TTBR0, 0x77000));
    seL4_Yield();
    seL4_UserContext context = {0};
    seL4_TCB_ReadRegisters(guests[1].thread->tcb, 0, 0, 7, &context);
    show("it sees a difference", context.x3);
    check("give its VCPU to another thread", seL4_ARM_VCPU_SetTCB(guests[1].vcpu, object_new(seL4_TCBObject, 0)));
    seL4_Yield();
    seL4_TCB_ReadRegisters(guests[1].thread->tcb, 0, 0, 36, &context);
    show_hex("state without it", state_shown(context.spsr));
    show_fault("how it went on", faults);
    check("delete the VCPU of a running guest", seL4_CNode_Delete(root, guests[0].vcpu, deep));
    show_fault("how it went on", faults);
    check("delete a running guest", seL4_CNode_Delete(root, guests[2].thread->tcb, deep));
    show_hex("  its TPIDR", seL4_ARM_VCPU_ReadRegs(guests[2].vcpu, seL4_VCPUReg_TPIDR_EL1).value);
}

void run_case(void)
{
    section("leaving");
    leaving();
    section("calls");
    calls();
    section("switching");
    switching();
}
