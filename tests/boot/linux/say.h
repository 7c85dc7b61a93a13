/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/boot/linux/say.h: the lines that the programs of this folder print, and their clock. */
#pragma once
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* A line for a check. */
static inline void say(const char *what, int good)
{
    printf("%s: %s\n", what, good ? "ok" : "WRONG");
    fflush(stdout);
}

/* A line for a call: its result, or the error by its name. Returns the result. */
static inline long said(const char *what, long result)
{
    int error = errno;

    if (result == -1)
        printf("%s: -1 %s\n", what, strerrorname_np(error));
    else
        printf("%s: %ld\n", what, result);
    return result;
}
#define SAY(call) said(#call, (long)(call))

/* Seconds of the monotonic clock. */
static inline double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}
