/* SPDX-License-Identifier: BSD-2-Clause */
/* What the differential test found: results of operations that are sent instead of called, a thread that stops and restarts
 * itself, and a fault that nobody has received when its thread is stopped. */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, priority = 200, own = 199 };

/* Sends (x7) with the registers that it is given, then stands at an undefined instruction. */
__asm__(".section .text.code, \"ax\"\nodd_call: svc #0\n .word 0\n.previous");
extern const char odd_call[];

static seL4_CPtr faults;

static void after(const char *what, struct thread *thread, seL4_CPtr object)
{
    seL4_UserContext context = {0};
    print(what);
    print("\n");
    show_fault("  then", faults);
    seL4_TCB_ReadRegisters(thread->tcb, 1, 0, 13, &context);
    print("  stands at ");
    print_word(context.pc);
    print("\n");
    show("  x0 is still the object", context.x0 == object);
    show_hex("  x1", context.x1);
    show_hex("  x2", context.x2);
    show_hex("  x3", context.x3);
}

static struct thread *call(seL4_CPtr object, seL4_MessageInfo_t info, seL4_Word x2, seL4_Word x3, seL4_Word number)
{
    struct thread *thread = code_new(odd_call, priority, cap_mint(faults, seL4_AllRights, 1));
    seL4_UserContext context = {.pc = (seL4_Word)odd_call, .sp = 0x6000, .x0 = object, .x1 = info.words[0], .x2 = x2,
                                .x3 = x3, .x7 = number};
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, sizeof context / sizeof(seL4_Word), &context);
    return thread;
}

static void results(void)
{
    static const seL4_Word numbers[] = {(seL4_Word)seL4_SysCall, (seL4_Word)seL4_SysSend, (seL4_Word)seL4_SysNBSend};
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    seL4_CPtr vcpu = object_new(seL4_ARM_VCPUObject, 0);
    for (int i = 0; i < 3; i++) {
        show_hex("call", numbers[i]);
        after(" flags", call(tcb, seL4_MessageInfo_new(TCBSetFlags, 0, 0, 2), 0x10, 1, numbers[i]), tcb);
        after(" virtual CPU's register", call(vcpu, seL4_MessageInfo_new(ARMVCPUReadReg, 0, 0, 1), seL4_VCPUReg_SCTLR, 7,
                                              numbers[i]), vcpu);
    }
}

static void itself(void)
{
    for (seL4_Word flags = 0; flags < 16; flags++) {
        struct thread *thread = code_new(odd_call, priority, cap_mint(faults, seL4_AllRights, 1));
        seL4_UserContext context = {.pc = (seL4_Word)odd_call, .sp = 0x6000, .x0 = thread->tcb,
                                    .x1 = seL4_MessageInfo_new(TCBCopyRegisters, 0, 1, 1).words[0], .x2 = flags, .x3 = 0x33,
                                    .x7 = (seL4_Word)seL4_SysCall};
        thread->buffer->caps_or_badges[0] = thread->tcb;
        seL4_TCB_WriteRegisters(thread->tcb, 1, 0, sizeof context / sizeof(seL4_Word), &context);
        show_hex("flags", flags);
        after(" copied onto itself", thread, thread->tcb);
    }
}

/* Its handler's endpoint has no receiver; it is sent elsewhere while its fault waits. */
static void waiting_fault(void)
{
    seL4_CPtr handler = object_new(seL4_EndpointObject, 0);
    seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
    seL4_Word badge;
    struct thread *thread = code_new(odd_call, priority, cap_mint(handler, seL4_AllRights, 1));
    seL4_UserContext context = {.pc = (seL4_Word)odd_call + 4, .sp = 0x6000};
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, sizeof context / sizeof(seL4_Word), &context);
    seL4_TCB_Suspend(thread->tcb);
    context.pc = (seL4_Word)odd_call;
    context.x0 = endpoint;
    context.x1 = seL4_MessageInfo_new(5, 0, 0, 2).words[0];
    context.x2 = 0x22;
    context.x3 = 0x33;
    context.x7 = (seL4_Word)seL4_SysSend;
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, sizeof context / sizeof(seL4_Word), &context);
    seL4_MessageInfo_t info = seL4_NBRecv(endpoint, &badge);
    show_message("what it sends next", info, badge);
    info = seL4_NBRecv(handler, &badge);
    show_message("and the fault", info, badge);
    seL4_TCB_Suspend(thread->tcb);
}

void run_case(void)
{
    faults = object_new(seL4_EndpointObject, 0);
    set_own_priority(own);
    section("results");
    results();
    section("a thread's registers onto itself");
    itself();
    section("a fault that waits");
    waiting_fault();
}
