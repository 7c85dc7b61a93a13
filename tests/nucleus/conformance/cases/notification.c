/* SPDX-License-Identifier: BSD-2-Clause */
/* Notifications: accumulation of badges, waiting and polling, bound notifications, rights (reference manual,
 * "Notifications"). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits };

static seL4_CPtr notification;
static seL4_CPtr endpoint;

static void waiter(void *name)
{
    seL4_Word badge = 0;
    seL4_Wait(notification, &badge);
    print((const char *)name);
    show_hex(" woke with badge", badge);
}

static void receiver(void *unused)
{
    seL4_Word badge = 0;
    (void)unused;
    for (int i = 0; i < 3; i++) {
        seL4_MessageInfo_t info = seL4_Recv(endpoint, &badge);
        if (badge != 0) {
            show_hex("bound receiver: signal", badge);
        } else {
            show_message("bound receiver", info, badge);
        }
    }
}

static void poll_once(void *slot)
{
    seL4_Word badge;
    seL4_Poll((seL4_CPtr)slot, &badge);
    print("the poll returned\n");
}

static void badges(void)
{
    seL4_Word badge = 99;
    notification = object_new(seL4_NotificationObject, 0);
    seL4_CPtr one = cap_mint(notification, seL4_AllRights, 1);
    seL4_CPtr four = cap_mint(notification, seL4_AllRights, 4);
    seL4_CPtr top = cap_mint(notification, seL4_AllRights, 1ul << 63);
    seL4_Poll(notification, &badge);
    show_hex("poll, idle", badge);
    seL4_Signal(one);
    seL4_Signal(four);
    seL4_Signal(top);
    seL4_Poll(notification, &badge);
    show_hex("poll, three signals", badge);
    seL4_Signal(notification);
    seL4_Poll(notification, &badge);
    show_hex("signal without a badge", badge);
    seL4_Poll(notification, &badge);
    show_hex("poll again", badge);
    seL4_Signal(four);
    seL4_Wait(one, &badge);
    show_hex("wait through a badged capability", badge);
    seL4_CPtr reader = cap_copy(notification, seL4_CanRead);
    seL4_CPtr writer = cap_copy(notification, seL4_CanWrite);
    check("call on it", (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(one, seL4_MessageInfo_new(0, 0, 0, 0))));
    seL4_Poll(notification, &badge);
    show_hex("signalled by the call", badge);
    check("call without write", (seL4_Error)seL4_MessageInfo_get_label(
                                    seL4_Call(reader, seL4_MessageInfo_new(0, 0, 0, 0))));
    seL4_Signal(reader);
    seL4_Poll(notification, &badge);
    show_hex("signal without write", badge);
    endpoint = object_new(seL4_EndpointObject, 0);
    struct thread *poller = thread_new(255, endpoint);
    thread_start(poller, poll_once, (void *)writer);
    show_message("poll without read faults", seL4_Recv(endpoint, &badge), badge);
}

static void waiters(void)
{
    notification = object_new(seL4_NotificationObject, 0);
    seL4_CPtr one = cap_mint(notification, seL4_AllRights, 1);
    seL4_CPtr two = cap_mint(notification, seL4_AllRights, 2);
    struct thread *first = thread_new(254, 0);
    struct thread *second = thread_new(255, 0);
    thread_start(first, waiter, "first");
    set_own_priority(250);
    set_own_priority(255);
    thread_start(second, waiter, "second");
    seL4_Yield();
    seL4_Signal(one);
    seL4_Signal(two);
    print("signalled\n");
    set_own_priority(250);
    set_own_priority(255);
    struct thread *third = thread_new(255, 0);
    thread_start(third, waiter, "third");
    seL4_Yield();
    check("delete under a waiter", seL4_CNode_Delete(root, notification, deep));
    check("revoke nothing", seL4_CNode_Revoke(root, one, deep));
    seL4_CNode_Delete(root, one, deep);
    seL4_CNode_Delete(root, two, deep);
    seL4_Yield();
}

static void bound(void)
{
    notification = object_new(seL4_NotificationObject, 0);
    endpoint = object_new(seL4_EndpointObject, 0);
    struct thread *thread = thread_new(255, 0);
    seL4_CPtr other = object_new(seL4_TCBObject, 0);
    seL4_CPtr badged = cap_mint(notification, seL4_AllRights, 0x10);
    check("bind", seL4_TCB_BindNotification(thread->tcb, notification));
    check("bind again", seL4_TCB_BindNotification(thread->tcb, notification));
    check("bind to another", seL4_TCB_BindNotification(other, notification));
    check("bind an endpoint", seL4_TCB_BindNotification(other, endpoint));
    check("bind an empty slot", seL4_TCB_BindNotification(other, 4003));
    check("bind a badged one", seL4_TCB_BindNotification(other, badged));
    check("bind without read", seL4_TCB_BindNotification(other, cap_copy(object_new(seL4_NotificationObject, 0),
                                                                         seL4_CanWrite)));
    check("unbind what is not bound", seL4_TCB_UnbindNotification(other));
    seL4_Signal(badged);
    thread_start(thread, receiver, 0);
    seL4_Yield();
    seL4_Yield();
    seL4_Signal(badged);
    seL4_Yield();
    seL4_SetMR(0, 1);
    seL4_Send(endpoint, seL4_MessageInfo_new(1, 0, 0, 1));
    seL4_Yield();
    check("unbind", seL4_TCB_UnbindNotification(thread->tcb));
    check("bind to another now", seL4_TCB_BindNotification(other, notification));
    check("delete the thread", seL4_CNode_Delete(root, other, deep));
    check("bind after its death", seL4_TCB_BindNotification(thread->tcb, notification));
    check("delete the notification", seL4_CNode_Revoke(root, notification, deep));
    seL4_CNode_Delete(root, notification, deep);
    check("unbind after its death", seL4_TCB_UnbindNotification(thread->tcb));
}

void run_case(void)
{
    section("badges");
    badges();
    section("waiters");
    waiters();
    section("bound");
    bound();
}
