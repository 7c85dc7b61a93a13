/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest may change and nobody else may see: debugging, the PMU's interrupts and its user access, the cache that
 * is looked at; and the physical timer, which is user level's. seL4 lets all of it through, so this case is nucleus' own
 * (docs/sel4.md). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, el1 = 0x3c5 };

extern const char state_set[], state_look[], state_timer[], state_breakpoint[];

/* Reports go out by `hvc`, with their number in x7. */
__asm__(".section .text.code, \"ax\"\n"
        ".macro report number\n mov x7, #\\number\n hvc #0\n .endm\n"
        ".macro look number\n mrs x0, mdscr_el1\n mrs x1, dbgbvr0_el1\n mrs x2, dbgwvr0_el1\n mrs x3, csselr_el1\n"
        " mrs x4, pmintenset_el1\n mrs x5, pmuserenr_el0\n mrs x6, oslsr_el1\n report \\number\n .endm\n"
        "state_set: msr oslar_el1, xzr\n mov x1, #0x8001\n msr mdscr_el1, x1\n mov x1, #0x1230\n msr dbgbvr0_el1, x1\n"
        " mov x1, #0x4560\n msr dbgwvr0_el1, x1\n mov x1, #0x1e4\n msr dbgbcr0_el1, x1\n msr dbgwcr0_el1, x1\n"
        " mov x1, #2\n msr csselr_el1, x1\n mov x1, #3\n msr pmintenset_el1, x1\n mov x1, #8\n msr pmuserenr_el0, x1\n isb\n"
        " look 0x60\n look 0x61\n mrs x0, dbgbcr0_el1\n mrs x1, dbgwcr0_el1\n mov x2, #0\n report 0x62\n 1: b 1b\n"
        "state_look: look 0x63\n 1: b 1b\n"
        "state_timer: mrs x0, cntpct_el0\n mov x0, #0\n report 0x64\n mrs x1, cntp_ctl_el0\n report 0x65\n"
        " mov x1, #1\n msr cntp_cval_el0, x1\n report 0x66\n 1: b 1b\n"
        /* A breakpoint at an address where user level runs as well (stage 1 is off). */
        "state_breakpoint: msr oslar_el1, xzr\n msr dbgbvr0_el1, x0\n mov x1, #0x1e5\n msr dbgbcr0_el1, x1\n mov x1, #0xa000\n"
        " msr mdscr_el1, x1\n isb\n report 0x67\n 1: b 1b\n.previous\n");

static seL4_CPtr faults;

struct guest {
    struct thread *thread;
    seL4_CPtr vcpu;
};

static struct guest start(const char *code, seL4_Word x0)
{
    struct guest guest = {code_new(code, 255, cap_mint(faults, seL4_AllRights, 1)), object_new(seL4_ARM_VCPUObject, 0)};
    seL4_UserContext context = {.pc = (seL4_Word)code, .sp = 0x7000, .spsr = el1, .x0 = x0};
    check("VCPU", seL4_ARM_VCPU_SetTCB(guest.vcpu, guest.thread->tcb));
    seL4_TCB_WriteRegisters(guest.thread->tcb, 1, 0, 9, &context);
    seL4_Yield();
    return guest;
}

/* Behind the instruction that left it. */
static void go_on(struct guest guest)
{
    seL4_UserContext context = {0};
    seL4_TCB_ReadRegisters(guest.thread->tcb, 0, 0, 1, &context);
    context.pc += 4;
    seL4_TCB_WriteRegisters(guest.thread->tcb, 1, 0, 1, &context);
}

static void at_user_level(void)
{
    seL4_Word cycles;
    __asm__ volatile("mrs %0, pmccntr_el0" : "=r"(cycles));
    print("user level runs, and reads the cycle counter\n");
}

/* Called by user level with a guest's breakpoint on it. */
static __attribute__((noinline)) void called(void)
{
    __asm__ volatile("");
}

void run_case(void)
{
    faults = object_new(seL4_EndpointObject, 0);
    section("a guest sets all of it");
    struct guest first = start(state_set, 0);
    show_fault("set", faults);
    at_user_level();
    section("another guest has its own");
    struct guest second = start(state_look, 0);
    show_fault("new", faults);
    at_user_level();
    section("the first one finds what it set");
    go_on(first);
    show_fault("set", faults);
    go_on(first);
    show_fault("control", faults);
    check("delete its VCPU", seL4_CNode_Delete(root, first.vcpu, deep));
    at_user_level();
    section("a third one, after its end");
    start(state_look, 0);
    show_fault("new", faults);
    section("the physical timer");
    seL4_TCB_Suspend(second.thread->tcb);
    second = start(state_timer, 0);
    for (int exits = 0; exits < 5; exits++) {
        show_fault("exit", faults);
        go_on(second);
    }
    section("a breakpoint");
    start(state_breakpoint, (seL4_Word)called);
    show_fault("set", faults);
    called();
    at_user_level();
}
