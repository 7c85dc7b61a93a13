/* SPDX-License-Identifier: BSD-2-Clause */
/* How long an interrupt waits at worst: the physical timer is set to expire at many points of an operation that takes
 * long, and a thread above tells how late it runs. The figure contains the way to that thread (see "IRQ -> user
 * thread"), so no stretch with interrupts masked is longer; it is exact to 16 instructions, the counter's step
 * (62.5 MHz at a nanosecond for an instruction). */
#include "bench/kernel/measure.h"

enum { timer_irq = 30, children = 1500, most_objects = 256, senders = 600, points = 97, first_point = 20 };

static seL4_CPtr handler;
static seL4_CPtr notification;
static volatile seL4_Word expires;
static volatile seL4_Word lateness;
static volatile int arrived;
static seL4_Word worst_of_all;
static seL4_Word all_samples;

static void serve(void)
{
    for (;;) {
        seL4_RecvWithMRs(notification, 0, 0, 0, 0, 0);
        lateness = read_counter() - expires;
        arrived = 1;
        __asm__ volatile("msr cntp_ctl_el0, %0" : : "r"(0ul));
        seL4_IRQHandler_Ack(handler);
    }
}

void latency_arm(seL4_Word ticks)
{
    arrived = 0;
    expires = read_counter() + ticks;
    __asm__ volatile("msr cntp_cval_el0, %0\n msr cntp_ctl_el0, %1\n isb" : : "r"(expires), "r"(1ul));
}

seL4_Word latency_wait(void)
{
    while (!arrived) {
    }
    return lateness;
}

void latency_row(const char *name, seL4_Word ticks, seL4_Word count)
{
    seL4_Word instructions = measure_instructions(ticks);
    measure_row(name, (struct figure){instructions, instructions}, count);
    worst_of_all = instructions > worst_of_all ? instructions : worst_of_all;
    all_samples += count;
}

struct work {
    const char *name;
    void (*open)(void);
    void (*before)(void);
    void (*operation)(void);
    void (*after)(void);
};

static void call(void (*function)(void))
{
    if (function != 0) {
        function();
    }
}

/* How long the operation takes when nothing comes in between, in ticks. */
static seL4_Word length_of(const struct work *work)
{
    call(work->before);
    seL4_Word from = read_counter();
    work->operation();
    seL4_Word length = read_counter() - from;
    call(work->after);
    return length;
}

static void sweep(const struct work *work)
{
    call(work->open);
    seL4_Word worst = 0;
    seL4_Word length = length_of(work);
    for (seL4_Word point = 0; point < points; point++) {
        call(work->before);
        latency_arm(first_point + length * point / points);
        work->operation();
        seL4_Word late = latency_wait();
        worst = late > worst ? late : worst;
        call(work->after);
    }
    latency_row(work->name, worst, points);
}

/* ---- Operations that take long ---- */

static seL4_CPtr endpoint;
static seL4_CPtr slots;
static seL4_CPtr untyped;
static seL4_CPtr slot;
static seL4_CPtr space;
static seL4_CPtr badged;

static void nothing(void)
{
}

static void many_open(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    slots = slots_new(children);
}

static void many_make(void)
{
    for (seL4_Word i = 0; i < children; i++) {
        seL4_CNode_Copy(root, slots + i, deep, root, endpoint, deep, seL4_AllRights);
    }
}

static void many_revoke(void) { seL4_CNode_Revoke(root, endpoint, deep); }

static void large_open(void)
{
    untyped = untyped_new(seL4_LargePageBits);
    slot = slot_new();
}

static void large_make(void) { seL4_Untyped_Retype(untyped, seL4_ARM_LargePageObject, 0, root, 0, 0, slot, 1); }
static void untyped_revoke(void) { seL4_CNode_Revoke(root, untyped, deep); }
static void many_objects(void) { seL4_Untyped_Retype(untyped, seL4_TCBObject, 0, root, 0, 0, slots, most_objects); }
/* In the memory of the work before it. */
static void many_objects_open(void) { slots = slots_new(most_objects); }
static void slot_delete(void) { seL4_CNode_Delete(root, slot, deep); }
static void large_again(void)
{
    large_make();
    slot_delete();
}

static void cnode_make(void)
{
    seL4_Untyped_Retype(untyped, seL4_CapTableObject, 11, root, 0, 0, slot, 1);
    for (seL4_Word i = 0; i < children; i++) {
        seL4_CNode_Copy(slot, i, 11, root, endpoint, deep, seL4_AllRights);
    }
}

static void cnode_open(void)
{
    large_open();
    endpoint = object_new(seL4_EndpointObject, 0);
}

static void space_make(void)
{
    seL4_Untyped_Retype(untyped, seL4_ARM_VSpaceObject, 0, root, 0, 0, space, 1);
    seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, space);
    for (seL4_Word i = 0; i < 100; i++) {
        seL4_Untyped_Retype(untyped, seL4_ARM_PageTableObject, 0, root, 0, 0, slots + i, 1);
        seL4_ARM_PageTable_Map(slots + i, space, i << 30, seL4_ARM_Default_VMAttributes);
    }
}

static void space_open(void)
{
    untyped = untyped_new(seL4_LargePageBits);
    space = slot_new();
    slots = slots_new(100);
}

/* Senders need neither a stack nor a buffer: registers hold all that they send. */
__asm__(".text\nsend_for_ever: svc #0\n b send_for_ever");
extern char send_for_ever[];

static void sender_start(seL4_CPtr tcb, seL4_CPtr sends)
{
    seL4_UserContext registers = {.pc = (seL4_Word)send_for_ever, .x0 = sends, .x7 = (seL4_Word)seL4_SysSend};
    seL4_TCB_Configure(tcb, 0, root, 0, own_space, 0, 0, 0);
    seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, 0, own_priority);
    seL4_TCB_WriteRegisters(tcb, 1, 0, sizeof registers / sizeof(seL4_Word), &registers);
    seL4_Yield();
}

/* Every second one has the badge that is cancelled. They are made of memory that was revoked before. */
static void senders_open(void)
{
    seL4_CPtr other = slot_new();
    endpoint = object_new(seL4_EndpointObject, 0);
    badged = slot_new();
    slots = slots_new(senders);
    seL4_CNode_Mint(root, badged, deep, root, endpoint, deep, seL4_AllRights, 1);
    seL4_CNode_Mint(root, other, deep, root, endpoint, deep, seL4_AllRights, 2);
    for (seL4_Word i = 0; i < senders; i++) {
        seL4_Untyped_Retype(untyped, seL4_TCBObject, 0, root, 0, 0, slots + i, 1);
        sender_start(slots + i, i % 2 == 0 ? badged : other);
    }
}

static void senders_cancel(void) { seL4_CNode_CancelBadgedSends(root, badged, deep); }

static const struct work list[] = {
    {"Interrupt latency, worst: user level", 0, 0, nothing, 0},
    {"Interrupt latency, worst: revoke of 1500 copies", many_open, many_make, many_revoke, 0},
    {"Interrupt latency, worst: retype of a 2M frame with reset", large_open, large_again, large_make, slot_delete},
    {"Interrupt latency, worst: retype of 256 TCBs", many_objects_open, 0, many_objects, untyped_revoke},
    {"Interrupt latency, worst: delete a CNode with 1500 capabilities", cnode_open, cnode_make, slot_delete, 0},
    {"Interrupt latency, worst: revoke a space with 100 tables", space_open, space_make, untyped_revoke, 0},
    {"Interrupt latency, worst: cancel 300 of 600 sends", senders_open, 0, senders_cancel, 0},
};

void bench_latency(void)
{
    handler = slot_new();
    notification = object_new(seL4_NotificationObject, 0);
    seL4_IRQControl_Get(seL4_CapIRQControl, timer_irq, root, handler, deep);
    seL4_IRQHandler_SetNotification(handler, notification);
    partner_start(serve, 2, same_space);
    for (seL4_Word i = 0; i < sizeof list / sizeof list[0]; i++) {
        sweep(&list[i]);
    }
    untyped_revoke();
    bench_deep_latency(untyped);
    partner_stop();
    measure_row("Interrupt latency, worst of all", (struct figure){worst_of_all, worst_of_all}, all_samples);
}
