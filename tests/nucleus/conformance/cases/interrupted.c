/* SPDX-License-Identifier: BSD-2-Clause */
/* Revocation, deletion, retype and cancellation of sends with an interrupt at each place: the physical timer wakes a
 * thread above, which sets it again, all through the operation. The results are those of an operation that nothing interrupts: all is
 * gone, and
 * nothing of what was in the CNodes is left in the slots of their capabilities. */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, timer_irq = 30, cnode_bits = 5, cnode_slots = 1 << cnode_bits,
       rounds = 60, first_delay = 60, frame_count = 16, untyped_bits = 16, senders = 64 };

static seL4_CPtr handler;
static seL4_CPtr notification;
static volatile seL4_Word delay;
static volatile seL4_Word wakes;

static void arm(void)
{
    __asm__ volatile("msr cntp_tval_el0, %0\n msr cntp_ctl_el0, %1\n isb" : : "r"(delay), "r"(1ul));
}

static void disarm(void)
{
    __asm__ volatile("msr cntp_ctl_el0, %0\n isb" : : "r"(0ul));
}

static void interrupter(void *unused)
{
    (void)unused;
    for (;;) {
        seL4_Wait(notification, 0);
        disarm();
        seL4_IRQHandler_Ack(handler);
        wakes++;
        arm();
    }
}

static seL4_CPtr untyped;
static seL4_CPtr cnode;
static seL4_CPtr inner;
static seL4_CPtr foreign;
static seL4_Word refused;
static seL4_Word left_behind;

static void count_refusal(seL4_Error error)
{
    refused += error != seL4_NoError;
}

/* In steps of the counter, 16 instructions: enough for the thread above to wait again, and for some steps of the
 * operation. */

/* A CNode full of copies of something else, in the last slot too, with another such CNode in it. */
static void build(void)
{
    count_refusal(seL4_Untyped_Retype(untyped, seL4_CapTableObject, cnode_bits, root, 0, 0, cnode, 1));
    count_refusal(seL4_Untyped_Retype(untyped, seL4_CapTableObject, cnode_bits, root, 0, 0, inner, 1));
    for (seL4_Word i = 0; i < cnode_slots; i++) {
        count_refusal(seL4_CNode_Copy(inner, i, cnode_bits, root, foreign, deep, seL4_AllRights));
        if (i != 7) {
            count_refusal(seL4_CNode_Copy(cnode, i, cnode_bits, root, foreign, deep, seL4_AllRights));
        }
    }
    count_refusal(seL4_CNode_Move(cnode, 7, cnode_bits, root, inner, deep));
}

static void look(seL4_CPtr slot)
{
    seL4_CPtr copy = inner;
    if (seL4_CNode_Copy(root, copy, deep, root, slot, deep, seL4_AllRights) == seL4_NoError) {
        left_behind++;
        seL4_CNode_Delete(root, copy, deep);
        seL4_CNode_Delete(root, slot, deep);
    }
}

static void whole(void)
{
    count_refusal(seL4_Untyped_Retype(untyped, seL4_ARM_SmallPageObject, 0, root, 0, 0, cnode, frame_count));
    count_refusal(seL4_CNode_Revoke(root, untyped, deep));
    look(cnode);
}

static void show_results(const char *what)
{
    print(what);
    print("\n");
    show("  refused", refused);
    show("  left behind", left_behind);
    show("  interrupted", wakes > rounds);
    refused = 0;
    left_behind = 0;
    wakes = 0;
}

/* ---- Cancelled sends ---- */

/* Senders need neither a stack nor a buffer: registers hold all that they send. */
__asm__(".text\nsend_for_ever: svc #0\n b send_for_ever");
extern char send_for_ever[];

static seL4_CPtr endpoint;
static seL4_CPtr badged[2];

/* Sends its number again and again; every second one with the badge that is cancelled. */
static void sender_start(seL4_CPtr tcb, seL4_Word number)
{
    seL4_UserContext registers = {.pc = (seL4_Word)send_for_ever, .x0 = badged[number % 2],
                                  .x1 = seL4_MessageInfo_new(0, 0, 0, 1).words[0], .x2 = number,
                                  .x7 = (seL4_Word)seL4_SysSend};
    count_refusal(seL4_TCB_Configure(tcb, 0, root, 0, seL4_CapInitThreadVSpace, 0, 0, 0));
    count_refusal(seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, 0, 201));
    count_refusal(seL4_TCB_WriteRegisters(tcb, 1, 0, sizeof registers / sizeof(seL4_Word), &registers));
}

/* Those who were not cancelled send in their order, before the others, who came back to the end of the queue. */
static seL4_Word out_of_order(void)
{
    seL4_Word wrong = 0;
    for (seL4_Word i = 0; i < senders; i++) {
        seL4_Word badge;
        seL4_Word number = 0;
        seL4_RecvWithMRs(endpoint, &badge, &number, 0, 0, 0);
        wrong += badge != number % 2 + 1 || (i < senders / 2 ? number != 2 * i + 1 : badge != 1);
    }
    return wrong;
}

static void cancel_sends(void)
{
    seL4_Word wrong_order = 0;
    endpoint = object_new(seL4_EndpointObject, 0);
    for (seL4_Word i = 0; i < 2; i++) {
        badged[i] = slot_new();
        count_refusal(seL4_CNode_Mint(root, badged[i], deep, root, endpoint, deep, seL4_AllRights, i + 1));
    }
    for (seL4_Word i = 0; i < senders; i++) {
        sender_start(object_new(seL4_TCBObject, 0), i);
    }
    for (delay = first_delay; delay < first_delay + rounds; delay++) {
        arm();
        count_refusal(seL4_CNode_CancelBadgedSends(root, badged[0], deep));
        disarm();
        wrong_order += out_of_order();
    }
    print("cancelled sends\n");
    show("  refused", refused);
    show("  out of order", wrong_order);
    show("  interrupted", wakes > rounds);
}

void run_case(void)
{
    handler = slot_new();
    notification = object_new(seL4_NotificationObject, 0);
    foreign = object_new(seL4_EndpointObject, 0);
    untyped = untyped_new(untyped_bits);
    cnode = slots_new(frame_count);
    inner = slot_new();
    check("timer", seL4_IRQControl_Get(seL4_CapIRQControl, timer_irq, root, handler, deep));
    check("set", seL4_IRQHandler_SetNotification(handler, notification));
    thread_start(thread_new(255, 0), interrupter, 0);
    seL4_Yield();
    set_own_priority(200);
    for (delay = first_delay; delay < first_delay + rounds; delay++) {
        build();
        arm();
        count_refusal(seL4_CNode_Revoke(root, untyped, deep));
        look(cnode);
        whole();
        disarm();
    }
    show_results("revoke of the untyped");
    for (delay = first_delay; delay < first_delay + rounds; delay++) {
        build();
        arm();
        count_refusal(seL4_CNode_Delete(root, cnode, deep));
        look(cnode);
        disarm();
        count_refusal(seL4_CNode_Revoke(root, untyped, deep));
        whole();
    }
    show_results("delete of the CNode");
    for (delay = first_delay; delay < first_delay + rounds; delay++) {
        seL4_CPtr frames = cnode;
        arm();
        count_refusal(seL4_Untyped_Retype(untyped, seL4_ARM_SmallPageObject, 0, root, 0, 0, frames, frame_count));
        count_refusal(seL4_CNode_Revoke(root, untyped, deep));
        disarm();
    }
    show_results("retype");
    cancel_sends();
}
