/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/loop/clock.c: see clock.h. Bottom-up: reading time, the timer, start-up.
 *
 * With the CPU's counter (CNTVCT_EL0, Arm ARM D11) and its physical timer
 * (CNTP_*_EL0, interrupt 30), time is exact. Without them it is the seconds of the
 * board's clock, looked at with every signal of the monitor's, one a second.
 */
#include "root/loop/clock.h"

#include <sel4/sel4.h>

#include <board_clock.h>

#include "root/base/kernel.h"
#include "root/loop/clock_source.h"
#include "root/loop/loop.h"
#include "root/loop/timeouts.h"

#define NANOSECONDS UINT64_C(1000000000)
/* CNTP_CTL_EL0. */
#define TIMER_ENABLE 1
#define TIMER_DISABLE 0

static uint64_t frequency;    /* of the counter; 0: not readable */
static uint64_t step;         /* nanoseconds per tick, if it is a whole number */
static uint64_t counter_zero; /* counter at boot */
static uint64_t epoch_zero;   /* time of day at boot */
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
    return board_clock_epoch((const volatile uint32_t *)CLOCK_REGISTERS);
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

uint64_t clock_after(uint64_t nanoseconds)
{
    uint64_t now = clock_now();

    return nanoseconds > UINT64_MAX - now ? UINT64_MAX : now + nanoseconds;
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

    /* A long wait is taken in several. */
    if (wait > NANOSECONDS)
        wait = NANOSECONDS;
    uint64_t ticks = wait / NANOSECONDS * frequency + wait % NANOSECONDS * frequency / NANOSECONDS + 1;

    /* TVAL is a signed 32-bit number. */
    if (ticks > INT32_MAX)
        ticks = INT32_MAX;
    __asm__ volatile("msr cntp_tval_el0, %0" : : "r"(ticks));
    __asm__ volatile("msr cntp_ctl_el0, %0; isb" : : "r"((uint64_t)TIMER_ENABLE));
}

void clock_alarm(uint64_t when)
{
    if (!timer_works)
        return;
    if (when == 0)
        timer_stop();
    else
        timer_start(when);
}

static void timer_signal(void)
{
    timer_stop();
    timeouts_run();
    seL4_IRQHandler_Ack(SLOT_IRQ_TIMER);
}

void clock_second(void)
{
    if (!timer_works)
        timeouts_run();
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
