/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/system/measure.c: see measure.h. */
#include "bench/system/measure.h"

#include <cell/idl/bench.h>
#include <cell/idl/clock.h>
#include <cell/idl/pd.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t frequency; /* of CNTVCT_EL0, Hz */

#define NANOSECONDS UINT64_C(1000000000)

void measure_init(void)
{
    uint64_t now, resolution;

    measure_need(clock_now(&now, &resolution, &frequency), "the time");
    if (frequency == 0) {
        fprintf(stderr, "bench: the kernel does not let programs read the counter\n");
        exit(1);
    }
}

uint64_t measure_now(void)
{
    uint64_t ticks;

    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks * (NANOSECONDS / frequency);
}

void measure_row(const char *name, uint64_t total, uint64_t samples)
{
    char text[256];
    int length = snprintf(text, sizeof text, "{\"name\": \"%s\", \"total\": %lu, \"samples\": %lu}\n",
                          name, (unsigned long)(total / samples), (unsigned long)samples);

    measure_need(bench_row(text, (uint64_t)length), name);
}

void measure_fail(cell_error_t error, const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, cell_error_text(error));
    exit(1);
}
