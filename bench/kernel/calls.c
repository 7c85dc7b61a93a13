/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls of one thread, and call and reply between two. */
#include "bench/kernel/measure.h"

enum { usual = 1000 };

static seL4_CPtr endpoint;
static seL4_CPtr notification;
static seL4_CPtr gift;
static seL4_CPtr gift_slot;

/* ---- One thread ---- */

static void yield(void) { seL4_Yield(); }
static void make_notification(void) { notification = object_new(seL4_NotificationObject, 0); }
static void make_endpoint(void) { endpoint = object_new(seL4_EndpointObject, 0); }
static void poll(void) { seL4_Poll(notification, 0); }
static void signal(void) { seL4_Signal(notification); }
static void wait(void) { seL4_RecvWithMRs(notification, 0, 0, 0, 0, 0); }
static void signal_and_wait(void)
{
    seL4_Signal(notification);
    wait();
}
static void null_call(void) { seL4_CallWithMRs(0, seL4_MessageInfo_new(0, 0, 0, 0), 0, 0, 0, 0); }
static void idle_send(void) { seL4_NBSend(endpoint, seL4_MessageInfo_new(0, 0, 0, 0)); }

/* ---- Two threads ---- */

/* Answers with as many words as came. */
static void serve_empty(void)
{
    seL4_MessageInfo_t empty = seL4_MessageInfo_new(0, 0, 0, 0);
    seL4_RecvWithMRs(endpoint, 0, 0, 0, 0, 0);
    for (;;) {
        seL4_ReplyRecvWithMRs(endpoint, empty, 0, 0, 0, 0, 0);
    }
}

/* Uses a SIMD register; the compiler must not, here. */
static void use_simd(void)
{
    __asm__ volatile(".arch_extension simd\n movi v0.16b, #1\n .arch_extension nosimd");
}

static void serve_simd(void)
{
    seL4_MessageInfo_t empty = seL4_MessageInfo_new(0, 0, 0, 0);
    seL4_RecvWithMRs(endpoint, 0, 0, 0, 0, 0);
    for (;;) {
        use_simd();
        seL4_ReplyRecvWithMRs(endpoint, empty, 0, 0, 0, 0, 0);
    }
}

static void serve_registers(void)
{
    seL4_Word words[4] = {1, 2, 3, 4};
    seL4_RecvWithMRs(endpoint, 0, 0, 0, 0, 0);
    for (;;) {
        seL4_ReplyRecvWithMRs(endpoint, seL4_MessageInfo_new(0, 0, 0, 4), 0, &words[0], &words[1], &words[2], &words[3]);
    }
}

static void serve_words(seL4_Word count)
{
    seL4_RecvWithMRs(endpoint, 0, 0, 0, 0, 0);
    for (;;) {
        seL4_ReplyRecvWithMRs(endpoint, seL4_MessageInfo_new(0, 0, 0, count), 0, 0, 0, 0, 0);
    }
}

static void serve_10(void) { serve_words(10); }
static void serve_32(void) { serve_words(32); }
static void serve_120(void) { serve_words(120); }

/* Takes a capability into the same slot each time; the sender empties the slot. */
static void serve_gift(void)
{
    seL4_SetCapReceivePath(root, gift_slot, deep);
    serve_empty();
}

static void call_words(seL4_Word count)
{
    seL4_CallWithMRs(endpoint, seL4_MessageInfo_new(0, 0, 0, count), 0, 0, 0, 0);
}

static void call_0(void) { call_words(0); }
static void call_4(void)
{
    seL4_Word words[4] = {1, 2, 3, 4};
    seL4_CallWithMRs(endpoint, seL4_MessageInfo_new(0, 0, 0, 4), &words[0], &words[1], &words[2], &words[3]);
}
static void call_simd(void)
{
    use_simd();
    call_words(0);
}
static void call_5(void) { call_words(5); }
static void call_10(void) { call_words(10); }
static void call_32(void) { call_words(32); }
static void call_120(void) { call_words(120); }
static void call_gift(void)
{
    seL4_SetCap(0, gift);
    seL4_CallWithMRs(endpoint, seL4_MessageInfo_new(0, 0, 1, 1), 0, 0, 0, 0);
}
static void empty_slot(void) { seL4_CNode_Delete(root, gift_slot, deep); }

static void with(partner_work work, int above, enum partner_space where)
{
    make_endpoint();
    partner_start(work, above, where);
    if (above < 0) {
        set_own_priority((seL4_Word)(own_priority + above - 1));
        set_own_priority(own_priority);
    }
}

static void open_empty(void) { with(serve_empty, 0, other_space); }
static void open_empty_same(void) { with(serve_empty, 0, same_space); }
static void open_empty_above(void) { with(serve_empty, 1, other_space); }
static void open_empty_below(void) { with(serve_empty, -1, other_space); }
static void open_simd(void) { with(serve_simd, 0, other_space); }
/* This thread has used SIMD. It gives that up, so that switching to the other threads does not cost more. */
static void close_simd(void)
{
    partner_stop();
    seL4_TCB_SetFlags(seL4_CapInitThreadTCB, 0, seL4_TCBFlag_fpuDisabled);
    seL4_TCB_SetFlags(seL4_CapInitThreadTCB, seL4_TCBFlag_fpuDisabled, 0);
}
/* A CNode above the root CNode, which is its entry 0: addresses mean the same and take two steps. */
enum { upper_bits = 2, root_bits = 12 };
static void set_cspace(seL4_CPtr cnode, seL4_Word guard_bits)
{
    seL4_TCB_SetSpace(seL4_CapInitThreadTCB, 0, cnode, seL4_CNode_CapData_new(0, guard_bits).words[0], own_space, 0);
}
static void open_two_levels(void)
{
    seL4_CPtr upper = object_new(seL4_CapTableObject, upper_bits);
    seL4_CNode_Mint(upper, 0, upper_bits, root, root, deep, seL4_AllRights, seL4_CNode_CapData_new(0, 0).words[0]);
    with(serve_empty, 0, other_space);
    set_cspace(upper, deep - upper_bits - root_bits);
}
static void close_two_levels(void)
{
    set_cspace(root, deep - root_bits);
    partner_stop();
}
static void open_registers(void) { with(serve_registers, 0, other_space); }
static void open_registers_same(void) { with(serve_registers, 0, same_space); }
static void open_10(void) { with(serve_10, 0, other_space); }
static void open_10_same(void) { with(serve_10, 0, same_space); }
static void open_32(void) { with(serve_32, 0, other_space); }
static void open_120(void) { with(serve_120, 0, other_space); }
static void open_gift(void)
{
    gift = object_new(seL4_NotificationObject, 0);
    gift_slot = slot_new();
    with(serve_gift, 0, other_space);
}

static const struct operation list[] = {
    {"Yield, nothing else runnable at this prio", 0, usual, 0, 0, yield, 0, 0},
    {"Poll (NBRecv) on empty notification", 0, usual, make_notification, 0, poll, 0, 0},
    {"Call on null cap (InvalidCapability)", 0, usual, 0, 0, null_call, 0, 0},
    {"Signal, no waiter", 0, usual, make_notification, 0, signal, 0, 0},
    {"Wait on already-signalled notification", 0, usual, make_notification, signal, wait, 0, 0},
    {"Signal+Wait same thread", 0, usual, make_notification, 0, signal_and_wait, 0, 0},
    {"NBSend, no receiver", 0, usual, make_endpoint, 0, idle_send, 0, 0},
    {"Call/ReplyRecv 0 MR, two AS", "noFPU: Call/ReplyRecv 0 MR, two AS", usual, open_empty, 0, call_0, 0, partner_stop},
    {"Call/ReplyRecv 4 MR, two AS", "noFPU: Call/ReplyRecv 4 MR, two AS", usual, open_registers, 0, call_4, 0,
     partner_stop},
    {"Call/ReplyRecv 0 MR, same AS", "noFPU: Call/ReplyRecv 0 MR, same AS", usual, open_empty_same, 0, call_0, 0,
     partner_stop},
    {"Call/ReplyRecv 4 MR, same AS", 0, usual, open_registers_same, 0, call_4, 0, partner_stop},
    {"Call/ReplyRecv 0 MR, two AS, server prio+1", "noFPU: Call/ReplyRecv 0 MR, two AS, server prio+1", usual,
     open_empty_above, 0, call_0, 0, partner_stop},
    {"Call/ReplyRecv 0 MR, two AS, server prio-1", 0, usual, open_empty_below, 0, call_0, 0, partner_stop},
    {"Call/ReplyRecv 0 MR, two AS, both use SIMD", 0, usual, open_simd, 0, call_simd, 0, close_simd},
    {"Call/ReplyRecv 0 MR, two AS, caller's CSpace of two levels", 0, usual, open_two_levels, 0, call_0, 0,
     close_two_levels},
    {"Call 5 MR / Reply 0, two AS", "noFPU: Call 5 MR / Reply 0, two AS", usual, open_empty, 0, call_5, 0, partner_stop},
    {"Call/ReplyRecv 10 MR, two AS", "noFPU: Call/ReplyRecv 10 MR, two AS", usual, open_10, 0, call_10, 0, partner_stop},
    {"Call/ReplyRecv 32 MR, two AS", 0, usual, open_32, 0, call_32, 0, partner_stop},
    {"Call/ReplyRecv 120 MR, two AS", "noFPU: Call/ReplyRecv 120 MR, two AS", usual, open_120, 0, call_120, 0,
     partner_stop},
    {"Call/ReplyRecv 10 MR, same AS", 0, usual, open_10_same, 0, call_10, 0, partner_stop},
    {"Call 1 MR + 1 cap / Reply 0, two AS", "noFPU: Call 1 MR + 1 cap / Reply 0, two AS", usual, open_gift, 0, call_gift,
     empty_slot, partner_stop},
};

void bench_calls(void)
{
    measure_list(list, sizeof list / sizeof list[0]);
}
