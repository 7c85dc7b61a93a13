/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/time.c: see time.h. Time is read from the counter where programs may; else the root task is asked. */
#include "lib/linux/time.h"

#include <cell/idl/clock.h>

#include "lib/linux/vdso.h"
#include "lib/linux/waiting.h"

struct time_base time_base = {.resolution = 1};

void time_start(void)
{
    uint64_t frequency;

    if (clock_now(&time_base.start, &time_base.resolution, &frequency) != CELL_OK || frequency == 0)
        return;
    __asm__ volatile("isb\n mrs %0, cntvct_el0"
                     : "=r"(time_base.counter));
    time_base.scale = (uint64_t)((__uint128_t)SECOND << 32) / frequency;
}

uint64_t time_now(void)
{
    uint64_t now = 0, resolution, frequency;

    if (time_base.scale != 0)
        return time_of_counter();
    clock_now(&now, &resolution, &frequency);
    return now;
}

/* ---- Numbers that look random ------------------------------------------------ */

static uint64_t next_random(void)
{
    static uint64_t state;

    uint64_t value = __atomic_add_fetch(&state, UINT64_C(0x9e3779b97f4a7c15), __ATOMIC_RELAXED) ^ time_now() ^ process.start->pd_id << 48;

    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

void random_fill(void *bytes, uint64_t count)
{
    uint8_t *to = bytes;

    for (uint64_t i = 0, word = 0; i < count; i++, word >>= 8) {
        if (i % 8 == 0)
            word = next_random();
        to[i] = (uint8_t)word;
    }
}

int64_t time_getrandom(struct thread *thread, const uint64_t *arguments)
{
    uint8_t bytes[256];
    uint64_t done = 0, count = arguments[1] < 0x7fffffff ? arguments[1] : 0x7fffffff;

    (void)thread;
    if ((arguments[2] & ~UINT64_C(7)) != 0)
        return -EINVAL;
    while (done < count) {
        uint64_t part = count - done < sizeof bytes ? count - done : sizeof bytes;

        random_fill(bytes, part);
        if (user_put(arguments[0] + done, bytes, part) != 0)
            return done != 0 ? (int64_t)done : -EFAULT;
        done += part;
    }
    return (int64_t)done;
}

/* ---- Clocks ------------------------------------------------------------------- */

/* There is no clock of the date: the machine starts in 1970. */
uint64_t time_date(void)
{
    return time_now();
}

static int64_t put_time(uint64_t at, uint64_t now)
{
    struct linux_timespec time = {(int64_t)(now / SECOND), (int64_t)(now % SECOND)};

    return user_put(at, &time, sizeof time);
}

int64_t time_clock_gettime(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return time_is_clock(arguments[0]) ? put_time(arguments[1], time_now()) : -EINVAL;
}

int64_t time_clock_getres(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    if (!time_is_clock(arguments[0]))
        return -EINVAL;
    return arguments[1] == 0 ? 0 : put_time(arguments[1], time_base.resolution);
}

int64_t time_gettimeofday(struct thread *thread, const uint64_t *arguments)
{
    uint64_t now = time_now();
    int64_t time[2] = {(int64_t)(now / SECOND), (int64_t)(now % SECOND / 1000)};
    int32_t zone[2] = {0, 0};

    (void)thread;
    if (arguments[0] != 0 && user_put(arguments[0], time, sizeof time) != 0)
        return -EFAULT;
    return arguments[1] == 0 ? 0 : user_put(arguments[1], zone, sizeof zone);
}

int64_t time_times(struct thread *thread, const uint64_t *arguments)
{
    uint64_t ticks = time_now() / (SECOND / 100), times[4] = {ticks, 0, 0, 0};

    (void)thread;
    if (arguments[0] != 0 && user_put(arguments[0], times, sizeof times) != 0)
        return -EFAULT;
    return (int64_t)ticks;
}

/* ---- Sleeping ------------------------------------------------------------------ */

int64_t time_limit(uint64_t at, bool absolute, uint64_t *nanoseconds)
{
    struct linux_timespec limit;

    *nanoseconds = UINT64_MAX;
    if (at == 0)
        return 0;
    if (user_get(&limit, at, sizeof limit) != 0)
        return -EFAULT;
    if (limit.seconds < 0 || limit.nanoseconds < 0 || limit.nanoseconds >= (int64_t)SECOND)
        return -EINVAL;
    uint64_t end = (uint64_t)limit.seconds > UINT64_MAX / SECOND - 1
                       ? UINT64_MAX
                       : (uint64_t)limit.seconds * SECOND + (uint64_t)limit.nanoseconds;
    uint64_t now = absolute ? time_now() : 0;

    *nanoseconds = end > now ? end - now : 0;
    return 0;
}

/* A sleep that a signal ends tells how much of it is left, unless its end is a time of the clock. */
static int64_t sleep_for(struct thread *thread, uint64_t at, bool absolute, uint64_t left_at)
{
    uint64_t nanoseconds = 0;
    int64_t result = at == 0 ? -EFAULT : time_limit(at, absolute, &nanoseconds);

    if (result != 0)
        return result;
    uint64_t start_time = time_now();

    result = thread_wait(thread, 0, 0, nanoseconds);
    if (result != -EINTR || absolute)
        return result == -ETIMEDOUT ? 0 : result == -EINTR ? -ERESTART_NO_HANDLER
                                                           : result;
    uint64_t passed = time_now() - start_time;

    if (left_at != 0 && put_time(left_at, passed < nanoseconds ? nanoseconds - passed : 0) != 0)
        return -EFAULT;
    return -EINTR;
}

int64_t time_nanosleep(struct thread *thread, const uint64_t *arguments)
{
    return sleep_for(thread, arguments[0], false, arguments[1]);
}

int64_t time_clock_nanosleep(struct thread *thread, const uint64_t *arguments)
{
    int32_t clock = (int32_t)arguments[0];

    /* CLOCK_THREAD_CPUTIME_ID and the raw and coarse ones cannot be slept by. */
    if (!time_is_clock(arguments[0]) || clock == 3)
        return -EINVAL;
    if (clock >= 4 && clock <= 6)
        return -EOPNOTSUPP;
    return sleep_for(thread, arguments[2], (arguments[1] & 1) != 0, arguments[3]);
}

/* Neither the clock nor its speed can be set. */
int64_t time_not_settable(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    (void)arguments;
    return -EPERM;
}
