/* SPDX-License-Identifier: BSD-2-Clause */
/* Floating point: values survive switches between threads that use it and threads that do not, invocations, faults and
 * suspension; the flag that takes it away (TCBSetFlags), and what an access does then. */
#include "../lib/conformance.h"

enum { users = 3 };

extern const char code_user[], code_try[], code_try_control[];

/* code_user: x1 = seed. Fills all 32 registers and both control registers, then yields and compares for ever; x0 counts
 * the rounds, x2 the differences. code_try touches a register once. */
__asm__(".section .text.code, \"ax\"\n.arch_extension fp\n.arch_extension simd\n"
        "code_user: mov x0, #0\n mov x2, #0\n"
        ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
        " add x3, x1, #\\n\n dup v\\n\\().2d, x3\n mov v\\n\\().d[1], x1\n .endr\n"
        " mov x4, #0x03000000\n msr fpcr, x4\n and x5, x1, #0x1f\n msr fpsr, x5\n"
        "2: mov x7, #-7\n svc #0\n add x0, x0, #1\n"
        ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
        " add x3, x1, #\\n\n mov x6, v\\n\\().d[0]\n cmp x3, x6\n cinc x2, x2, ne\n"
        " mov x6, v\\n\\().d[1]\n cmp x1, x6\n cinc x2, x2, ne\n .endr\n"
        " mrs x3, fpcr\n cmp x3, x4\n cinc x2, x2, ne\n mrs x3, fpsr\n cmp x3, x5\n cinc x2, x2, ne\n b 2b\n"
        "code_try: fmov d0, x1\n mov x7, #77\n svc #0\n mov x3, #3\n fmov x2, d0\n mov x7, #78\n svc #0\n 1: b 1b\n"
        "code_try_control: mrs x2, fpcr\n mov x7, #77\n svc #0\n 1: b 1b\n"
        ".previous\n");

static seL4_CPtr endpoint;

static struct thread *user(seL4_Word seed)
{
    struct thread *thread = code_new(code_user, 255, cap_mint(endpoint, seL4_AllRights, seed));
    seL4_UserContext context = {0};
    context.pc = (seL4_Word)code_user;
    context.x1 = seed * 0x10000001;
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, 5, &context);
    return thread;
}

static void show_user(const char *what, struct thread *thread)
{
    seL4_UserContext context;
    seL4_TCB_ReadRegisters(thread->tcb, 0, 0, 6, &context);
    print(what);
    show(": rounds", context.x0);
    show("  differences", context.x2);
}

static void survive(void)
{
    struct thread *threads[users];
    endpoint = object_new(seL4_EndpointObject, 0);
    for (seL4_Word i = 0; i < users; i++) {
        threads[i] = user(i + 1);
    }
    for (int round = 0; round < 50; round++) {
        seL4_Yield();
    }
    for (seL4_Word i = 0; i < users; i++) {
        show_user("user", threads[i]);
    }
    check("suspend", seL4_TCB_Suspend(threads[0]->tcb));
    seL4_Yield();
    check("resume", seL4_TCB_Resume(threads[0]->tcb));
    seL4_Yield();
    show_user("after a suspension", threads[0]);
    check("delete another", seL4_CNode_Delete(seL4_CapInitThreadCNode, threads[1]->tcb, seL4_WordBits));
    seL4_Yield();
    show_user("after another's death", threads[0]);
    show_user("and the third", threads[2]);
    check("copy integer registers of one to another", seL4_TCB_CopyRegisters(threads[2]->tcb, threads[0]->tcb, 0, 0, 0, 0, 0));
    seL4_Yield();
    show_user("the third", threads[2]);
    seL4_TCB_Suspend(threads[0]->tcb);
    seL4_TCB_Suspend(threads[2]->tcb);
}

/* One with, beside one without, for long; then another with. */
static void alone(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    struct thread *one = user(7);
    for (int round = 0; round < 200; round++) {
        seL4_Yield();
    }
    show_user("one", one);
    struct thread *two = user(8);
    for (int round = 0; round < 100; round++) {
        seL4_Yield();
    }
    show_user("one", one);
    show_user("two", two);
    seL4_TCB_Suspend(one->tcb);
    for (int round = 0; round < 100; round++) {
        seL4_Yield();
    }
    show_user("two", two);
    check("resume", seL4_TCB_Resume(one->tcb));
    seL4_Yield();
    show_user("one", one);
    seL4_TCB_Suspend(one->tcb);
    seL4_TCB_Suspend(two->tcb);
}

static seL4_TCB_SetFlags_t flags(const char *what, seL4_CPtr tcb, seL4_Word clear, seL4_Word set)
{
    seL4_TCB_SetFlags_t result = seL4_TCB_SetFlags(tcb, clear, set);
    check(what, (seL4_Error)result.error);
    show_hex("  flags", result.flags);
    return result;
}

/* Answers an unknown system call so that the thread goes on behind it. */
static void step_over(void)
{
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 4);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, seL4_UnknownSyscall_FaultIP + 1));
}

static void disabled(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    struct thread *thread = code_new(code_try, 255, cap_mint(endpoint, seL4_AllRights, 1));
    flags("disable before it runs", thread->tcb, 0, seL4_TCBFlag_fpuDisabled);
    seL4_TCB_Resume(thread->tcb);
    show_fault("first access", endpoint);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    show_fault("again", endpoint);
    flags("enable", thread->tcb, seL4_TCBFlag_fpuDisabled, 0);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    show_fault("then", endpoint);
    step_over();
    seL4_TCB_Suspend(thread->tcb);
    flags("disable in between", thread->tcb, 0, seL4_TCBFlag_fpuDisabled);
    seL4_TCB_Resume(thread->tcb);
    show_fault("second access", endpoint);
    flags("enable", thread->tcb, seL4_TCBFlag_fpuDisabled, 0);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    show_fault("what is left of the value", endpoint);
    thread = code_new(code_try_control, 255, cap_mint(endpoint, seL4_AllRights, 2));
    flags("control register: disable", thread->tcb, 0, seL4_TCBFlag_fpuDisabled);
    seL4_TCB_Resume(thread->tcb);
    show_fault("access", endpoint);
    flags("no flags that are known", thread->tcb, 0xf0, 0xf0);
    flags("clear and set the same", thread->tcb, 1, 1);
    flags("clear and set all", thread->tcb, ~0ul, ~0ul);
    flags("clear all", thread->tcb, ~0ul, 0);
    flags("nothing", thread->tcb, 0, 0);
    flags("own: nothing", seL4_CapInitThreadTCB, 0, 0);
}

/* Some with, some without: those with keep their values. */
static void mixed(void)
{
    extern const char code_spin_integer[];
    endpoint = object_new(seL4_EndpointObject, 0);
    struct thread *one = user(5);
    struct thread *two = user(6);
    struct thread *without = code_new(code_spin_integer, 255, 0);
    flags("the third has none", without->tcb, 0, seL4_TCBFlag_fpuDisabled);
    seL4_TCB_Resume(without->tcb);
    for (int round = 0; round < 20; round++) {
        seL4_Yield();
    }
    show_user("one", one);
    show_user("two", two);
    seL4_UserContext context;
    seL4_TCB_ReadRegisters(without->tcb, 0, 0, 4, &context);
    show("the third: rounds", context.x0 - 0x100);
    flags("take it from the first while it runs", one->tcb, 0, seL4_TCBFlag_fpuDisabled);
    show_fault("the first", endpoint);
    flags("and give it back", one->tcb, seL4_TCBFlag_fpuDisabled, 0);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    for (int round = 0; round < 5; round++) {
        seL4_Yield();
    }
    show_user("one", one);
    show_user("two", two);
}

__asm__(".section .text.code, \"ax\"\n"
        "code_spin_integer: add x0, x0, #1\n mov x7, #-7\n svc #0\n b code_spin_integer\n"
        ".previous\n");

void run_case(void)
{
    section("values survive");
    survive();
    section("alone");
    alone();
    section("disabled");
    disabled();
    section("mixed");
    mixed();
}
