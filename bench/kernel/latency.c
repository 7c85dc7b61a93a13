/* SPDX-License-Identifier: BSD-2-Clause */
/* How long an interrupt waits at worst: the physical timer is set to expire at many points of an operation that takes
 * long, and a thread above tells how late it runs. The figure contains the way to that thread (see "IRQ -> user
 * thread"), and is exact to 16 instructions, the counter's step (62.5 MHz at a nanosecond for an instruction). */
#include "bench/kernel/measure.h"

enum { timer_irq = 30, children = 1500, nanoseconds_per_second = 1000000000, points = 97, first_point = 20 };

static seL4_CPtr handler;
static seL4_CPtr notification;
static volatile seL4_Word expires;
static volatile seL4_Word worst;
static volatile int arrived;

static inline seL4_Word counter(void)
{
    seL4_Word value;
    __asm__ volatile("isb\n mrs %0, cntpct_el0" : "=r"(value) : : "memory");
    return value;
}

static void serve(void)
{
    for (;;) {
        seL4_RecvWithMRs(notification, 0, 0, 0, 0, 0);
        seL4_Word late = counter() - expires;
        worst = late > worst ? late : worst;
        arrived = 1;
        __asm__ volatile("msr cntp_ctl_el0, %0" : : "r"(0ul));
        seL4_IRQHandler_Ack(handler);
    }
}

static void arm(seL4_Word ticks)
{
    arrived = 0;
    expires = counter() + ticks;
    __asm__ volatile("msr cntp_cval_el0, %0\n msr cntp_ctl_el0, %1\n isb" : : "r"(expires), "r"(1ul));
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
    seL4_Word from = counter();
    work->operation();
    seL4_Word length = counter() - from;
    call(work->after);
    return length;
}

static void sweep(const struct work *work)
{
    seL4_Word hertz;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hertz));
    call(work->open);
    worst = 0;
    seL4_Word length = length_of(work);
    for (seL4_Word point = 0; point < points; point++) {
        call(work->before);
        arm(first_point + length * point / points);
        work->operation();
        while (!arrived) {
        }
        call(work->after);
    }
    seL4_Word instructions = worst * (nanoseconds_per_second / hertz);
    measure_row(work->name, (struct figure){instructions, instructions}, points);
}

/* ---- What takes long ---- */

static seL4_CPtr endpoint;
static seL4_CPtr slots;
static seL4_CPtr untyped;
static seL4_CPtr slot;
static seL4_CPtr space;

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

static void untyped_revoke(void) { seL4_CNode_Revoke(root, untyped, deep); }

static const struct work list[] = {
    {"Interrupt latency, worst: user level", 0, 0, nothing, 0},
    {"Interrupt latency, worst: revoke of 1500 copies", many_open, many_make, many_revoke, 0},
    {"Interrupt latency, worst: retype of a 2M frame with reset", large_open, large_again, large_make, slot_delete},
    {"Interrupt latency, worst: delete a CNode with 1500 capabilities", cnode_open, cnode_make, slot_delete, 0},
    {"Interrupt latency, worst: revoke a space with 100 tables", space_open, space_make, untyped_revoke, 0},
};

void bench_latency(void)
{
    handler = slot_new();
    notification = object_new(seL4_NotificationObject, 0);
    seL4_IRQControl_Get(seL4_CapIRQControl, timer_irq, root, handler, deep);
    seL4_IRQHandler_SetNotification(handler, notification);
    partner_start(serve, 1, same_space);
    for (seL4_Word i = 0; i < sizeof list / sizeof list[0]; i++) {
        sweep(&list[i]);
    }
    partner_stop();
}
