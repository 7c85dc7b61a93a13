/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board/qemu-virt/board_clock.h: the PL031 real-time clock (Arm DDI 0224, chapter 3): time of day, and an alarm.
 * `clock`: where BOARD_CLOCK_PAGES are mapped.
 */
#pragma once

#include <stdint.h>

/* Registers, as indices of 32-bit words. */
enum {
    PL031_DATA = 0x00 / 4,
    PL031_MATCH = 0x04 / 4,
    PL031_MASK = 0x10 / 4,
    PL031_CLEAR = 0x1c / 4,
};

/* Returns the seconds since 1970. */
static inline uint64_t board_clock_epoch(const volatile uint32_t *clock)
{
    return clock[PL031_DATA];
}

/* Acknowledges BOARD_CLOCK_IRQ if it has come, and lets it come again in a second. */
static inline void board_clock_alarm(volatile uint32_t *clock)
{
    clock[PL031_CLEAR] = 1;
    clock[PL031_MATCH] = clock[PL031_DATA] + 1;
    clock[PL031_MASK] = 1;
}
