/* SPDX-License-Identifier: BSD-2-Clause */
/* Reply capabilities: who may answer, when the right to answer is lost, saved callers in slots, answers to faults,
 * answers after the caller or the server has changed (reference manual, "Calling and replying"). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits };

extern const char code_fault[];

__asm__(".section .text.code, \"ax\"\n"
        "code_fault: mov x7, #77\n svc #0\n mov x7, #78\n svc #0\n 1: b 1b\n"
        ".previous\n");

static seL4_CPtr endpoint;

static void caller(void *label)
{
    seL4_SetMR(0, (seL4_Word)label);
    seL4_MessageInfo_t info = seL4_Call(endpoint, seL4_MessageInfo_new((seL4_Word)label, 0, 0, 1));
    print("  caller ");
    print_decimal((seL4_Word)label);
    show_message(" got", info, 0);
}

static struct thread *call(seL4_Word label)
{
    struct thread *thread = thread_new(255, 0);
    thread_start(thread, caller, (void *)label);
    seL4_Yield();
    return thread;
}

static void receive(const char *what)
{
    seL4_Word badge = 0;
    show_message(what, seL4_NBRecv(endpoint, &badge), badge);
}

static void answer(const char *what, seL4_Word word)
{
    print(what);
    print("\n");
    seL4_SetMR(0, word);
    seL4_Reply(seL4_MessageInfo_new(word, 0, 0, 1));
    seL4_Yield();
}

static void answer_saved(const char *what, seL4_CPtr saved, seL4_Word word)
{
    print(what);
    print("\n");
    seL4_SetMR(0, word);
    seL4_Send(saved, seL4_MessageInfo_new(word, 0, 0, 1));
    seL4_Yield();
}

static void losing(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr saved = slot_new();
    call(1);
    receive("first");
    call(2);
    receive("second, first not answered");
    answer("answer", 5);
    answer("answer again", 6);
    check("save", seL4_CNode_SaveCaller(root, saved, deep));
    call(3);
    receive("third");
    receive("an empty poll");
    answer("is the third still answered", 7);
    struct thread *fourth = call(4);
    receive("fourth");
    check("suspend it", seL4_TCB_Suspend(fourth->tcb));
    answer("answer", 8);
    check("resume it", seL4_TCB_Resume(fourth->tcb));
    seL4_Yield();
    receive("it calls again");
    answer("answer", 9);
    struct thread *fifth = call(5);
    receive("fifth");
    check("delete it", seL4_CNode_Delete(root, fifth->tcb, deep));
    answer("answer", 10);
    check("save what is left", seL4_CNode_SaveCaller(root, saved, deep));
    check("the slot has something", seL4_CNode_Delete(root, saved, deep));
}

static void saved_callers(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr one = slot_new();
    seL4_CPtr two = slot_new();
    seL4_CPtr three = slot_new();
    call(1);
    receive("first");
    check("save", seL4_CNode_SaveCaller(root, one, deep));
    call(2);
    receive("second");
    check("save on the first", seL4_CNode_SaveCaller(root, one, deep));
    check("save beside it", seL4_CNode_SaveCaller(root, two, deep));
    answer_saved("answer the second", two, 22);
    answer_saved("answer the first", one, 21);
    answer_saved("answer the first again", one, 23);
    call(3);
    receive("third");
    check("save", seL4_CNode_SaveCaller(root, one, deep));
    check("mint it", seL4_CNode_Mint(root, three, deep, root, one, deep, seL4_AllRights, 4));
    check("mutate it", seL4_CNode_Mutate(root, three, deep, root, one, deep, 4));
    check("move it", seL4_CNode_Move(root, three, deep, root, one, deep));
    check("revoke it", seL4_CNode_Revoke(root, three, deep));
    check("cancel on it", seL4_CNode_CancelBadgedSends(root, three, deep));
    check("bind it", seL4_TCB_BindNotification(seL4_CapInitThreadTCB, three));
    seL4_MessageInfo_t info = seL4_NBRecv(endpoint, 0);
    show_message("nobody else calls", info, 0);
    check("call on it", (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(three, seL4_MessageInfo_new(31, 0, 0, 0))));
    seL4_Yield();
    call(4);
    receive("fourth");
    check("save", seL4_CNode_SaveCaller(root, three, deep));
    check("delete the saved one", seL4_CNode_Delete(root, three, deep));
    answer_saved("answer", three, 24);
    print("the fourth waits for ever\n");
    call(5);
    receive("fifth");
    check("save", seL4_CNode_SaveCaller(root, three, deep));
    seL4_NBSend(three, seL4_MessageInfo_new(32, 0, 0, 0));
    seL4_Yield();
    check("into a CNode that is none", seL4_CNode_SaveCaller(three, 1, deep));
    check("depth 3", seL4_CNode_SaveCaller(root, slot_new(), 3));
    check("depth 0", seL4_CNode_SaveCaller(root, slot_new(), 0));
}

/* Another thread answers through the saved capability; the one that called may call the answerer in turn. */
static seL4_CPtr shared;

static void answerer(void *unused)
{
    (void)unused;
    seL4_SetMR(0, 0x77);
    seL4_Send(shared, seL4_MessageInfo_new(6, 0, 0, 1));
    print("  the answerer went on\n");
}

static void by_others(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    shared = slot_new();
    call(1);
    receive("first");
    check("save", seL4_CNode_SaveCaller(root, shared, deep));
    thread_start(thread_new(255, 0), answerer, 0);
    seL4_Yield();
    seL4_Yield();
    call(2);
    receive("second");
    check("save", seL4_CNode_SaveCaller(root, shared, deep));
    check("send it as a capability: the slot keeps it", 0);
    seL4_SetCap(0, shared);
    seL4_NBSend(endpoint, seL4_MessageInfo_new(0, 0, 1, 0));
    answer_saved("answer", shared, 9);
}

static void faults(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr saved = slot_new();
    struct thread *thread = code_start(code_fault, 255, cap_mint(endpoint, seL4_AllRights, 1));
    show_fault("fault", endpoint);
    check("save", seL4_CNode_SaveCaller(root, saved, deep));
    for (int i = 0; i < 12; i++) {
        seL4_SetMR(i, 0);
    }
    seL4_SetMR(seL4_UnknownSyscall_X0, 0x4711);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, (seL4_Word)code_fault + 8);
    seL4_Send(saved, seL4_MessageInfo_new(0, 0, 0, 12));
    show_fault("answered through the saved one", endpoint);
    static const seL4_Word lengths[] = {1, 9, 12, 13, 50, 120};
    for (seL4_Word n = 0; n < sizeof lengths / sizeof lengths[0]; n++) {
        for (int i = 0; i < 120; i++) {
            seL4_SetMR(i, 0x600 + (seL4_Word)i);
        }
        seL4_SetMR(seL4_UnknownSyscall_FaultIP, (seL4_Word)code_fault);
        seL4_SetMR(seL4_UnknownSyscall_SPSR, 0x60000000);
        show("answer of so many words", lengths[n]);
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, lengths[n]));
        show_fault("  then", endpoint);
    }
    seL4_SetMR(0, 1);
    seL4_Reply(seL4_MessageInfo_new(0xfffff, 0, 0, 9));
    show_fault("a label that is not 0", endpoint);
    seL4_UserContext context;
    check("its registers", seL4_TCB_ReadRegisters(thread->tcb, 0, 0, 4, &context));
    show_hex("  x0", context.x0);
    check("delete it", seL4_CNode_Delete(root, thread->tcb, deep));
}

void run_case(void)
{
    section("losing the right");
    losing();
    section("saved callers");
    saved_callers();
    section("answers by others");
    by_others();
    section("answers to faults");
    faults();
}
