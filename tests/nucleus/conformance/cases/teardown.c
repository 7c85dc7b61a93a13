/* SPDX-License-Identifier: BSD-2-Clause */
/* Deleting and revoking what is in use: threads in each state, their spaces and buffers, endpoints and notifications
 * with waiters, CNodes that hold their own capability or the last one of their parents, untyped memory with all of it
 * (reference manual, "Deletion, revocation, and recycling"). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, vspace = seL4_CapInitThreadVSpace };

extern const char code_spin[], code_call[], code_send[], code_recv[], code_trap[], code_recv_trap[];

__asm__(".section .text.code, \"ax\"\n"
        "code_spin: add x2, x2, #1\n mov x7, #-7\n svc #0\n b code_spin\n"
        "code_call: mov x7, #-1\n svc #0\n mov x0, #0\n mov x7, #71\n svc #0\n b code_call\n"
        "code_send: mov x7, #-3\n svc #0\n mov x0, #0\n mov x7, #73\n svc #0\n 1: b 1b\n"
        "code_recv: mov x7, #-5\n svc #0\n mov x7, #75\n svc #0\n 1: b 1b\n"
        "code_trap: mov x7, #77\n svc #0\n 1: b 1b\n"
        ".previous\n");

static seL4_CPtr endpoint;
static seL4_CPtr notification;
static seL4_CPtr faults;

static seL4_Error del(seL4_CPtr slot)
{
    return seL4_CNode_Delete(root, slot, deep);
}

/* A thread at `code` with x0 = `object`, x1 = a message without words, started. */
static struct thread *run(const char *code, seL4_CPtr object)
{
    struct thread *thread = code_new(code, 255, cap_mint(faults, seL4_AllRights, 1));
    seL4_UserContext context = {0};
    context.pc = (seL4_Word)code;
    context.x0 = object;
    context.x1 = 0x5000;
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, 6, &context);
    seL4_Yield();
    return thread;
}

static void fresh(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    notification = object_new(seL4_NotificationObject, 0);
    faults = object_new(seL4_EndpointObject, 0);
}

static void poll(const char *what)
{
    seL4_Word badge = 0;
    show_message(what, seL4_NBRecv(endpoint, &badge), badge);
}

static void threads_in_each_state(void)
{
    static const struct {
        const char *name;
        const char *code;
        int on_notification;
    } states[] = {
        {"runnable", code_spin, 0},         {"sending", code_send, 0}, {"calling", code_call, 0},
        {"receiving", code_recv, 0},        {"waiting", code_recv, 1}, {"faulted", code_trap, 0},
    };
    for (seL4_Word i = 0; i < sizeof states / sizeof states[0]; i++) {
        for (int how = 0; how < 2; how++) {
            fresh();
            struct thread *thread = run(states[i].code, states[i].on_notification ? notification : endpoint);
            seL4_CPtr copy = cap_copy(thread->tcb, seL4_AllRights);
            print(states[i].name);
            print(how == 0 ? ": delete\n" : ": suspend, resume, then delete\n");
            if (how == 1) {
                check("  suspend", seL4_TCB_Suspend(thread->tcb));
                check("  resume", seL4_TCB_Resume(thread->tcb));
                seL4_Yield();
            }
            check("  one capability of two", del(thread->tcb));
            seL4_UserContext context = {0};
            check("  it is still there", seL4_TCB_ReadRegisters(copy, 0, 0, 1, &context));
            check("  the other", del(copy));
            poll("  at the endpoint");
            seL4_Signal(notification);
            seL4_Word badge = 99;
            seL4_Poll(notification, &badge);
            show_hex("  notification", badge);
            show_fault("  at the handler", faults);
        }
    }
}

static void objects_with_waiters(void)
{
    fresh();
    run(code_send, endpoint);
    run(code_call, endpoint);
    run(code_send, endpoint);
    check("endpoint with senders", del(endpoint));
    for (int i = 0; i < 4; i++) {
        show_fault("  then", faults);
        seL4_SetMR(seL4_UnknownSyscall_FaultIP, (seL4_Word)code_spin);
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 9));
    }
    fresh();
    struct thread *receivers[2] = {run(code_recv, endpoint), run(code_recv, endpoint)};
    check("endpoint with receivers", del(endpoint));
    show_fault("  then", faults);
    show_fault("  then", faults);
    seL4_TCB_Suspend(receivers[0]->tcb);
    seL4_TCB_Suspend(receivers[1]->tcb);
    fresh();
    run(code_recv, notification);
    run(code_recv, notification);
    check("notification with waiters", del(notification));
    show_fault("  then", faults);
    show_fault("  then", faults);
    fresh();
    struct thread *thread = run(code_call, endpoint);
    poll("call");
    seL4_CPtr saved = slot_new();
    check("save the caller", seL4_CNode_SaveCaller(root, saved, deep));
    check("delete the endpoint", del(endpoint));
    seL4_SetMR(0, 5);
    seL4_Send(saved, seL4_MessageInfo_new(6, 0, 0, 1));
    show_fault("the answer still goes through", faults);
    check("delete the handler while a fault waits there", del(faults));
    check("suspend", seL4_TCB_Suspend(thread->tcb));
    fresh();
    thread = run(code_trap, 0);
    check("delete the handler under a queued fault", del(faults));
    seL4_UserContext context = {0};
    seL4_Yield();
    check("registers of the thread", seL4_TCB_ReadRegisters(thread->tcb, 0, 0, 1, &context));
    show("  its place", (context.pc - (seL4_Word)code_trap) / 4);
}

static void bound_and_running(void)
{
    fresh();
    struct thread *thread = run(code_recv, endpoint);
    check("bind", seL4_TCB_BindNotification(thread->tcb, notification));
    check("delete the notification of a bound receiver", del(notification));
    poll("endpoint");
    check("bind another", seL4_TCB_BindNotification(thread->tcb, object_new(seL4_NotificationObject, 0)));
    check("delete the receiver", del(thread->tcb));
    fresh();
    thread = run(code_recv, notification);
    check("bind while it waits", seL4_TCB_BindNotification(thread->tcb, notification));
    check("delete the waiter", del(thread->tcb));
    seL4_Signal(notification);
    seL4_Word badge = 99;
    seL4_Poll(notification, &badge);
    show_hex("notification", badge);
}

static void spaces(void)
{
    fresh();
    struct thread *thread = run(code_spin, endpoint);
    seL4_CPtr space = object_new(seL4_ARM_VSpaceObject, 0);
    check("assign", seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, space));
    check("an empty address space", seL4_TCB_SetSpace(thread->tcb, faults, root, 0, space, 0));
    seL4_Yield();
    show_fault("it runs there", faults);
    check("delete the address space", del(space));
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    show_fault("and then", faults);
    check("suspend", seL4_TCB_Suspend(thread->tcb));
    fresh();
    thread = run(code_spin, endpoint);
    seL4_CPtr cnode = object_new(seL4_CapTableObject, 4);
    check("into a CNode", seL4_CNode_Copy(cnode, 2, 4, root, endpoint, deep, seL4_AllRights));
    check("a small CSpace", seL4_TCB_SetSpace(thread->tcb, faults, cnode, seL4_CNode_CapData_new(0, 60).words[0], vspace, 0));
    seL4_Yield();
    show_fault("handler is looked up there", faults);
    code_go(thread, code_trap);
    show_fault("trap", faults);
    check("delete the CNode", del(cnode));
    code_go(thread, code_trap);
    show_fault("trap", faults);
    check("suspend", seL4_TCB_Suspend(thread->tcb));
    fresh();
    thread = run(code_call, endpoint);
    check("delete the frame of the IPC buffer", del(thread->buffer_frame));
    poll("call of a thread without a buffer");
    for (int i = 0; i < 10; i++) {
        seL4_SetMR(i, 0x30 + (seL4_Word)i);
    }
    seL4_Reply(seL4_MessageInfo_new(1, 0, 0, 10));
    show_fault("answer of 10 words", faults);
}

static void cnodes(void)
{
    seL4_CPtr cnode = object_new(seL4_CapTableObject, 3);
    check("its own capability in it", seL4_CNode_Move(cnode, 5, 3, root, cnode, deep));
    check("nothing is left outside", del(cnode));
    cnode = object_new(seL4_CapTableObject, 3);
    check("a copy in it", seL4_CNode_Copy(cnode, 5, 3, root, cnode, deep, seL4_AllRights));
    check("delete the inner one", seL4_CNode_Delete(cnode, 5, 3));
    check("copy again", seL4_CNode_Copy(cnode, 5, 3, root, cnode, deep, seL4_AllRights));
    check("delete the outer one", del(cnode));
    seL4_CPtr a = object_new(seL4_CapTableObject, 2);
    seL4_CPtr b = object_new(seL4_CapTableObject, 2);
    check("b in a", seL4_CNode_Copy(a, 1, 2, root, b, deep, seL4_AllRights));
    check("a in b", seL4_CNode_Copy(b, 1, 2, root, a, deep, seL4_AllRights));
    check("delete a", del(a));
    check("delete b", del(b));
    seL4_CPtr untyped = untyped_new(16);
    seL4_CPtr chain = slots_new(5);
    seL4_Untyped_Retype(untyped, seL4_CapTableObject, 2, root, 0, 0, chain, 5);
    for (seL4_Word i = 4; i > 0; i--) {
        check("chain", seL4_CNode_Move(chain + i - 1, 0, 2, root, chain + i, deep));
    }
    check("a thread at its end", seL4_Untyped_Retype(untyped, seL4_TCBObject, 0, root, 0, 0, chain + 1, 1));
    check("moved there", seL4_CNode_Move(chain, 3, 2, root, chain + 1, deep));
    check("delete the head", del(chain));
    /* Whether the memory can be had again without this is not promised: capabilities of objects that could only be
     * reached through the deleted CNode may be left over inside it. */
    check("revoke", seL4_CNode_Revoke(root, untyped, deep));
    check("and now", seL4_Untyped_Retype(untyped, seL4_UntypedObject, 16, root, 0, 0, chain, 1));
    cnode = object_new(seL4_CapTableObject, 4);
    for (seL4_Word i = 0; i < 16; i++) {
        seL4_CNode_Mint(cnode, i, 4, root, endpoint, deep, seL4_AllRights, i + 1);
    }
    check("revoke what is in it", seL4_CNode_Revoke(root, endpoint, deep));
    check("slot 3 is empty", seL4_CNode_Copy(cnode, 3, 4, root, endpoint, deep, seL4_AllRights));
    check("delete it in a CNode's own slot", seL4_CNode_Delete(cnode, 3, 4));
}

/* All of it from one untyped, in use, gone in one revocation. */
static void everything(void)
{
    seL4_CPtr parent = untyped_new(17);
    seL4_CPtr untyped = slot_new();
    seL4_CPtr slot = slots_new(20);
    faults = object_new(seL4_EndpointObject, 0);
    for (int round = 0; round < 2; round++) {
        static const struct {
            seL4_Word type;
            seL4_Word bits;
        } made[] = {{seL4_TCBObject, 0},           {seL4_TCBObject, 0},          {seL4_EndpointObject, 0},
                    {seL4_NotificationObject, 0},  {seL4_CapTableObject, 4},     {seL4_ARM_SmallPageObject, 0},
                    {seL4_ARM_PageTableObject, 0}, {seL4_ARM_VSpaceObject, 0},   {seL4_ARM_VCPUObject, 0},
                    {seL4_UntypedObject, 12},      {seL4_ARM_SmallPageObject, 0}};
        check("untyped", seL4_Untyped_Retype(parent, seL4_UntypedObject, 17, root, 0, 0, untyped, 1));
        for (seL4_Word i = 0; i < sizeof made / sizeof made[0]; i++) {
            check("object", seL4_Untyped_Retype(untyped, made[i].type, made[i].bits, root, 0, 0, slot + i, 1));
        }
        check("assign", seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, slot + 7));
        check("pool", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, slot + 9, root, slot + 12, deep));
        check("table", seL4_ARM_PageTable_Map(slot + 6, slot + 7, 0, seL4_ARM_Default_VMAttributes));
        check("page", seL4_ARM_Page_Map(slot + 5, vspace, 0x20001000, seL4_ReadWrite, seL4_ARM_Default_VMAttributes));
        check("configure", seL4_TCB_Configure(slot, faults, slot + 4, 0, slot + 7, 0, 0, slot + 10));
        check("VCPU", seL4_ARM_VCPU_SetTCB(slot + 8, slot));
        check("bind", seL4_TCB_BindNotification(slot, slot + 3));
        check("run", seL4_TCB_Resume(slot));
        check("configure", seL4_TCB_Configure(slot + 1, faults, root, 0, vspace, 0, 0, 0));
        seL4_UserContext context = {0};
        context.pc = (seL4_Word)code_recv;
        context.x0 = slot + 2;
        check("receiver", seL4_TCB_WriteRegisters(slot + 1, 1, 0, 4, &context));
        seL4_Yield();
        check("own CNode", seL4_CNode_Copy(slot + 4, 1, 4, root, slot + 4, deep, seL4_AllRights));
        check("untyped in it", seL4_CNode_Copy(slot + 4, 2, 4, root, slot + 9, deep, seL4_AllRights));
        check("thread in it", seL4_CNode_Copy(slot + 4, 3, 4, root, slot, deep, seL4_AllRights));
        check("revoke all", seL4_CNode_Revoke(root, parent, deep));
        for (seL4_Word i = 0; i < 14; i++) {
            check("  empty", seL4_CNode_Copy(root, untyped, deep, root, slot + i, deep, seL4_AllRights));
        }
    }
}

void run_case(void)
{
    section("threads");
    threads_in_each_state();
    section("with waiters");
    objects_with_waiters();
    section("bound");
    bound_and_running();
    section("spaces");
    spaces();
    section("CNodes");
    cnodes();
    section("everything");
    everything();
}
