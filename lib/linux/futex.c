/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/futex.c: futexes: see threads.h. */
#include <cell/idl/word.h>

#include "lib/linux/threads.h"
#include "lib/linux/time.h"
#include "lib/linux/waiting.h"

static int64_t wait(struct thread *thread, const uint64_t *arguments, bool absolute)
{
    uint64_t nanoseconds;
    int64_t result = time_limit(arguments[3], absolute, &nanoseconds);

    if (result != 0)
        return result;
    /* The root task compares; an address that cannot be read is found here. */
    result = user_word((const uint32_t *)arguments[0]);
    if (result < 0)
        return result;
    if (result != (int64_t)(uint32_t)arguments[2])
        return -EAGAIN;
    result = thread_wait(thread, arguments[0], (uint32_t)arguments[2], nanoseconds);
    /* Its time counts from its beginning, so the call is not repeated. */
    return result != -EINTR ? result : arguments[3] == 0 || absolute ? -ERESTART
                                                                     : -EINTR;
}

/* As many as one request wakes. */
#define WAKE_MOST 64u

int64_t futex_wake(uint64_t at, uint64_t count)
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

static uint64_t count_of(uint64_t argument)
{
    return (int32_t)argument < 0 ? 0 : (uint32_t)argument;
}

/* Those that would be moved to the other word wake up instead, find that they have to wait, and wait there. */
static int64_t requeue(const uint64_t *arguments, bool compare)
{
    int64_t word = user_word((const uint32_t *)arguments[0]);

    if (word < 0 || !user_range(arguments[4], 4))
        return -EFAULT;
    if (compare && word != (int64_t)(uint32_t)arguments[5])
        return -EAGAIN;
    return futex_wake(arguments[0], count_of(arguments[2]) + count_of(arguments[3]));
}

/* FUTEX_WAKE_OP: futex(2). The word's new value by an operation, and the comparison with its old one. */
static uint32_t operate(uint32_t encoded, uint32_t old)
{
    uint32_t operand = (uint32_t)((int32_t)(encoded << 8) >> 20);

    if ((encoded >> 31) != 0)
        operand = UINT32_C(1) << (operand & 31);
    switch (encoded >> 28 & 7) {
    case 0:
        return operand;
    case 1:
        return old + operand;
    case 2:
        return old | operand;
    case 3:
        return old & ~operand;
    default:
        return old ^ operand;
    }
}

static bool compares(uint32_t encoded, uint32_t old)
{
    int32_t value = (int32_t)old, with = (int32_t)(encoded << 20) >> 20;
    const bool results[6] = {value == with, value != with, value<with, value <= with, value> with, value >= with};

    return results[encoded >> 24 & 15];
}

static int64_t wake_op(const uint64_t *arguments)
{
    uint32_t encoded = (uint32_t)arguments[5];
    int64_t old, found = 0;

    if (arguments[4] % 4 != 0)
        return -EINVAL;
    if (!user_range(arguments[4], 4))
        return -EFAULT;
    if ((encoded >> 28 & 7) > 4 || (encoded >> 24 & 15) > 5)
        return -ENOSYS;
    for (old = user_word((const uint32_t *)arguments[4]); old >= 0; old = found) {
        found = user_exchange((uint32_t *)arguments[4], (uint32_t)old, operate(encoded, (uint32_t)old));
        if (found == old || found < 0)
            break;
    }
    if (old < 0 || found < 0)
        return -EFAULT;
    int64_t woken = futex_wake(arguments[0], count_of(arguments[2]));

    return woken < 0 || !compares(encoded, (uint32_t)old) ? woken : woken + futex_wake(arguments[4], count_of(arguments[3]));
}

int64_t threads_futex(struct thread *thread, const uint64_t *arguments)
{
    uint64_t at = arguments[0];

    if (at % 4 != 0)
        return -EINVAL;
    if (!user_range(at, 4))
        return -EFAULT;
    switch (arguments[1] & FUTEX_COMMAND) {
    case FUTEX_WAIT:
        return wait(thread, arguments, false);
    case FUTEX_WAIT_BITSET:
        return (uint32_t)arguments[5] == 0 ? -EINVAL : wait(thread, arguments, true);
    case FUTEX_WAKE_BITSET:
    case FUTEX_WAKE:
        return futex_wake(at, count_of(arguments[2]));
    case FUTEX_REQUEUE:
        return requeue(arguments, false);
    case FUTEX_CMP_REQUEUE:
        return requeue(arguments, true);
    case FUTEX_WAKE_OP:
        return wake_op(arguments);
    default:
        return -ENOSYS;
    }
}
