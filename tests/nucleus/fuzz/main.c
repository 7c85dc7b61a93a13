/* SPDX-License-Identifier: BSD-2-Clause */
/* Rounds of a sandbox each, until enough steps are done. Boot options: seed=N, steps=N. The harness sleeps on the
 * physical timer while the drivers run. With break=N it is a test of the checked build instead. */
#include <sel4/nucleus.h>

#include "tests/nucleus/fuzz/fuzz.h"

enum { timer_irq = 30, default_steps = 300000, sleep_divisor = 10000, looks_of_a_round = 100, rounds_between_reports = 10,
       yields_to_notice = 2000, nothing_to_break = 1000 };

static seL4_CPtr notification;
static seL4_CPtr timer;

static void sleep_start(void)
{
    notification = object_new(seL4_NotificationObject, 0);
    timer = slot_new();
    if (seL4_IRQControl_Get(seL4_CapIRQControl, timer_irq, fuzz_root, timer, fuzz_deep) != seL4_NoError) {
        stop("no timer");
    }
    seL4_IRQHandler_SetNotification(timer, notification);
}

/* A tenth of a millisecond. */
static void sleep_once(void)
{
    seL4_Word hertz;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hertz));
    __asm__ volatile("msr cntp_tval_el0, %0\n msr cntp_ctl_el0, %1" : : "r"(hertz / sleep_divisor), "r"(1ul));
    seL4_Wait(notification, 0);
    __asm__ volatile("msr cntp_ctl_el0, %0" : : "r"(0ul));
    seL4_IRQHandler_Ack(timer);
}

static void report(const char *what)
{
    print(what);
    show(": steps", sandbox_steps());
    show("  not refused", sandbox_succeeded());
}

/* The checked build of nucleus breaks one of its own structures, and shall notice that soon. */
static void see_it_noticed(seL4_Word what)
{
    seL4_SetMR(0, what);
    seL4_MessageInfo_t answer = seL4_Call(seL4_CapInitThreadTCB, seL4_MessageInfo_new(NUCLEUS_TCB_BREAK, 0, 0, 1));

    show("break", seL4_MessageInfo_get_label(answer));
    for (int i = 0; i < yields_to_notice; i++) {
        seL4_Yield();
    }
}

void run_case(void)
{
    seL4_Word what = option_number("break", nothing_to_break);
    if (what != nothing_to_break) {
        see_it_noticed(what);
        return;
    }
    seL4_Word steps = option_number("steps", default_steps);
    seL4_Word seed = option_number("seed", 1);
    show("seed", seed);
    sleep_start();
    /* Two domains, a tick each, if there are two. */
    seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 1, 1, 1);
    seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 0, 1);
    seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 0);
    sandbox_open(seed);
    for (seL4_Word round = 1; sandbox_steps() < steps; round++) {
        sandbox_build(round);
        for (int look = 0; look < looks_of_a_round; look++) {
            sleep_once();
            sandbox_disturb();
        }
        sandbox_take_down();
        if (round % rounds_between_reports == 0) {
            report("progress");
        }
    }
    report("done");
    sandbox_show_labels();
}
