/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts beyond the simple cases (irq.c): edge and level triggers, software-generated interrupts and the capability
 * that signals them, the physical timer at user level (Generic Timer: Arm ARM, "The Generic Timer"), many handlers on
 * one notification, waiters of higher and lower priority. */
#include "../lib/conformance.h"
#include "../lib/rtc.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, rtc_irq = 34, rtc_physical = 0x09010000,
       rtc_address = 0x10002000, timer_irq = 30 };

static void poll(const char *what, seL4_CPtr notification)
{
    seL4_Word badge = 0;
    seL4_Poll(notification, &badge);
    show_hex(what, badge);
}

static void triggers(void)
{
    seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
    seL4_CPtr handler = slot_new();
    for (seL4_Word edge = 0; edge < 2; edge++) {
        quiet();
        show("edge", edge);
        check("get", seL4_IRQControl_GetTrigger(seL4_CapIRQControl, rtc_irq, edge, root, handler, deep));
        check("set", seL4_IRQHandler_SetNotification(handler, notification));
        check("acknowledge", seL4_IRQHandler_Ack(handler));
        seL4_CPtr badged = cap_mint(notification, seL4_AllRights, 0x21);
        check("set badged", seL4_IRQHandler_SetNotification(handler, badged));
        poll("before", notification);
        fire();
        poll("fired", notification);
        check("acknowledge while it fires", seL4_IRQHandler_Ack(handler));
        poll("and again", notification);
        quiet();
        check("acknowledge", seL4_IRQHandler_Ack(handler));
        poll("quiet", notification);
        fire();
        poll("fired", notification);
        quiet();
        check("acknowledge", seL4_IRQHandler_Ack(handler));
        poll("quiet", notification);
        check("delete the handler", seL4_CNode_Delete(root, handler, deep));
        fire();
        poll("fires without a handler", notification);
        quiet();
    }
    for (seL4_Word trigger = 2; trigger < 5; trigger++) {
        check("another trigger", seL4_IRQControl_GetTrigger(seL4_CapIRQControl, rtc_irq, trigger, root, handler, deep));
        seL4_CNode_Delete(root, handler, deep);
    }
    check("trigger of an SGI", seL4_IRQControl_GetTrigger(seL4_CapIRQControl, 4, 1, root, slot_new(), deep));
    check("trigger of a PPI", seL4_IRQControl_GetTrigger(seL4_CapIRQControl, 31, 1, root, slot_new(), deep));
    check("trigger out of range", seL4_IRQControl_GetTrigger(seL4_CapIRQControl, 160, 1, root, slot_new(), deep));
    check("trigger into an occupied slot", seL4_IRQControl_GetTrigger(seL4_CapIRQControl, 90, 1, root, notification, deep));
    check("trigger, depth 0", seL4_IRQControl_GetTrigger(seL4_CapIRQControl, 90, 1, root, slot_new(), 0));
}

static void software(void)
{
    seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
    seL4_CPtr handler = slot_new();
    seL4_CPtr signal = slot_new();
    check("signal of 16", seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, 16, 0, root, signal, deep));
    check("signal of all ones", seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, ~0ul, 0, root, signal, deep));
    check("target 8", seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, 7, 8, root, signal, deep));
    check("target all ones", seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, 7, ~0ul, root, signal, deep));
    check("target 7", seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, 7, 7, root, slot_new(), deep));
    check("into an occupied slot", seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, 7, 0, root, notification, deep));
    check("root is no CNode", seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, 7, 0, notification, 0, deep));
    check("depth 2", seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, 7, 0, root, slot_new(), 2));
    check("signal of 7", seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, 7, 0, root, signal, deep));
    check("the same again", seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, 7, 0, root, slot_new(), deep));
    seL4_Signal(signal);
    print("signalled before there is a handler\n");
    check("handler", seL4_IRQControl_Get(seL4_CapIRQControl, 7, root, handler, deep));
    check("set", seL4_IRQHandler_SetNotification(handler, cap_mint(notification, seL4_AllRights, 0x77)));
    poll("was it kept", notification);
    seL4_Signal(signal);
    poll("signalled", notification);
    seL4_Signal(signal);
    poll("not acknowledged yet", notification);
    check("acknowledge", seL4_IRQHandler_Ack(handler));
    poll("after it", notification);
    check("call on it", (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(signal, seL4_MessageInfo_new(3, 0, 0, 2))));
    check("acknowledge", seL4_IRQHandler_Ack(handler));
    poll("called", notification);
    seL4_NBSend(signal, seL4_MessageInfo_new(0, 0, 0, 0));
    check("acknowledge", seL4_IRQHandler_Ack(handler));
    poll("sent without blocking", notification);
    seL4_CPtr copy = slot_new();
    check("copy without rights", seL4_CNode_Copy(root, copy, deep, root, signal, deep, seL4_NoRights));
    seL4_Signal(copy);
    check("acknowledge", seL4_IRQHandler_Ack(handler));
    poll("signalled through it", notification);
    check("mint", seL4_CNode_Mint(root, slot_new(), deep, root, signal, deep, seL4_AllRights, 9));
    check("revoke", seL4_CNode_Revoke(root, signal, deep));
    check("is the copy left", seL4_CNode_Copy(root, slot_new(), deep, root, copy, deep, seL4_AllRights));
    check("delete", seL4_CNode_Delete(root, signal, deep));
    check("revoke IRQ control", seL4_CNode_Revoke(root, seL4_CapIRQControl, deep));
    check("is the handler left", seL4_IRQHandler_Ack(handler));
}

static void timer(void)
{
    seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
    seL4_CPtr handler = slot_new();
    seL4_Word badge = 0;
    seL4_Word hertz;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hertz));
    check("get", seL4_IRQControl_Get(seL4_CapIRQControl, timer_irq, root, handler, deep));
    check("set", seL4_IRQHandler_SetNotification(handler, cap_mint(notification, seL4_AllRights, 0x30)));
    for (int round = 0; round < 3; round++) {
        __asm__ volatile("msr cntp_tval_el0, %0\n msr cntp_ctl_el0, %1" : : "r"(hertz / 1000), "r"(1ul));
        seL4_Wait(notification, &badge);
        show_hex("a millisecond passed", badge);
        seL4_Word status;
        __asm__ volatile("mrs %0, cntp_ctl_el0" : "=r"(status));
        show_hex("status", status);
        __asm__ volatile("msr cntp_ctl_el0, %0" : : "r"(0ul));
        check("acknowledge", seL4_IRQHandler_Ack(handler));
        poll("nothing more", notification);
    }
    check("delete", seL4_CNode_Delete(root, handler, deep));
}

static seL4_CPtr shared;
static volatile int order;

static void wait_for_it(void *name)
{
    seL4_Word badge = 0;
    seL4_Wait(shared, &badge);
    order = order * 10 + (int)(seL4_Word)name;
}

static void preempting(void)
{
    seL4_CPtr handler = slot_new();
    shared = object_new(seL4_NotificationObject, 0);
    quiet();
    check("get", seL4_IRQControl_Get(seL4_CapIRQControl, rtc_irq, root, handler, deep));
    check("set", seL4_IRQHandler_SetNotification(handler, shared));
    static const seL4_Word priorities[] = {200, 100};
    for (seL4_Word i = 0; i < 2; i++) {
        order = 0;
        struct thread *waiter = thread_new(priorities[i], 0);
        thread_start(waiter, wait_for_it, (void *)1);
        set_own_priority(10);
        set_own_priority(150);
        fire();
        for (volatile int spin = 0; spin < 1000; spin++) {
        }
        order = order * 10 + 2;
        set_own_priority(10);
        set_own_priority(255);
        show(i == 0 ? "waiter above" : "waiter below", (seL4_Word)order);
        quiet();
        check("acknowledge", seL4_IRQHandler_Ack(handler));
    }
    check("clear while armed", seL4_IRQHandler_Clear(handler));
    check("delete the notification", seL4_CNode_Delete(root, shared, deep));
    fire();
    quiet();
    check("acknowledge", seL4_IRQHandler_Ack(handler));
}

void run_case(void)
{
    frame_map(device_page(rtc_physical), rtc_address, seL4_ReadWrite);
    rtc = (volatile unsigned *)(seL4_Word)rtc_address;
    section("triggers");
    triggers();
    section("physical timer");
    timer();
    section("preemption");
    preempting();
    section("software");
    software();
}
