/* SPDX-License-Identifier: BSD-2-Clause */
/* The partner waits first: what each set of rights of an endpoint's capability allows to callers, senders, faults and
 * answers then. Kernels have fast paths for just that, which must come to what the long way comes to (rights.c, where
 * nobody waits yet). The threads run at equal priority, so that the processor can go from one to the other. */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, all_words = 16, priority = 200, own = 199, words = 6 };

static seL4_CapRights_t word(seL4_Word value)
{
    return (seL4_CapRights_t){{value}};
}

static seL4_CPtr endpoint;
static seL4_CPtr through;
static seL4_CPtr answers_through;
static seL4_CPtr gift;
static seL4_CPtr saved;
static volatile seL4_Word stage;

/* ---- Senders ---- */

static seL4_Word length;
static seL4_Word caps;

static seL4_MessageInfo_t message(seL4_Word label)
{
    for (seL4_Word i = 0; i < length; i++) {
        seL4_SetMR((int)i, 0x51 + i);
    }
    seL4_SetCap(0, gift);
    seL4_SetCapReceivePath(root, slot_new(), deep);
    return seL4_MessageInfo_new(label, 0, caps, length);
}

static void call(void *unused)
{
    (void)unused;
    show_message("    answer", seL4_Call(through, message(1)), 0);
    stage = 10;
}

static void call_in_registers(void *unused)
{
    seL4_Word values[4] = {1, 2, 3, 4};
    (void)unused;
    seL4_MessageInfo_t info =
        seL4_CallWithMRs(through, seL4_MessageInfo_new(2, 0, 0, 4), &values[0], &values[1], &values[2], &values[3]);
    show_hex("    answer, its label", seL4_MessageInfo_get_label(info));
    show("      length", seL4_MessageInfo_get_length(info));
    stage = 11;
}

static void send(void *unused)
{
    (void)unused;
    seL4_Send(through, message(3));
    stage = 12;
}

static void send_if_received(void *unused)
{
    (void)unused;
    seL4_NBSend(through, message(4));
    stage = 13;
}

__asm__(".section .text.code, \"ax\"\nwaiting_fault: .word 0\n mov x0, #1\n 1: b 1b\n.previous");
extern const char waiting_fault[];

/* ---- Receivers ---- */

static void receive(void *unused)
{
    seL4_Word badge;
    (void)unused;
    seL4_SetCapReceivePath(root, slot_new(), deep);
    seL4_MessageInfo_t info = seL4_Recv(endpoint, &badge);
    show_message("    received", info, badge);
    stage = 1;
    saved = slot_new();
    check("    the right to answer", seL4_CNode_SaveCaller(root, saved, deep));
    seL4_SetMR(0, 0x99);
    seL4_SetCap(0, gift);
    seL4_Send(saved, seL4_MessageInfo_new(0, 0, 1, 1));
    stage += 1;
}

/* Two calls; the answer to the first goes with the wait for the second. */
static void answer_and_receive(void *unused)
{
    seL4_Word badge;
    seL4_Word value = 0x77;
    (void)unused;
    seL4_SetCapReceivePath(root, slot_new(), deep);
    seL4_Recv(endpoint, &badge);
    stage = 1;
    seL4_MessageInfo_t info = seL4_ReplyRecvWithMRs(answers_through, seL4_MessageInfo_new(0, 0, 0, 1), &badge, &value, 0, 0, 0);
    stage = 2;
    show_hex("    received, its label", seL4_MessageInfo_get_label(info));
    show_hex("      badge", badge);
    seL4_SetCap(0, gift);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 1, 0));
    stage = 3;
}

/* The answer comes later, with a capability; the server's own rights say whether that arrives. */
static void receive_and_save(void *unused)
{
    seL4_Word badge;
    (void)unused;
    seL4_Recv(answers_through, &badge);
    saved = slot_new();
    check("    save the caller", seL4_CNode_SaveCaller(root, saved, deep));
    seL4_SetCap(0, gift);
    seL4_Send(saved, seL4_MessageInfo_new(6, 0, 1, 0));
    stage = 1;
}

/* ---- One after the other ---- */

static void with(const char *what, void (*sender)(void *))
{
    seL4_CPtr faults = object_new(seL4_EndpointObject, 0);
    struct thread *receiver = thread_new(priority, 0);
    struct thread *other = thread_new(priority, cap_mint(faults, seL4_AllRights, 1));
    print("  ");
    print(what);
    print("\n");
    stage = 0;
    thread_start(receiver, receive, 0);
    thread_start(other, sender, 0);
    seL4_Yield();
    show("    stage", stage);
    show_fault("    fault", faults);
    seL4_TCB_Suspend(other->tcb);
    seL4_TCB_Suspend(receiver->tcb);
}

static void senders(void)
{
    for (seL4_Word rights = 0; rights < all_words; rights++) {
        through = slot_new();
        show_hex("rights", rights);
        check("  mint", seL4_CNode_Mint(root, through, deep, root, endpoint, deep, word(rights), 0x700 + rights));
        with("call in registers", call_in_registers);
        length = words;
        with("call with a buffer", call);
        caps = 1;
        with("call with a capability", call);
        with("send with a capability", send);
        caps = 0;
        length = 2;
        with("send", send);
        with("send without waiting", send_if_received);
    }
}

static void faults(void)
{
    for (seL4_Word rights = 0; rights < all_words; rights++) {
        struct thread *receiver = thread_new(priority, 0);
        through = slot_new();
        show_hex("rights", rights);
        seL4_CNode_Mint(root, through, deep, root, endpoint, deep, word(rights), 0x800 + rights);
        struct thread *faulting = code_new(waiting_fault, priority, through);
        seL4_UserContext context = {0};
        stage = 0;
        thread_start(receiver, receive, 0);
        seL4_TCB_Resume(faulting->tcb);
        seL4_Yield();
        show("  stage", stage);
        seL4_TCB_Suspend(faulting->tcb);
        seL4_TCB_ReadRegisters(faulting->tcb, 0, 0, 4, &context);
        print("  it stands at ");
        print_word(context.pc);
        print("\n");
        seL4_TCB_Suspend(receiver->tcb);
    }
}

static void answers(void)
{
    for (seL4_Word rights = 0; rights < all_words; rights++) {
        seL4_CPtr problems = object_new(seL4_EndpointObject, 0);
        struct thread *server = thread_new(priority, cap_mint(problems, seL4_AllRights, 2));
        struct thread *client = thread_new(priority, 0);
        struct thread *second = thread_new(priority, 0);
        through = cap_mint(endpoint, seL4_AllRights, 0x900);
        answers_through = cap_copy(endpoint, word(rights));
        show_hex("rights", rights);
        stage = 0;
        thread_start(server, answer_and_receive, 0);
        thread_start(client, call_in_registers, 0);
        seL4_Yield();
        show("  stage", stage);
        length = 1;
        thread_start(second, call, 0);
        seL4_Yield();
        show("  stage", stage);
        show_fault("  fault", problems);
        seL4_TCB_Suspend(client->tcb);
        seL4_TCB_Suspend(second->tcb);
        seL4_TCB_Suspend(server->tcb);
    }
}

static void later(void)
{
    for (seL4_Word rights = 0; rights < all_words; rights++) {
        struct thread *server = thread_new(priority, 0);
        struct thread *client = thread_new(priority, 0);
        if ((rights & 2) == 0) {
            continue; /* it cannot receive */
        }
        through = cap_mint(endpoint, seL4_AllRights, 0xa00);
        answers_through = cap_copy(endpoint, word(rights));
        show_hex("rights", rights);
        stage = 0;
        length = 1;
        thread_start(server, receive_and_save, 0);
        thread_start(client, call, 0);
        seL4_Yield();
        show("  stage", stage);
        seL4_TCB_Suspend(client->tcb);
        seL4_TCB_Suspend(server->tcb);
    }
}

/* ---- Notifications ---- */

static void wait_through(void *unused)
{
    seL4_Word badge;
    (void)unused;
    seL4_RecvWithMRs(through, &badge, 0, 0, 0, 0);
    show_hex("    got", badge);
    stage = 1;
}

static void notifications(void)
{
    seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
    for (seL4_Word rights = 0; rights < all_words; rights++) {
        seL4_CPtr problems = object_new(seL4_EndpointObject, 0);
        struct thread *waiting = thread_new(priority, cap_mint(problems, seL4_AllRights, 3));
        seL4_CPtr signals = cap_mint(notification, word(rights), 0x40);
        seL4_Word badge = 0;
        show_hex("rights", rights);
        stage = 0;
        through = cap_copy(notification, word(rights));
        thread_start(waiting, wait_through, 0);
        seL4_Signal(notification);
        show("  waits, stage", stage);
        show_fault("  fault", problems);
        through = notification;
        stage = 0;
        thread_start(waiting, wait_through, 0);
        seL4_Signal(signals);
        show("  is signalled, stage", stage);
        seL4_TCB_Suspend(waiting->tcb);
        seL4_Poll(notification, &badge);
        show_hex("  left", badge);
    }
}

void run_case(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    gift = object_new(seL4_NotificationObject, 0);
    set_own_priority(own);
    section("senders");
    senders();
    section("faults");
    faults();
    section("answers");
    answers();
    section("later answers");
    later();
    section("notifications");
    notifications();
}
