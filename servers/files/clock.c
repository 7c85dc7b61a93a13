/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/clock.c: times of files. */
#include <cell/idl/clock.h>

#include "servers/files/files.h"

#define SECOND UINT64_C(1000000000)

static uint64_t began, frequency;

void clock_start(uint64_t seconds)
{
    uint64_t nanoseconds, resolution;

    if (clock_now(&nanoseconds, &resolution, &frequency) != CELL_OK)
        nanoseconds = frequency = 0;
    if (seconds == 0 && clock_date(&seconds) == CELL_OK && seconds > nanoseconds / SECOND)
        seconds -= nanoseconds / SECOND;
    began = seconds;
}

struct ext4_time clock_read(void)
{
    uint64_t now = 0, resolution;

    if (frequency != 0) {
        __asm__ volatile("mrs %0, cntvct_el0"
                         : "=r"(now));
        return (struct ext4_time){.seconds = (int64_t)(began + now / frequency),
                                  .nanoseconds = (uint32_t)(now % frequency * SECOND / frequency)};
    }
    uint64_t none;

    clock_now(&now, &resolution, &none);
    return (struct ext4_time){.seconds = (int64_t)(began + now / SECOND), .nanoseconds = (uint32_t)(now % SECOND)};
}
