/* SPDX-License-Identifier: BSD-2-Clause */
/* Endpoints: message lengths, badges, rights, capability transfer and unwrapping, replies, queues, deletion while
 * somebody waits (reference manual, "Message passing"). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits };

static seL4_CPtr endpoint;

/* Answers every message with its words plus one, until the label is 99. */
static void echo_server(void *unused)
{
    seL4_Word badge;
    (void)unused;
    seL4_MessageInfo_t info = seL4_Recv(endpoint, &badge);
    for (;;) {
        seL4_Word length = seL4_MessageInfo_get_length(info);
        for (seL4_Word i = 0; i < length; i++) {
            seL4_SetMR((int)i, seL4_GetMR((int)i) + 1);
        }
        if (length > 0) {
            seL4_SetMR(0, badge);
        }
        if (seL4_MessageInfo_get_label(info) == 99) {
            seL4_Reply(seL4_MessageInfo_new(1, 0, 0, length));
            return;
        }
        info = seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(seL4_MessageInfo_get_label(info) + 1, 0, 0, length), &badge);
    }
}

static void lengths(void)
{
    static const seL4_Word sizes[] = {0, 1, 4, 5, 10, 119, 120};
    endpoint = object_new(seL4_EndpointObject, 0);
    struct thread *server = thread_new(255, 0);
    thread_start(server, echo_server, 0);
    seL4_Yield();
    for (seL4_Word n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
        for (seL4_Word i = 0; i < sizes[n]; i++) {
            seL4_SetMR((int)i, 1000 * n + i);
        }
        seL4_MessageInfo_t info = seL4_Call(endpoint, seL4_MessageInfo_new(5, 0, 0, sizes[n]));
        show_message("call", info, 0);
    }
    seL4_MessageInfo_t info = seL4_Call(endpoint, seL4_MessageInfo_new(7, 0, 0, 127));
    show_message("length 127", info, 0);
    seL4_CPtr badged = cap_mint(endpoint, seL4_AllRights, 0xdeadbeef12345678);
    show_message("badged", seL4_Call(badged, seL4_MessageInfo_new(6, 0, 0, 2)), 0);
    show_message("label of 52 bits", seL4_Call(endpoint, seL4_MessageInfo_new(0xfffffffffffff, 0, 0, 0)), 0);
    seL4_CPtr writer = cap_copy(endpoint, seL4_CapRights_new(0, 0, 0, 1));
    seL4_CPtr reader = cap_copy(endpoint, seL4_CapRights_new(0, 0, 1, 0));
    check("call with no write", (seL4_Error)seL4_MessageInfo_get_label(
                                    seL4_Call(reader, seL4_MessageInfo_new(5, 0, 0, 0))));
    seL4_Send(reader, seL4_MessageInfo_new(5, 0, 0, 0));
    print("send with no write returns\n");
    seL4_NBSend(endpoint, seL4_MessageInfo_new(50, 0, 0, 0));
    (void)writer;
    show_message("last", seL4_Call(endpoint, seL4_MessageInfo_new(99, 0, 0, 1)), 0);
}

static seL4_Word got_badge;
static seL4_MessageInfo_t got_info;
static seL4_CPtr receive_slot;

static void receiver_once(void *slot)
{
    receive_slot = (seL4_CPtr)slot;
    seL4_SetCapReceivePath(root, receive_slot, deep);
    got_info = seL4_Recv(endpoint, &got_badge);
    show_message("received", got_info, got_badge);
    seL4_Word unwrapped = seL4_MessageInfo_get_capsUnwrapped(got_info);
    for (int i = 0; i < 3; i++) {
        if (unwrapped >> i & 1) {
            show_hex("  unwrapped badge", seL4_GetBadge(i));
        }
    }
    if (receive_slot != 0) {
        check("  the slot is full", seL4_CNode_Copy(root, receive_slot, deep, root, endpoint, deep, seL4_AllRights));
    }
}

static void transfer_one(const char *what, seL4_CPtr through, seL4_CPtr slot, const seL4_CPtr *caps, seL4_Word count)
{
    struct thread *thread = thread_new(255, 0);
    print(what);
    print("\n");
    thread_start(thread, receiver_once, (void *)slot);
    seL4_Yield();
    for (seL4_Word i = 0; i < count; i++) {
        seL4_SetCap((int)i, caps[i]);
    }
    seL4_SetMR(0, 42);
    seL4_Send(through, seL4_MessageInfo_new(3, 0, count, 1));
    seL4_Yield();
}

static void send_empty(void *through)
{
    seL4_SetCap(0, 4003);
    seL4_Send((seL4_CPtr)through, seL4_MessageInfo_new(3, 0, 1, 1));
    print("  the send returned\n");
}

static void call_empty(void *through)
{
    seL4_SetCap(0, 4003);
    check("  the call returned",
          (seL4_Error)seL4_MessageInfo_get_label(seL4_Call((seL4_CPtr)through, seL4_MessageInfo_new(3, 0, 1, 1))));
}

static void receive_from(void *through)
{
    seL4_Word badge;
    seL4_NBRecv((seL4_CPtr)through, &badge);
    print("  the receive returned\n");
}

/* Runs `function` in a thread and prints the fault that it makes, without the address of its code. */
static void faults_with(const char *what, void (*function)(void *), seL4_CPtr argument)
{
    seL4_Word badge = 0;
    seL4_CPtr handler = object_new(seL4_EndpointObject, 0);
    print(what);
    print("\n");
    thread_start(thread_new(255, cap_mint(handler, seL4_AllRights, 1)), function, (void *)argument);
    seL4_Yield();
    seL4_MessageInfo_t info = seL4_NBRecv(handler, &badge);
    if (badge != 0) {
        show_message("  fault", info, badge);
    } else {
        print("  no fault\n");
    }
}

static void transfer(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr badged = cap_mint(endpoint, seL4_AllRights, 77);
    seL4_CPtr badged2 = cap_mint(endpoint, seL4_AllRights, 78);
    seL4_CPtr no_grant = cap_mint(endpoint, seL4_CapRights_new(0, 0, 0, 1), 79);
    seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    transfer_one("a notification", badged, slot_new(), (seL4_CPtr[]){notification}, 1);
    transfer_one("a TCB", badged, slot_new(), (seL4_CPtr[]){tcb}, 1);
    transfer_one("nowhere to put it", badged, 0, (seL4_CPtr[]){tcb}, 1);
    transfer_one("an occupied slot", badged, notification, (seL4_CPtr[]){tcb}, 1);
    transfer_one("without grant", no_grant, slot_new(), (seL4_CPtr[]){tcb}, 1);
    transfer_one("the same endpoint", badged, slot_new(), (seL4_CPtr[]){badged2}, 1);
    transfer_one("the same endpoint, and a TCB", badged, slot_new(), (seL4_CPtr[]){badged2, tcb}, 2);
    transfer_one("a TCB, and the same endpoint", badged, slot_new(), (seL4_CPtr[]){tcb, badged2}, 2);
    transfer_one("two TCBs", badged, slot_new(), (seL4_CPtr[]){tcb, tcb}, 2);
    transfer_one("three of the same endpoint", badged, slot_new(), (seL4_CPtr[]){badged2, endpoint, no_grant}, 3);
    transfer_one("an untyped with children", badged, slot_new(), (seL4_CPtr[]){untyped_new(12)}, 1);
    transfer_one("IRQ control", badged, slot_new(), (seL4_CPtr[]){seL4_CapIRQControl}, 1);
    faults_with("send of an empty slot", send_empty, badged);
    faults_with("call with an empty slot", call_empty, badged);
    faults_with("receive without read", receive_from, no_grant);
}

static void sender(void *label)
{
    seL4_SetMR(0, (seL4_Word)label);
    seL4_Send(endpoint, seL4_MessageInfo_new((seL4_Word)label, 0, 0, 1));
}

static void caller(void *through)
{
    seL4_SetMR(0, 1);
    seL4_MessageInfo_t info = seL4_Call((seL4_CPtr)through, seL4_MessageInfo_new(11, 0, 0, 1));
    show_message("caller's answer", info, 0);
}

static void queues(void)
{
    seL4_Word badge;
    endpoint = object_new(seL4_EndpointObject, 0);
    seL4_NBRecv(endpoint, &badge);
    show_hex("poll of an idle endpoint", badge);
    seL4_MessageInfo_t info;
    static const seL4_Word priorities[] = {254, 255, 253, 255};
    for (seL4_Word i = 0; i < 4; i++) {
        thread_start(thread_new(priorities[i], 0), sender, (void *)(i + 1));
    }
    set_own_priority(1);
    set_own_priority(255);
    for (int i = 0; i < 4; i++) {
        info = seL4_Recv(endpoint, &badge);
        show_message("in order of arrival", info, badge);
    }
    struct thread *gone = thread_new(255, 0);
    seL4_CPtr copy = cap_copy(endpoint, seL4_AllRights);
    thread_start(gone, caller, (void *)copy);
    seL4_Yield();
    check("delete the capability that a caller used", seL4_CNode_Delete(root, copy, deep));
    info = seL4_NBRecv(endpoint, &badge);
    show_message("its message still comes", info, badge);
    seL4_SetMR(0, 8);
    seL4_Reply(seL4_MessageInfo_new(2, 0, 0, 1));
    seL4_Yield();
    struct thread *queued = thread_new(255, 0);
    thread_start(queued, caller, (void *)endpoint);
    seL4_Yield();
    check("delete the endpoint under a queued caller", seL4_CNode_Delete(root, endpoint, deep));
    seL4_Yield();
    seL4_Yield();
}

static void replies(void)
{
    seL4_Word badge;
    endpoint = object_new(seL4_EndpointObject, 0);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    print("reply to nobody returns\n");
    thread_start(thread_new(255, 0), caller, (void *)endpoint);
    seL4_Yield();
    show_message("received", seL4_Recv(endpoint, &badge), badge);
    seL4_CPtr saved = slot_new();
    check("save the caller", seL4_CNode_SaveCaller(root, saved, deep));
    check("again", seL4_CNode_SaveCaller(root, slot_new(), deep));
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    check("copy of a reply capability", seL4_CNode_Copy(root, slot_new(), deep, root, saved, deep, seL4_AllRights));
    check("move of a reply capability", seL4_CNode_Move(root, slot_new(), deep, root, saved, deep));
    seL4_SetMR(0, 5);
    seL4_Send(saved, seL4_MessageInfo_new(1, 0, 0, 1));
    seL4_Send(saved + 2, seL4_MessageInfo_new(1, 0, 0, 1));
    seL4_Yield();
    check("a used reply capability", (seL4_Error)seL4_MessageInfo_get_label(
                                         seL4_Call(saved + 2, seL4_MessageInfo_new(1, 0, 0, 0))));
    seL4_CPtr call_only = cap_copy(endpoint, seL4_CapRights_new(0, 0, 0, 1));
    thread_start(thread_new(255, 0), caller, (void *)call_only);
    seL4_Yield();
    show_message("call without grant or grant-reply", seL4_Recv(endpoint, &badge), badge);
    seL4_Reply(seL4_MessageInfo_new(4, 0, 0, 0));
    seL4_Yield();
    faults_with("receive on a write-only capability", receive_from, call_only);
}

static void cancel(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr one = cap_mint(endpoint, seL4_AllRights, 1);
    seL4_CPtr two = cap_mint(endpoint, seL4_AllRights, 2);
    thread_start(thread_new(255, 0), caller, (void *)one);
    thread_start(thread_new(255, 0), caller, (void *)two);
    thread_start(thread_new(255, 0), caller, (void *)one);
    seL4_Yield();
    seL4_Yield();
    seL4_Yield();
    struct thread *other = thread_new(254, 0);
    (void)other;
    check("revoke badge 1's originals", seL4_CNode_Revoke(root, one, deep));
    check("delete badge 1", seL4_CNode_Delete(root, one, deep));
    seL4_Word badge;
    for (int i = 0; i < 4; i++) {
        badge = 0;
        seL4_NBRecv(endpoint, &badge);
        show_hex("what is queued", badge);
    }
}

void run_case(void)
{
    section("lengths");
    lengths();
    section("transfer");
    transfer();
    section("queues");
    queues();
    section("replies");
    replies();
    section("cancel");
    cancel();
}
