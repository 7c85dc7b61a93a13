/* SPDX-License-Identifier: BSD-2-Clause */
/* What each set of rights allows: endpoints, notifications, frames, reply capabilities; that rights only shrink; and
 * which bits of a rights word count (reference manual, "Capability rights"). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, vspace = seL4_CapInitThreadVSpace, all_words = 16 };

static seL4_CapRights_t word(seL4_Word value)
{
    return (seL4_CapRights_t){{value}};
}

static seL4_CPtr endpoint;
static seL4_CPtr through;
static seL4_CPtr gift;
static seL4_Word result;

static void send_gift(void *unused)
{
    (void)unused;
    seL4_SetCap(0, gift);
    seL4_SetMR(0, 0x51);
    seL4_Send(through, seL4_MessageInfo_new(1, 0, 1, 1));
    result = 1;
}

static void call_through(void *unused)
{
    (void)unused;
    seL4_SetCap(0, gift);
    seL4_SetMR(0, 0x52);
    seL4_SetCapReceivePath(root, slot_new(), deep);
    seL4_MessageInfo_t info = seL4_Call(through, seL4_MessageInfo_new(2, 0, 1, 1));
    show_message("    caller's answer", info, 0);
    result = 2;
}

static void receive_through(void *unused)
{
    seL4_Word badge;
    (void)unused;
    seL4_NBRecv(through, &badge);
    result = 3;
}

static void attempt(const char *what, void (*function)(void *), int serve)
{
    seL4_CPtr faults = object_new(seL4_EndpointObject, 0);
    struct thread *thread = thread_new(255, cap_mint(faults, seL4_AllRights, 1));
    seL4_Word badge = 0;
    result = 0;
    print("  ");
    print(what);
    print("\n");
    thread_start(thread, function, 0);
    seL4_Yield();
    if (serve) {
        seL4_SetCapReceivePath(root, slot_new(), deep);
        seL4_MessageInfo_t info = seL4_NBRecv(endpoint, &badge);
        show_message("    server gets", info, badge);
        seL4_CPtr saved = slot_new();
        check("    save the caller", seL4_CNode_SaveCaller(root, saved, deep));
        seL4_SetCap(0, gift);
        seL4_SetMR(0, 0x99);
        seL4_Send(saved, seL4_MessageInfo_new(3, 0, 1, 1));
        seL4_Yield();
    }
    show("    result", result);
    show_fault("    fault", faults);
    seL4_TCB_Suspend(thread->tcb);
}

static void endpoints(void)
{
    gift = object_new(seL4_NotificationObject, 0);
    endpoint = object_new(seL4_EndpointObject, 0);
    for (seL4_Word rights = 0; rights < all_words; rights++) {
        through = slot_new();
        show_hex("rights", rights);
        check("  mint", seL4_CNode_Mint(root, through, deep, root, endpoint, deep, word(rights), 0x700 + rights));
        attempt("send a capability", send_gift, 1);
        attempt("call", call_through, 1);
        attempt("receive", receive_through, 0);
    }
}

/* The server's own right to grant decides whether its answer may carry a capability. */
static seL4_CPtr server_cap;

static void answer_with_gift(void *unused)
{
    seL4_Word badge;
    (void)unused;
    seL4_Recv(server_cap, &badge);
    seL4_SetCap(0, gift);
    seL4_Reply(seL4_MessageInfo_new(4, 0, 1, 0));
    seL4_Recv(server_cap, &badge);
    seL4_SetCap(0, gift);
    seL4_ReplyRecv(server_cap, seL4_MessageInfo_new(5, 0, 1, 0), &badge);
}

static void answers(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    for (seL4_Word rights = 0; rights < all_words; rights++) {
        if ((rights & 2) == 0) {
            continue;
        }
        server_cap = cap_copy(endpoint, word(rights));
        show_hex("server's rights", rights);
        struct thread *server = thread_new(255, 0);
        thread_start(server, answer_with_gift, 0);
        seL4_Yield();
        seL4_SetCapReceivePath(root, slot_new(), deep);
        show_message("  answer", seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0)), 0);
        seL4_SetCapReceivePath(root, slot_new(), deep);
        show_message("  answer, then receive", seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0)), 0);
        seL4_TCB_Suspend(server->tcb);
    }
}

static void shrinking(void)
{
    static const seL4_Word words[] = {0x10, 0xff, 0xfffffffffffffff0, 0xffffffffffffffff, 0x12};
    endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr reader = cap_copy(endpoint, seL4_CanRead);
    seL4_CPtr regained = cap_copy(reader, seL4_AllRights);
    check("call through a copy that asked for more", (seL4_Error)seL4_MessageInfo_get_label(
                                                         seL4_Call(regained, seL4_MessageInfo_new(0, 0, 0, 0))));
    for (seL4_Word i = 0; i < sizeof words / sizeof words[0]; i++) {
        through = slot_new();
        show_hex("rights word", words[i]);
        check("  copy", seL4_CNode_Copy(root, through, deep, root, endpoint, deep, word(words[i])));
        attempt("receive", receive_through, 0);
    }
    seL4_CPtr moved = slot_new();
    check("move keeps rights", seL4_CNode_Move(root, moved, deep, root, reader, deep));
    check("  call", (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(moved, seL4_MessageInfo_new(0, 0, 0, 0))));
    seL4_CPtr mutated = slot_new();
    check("mutate keeps rights", seL4_CNode_Mutate(root, mutated, deep, root, moved, deep, 5));
    check("  call", (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(mutated, seL4_MessageInfo_new(0, 0, 0, 0))));
}

static void notifications(void)
{
    seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
    seL4_Word badge;
    for (seL4_Word rights = 0; rights < all_words; rights++) {
        seL4_CPtr cap = slot_new();
        show_hex("rights", rights);
        check("  mint", seL4_CNode_Mint(root, cap, deep, root, notification, deep, word(rights), 0x100));
        seL4_Signal(cap);
        seL4_Poll(notification, &badge);
        show_hex("  signalled", badge);
        check("  call", (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(cap, seL4_MessageInfo_new(0, 0, 0, 0))));
        seL4_Poll(notification, &badge);
        through = cap;
        attempt("poll", receive_through, 0);
        seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
        check("  bind", seL4_TCB_BindNotification(tcb, cap));
        cap_delete(tcb);
    }
}

static seL4_Word address;

static void load(void *unused)
{
    (void)unused;
    result = *(volatile seL4_Word *)address + 10;
}

static void store(void *unused)
{
    (void)unused;
    *(volatile seL4_Word *)address = 1;
    result = 20;
}

static void access(const char *what, void (*function)(void *))
{
    seL4_CPtr faults = object_new(seL4_EndpointObject, 0);
    struct thread *thread = thread_new(255, cap_mint(faults, seL4_AllRights, 1));
    seL4_Word badge = 0;
    result = 0;
    thread_start(thread, function, 0);
    seL4_Yield();
    seL4_MessageInfo_t info = seL4_NBRecv(faults, &badge);
    print(what);
    print(result != 0 ? " works" : seL4_MessageInfo_get_label(info) == seL4_Fault_VMFault ? " faults" : " ?");
    seL4_TCB_Suspend(thread->tcb);
}

static void frames(void)
{
    seL4_CPtr frame = object_new(seL4_ARM_SmallPageObject, 0);
    address = 0x31000000;
    frame_map(frame, address, seL4_ReadWrite);
    seL4_ARM_Page_Unmap(frame);
    for (seL4_Word own = 0; own < 4; own++) {
        seL4_CPtr cap = cap_copy(frame, word(own));
        for (seL4_Word asked = 0; asked < 4; asked++) {
            print("capability ");
            print_hex(own);
            print(" mapped ");
            print_hex(asked);
            seL4_Error error = seL4_ARM_Page_Map(cap, vspace, address, word(asked), seL4_ARM_Default_VMAttributes);
            print(error == seL4_NoError ? ":" : ": refused");
            if (error == seL4_NoError) {
                access(" load", load);
                access(", store", store);
            }
            print("\n");
            seL4_ARM_Page_Unmap(cap);
        }
        cap_delete(cap);
    }
}

void run_case(void)
{
    section("endpoints");
    endpoints();
    section("answers");
    answers();
    section("shrinking");
    shrinking();
    section("notifications");
    notifications();
    section("frames");
    frames();
}
