/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/threads.c: see threads.h. */
#include "lib/linux/threads.h"

#include <cell/idl/word.h>

int64_t threads_exit_group(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    process_end(arguments[0] & 0xff);
}

int64_t threads_exit(struct thread *thread, const uint64_t *arguments)
{
    return threads_exit_group(thread, arguments);
}

int64_t threads_set_tid_address(struct thread *thread, const uint64_t *arguments)
{
    thread->clear_tid = arguments[0];
    return (int64_t)thread->tid;
}

int64_t threads_set_robust_list(struct thread *thread, const uint64_t *arguments)
{
    if (arguments[1] != 24)
        return -EINVAL;
    thread->robust = arguments[0];
    return 0;
}

/* ---- Futexes ---------------------------------------------------------------- */

static int64_t wait(const uint64_t *arguments, bool absolute)
{
    uint64_t nanoseconds, woken = 0;
    int64_t result = time_limit(arguments[3], absolute, &nanoseconds);

    if (result != 0)
        return result;
    /* It is told apart here what cannot be read; the root task compares. */
    result = user_word((const uint32_t *)arguments[0]);
    if (result < 0)
        return result;
    cell_error_t error = word_wait(CSPACE_SELF, arguments[0], (uint32_t)arguments[2], nanoseconds, 0, &woken);

    return error == CELL_OK ? (woken != 0 ? 0 : -EAGAIN) : error_number(error);
}

/* As many as one request wakes. */
#define WAKE_MOST 64u

static int64_t wake(uint64_t at, uint64_t count)
{
    uint64_t done = 0, woken = 0;

    while (done < count) {
        uint64_t part = count - done < WAKE_MOST ? count - done : WAKE_MOST;

        if (word_wake(CSPACE_SELF, at, part, &woken) != CELL_OK)
            return done != 0 ? (int64_t)done : -EFAULT;
        done += woken;
        if (woken < part)
            break;
    }
    return (int64_t)done;
}

int64_t threads_futex(struct thread *thread, const uint64_t *arguments)
{
    uint64_t at = arguments[0], command = arguments[1] & FUTEX_COMMAND;

    (void)thread;
    if (at % 4 != 0)
        return -EINVAL;
    if (!user_range(at, 4))
        return -EFAULT;
    switch (command) {
    case FUTEX_WAIT:
        return wait(arguments, false);
    case FUTEX_WAIT_BITSET:
        return (uint32_t)arguments[5] == 0 ? -EINVAL : wait(arguments, true);
    case FUTEX_WAKE_BITSET:
    case FUTEX_WAKE:
        return (int32_t)arguments[2] <= 0 ? 0 : wake(at, (uint32_t)arguments[2]);
    default:
        return -ENOSYS;
    }
}
