/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals and yields between two threads. */
#include "bench/kernel/measure.h"

enum { usual = 1000 };

static seL4_CPtr mine;
static seL4_CPtr its;

/* Without a look at the message. */
static inline void wait(seL4_CPtr notification)
{
    seL4_RecvWithMRs(notification, 0, 0, 0, 0, 0);
}

static void ping_pong(void)
{
    for (;;) {
        wait(its);
        seL4_Signal(mine);
    }
}

static void ping(void)
{
    seL4_Signal(its);
    wait(mine);
}

static void wait_for_ever(void)
{
    for (;;) {
        wait(its);
    }
}

static void signal(void) { seL4_Signal(its); }
static void yield(void) { seL4_Yield(); }
static void yield_for_ever(void)
{
    for (;;) {
        seL4_Yield();
    }
}

/* Lets a lower thread take its signal. */
static void let_lower_run(void)
{
    set_own_priority(own_priority - 2);
    set_own_priority(own_priority);
}

static void with(partner_work work, int above, enum partner_space where)
{
    mine = object_new(seL4_NotificationObject, 0);
    its = object_new(seL4_NotificationObject, 0);
    partner_start(work, above, where);
    if (above < 0) {
        let_lower_run();
    }
}

static void open_ping(void) { with(ping_pong, 0, other_space); }
static void open_ping_same(void) { with(ping_pong, 0, same_space); }
static void open_above(void) { with(wait_for_ever, 1, other_space); }
static void open_below(void) { with(wait_for_ever, -1, other_space); }
static void open_yield(void) { with(yield_for_ever, 0, other_space); }
static void open_yield_same(void) { with(yield_for_ever, 0, same_space); }

static const struct operation list[] = {
    {"Signal/Wait ping-pong round trip, same AS", 0, usual, open_ping_same, 0, ping, 0, partner_stop},
    {"Signal/Wait ping-pong round trip, two AS", "noFPU: Signal/Wait ping-pong round trip, two AS", usual, open_ping, 0,
     ping, 0, partner_stop},
    {"Signal to higher-prio waiter + its Wait, two AS", "noFPU: Signal to higher-prio waiter + its Wait, two AS", usual,
     open_above, 0, signal, 0, partner_stop},
    {"Signal to lower-prio waiter (no switch)", 0, usual, open_below, 0, signal, let_lower_run, partner_stop},
    {"Yield ping-pong round (2 yields), same AS", 0, usual, open_yield_same, 0, yield, 0, partner_stop},
    {"Yield ping-pong round (2 yields), two AS", "noFPU: Yield ping-pong round (2 yields), two AS", usual, open_yield, 0,
     yield, 0, partner_stop},
};

void bench_messages(void)
{
    measure_list(list, sizeof list / sizeof list[0]);
}
