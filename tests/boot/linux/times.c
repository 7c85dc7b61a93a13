/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the time by each function of the C library that must work without a system call. */
#include <stdio.h>
#include <sys/time.h>
#include <time.h>

int main(void)
{
    struct timespec first, last, step;
    struct timeval day;

    clock_gettime(CLOCK_MONOTONIC, &first);
    for (int i = 0; i < 1000; i++)
        if (clock_gettime(CLOCK_MONOTONIC, &last) != 0 || gettimeofday(&day, NULL) != 0 || clock_getres(CLOCK_REALTIME, &step) != 0)
            return 1;
    printf("1000 times: %s\n", last.tv_sec > first.tv_sec || last.tv_nsec > first.tv_nsec ? "ok" : "WRONG");
    return 0;
}
