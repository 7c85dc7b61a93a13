/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/time.h: clocks, sleeping, and numbers that look random. */
#pragma once

#include "lib/linux/linux.h"

#define SECOND INT64_C(1000000000)

void time_start(void);
/* Nanoseconds since the machine started. */
uint64_t time_now(void);

/* Nanoseconds since 1970. */
uint64_t time_date(void);

/* Not for secrets: the machine has no source of them. */
void random_fill(void *bytes, uint64_t count);

/* The time limit that a call names, as an interval from now: 0 at `at` means none, UINT64_MAX. */
int64_t time_limit(uint64_t at, bool absolute, uint64_t *nanoseconds);

/* Is there such a clock? Times of processes, and of their threads (negative), are times since the start, too. */
static inline bool time_is_clock(uint64_t clock)
{
    return (int32_t)clock < 12 && (int32_t)clock != 10;
}

int64_t time_clock_gettime(struct thread *thread, const uint64_t *arguments);
int64_t time_clock_getres(struct thread *thread, const uint64_t *arguments);
int64_t time_gettimeofday(struct thread *thread, const uint64_t *arguments);
int64_t time_nanosleep(struct thread *thread, const uint64_t *arguments);
int64_t time_clock_nanosleep(struct thread *thread, const uint64_t *arguments);
int64_t time_getrandom(struct thread *thread, const uint64_t *arguments);
int64_t time_times(struct thread *thread, const uint64_t *arguments);
int64_t time_not_settable(struct thread *thread, const uint64_t *arguments);
