/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts: IRQ control, handlers, acknowledgement, triggers, delivery from a device (the PL031 real-time clock's
 * match interrupt, SPI 2; Arm PrimeCell RTC PL031 manual, DDI 0224), and what is refused. */
#include "../lib/conformance.h"
#include "../lib/rtc.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, rtc_irq = 34, rtc_physical = 0x09010000,
       rtc_address = 0x10002000 };

static void control(void)
{
    seL4_CPtr handler = slot_new();
    check("get", seL4_IRQControl_Get(seL4_CapIRQControl, rtc_irq, root, handler, deep));
    check("get again", seL4_IRQControl_Get(seL4_CapIRQControl, rtc_irq, root, slot_new(), deep));
    check("into an occupied slot", seL4_IRQControl_Get(seL4_CapIRQControl, 40, root, handler, deep));
    check("IRQ 160", seL4_IRQControl_Get(seL4_CapIRQControl, 160, root, slot_new(), deep));
    check("IRQ 159", seL4_IRQControl_Get(seL4_CapIRQControl, 159, root, slot_new(), deep));
    check("IRQ 100000", seL4_IRQControl_Get(seL4_CapIRQControl, 100000, root, slot_new(), deep));
    check("kernel timer", seL4_IRQControl_Get(seL4_CapIRQControl, 26, root, slot_new(), deep));
    check("VGIC maintenance", seL4_IRQControl_Get(seL4_CapIRQControl, 25, root, slot_new(), deep));
    check("virtual timer", seL4_IRQControl_Get(seL4_CapIRQControl, 27, root, slot_new(), deep));
    check("physical timer", seL4_IRQControl_Get(seL4_CapIRQControl, 30, root, slot_new(), deep));
    check("SGI 3", seL4_IRQControl_Get(seL4_CapIRQControl, 3, root, slot_new(), deep));
    check("with a trigger", seL4_IRQControl_GetTrigger(seL4_CapIRQControl, 50, 1, root, slot_new(), deep));
    check("with a trigger, taken", seL4_IRQControl_GetTrigger(seL4_CapIRQControl, 50, 0, root, slot_new(), deep));
    check("root is not a CNode", seL4_IRQControl_Get(seL4_CapIRQControl, 51, handler, 0, deep));
    check("depth 3", seL4_IRQControl_Get(seL4_CapIRQControl, 51, root, slot_new(), 3));
    check("delete the handler", seL4_CNode_Delete(root, handler, deep));
    check("get it after that", seL4_IRQControl_Get(seL4_CapIRQControl, rtc_irq, root, handler, deep));
    check("copy of a handler", seL4_CNode_Copy(root, slot_new(), deep, root, handler, deep, seL4_AllRights));
    check("not IRQ control", seL4_IRQControl_Get(handler, 52, root, slot_new(), deep));
    seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
    check("set an endpoint", seL4_IRQHandler_SetNotification(handler, object_new(seL4_EndpointObject, 0)));
    check("set an empty slot", seL4_IRQHandler_SetNotification(handler, 4003));
    check("set without write", seL4_IRQHandler_SetNotification(handler, cap_copy(notification, seL4_CanRead)));
    check("set", seL4_IRQHandler_SetNotification(handler, notification));
    check("set another", seL4_IRQHandler_SetNotification(handler, object_new(seL4_NotificationObject, 0)));
    check("clear", seL4_IRQHandler_Clear(handler));
    check("clear again", seL4_IRQHandler_Clear(handler));
    check("acknowledge", seL4_IRQHandler_Ack(handler));
    seL4_CNode_Revoke(root, handler, deep);
    seL4_CNode_Delete(root, handler, deep);
}

static void delivery(void)
{
    seL4_CPtr handler = slot_new();
    seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
    seL4_CPtr badged = cap_mint(notification, seL4_AllRights, 0x20);
    seL4_Word badge;
    frame_map(device_page(rtc_physical), rtc_address, seL4_ReadWrite);
    rtc = (volatile unsigned *)(seL4_Word)rtc_address;
    quiet();
    check("get", seL4_IRQControl_Get(seL4_CapIRQControl, rtc_irq, root, handler, deep));
    check("set", seL4_IRQHandler_SetNotification(handler, badged));
    seL4_Poll(notification, &badge);
    show_hex("before", badge);
    fire();
    seL4_Wait(notification, &badge);
    show_hex("fired", badge);
    seL4_Poll(notification, &badge);
    show_hex("not acknowledged: masked", badge);
    check("acknowledge while it still fires", seL4_IRQHandler_Ack(handler));
    seL4_Wait(notification, &badge);
    show_hex("again", badge);
    quiet();
    check("acknowledge", seL4_IRQHandler_Ack(handler));
    seL4_Poll(notification, &badge);
    show_hex("quiet", badge);
    check("clear", seL4_IRQHandler_Clear(handler));
    fire();
    seL4_Poll(notification, &badge);
    show_hex("fires with no notification", badge);
    check("set again", seL4_IRQHandler_SetNotification(handler, badged));
    seL4_Poll(notification, &badge);
    show_hex("the lost one stays masked", badge);
    check("acknowledge", seL4_IRQHandler_Ack(handler));
    seL4_Wait(notification, &badge);
    show_hex("now it comes", badge);
    check("delete the notification's capability", seL4_CNode_Delete(root, badged, deep));
    check("acknowledge", seL4_IRQHandler_Ack(handler));
    seL4_Poll(notification, &badge);
    show_hex("its badge", badge);
    quiet();
}

void run_case(void)
{
    section("control");
    control();
    section("delivery");
    delivery();
}
