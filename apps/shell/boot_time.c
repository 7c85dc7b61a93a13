/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/shell/boot_time.c: reports the time from power-on to the first prompt as a row of benchmarks, if the system was booted for
 * these (boot option `bench`, ./cellulos bench). */
#include <cell/idl/bench.h>
#include <cell/idl/clock.h>
#include <stdio.h>

#include "apps/shell/shell.h"

#define ROW_SIZE 96
#define NANOSECONDS UINT64_C(1000000000)

void tell_boot_time(void)
{
    uint64_t now, resolution, frequency, ticks;
    char row[ROW_SIZE];

    /* If there is no frequency, the kernel does not let programs read the counter. */
    if (clock_now(&now, &resolution, &frequency) != CELL_OK || frequency == 0)
        return;
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(ticks));
    int length = snprintf(row, sizeof row, "{\"name\": \"boot to the prompt\", \"total\": %lu, \"samples\": 1}\n",
                          (unsigned long)(ticks * (NANOSECONDS / frequency)));

    bench_row(row, (uint64_t)length); /* refused if the system was not booted for benchmarks */
}
