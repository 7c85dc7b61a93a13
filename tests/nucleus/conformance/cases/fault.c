/* SPDX-License-Identifier: BSD-2-Clause */
/* Fault messages of a user thread and what their replies do: capability, unknown system call, user exception, VM
 * (reference manual, "Faults"). The faulting code is assembly, so that offsets do not depend on the compiler;
 * addresses of code are printed relative to it. */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits };

extern char code_read[], code_write[], code_execute[], code_undefined[], code_breakpoint[];
extern char code_unknown[], code_cap[], code_cap_recv[], code_smc[], code_hvc[], code_zva[], code_wfi[], code_timer[];
extern char code_midr[], code_unaligned[], code_fpu[], code_recv_null[], code_svc_7[], code_pmu[], code_ctr[];

__asm__(".section .text.code, \"ax\"\n"
        "code_read: nop\n mov x2, #0x1238\n ldr x3, [x2]\n 1: b 1b\n"
        "code_write: nop\n mov x2, #0x1240\n str x3, [x2]\n 1: b 1b\n"
        "code_execute: nop\n mov x2, #0x2000\n br x2\n"
        "code_undefined: nop\n .word 0\n nop\n svc #0\n 1: b 1b\n"
        "code_breakpoint: nop\n brk #5\n 1: b 1b\n"
        "code_unknown: nop\n mov x7, #77\n svc #0\n mov x7, #78\n svc #3\n 1: b 1b\n"
        "code_svc_7: mov x7, #-20\n svc #7\n 1: b 1b\n"
        "code_cap: mov x0, #4003\n mov x1, #0x1000\n mov x7, #-3\n svc #0\n mov x7, #77\n svc #0\n 1: b 1b\n"
        "code_cap_recv: mov x0, #4003\n mov x7, #-5\n svc #0\n mov x7, #77\n svc #0\n 1: b 1b\n"
        "code_recv_null: mov x0, #2\n mov x7, #-5\n svc #0\n mov x7, #77\n svc #0\n 1: b 1b\n"
        "code_smc: nop\n smc #0\n 1: b 1b\n"
        "code_hvc: nop\n hvc #0\n 1: b 1b\n"
        "code_zva: adr x2, code_read\n dc zva, x2\n 1: b 1b\n"
        "code_wfi: wfi\n wfe\n mov x7, #77\n svc #0\n 1: b 1b\n"
        "code_timer: mrs x2, cntp_ctl_el0\n mrs x3, cntvct_el0\n mrs x4, cntpct_el0\n mrs x5, cntfrq_el0\n"
        " mov x2, #1\n mov x3, #1\n mov x4, #1\n mov x7, #77\n svc #0\n mrs x2, cntv_ctl_el0\n mov x7, #78\n svc #0\n 1: b 1b\n"
        "code_midr: mrs x2, midr_el1\n 1: b 1b\n"
        "code_unaligned: adr x2, code_read\n ldr x2, [x2, #1]\n mov x2, #0x1239\n ldxr x3, [x2]\n 1: b 1b\n"
        "code_fpu: fmov d0, #1.0\n fadd d1, d0, d0\n fmov x2, d1\n mov x7, #77\n svc #0\n 1: b 1b\n"
        "code_pmu: mrs x2, pmccntr_el0\n mov x2, #3\n mov x7, #77\n svc #0\n 1: b 1b\n"
        "code_ctr: mrs x2, ctr_el0\n mrs x3, dczid_el0\n ubfx x2, x2, #0, #4\n mov x7, #77\n svc #0\n"
        " adr x4, code_read\n dc cvau, x4\n dc civac, x4\n ic ivau, x4\n isb\n mov x7, #78\n svc #0\n"
        " dc ivac, x4\n 1: b 1b\n.previous\n");

static seL4_CPtr endpoint;

/* A thread at `code` whose faults come with `badge`. */
static struct thread *start(const char *code, seL4_Word badge)
{
    return code_start(code, 255, cap_mint(endpoint, seL4_CapRights_new(1, 1, 0, 1), badge));
}

static void each(void)
{
    static const struct {
        const char *name;
        char *code;
        int more;
    } faults[] = {
        {"read", code_read, 0},
        {"write", code_write, 0},
        {"execute", code_execute, 0},
        {"undefined", code_undefined, 0},
        {"breakpoint", code_breakpoint, 0},
        {"unknown system call", code_unknown, 1},
        {"svc with an immediate", code_svc_7, 0},
        {"send on an empty slot", code_cap, 1},
        {"receive on an empty slot", code_cap_recv, 1},
        {"receive on a CNode", code_recv_null, 1},
        {"smc", code_smc, 0},
        {"hvc", code_hvc, 0},
        {"dc zva", code_zva, 0},
        {"wfi", code_wfi, 0},
        {"timers", code_timer, 1},
        {"midr", code_midr, 0},
        {"unaligned exclusive", code_unaligned, 0},
        {"fpu", code_fpu, 0},
        {"pmu", code_pmu, 0},
        {"cache", code_ctr, 2},
    };
    for (seL4_Word i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        endpoint = object_new(seL4_EndpointObject, 0);
        struct thread *thread = start(faults[i].code, 0x40 + i);
        seL4_Word label = show_fault(faults[i].name, endpoint);
        for (int more = 0; more < faults[i].more && label == seL4_Fault_UnknownSyscall; more++) {
            /* The registers stay as the message told them; the instruction is the next. */
            seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 4);
            seL4_Reply(seL4_MessageInfo_new(0, 0, 0, seL4_UnknownSyscall_FaultIP + 1));
            seL4_Yield();
            label = show_fault("  and then", endpoint);
        }
        seL4_TCB_Suspend(thread->tcb);
    }
}

static void replies(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    struct thread *thread = start(code_undefined, 1);
    show_fault("undefined", endpoint);
    /* FaultIP, SP, SPSR: the thread goes on where the reply says. */
    seL4_SetMR(0, (seL4_Word)code_undefined + 8);
    seL4_SetMR(1, 0x1000);
    seL4_SetMR(2, 0xf0000005);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 3));
    seL4_Yield();
    show_fault("behind it, flags as they may be", endpoint);
    for (int i = 0; i < 12; i++) {
        seL4_SetMR(i, 0x200 + (seL4_Word)i);
    }
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, (seL4_Word)code_read);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 12));
    seL4_Yield();
    show_fault("sent elsewhere by an unknown system call's reply", endpoint);
    seL4_UserContext context;
    check("read registers", seL4_TCB_ReadRegisters(thread->tcb, 0, 0, 20, &context));
    show_hex("x0", context.x0);
    show_hex("x7", context.x7);
    show_hex("sp", context.sp);
    show_hex("x30", context.x30);
    show_hex("flags", state_shown(context.spsr));
    /* A reply with a label: the thread stays stopped. */
    seL4_Reply(seL4_MessageInfo_new(1, 0, 0, 0));
    seL4_Yield();
    show_fault("a reply with a label", endpoint);
    check("resume", seL4_TCB_Resume(thread->tcb));
    seL4_Yield();
    show_fault("resumed", endpoint);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_Yield();
    show_fault("restarted by an empty reply", endpoint);
    check("suspend", seL4_TCB_Suspend(thread->tcb));
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_Yield();
    show_fault("reply after suspend", endpoint);
}

static void no_handler(void)
{
    struct thread *thread = thread_new(255, 0);
    seL4_UserContext context = {0};
    context.pc = (seL4_Word)code_read;
    context.sp = 0x1000;
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, 2, &context);
    seL4_Yield();
    seL4_Yield();
    check("read registers of a thread without handler", seL4_TCB_ReadRegisters(thread->tcb, 0, 0, 2, &context));
    show("it stopped behind", context.pc - (seL4_Word)code_read);
    endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr weak = cap_mint(endpoint, seL4_CapRights_new(0, 0, 0, 1), 9);
    thread = thread_new(255, weak);
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, 2, &context);
    seL4_Yield();
    show_fault("a handler capability without grant", endpoint);
}

void run_case(void)
{
    section("each fault");
    each();
    section("replies");
    replies();
    section("no handler");
    no_handler();
}
