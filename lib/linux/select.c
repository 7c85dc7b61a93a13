/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/select.c: pselect6 and ppoll. Files are always ready; of the terminal it is asked whether something was typed, again and again
 * while nothing is. Bottom-up: one descriptor, waiting, sets, the calls.
 */
#include "lib/linux/files.h"
#include "lib/linux/signals.h"
#include "lib/linux/time.h"
#include "lib/linux/waiting.h"

/* ---- One descriptor ------------------------------------------------------------ */

/* Can it be read without waiting, or written? -EBADF: it is not open. *asks: it may become so. */
static int64_t is_ready(uint64_t number, bool reads, bool *asks)
{
    struct description *description = description_get(number);

    if (description == NULL)
        return -EBADF;
    bool ready = !reads || description->kind->ready == NULL || description->kind->ready(description);

    description_put(description);
    *asks |= !ready;
    return ready;
}

/* ---- Waiting ------------------------------------------------------------------- */

/* Looks once: how many are ready, or an error; `asks` as above. */
typedef int64_t look_function(const uint64_t *arguments, bool *asks);

/* How long it is between two looks at the terminal. */
#define STEP (UINT64_C(10) * 1000000)

static int64_t look_until(struct thread *thread, look_function *look, const uint64_t *arguments, uint64_t limit)
{
    uint64_t nanoseconds, now = 0;
    int64_t result = time_limit(limit, false, &nanoseconds);

    if (result != 0)
        return result;
    if (nanoseconds != UINT64_MAX)
        now = time_now();
    uint64_t end = nanoseconds > UINT64_MAX - now ? UINT64_MAX : now + nanoseconds;

    for (;;) {
        bool asks = false;

        result = look(arguments, &asks);
        if (end != UINT64_MAX)
            now = time_now();
        if (result != 0 || now >= end)
            return result;
        uint64_t left = end == UINT64_MAX ? UINT64_MAX : end - now;

        result = thread_wait(thread, 0, 0, asks && left > STEP ? STEP : left);
        if (result != -ETIMEDOUT)
            return result == -EINTR ? -ERESTART_NO_HANDLER : result;
    }
}

/* The same with a mask of signals of the call's own; `set` 0: none. */
static int64_t look_with(struct thread *thread, look_function *look, const uint64_t *arguments, uint64_t limit, uint64_t set,
                         uint64_t bytes)
{
    int64_t result = set == 0 ? 0 : signals_wait_with(thread, set, bytes);

    if (result != 0)
        return result;
    result = look_until(thread, look, arguments, limit);
    if (set != 0 && result != -ERESTART_NO_HANDLER)
        signals_wait_without(thread);
    return result;
}

/* ---- Sets ------------------------------------------------------------------------ */

/* The most descriptors of a set: RLIMIT_NOFILE. */
#define WORDS 16u

/* Takes those out of a set's word that are not ready; how many are left. */
static int64_t look_at_word(uint64_t *word, uint64_t first, bool reads, bool *asks)
{
    int64_t count = 0;

    for (uint64_t left = *word; left != 0; left &= left - 1) {
        int64_t ready = is_ready(first + (uint64_t)__builtin_ctzl(left), reads, asks);

        if (ready < 0)
            return ready;
        if (ready == 0)
            *word &= ~(left & -left);
        count += ready;
    }
    return count;
}

/* The same of a set of the program's; 0 for one that is not there. Bits from `descriptors` on do not count. */
static int64_t look_at_set(uint64_t at, uint64_t descriptors, bool reads, uint64_t *words, bool *asks)
{
    uint64_t used = (descriptors + 63) / 64;
    int64_t count = 0, more = 0;

    if (at == 0)
        return 0;
    if (user_get(words, at, used * 8) != 0)
        return -EFAULT;
    if (descriptors % 64 != 0)
        words[used - 1] &= (UINT64_C(1) << descriptors % 64) - 1;
    for (uint64_t i = 0; i < used && more >= 0; i++, count += more)
        more = look_at_word(&words[i], i * 64, reads, asks);
    return more < 0 ? more : count;
}

/* The program's sets are changed when the call ends: when something is ready, or nothing was in time. */
static int64_t look_at_sets(const uint64_t *arguments, bool *asks)
{
    uint64_t descriptors = (uint32_t)arguments[0], bytes = (descriptors + 63) / 64 * 8;
    uint64_t words[3][WORDS] = {{0}}; /* nothing is exceptional */
    int64_t readable = look_at_set(arguments[1], descriptors, true, words[0], asks);
    int64_t writable = readable < 0 ? readable : look_at_set(arguments[2], descriptors, false, words[1], asks);

    if (writable < 0)
        return writable;
    for (unsigned i = 0; readable + writable != 0 && i < 3; i++)
        if (arguments[1 + i] != 0 && user_put(arguments[1 + i], words[i], bytes) != 0)
            return -EFAULT;
    return readable + writable;
}

static int64_t clear_sets(const uint64_t *arguments)
{
    const uint64_t words[WORDS] = {0};

    for (unsigned i = 1; i <= 3; i++)
        if (arguments[i] != 0 && user_put(arguments[i], words, ((uint32_t)arguments[0] + UINT64_C(63)) / 64 * 8) != 0)
            return -EFAULT;
    return 0;
}

/* ---- Calls ------------------------------------------------------------------------- */

int64_t select_pselect6(struct thread *thread, const uint64_t *arguments)
{
    uint64_t set[2] = {0, 0}; /* where it is, and its bytes */

    if ((uint32_t)arguments[0] > WORDS * 64)
        return -EINVAL;
    if (arguments[5] != 0 && user_get(set, arguments[5], sizeof set) != 0)
        return -EFAULT;
    int64_t result = look_with(thread, look_at_sets, arguments, arguments[4], set[0], set[1]);

    return result == 0 ? clear_sets(arguments) : result;
}

struct linux_pollfd {
    int32_t number;
    int16_t events, ready;
};
enum { POLL_IN = 1,
       POLL_OUT = 4,
       POLL_BAD = 32 };

static int64_t look_at_polls(const uint64_t *arguments, bool *asks)
{
    struct linux_pollfd poll;
    int64_t count = 0;

    for (uint64_t i = 0; i < arguments[1]; i++) {
        uint64_t at = arguments[0] + i * sizeof poll;

        if (user_get(&poll, at, sizeof poll) != 0)
            return -EFAULT;
        int64_t readable = poll.number < 0 ? 0 : is_ready((uint32_t)poll.number, (poll.events & POLL_IN) != 0, asks);

        poll.ready = poll.number < 0 ? 0 : readable < 0 ? POLL_BAD
                                                        : (int16_t)(poll.events & (POLL_OUT | (readable != 0 ? POLL_IN : 0)));
        count += poll.ready != 0;
        if (user_put(at, &poll, sizeof poll) != 0)
            return -EFAULT;
    }
    return count;
}

int64_t select_ppoll(struct thread *thread, const uint64_t *arguments)
{
    return arguments[1] > descriptors_most ? -EINVAL
                                           : look_with(thread, look_at_polls, arguments, arguments[2], arguments[3], arguments[4]);
}
