/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/vdso.h: the shared object that Linux maps into each process, with functions that tell the time without a system call. Its
 * page lies below the personality's code, and counts as the program's: a thread that is interrupted there is in the program.
 */
#pragma once

#include "lib/linux/linux.h"

/* Its ELF header, for AT_SYSINFO_EHDR (vdso_image.S). */
extern const char vdso_image[];

/* How nanoseconds since the machine started follow from the counter that programs may read: what it was at `start`, and nanoseconds of
 * a step times 2^32. scale 0: it cannot be read, and there is no vDSO. */
struct time_base {
    uint64_t start, counter, scale, resolution;
};
extern struct time_base time_base;

static inline uint64_t time_of_counter(void)
{
    uint64_t value;

    __asm__ volatile("isb\n mrs %0, cntvct_el0"
                     : "=r"(value));
    return time_base.start + (uint64_t)((__uint128_t)(value - time_base.counter) * time_base.scale >> 32);
}
