/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtual interrupt controller and the virtual timer of a guest: injected interrupts taken at EL1, their order by
 * priority, masking, maintenance faults, list registers in use, the timer's event and its acknowledgement, the timer
 * across switches (GICv2: Arm IHI 0048, virtual CPU interface at 0x08040000 on QEMU's virt machine). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, el1_masked = 0x3c5, el1_open = 0x345,
       cpu_interface_physical = 0x08040000, cpu_interface = 0x35000000, timer_interrupt = 27 };

extern const char guest_ready[], guest_timer[], guest_masked[];

/* The interrupt vector acknowledges (IAR, 0x0c), reports the number in x0 and ends it (EOIR, 0x10). x20 = interface.
 * guest_timer: x21 = ticks from now. */
__asm__(".section .text.code, \"ax\"\n"
        ".balign 2048\nguest_vectors:\n"
        ".rept 5\n mov x7, #0x6e\n hvc #0\n b .\n .balign 128\n .endr\n"
        " stp x0, x7, [sp, #-16]!\n ldr w0, [x20, #0x0c]\n mov x7, #0x50\n hvc #0\n str w0, [x20, #0x10]\n ldp x0, x7, [sp], #16\n"
        " eret\n .balign 128\n"
        ".rept 10\n mov x7, #0x6f\n hvc #0\n b .\n .balign 128\n .endr\n"
        "set_up: adr x1, guest_vectors\n msr vbar_el1, x1\n mov w1, #1\n str w1, [x20]\n mov w1, #0xff\n str w1, [x20, #4]\n isb\n ret\n"
        "guest_ready: bl set_up\n mov x1, #0\n 2: mov x7, #0x51\n hvc #0\n nop\n nop\n b 2b\n"
        "guest_masked: bl set_up\n mov x1, #0\n mov x7, #0x51\n hvc #0\n mrs x0, isr_el1\n ldr w1, [x20, #0x18]\n mov x7, #0x52\n hvc #0\n"
        " msr daifclr, #2\n nop\n nop\n mov x1, #0\n 1: mov x7, #0x53\n hvc #0\n b 1b\n"
        "guest_timer: bl set_up\n mov x1, #0\n msr cntv_tval_el0, x21\n mov x0, #1\n msr cntv_ctl_el0, x0\n isb\n"
        " 2: mrs x0, cntv_ctl_el0\n tbz x0, #2, 2b\n mov x7, #0x54\n hvc #0\n mrs x0, cntv_ctl_el0\n mov x1, #0\n msr cntv_ctl_el0, xzr\n"
        " mov x7, #0x55\n hvc #0\n 1: b 1b\n"
        ".previous\n");

static seL4_CPtr faults;
static struct thread *thread;
static seL4_CPtr vcpu;
static char *stack;

static void start(const char *code, seL4_Word state, seL4_Word x21)
{
    seL4_UserContext context = {0};
    faults = object_new(seL4_EndpointObject, 0);
    thread = code_new(code, 255, cap_mint(faults, seL4_AllRights, 1));
    vcpu = object_new(seL4_ARM_VCPUObject, 0);
    check("VCPU", seL4_ARM_VCPU_SetTCB(vcpu, thread->tcb));
    context.pc = (seL4_Word)code;
    context.spsr = state;
    context.x20 = cpu_interface;
    context.x21 = x21;
    seL4_TCB_WriteRegisters(thread->tcb, 0, 0, sizeof context / sizeof(seL4_Word), &context);
    seL4_ARM_VCPU_WriteRegs(vcpu, seL4_VCPUReg_SP_EL1, (seL4_Word)stack + 4096);
}

static void end(void)
{
    seL4_TCB_Suspend(thread->tcb);
    cap_delete(vcpu);
    cap_delete(thread->tcb);
}

/* Lets the guest run to its next exit, prints that, and answers so that it goes on. */
static seL4_Word step(const char *what)
{
    seL4_Word label = show_fault(what, faults);
    if (label == seL4_Fault_UnknownSyscall) {
        seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 4);
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, seL4_UnknownSyscall_FaultIP + 1));
    } else if (label != 0) {
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    }
    return label;
}

static seL4_Error inject(seL4_Word interrupt, seL4_Word priority, seL4_Word group, seL4_Word index)
{
    return seL4_ARM_VCPU_InjectIRQ(vcpu, (seL4_Uint16)interrupt, (seL4_Uint8)priority, (seL4_Uint8)group,
                                   (seL4_Uint8)index);
}

static void injecting(void)
{
    start(guest_ready, el1_open, 0);
    check("before it runs", inject(40, 1, 0, 0));
    seL4_TCB_Resume(thread->tcb);
    for (int i = 0; i < 5; i++) {
        step("exit");
    }
    check("while it is stopped", inject(41, 1, 0, 0));
    check("list register in use", inject(42, 1, 0, 0));
    check("another list register", inject(42, 0, 0, 1));
    for (int i = 0; i < 8; i++) {
        step("exit");
    }
    check("group 1", inject(43, 1, 1, 2));
    for (int i = 0; i < 4; i++) {
        step("exit");
    }
    end();
}

static void ordering(void)
{
    start(guest_masked, el1_masked, 0);
    seL4_TCB_Resume(thread->tcb);
    step("ready");
    check("priority 8", inject(50, 8, 0, 0));
    check("priority 2", inject(51, 2, 0, 1));
    check("priority 31", inject(52, 31, 0, 2));
    check("priority 4", inject(53, 4, 0, 3));
    check("none is left", inject(54, 4, 0, 3));
    for (int i = 0; i < 12; i++) {
        step("exit");
    }
    end();
}

static void timer(void)
{
    start(guest_timer, el1_masked, 100000);
    seL4_TCB_Resume(thread->tcb);
    step("exit");
    seL4_ARM_VCPU_ReadRegs_t control = seL4_ARM_VCPU_ReadRegs(vcpu, seL4_VCPUReg_CNTV_CTL);
    show_hex("control", control.value);
    for (int i = 0; i < 3; i++) {
        step("exit, not acknowledged");
    }
    check("acknowledge", seL4_ARM_VCPU_AckVPPI(vcpu, timer_interrupt));
    for (int i = 0; i < 3; i++) {
        step("exit");
    }
    end();
    start(guest_timer, el1_masked, 100000);
    check("an offset", seL4_ARM_VCPU_WriteRegs(vcpu, seL4_VCPUReg_CNTVOFF, 0x12345));
    show_hex("reads back", seL4_ARM_VCPU_ReadRegs(vcpu, seL4_VCPUReg_CNTVOFF).value);
    seL4_TCB_Resume(thread->tcb);
    step("exit");
    check("suspend it", seL4_TCB_Suspend(thread->tcb));
    show_hex("control", seL4_ARM_VCPU_ReadRegs(vcpu, seL4_VCPUReg_CNTV_CTL).value);
    show_hex("offset", seL4_ARM_VCPU_ReadRegs(vcpu, seL4_VCPUReg_CNTVOFF).value);
    check("acknowledge", seL4_ARM_VCPU_AckVPPI(vcpu, timer_interrupt));
    check("switch the timer off from outside", seL4_ARM_VCPU_WriteRegs(vcpu, seL4_VCPUReg_CNTV_CTL, 0));
    check("resume", seL4_TCB_Resume(thread->tcb));
    step("exit");
    end();
    /* The timer runs out while the guest does not run: the event comes when it does. */
    start(guest_timer, el1_masked, 1);
    seL4_ARM_VCPU_WriteRegs(vcpu, seL4_VCPUReg_CNTV_CVAL, 1);
    seL4_ARM_VCPU_WriteRegs(vcpu, seL4_VCPUReg_CNTV_CTL, 1);
    print("armed from outside, in the past\n");
    seL4_TCB_Resume(thread->tcb);
    step("exit");
    check("acknowledge", seL4_ARM_VCPU_AckVPPI(vcpu, timer_interrupt));
    for (int i = 0; i < 4; i++) {
        step("exit");
    }
    end();
}

void run_case(void)
{
    stack = page_new(0);
    frame_map(device_page(cpu_interface_physical), cpu_interface, seL4_ReadWrite);
    section("injecting");
    injecting();
    section("ordering");
    ordering();
    section("timer");
    timer();
}
