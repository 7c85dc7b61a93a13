/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/vdso.c: see vdso.h. Functions run as the program, with its stack and thread: they call nothing outside, and a wrong address is
 * the program's fault.
 */
#include "lib/linux/vdso.h"

#include "lib/linux/time.h"

#define IN_VDSO __attribute__((section(".vdso.code")))

struct linux_timeval {
    int64_t seconds, microseconds;
};

IN_VDSO int64_t vdso_clock_gettime(int32_t clock, struct linux_timespec *time);
IN_VDSO int64_t vdso_clock_gettime(int32_t clock, struct linux_timespec *time)
{
    if (!time_is_clock((uint32_t)clock))
        return -EINVAL;
    uint64_t now = time_of_counter();

    *time = (struct linux_timespec){(int64_t)(now / SECOND), (int64_t)(now % SECOND)};
    return 0;
}

IN_VDSO int64_t vdso_clock_getres(int32_t clock, struct linux_timespec *time);
IN_VDSO int64_t vdso_clock_getres(int32_t clock, struct linux_timespec *time)
{
    if (!time_is_clock((uint32_t)clock))
        return -EINVAL;
    if (time != NULL)
        *time = (struct linux_timespec){0, (int64_t)time_base.resolution};
    return 0;
}

IN_VDSO int64_t vdso_gettimeofday(struct linux_timeval *time, int32_t *zone);
IN_VDSO int64_t vdso_gettimeofday(struct linux_timeval *time, int32_t *zone)
{
    uint64_t now = time_of_counter();

    if (time != NULL)
        *time = (struct linux_timeval){(int64_t)(now / SECOND), (int64_t)(now % SECOND / 1000)};
    if (zone != NULL)
        zone[0] = zone[1] = 0;
    return 0;
}
