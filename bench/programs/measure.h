/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/programs/measure.h: for executables for Linux that measure what they do, here and on Linux: nanoseconds of the counter,
 * which are instructions where QEMU counts these, and rows of JSON.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline uint64_t measure_now(void)
{
    uint64_t ticks, frequency;

    __asm__ volatile("isb; mrs %0, cntvct_el0; mrs %1, cntfrq_el0"
                     : "=r"(ticks), "=r"(frequency));
    return (uint64_t)((unsigned __int128)ticks * 1000000000u / frequency);
}

static inline void measure_row(const char *kind, const char *name, uint64_t start, unsigned rounds)
{
    printf("{\"name\": \"%s.%s\", \"total\": %lu, \"samples\": %u}\n", kind, name, (unsigned long)((measure_now() - start) / rounds),
           rounds);
    fflush(stdout);
}

/* Ends the program if something has failed. */
static inline void measure_need(int well, const char *what)
{
    if (well)
        return;
    perror(what);
    exit(1);
}
