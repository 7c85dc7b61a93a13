/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/select.c: pselect6, for which as for ppoll files are always ready, and so is the terminal: reading it waits. */
#include "lib/linux/files.h"
#include "lib/linux/time.h"

/* Sets have so many descriptors at most: RLIMIT_NOFILE. */
#define WORDS 16u

/* How many descriptors of a set's word are there; -EBADF: one is not open. */
static int64_t count_word(uint64_t word, uint64_t first)
{
    int64_t count = 0;

    for (; word != 0; word &= word - 1, count++) {
        struct description *description = description_get(first + (uint64_t)__builtin_ctzl(word));

        if (description == NULL)
            return -EBADF;
        description_put(description);
    }
    return count;
}

/* The same of a set of the program's; 0 for one that is not there. Bits from `descriptors` on do not count. */
static int64_t count_set(uint64_t at, uint64_t descriptors)
{
    uint64_t words[WORDS] = {0}, used = (descriptors + 63) / 64;
    int64_t count = 0, more = 0;

    if (at == 0)
        return 0;
    if (user_get(words, at, used * 8) != 0)
        return -EFAULT;
    if (descriptors % 64 != 0)
        words[used - 1] &= (UINT64_C(1) << descriptors % 64) - 1;
    for (uint64_t i = 0; i < used && more >= 0; i++, count += more)
        more = count_word(words[i], i * 64);
    if (more < 0)
        return more;
    return user_put(at, words, used * 8) == 0 ? count : -EFAULT;
}

/* Nothing is exceptional. */
static int64_t clear_set(uint64_t at, uint64_t descriptors)
{
    const uint64_t words[WORDS] = {0};

    return at == 0 || user_put(at, words, (descriptors + 63) / 64 * 8) == 0 ? 0 : -EFAULT;
}

int64_t select_pselect6(struct thread *thread, const uint64_t *arguments)
{
    uint64_t descriptors = (uint32_t)arguments[0];

    if (descriptors > WORDS * 64)
        return -EINVAL;
    int64_t readable = count_set(arguments[1], descriptors);
    int64_t writable = readable < 0 ? readable : count_set(arguments[2], descriptors);
    int64_t result = writable < 0 ? writable : clear_set(arguments[3], descriptors);

    if (result != 0 || readable + writable != 0)
        return result != 0 ? result : readable + writable;
    return time_wait(thread, arguments[4]);
}
