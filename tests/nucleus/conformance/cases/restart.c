/* SPDX-License-Identifier: BSD-2-Clause */
/* Long operations that are interrupted and do not go on as the same call: what was done before does not count for the
 * next operation that looks alike. Seen by the time that the next one takes, compared with one that nothing came before. */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, own = seL4_CapInitThreadVSpace, timer_irq = 30, above = 255,
       below = 200, cnode_bits = 16, place = 0x38000000 };

static seL4_CPtr handler;
static seL4_CPtr notification;
static seL4_CPtr start;
static seL4_CPtr endpoint;
static seL4_CPtr memory;
static seL4_CPtr slot;
static seL4_CPtr frame;
static seL4_CPtr aside;
static struct thread *worker;

static seL4_Word now(void)
{
    seL4_Word value;
    __asm__ volatile("isb\n mrs %0, cntpct_el0" : "=r"(value) : : "memory");
    return value;
}

/* Lets the worker run for `delay` ticks of the counter. */
static void interrupt_worker(seL4_Word delay)
{
    __asm__ volatile("msr cntp_tval_el0, %0\n msr cntp_ctl_el0, %1\n isb" : : "r"(delay), "r"(1ul));
    seL4_Wait(notification, 0);
    __asm__ volatile("msr cntp_ctl_el0, %0\n isb" : : "r"(0ul));
    seL4_IRQHandler_Ack(handler);
}

/* ---- Zeroed memory ---- */

static void make_cnode(void *unused)
{
    (void)unused;
    seL4_Untyped_Retype(memory, seL4_CapTableObject, cnode_bits, root, 0, 0, slot, 1);
}

static seL4_Word frame_time(void)
{
    seL4_Word from = now();
    check("frame", seL4_Untyped_Retype(memory, seL4_ARM_LargePageObject, 0, root, 0, 0, slot, 1));
    return now() - from;
}

static void zeroed(void)
{
    seL4_Word usual = frame_time();
    check("revoke", seL4_CNode_Revoke(root, memory, deep));
    thread_start(worker, make_cnode, 0);
    interrupt_worker(usual / 2);
    seL4_TCB_Suspend(worker->tcb);
    show("the CNode is there", seL4_CNode_Delete(slot, 0, cnode_bits) == seL4_NoError);
    show("a frame after an abandoned CNode takes its time", frame_time() * 10 >= usual * 9);
    check("revoke", seL4_CNode_Revoke(root, memory, deep));
}

/* ---- Cache maintenance ---- */

static volatile seL4_Word error;
static volatile seL4_Word time;
static volatile int done;

static void clean(void *unused)
{
    (void)unused;
    for (;;) {
        seL4_Word from = now();
        error = seL4_ARM_Page_Clean_Data(frame, 0, 1ul << seL4_LargePageBits);
        time = now() - from;
        done = 1;
        seL4_Wait(start, 0);
    }
}

/* Lets the worker come to its end. */
static void finish(void)
{
    set_own_priority(below - 1);
    set_own_priority(above);
    show("  done", (seL4_Word)done);
    show("  error", error);
    done = 0;
}

static void map(void)
{
    check("map", seL4_ARM_Page_Map(frame, own, place, seL4_ReadWrite, seL4_ARM_Default_VMAttributes));
}

/* The whole of it, then one that is interrupted and spoiled by `spoil`, mended by `mend`, and made again. */
static void cleaned(const char *what, void (*spoil)(void), void (*mend)(void))
{
    print(what);
    print("\n");
    thread_start(worker, clean, 0);
    finish();
    seL4_Word usual = time;
    seL4_Signal(start);
    interrupt_worker(usual / 2);
    show("  done", (seL4_Word)done);
    spoil();
    finish();
    mend();
    seL4_Signal(start);
    finish();
    show("  the next one takes its time", time * 10 >= usual * 9);
}

static void unmap(void) { check("unmap", seL4_ARM_Page_Unmap(frame)); }

/* In the frame's slot there is an endpoint, at which somebody answers. */
static void replace(void)
{
    check("move", seL4_CNode_Move(root, aside, deep, root, frame, deep));
    check("copy", seL4_CNode_Copy(root, frame, deep, root, endpoint, deep, seL4_AllRights));
}

static void put_back(void)
{
    check("delete", seL4_CNode_Delete(root, frame, deep));
    check("move", seL4_CNode_Move(root, frame, deep, root, aside, deep));
}

static void answer(void *unused)
{
    (void)unused;
    seL4_Recv(endpoint, 0);
    for (;;) {
        seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), 0);
    }
}

void run_case(void)
{
    handler = slot_new();
    notification = object_new(seL4_NotificationObject, 0);
    start = object_new(seL4_NotificationObject, 0);
    endpoint = object_new(seL4_EndpointObject, 0);
    memory = untyped_new(seL4_LargePageBits);
    slot = slot_new();
    aside = slot_new();
    check("timer", seL4_IRQControl_Get(seL4_CapIRQControl, timer_irq, root, handler, deep));
    check("set", seL4_IRQHandler_SetNotification(handler, notification));
    worker = thread_new(below, 0);
    section("zeroed memory");
    zeroed();
    section("cache maintenance");
    frame = object_new(seL4_ARM_LargePageObject, 0);
    frame_map(frame, place, seL4_ReadWrite);
    thread_start(thread_new(below, 0), answer, 0);
    seL4_Yield();
    cleaned("refused", unmap, map);
    cleaned("sent to an endpoint", replace, put_back);
}
