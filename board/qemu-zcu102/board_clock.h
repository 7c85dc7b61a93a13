/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board/qemu-zcu102/board_clock.h: time of day from the real-time clock, the alarm from a triple timer counter (UG1085,
 * chapters 7 and 14; registers: UG1087, modules RTC and TTC), because QEMU's real-time clock has no alarm.
 * `clock`: where BOARD_CLOCK_PAGES are mapped, the RTC first.
 */
#pragma once

#include <stdint.h>

/* Registers, as indices of 32-bit words from `clock`. */
enum {
    RTC_CURRENT_TIME = 0x10 / 4,

    TTC = 0x1000 / 4,
    TTC_CLOCK_CONTROL = TTC + 0x00 / 4,
    TTC_COUNTER_CONTROL = TTC + 0x0c / 4,
    TTC_INTERVAL = TTC + 0x24 / 4,
    TTC_INTERRUPT = TTC + 0x54 / 4, /* reading clears */
    TTC_INTERRUPT_ENABLE = TTC + 0x60 / 4,
};

#define TTC_PRESCALE_65536 (15u << 1 | 1u)
#define TTC_RESTART_INTERVAL (1u << 4 | 1u << 1)
#define TTC_INTERRUPT_INTERVAL 1u
/* The frequency of QEMU's counters; with the prescaler, a second fits their 16 bits. */
#define TTC_HERTZ 133000000u

/* Returns the seconds since 1970. */
static inline uint64_t board_clock_epoch(const volatile uint32_t *clock)
{
    return clock[RTC_CURRENT_TIME];
}

/* Acknowledges BOARD_CLOCK_IRQ if it has come, and lets it come again in a second. */
static inline void board_clock_alarm(volatile uint32_t *clock)
{
    (void)clock[TTC_INTERRUPT];
    clock[TTC_CLOCK_CONTROL] = TTC_PRESCALE_65536;
    clock[TTC_INTERVAL] = TTC_HERTZ / 65536;
    clock[TTC_COUNTER_CONTROL] = TTC_RESTART_INTERVAL;
    clock[TTC_INTERRUPT_ENABLE] = TTC_INTERRUPT_INTERVAL;
}
