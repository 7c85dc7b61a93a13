/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/clock.c: see clock.h. Bottom-up: reading time, the timer, the heap of
 * timeouts.
 *
 * With the CPU's counter (CNTVCT_EL0, Arm ARM D11) and its physical timer
 * (CNTP_*_EL0, interrupt 30), time is exact. Without them it is the PL031's
 * seconds, looked at with every signal of the monitor's, one a second.
 */
#include "root/clock.h"

#include <sel4/sel4.h>

#include "root/boot.h"
#include "root/clock_source.h"
#include "root/heap.h"
#include "root/kernel.h"
#include "root/loop.h"

#define NANOSECONDS UINT64_C(1000000000)
/* CNTP_CTL_EL0. */
#define TIMER_ENABLE 1
#define TIMER_DISABLE 0

static uint64_t frequency;    /* of the counter; 0: not readable */
static uint64_t step;         /* nanoseconds per tick, if it is a whole number */
static uint64_t counter_zero; /* counter at boot */
static uint64_t epoch_zero;   /* PL031 at boot */
static bool timer_works;

/* ---- Reading --------------------------------------------------------- */

static uint64_t counter(void)
{
    uint64_t value;

    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
}

uint64_t clock_epoch(void)
{
    return *(volatile uint32_t *)CLOCK_PL031;
}

uint64_t clock_now(void)
{
    if (frequency == 0)
        return (clock_epoch() - epoch_zero) * NANOSECONDS;
    uint64_t ticks = counter() - counter_zero;

    if (step != 0)
        return ticks * step;
    return ticks / frequency * NANOSECONDS + ticks % frequency * NANOSECONDS / frequency;
}

uint64_t clock_resolution(void)
{
    if (frequency == 0)
        return NANOSECONDS;
    return step != 0 ? step : 1 + NANOSECONDS / frequency;
}

uint64_t clock_counter_frequency(void)
{
    return frequency;
}

/* ---- The timer ------------------------------------------------------- */

static void timer_stop(void)
{
    __asm__ volatile("msr cntp_ctl_el0, %0; isb" : : "r"((uint64_t)TIMER_DISABLE));
}

/* Lets the timer's interrupt come at `when`. The physical counter, by which it
 * goes, may be ahead of the virtual one, so the difference counts. */
static void timer_start(uint64_t when)
{
    uint64_t now = clock_now();
    uint64_t wait = when > now ? when - now : 0;
    uint64_t ticks = wait / NANOSECONDS * frequency + wait % NANOSECONDS * frequency / NANOSECONDS + 1;

    /* TVAL is a signed 32-bit number; a long wait is taken in several. */
    if (ticks > INT32_MAX)
        ticks = INT32_MAX;
    __asm__ volatile("msr cntp_tval_el0, %0" : : "r"(ticks));
    __asm__ volatile("msr cntp_ctl_el0, %0; isb" : : "r"((uint64_t)TIMER_ENABLE));
}

/* ---- Timeouts: a binary heap, earliest first, places from 1 ------------ */

static struct timeout **queue;
static uint32_t count, room;

static void put(uint32_t place, struct timeout *timeout)
{
    queue[place - 1] = timeout;
    timeout->place = place;
}

static void rise(uint32_t place)
{
    struct timeout *timeout = queue[place - 1];

    for (; place > 1 && queue[place / 2 - 1]->when > timeout->when; place /= 2)
        put(place, queue[place / 2 - 1]);
    put(place, timeout);
}

static void sink(uint32_t place)
{
    struct timeout *timeout = queue[place - 1];

    for (;;) {
        uint32_t child = place * 2;

        if (child > count)
            break;
        if (child < count && queue[child]->when < queue[child - 1]->when)
            child++;
        if (queue[child - 1]->when >= timeout->when)
            break;
        put(place, queue[child - 1]);
        place = child;
    }
    put(place, timeout);
}

/* Sets the timer for the earliest. */
static void arm(void)
{
    if (!timer_works)
        return;
    if (count == 0)
        timer_stop();
    else
        timer_start(queue[0]->when);
}

static void take_out(struct timeout *timeout)
{
    uint32_t place = timeout->place;
    struct timeout *last = queue[--count];

    timeout->place = 0;
    if (last == timeout)
        return;
    put(place, last);
    rise(place);
    sink(last->place);
}

cell_error_t timeout_set(struct timeout *timeout, uint64_t when, void (*run)(struct timeout *))
{
    if (timeout->place != 0)
        take_out(timeout);
    if (count == room) {
        uint32_t grown = room == 0 ? 16 : room * 2;
        struct timeout **bigger = heap_resize(queue, room * sizeof *queue, grown * sizeof *queue);

        if (bigger == NULL)
            return CELL_NO_MEMORY;
        queue = bigger;
        room = grown;
    }
    timeout->when = when;
    timeout->run = run;
    put(++count, timeout);
    rise(count);
    arm();
    return CELL_OK;
}

void timeout_cancel(struct timeout *timeout)
{
    if (timeout->place == 0)
        return;
    take_out(timeout);
    arm();
}

static void run_due(void)
{
    uint64_t now = clock_now();

    while (count > 0 && queue[0]->when <= now) {
        struct timeout *timeout = queue[0];

        take_out(timeout);
        timeout->run(timeout);
    }
    arm();
}

static void timer_signal(void)
{
    timer_stop();
    run_due();
    seL4_IRQHandler_Ack(SLOT_IRQ_TIMER);
}

void clock_second(void)
{
    if (!timer_works && count > 0)
        run_due();
}

/* ---- Start-up -------------------------------------------------------- */

void clock_init(bool counter_readable, bool timer_usable)
{
    epoch_zero = clock_epoch();
    if (counter_readable) {
        __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
        step = NANOSECONDS % frequency == 0 ? NANOSECONDS / frequency : 0;
    }
    timer_works = counter_readable && timer_usable;
    if (timer_works) {
        timer_stop();
        loop_register(SIGNAL_TIMER, timer_signal);
    }
}
