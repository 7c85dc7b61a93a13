/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading, writing and copying the registers of threads in each state: what is transferred, what starts or stops, and
 * which registers a thread has when it runs (reference manual, "Threads": seL4_TCB_CopyRegisters and its fellows). */
#include "../lib/conformance.h"

enum { words_of_context = sizeof(seL4_UserContext) / sizeof(seL4_Word), state_index = 2 };

extern const char code_all[], code_spin[], code_recv[], code_report[];

/* code_all loads every register with its number plus 0xa00 and traps. */
__asm__(".section .text.code, \"ax\"\n"
        "code_all: mov x0, #0xa00\n .irp n,1,2,3,4,5,6,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n"
        " mov x\\n, #0xa00 + \\n\n .endr\n msr tpidr_el0, x30\n mov x7, #77\n svc #0\n 1: b 1b\n"
        "code_spin: add x0, x0, #1\n mov x7, #-7\n svc #0\n b code_spin\n"
        "code_recv: mov x7, #-5\n svc #0\n mov x7, #78\n svc #0\n 1: b 1b\n"
        "code_report: mov x7, #79\n svc #0\n 1: b 1b\n"
        ".previous\n");

static const char *const names[] = {"pc",  "sp",  "spsr", "x0",  "x1",  "x2",  "x3",  "x4",  "x5",    "x6",  "x7",  "x8",
                                    "x16", "x17", "x18",  "x29", "x30", "x9",  "x10", "x11", "x12",   "x13", "x14", "x15",
                                    "x19", "x20", "x21",  "x22", "x23", "x24", "x25", "x26", "x27",   "x28", "tls", "tlsro"};

static seL4_CPtr endpoint;

/* The registers that are not 0, on one line. */
static void show_registers(const char *what, seL4_CPtr tcb)
{
    seL4_UserContext context = {0};
    seL4_Word *words = (seL4_Word *)&context;
    if (check(what, seL4_TCB_ReadRegisters(tcb, 0, 0, words_of_context, &context)) != seL4_NoError) {
        return;
    }
    print(" ");
    for (seL4_Word i = 0; i < words_of_context; i++) {
        if (words[i] != 0) {
            print(" ");
            print(names[i]);
            print(" ");
            print_word(i == state_index ? state_shown(words[i]) : words[i]);
        }
    }
    print("\n");
}

static void fill(seL4_CPtr tcb, seL4_Word base)
{
    seL4_UserContext context;
    seL4_Word *words = (seL4_Word *)&context;
    for (seL4_Word i = 0; i < words_of_context; i++) {
        words[i] = base + i;
    }
    context.pc = (seL4_Word)code_report;
    seL4_TCB_WriteRegisters(tcb, 0, 0, words_of_context, &context);
}

static void counts(void)
{
    static const seL4_Word some[] = {1, 2, 3, 4, 5, 16, 17, 35, 36};
    for (seL4_Word n = 0; n < sizeof some / sizeof some[0]; n++) {
        seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
        seL4_UserContext context;
        seL4_Word *words = (seL4_Word *)&context;
        for (seL4_Word i = 0; i < words_of_context; i++) {
            words[i] = 0x500 + i;
        }
        show("write so many", some[n]);
        check("  write", seL4_TCB_WriteRegisters(tcb, 0, 0, some[n], &context));
        show_registers("  all of them", tcb);
        seL4_SetMR(0, 0);
        seL4_SetMR(1, some[n]);
        seL4_MessageInfo_t info = seL4_Call(tcb, seL4_MessageInfo_new(TCBReadRegisters, 0, 0, 2));
        if (some[n] > state_index) {
            seL4_SetMR(state_index, state_shown(seL4_GetMR(state_index)));
        }
        show_message("  read so many", info, 0);
    }
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    for (seL4_Word flags = 0; flags < 4; flags++) {
        seL4_UserContext context = {0};
        check("write with flags of the architecture", seL4_TCB_WriteRegisters(tcb, 0, (seL4_Uint8)flags, 3, &context));
        check("read with them", seL4_TCB_ReadRegisters(tcb, 0, (seL4_Uint8)flags, 3, &context));
    }
    for (seL4_Word count = 37; count < 41; count++) {
        seL4_SetMR(0, 0);
        seL4_SetMR(1, count);
        check("read too many", (seL4_Error)seL4_MessageInfo_get_label(
                                   seL4_Call(tcb, seL4_MessageInfo_new(TCBReadRegisters, 0, 0, 2))));
        seL4_SetMR(0, 0);
        seL4_SetMR(1, count);
        check("write too many", (seL4_Error)seL4_MessageInfo_get_label(
                                    seL4_Call(tcb, seL4_MessageInfo_new(TCBWriteRegisters, 0, 0, 2 + count))));
    }
}

static void masks(void)
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    static const seL4_Word states[] = {0, 0x3c5, 0x80000000, 0xffffffffffffffff, 0x1f, 0x200000, 0x10, 0x140};
    for (seL4_Word i = 0; i < sizeof states / sizeof states[0]; i++) {
        seL4_UserContext context = {0};
        context.spsr = states[i];
        seL4_TCB_WriteRegisters(tcb, 0, 0, 3, &context);
        seL4_TCB_ReadRegisters(tcb, 0, 0, 3, &context);
        show_hex("processor state written", states[i]);
        show_hex("  and read", state_shown(context.spsr));
    }
}

static void copying(void)
{
    seL4_CPtr from = object_new(seL4_TCBObject, 0);
    fill(from, 0x700);
    for (seL4_Word flags = 0; flags < 4; flags++) {
        seL4_CPtr to = object_new(seL4_TCBObject, 0);
        show("frame", flags & 1);
        show("integer", flags >> 1);
        check("  copy", seL4_TCB_CopyRegisters(to, from, 0, 0, flags & 1, (seL4_Bool)(flags >> 1), 0));
        show_registers("  then it has", to);
    }
    check("onto itself", seL4_TCB_CopyRegisters(from, from, 0, 0, 1, 1, 0));
    show_registers("then it has", from);
    check("flags of the architecture", seL4_TCB_CopyRegisters(from, from, 0, 0, 1, 1, 3));
    check("own to another", seL4_TCB_CopyRegisters(object_new(seL4_TCBObject, 0), seL4_CapInitThreadTCB, 0, 0, 0, 1, 0));
    check("another's to own", seL4_TCB_CopyRegisters(seL4_CapInitThreadTCB, object_new(seL4_TCBObject, 0), 0, 0, 0, 0, 0));
    seL4_SetMR(0, 0);
    check("without a source", (seL4_Error)seL4_MessageInfo_get_label(
                                  seL4_Call(from, seL4_MessageInfo_new(TCBCopyRegisters, 0, 0, 1))));
}

static void starting(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    struct thread *runner = code_new(code_spin, 255, cap_mint(endpoint, seL4_AllRights, 1));
    struct thread *other = code_new(code_report, 255, cap_mint(endpoint, seL4_AllRights, 2));
    seL4_UserContext context = {0};
    seL4_TCB_Resume(runner->tcb);
    seL4_Yield();
    check("copy and suspend the source", seL4_TCB_CopyRegisters(other->tcb, runner->tcb, 1, 0, 0, 1, 0));
    seL4_TCB_ReadRegisters(runner->tcb, 0, 0, 4, &context);
    seL4_Word before = context.x0;
    seL4_Yield();
    seL4_TCB_ReadRegisters(runner->tcb, 0, 0, 4, &context);
    show("source went on by", context.x0 - before);
    check("copy and resume the target", seL4_TCB_CopyRegisters(other->tcb, runner->tcb, 0, 1, 0, 1, 0));
    show_fault("target", endpoint);
    seL4_TCB_Resume(runner->tcb);
    seL4_Yield();
    check("copy from a running one", seL4_TCB_CopyRegisters(other->tcb, runner->tcb, 0, 0, 0, 1, 0));
    seL4_Yield();
    seL4_TCB_ReadRegisters(runner->tcb, 0, 0, 4, &context);
    before = context.x0;
    seL4_Yield();
    seL4_TCB_ReadRegisters(runner->tcb, 0, 0, 4, &context);
    show("source went on by", context.x0 - before);
    check("write to a running one", seL4_TCB_WriteRegisters(runner->tcb, 0, 0, 2, &context));
    seL4_Yield();
    seL4_TCB_ReadRegisters(runner->tcb, 0, 0, 4, &context);
    show("it went on by", context.x0 - before);
    check("read and suspend", seL4_TCB_ReadRegisters(runner->tcb, 1, 0, 4, &context));
    seL4_Yield();
    seL4_TCB_ReadRegisters(runner->tcb, 0, 0, 4, &context);
    before = context.x0;
    seL4_Yield();
    seL4_TCB_ReadRegisters(runner->tcb, 0, 0, 4, &context);
    show("moved by", context.x0 - before);
    context.pc = (seL4_Word)code_all;
    check("write pc and start", seL4_TCB_WriteRegisters(runner->tcb, 1, 0, 1, &context));
    show_fault("it loads all registers", endpoint);
    show_registers("registers of a faulted thread", runner->tcb);
}

/* A thread that blocks in a receive: its registers say where it will go on. */
static void blocked(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr faults = object_new(seL4_EndpointObject, 0);
    struct thread *thread = code_new(code_recv, 255, cap_mint(faults, seL4_AllRights, 1));
    seL4_UserContext context = {0};
    context.pc = (seL4_Word)code_recv;
    context.x0 = endpoint;
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, 4, &context);
    seL4_Yield();
    seL4_TCB_ReadRegisters(thread->tcb, 0, 0, 1, &context);
    show("blocked: pc past its instructions", (context.pc - (seL4_Word)code_recv) / 4);
    check("suspend", seL4_TCB_Suspend(thread->tcb));
    seL4_TCB_ReadRegisters(thread->tcb, 0, 0, 1, &context);
    show("suspended: pc past", (context.pc - (seL4_Word)code_recv) / 4);
    check("resume", seL4_TCB_Resume(thread->tcb));
    seL4_Yield();
    seL4_NBSend(endpoint, seL4_MessageInfo_new(3, 0, 0, 0));
    seL4_Yield();
    show("it received again, label of its fault", show_fault("behind the receive", faults) != 0);
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, 0, &context);
    context.pc = (seL4_Word)code_recv;
    context.x0 = endpoint;
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, 4, &context);
    seL4_Yield();
    context.pc = (seL4_Word)code_report;
    check("write pc of a blocked one, no resume", seL4_TCB_WriteRegisters(thread->tcb, 0, 0, 1, &context));
    seL4_NBSend(endpoint, seL4_MessageInfo_new(3, 0, 0, 0));
    show_fault("still blocked", faults);
    check("resume", seL4_TCB_Resume(thread->tcb));
    show_fault("at the new place", faults);
    check("set TLS base of a faulted one", seL4_TCB_SetTLSBase(thread->tcb, 0x123000));
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_Yield();
    show_registers("at the end", thread->tcb);
}

void run_case(void)
{
    section("counts");
    counts();
    section("processor state");
    masks();
    section("copy");
    copying();
    section("start and stop");
    starting();
    section("blocked");
    blocked();
}
