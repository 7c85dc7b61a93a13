/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/lock.c: locks between threads of the process, in the personality's own memory. */
#include <cell/idl/word.h>

#include "lib/linux/linux.h"

void lock_take_threaded(lock_t *lock)
{
    uint32_t state = 0;
    uint64_t woken;

    if (__atomic_compare_exchange_n(lock, &state, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return;
    while (__atomic_exchange_n(lock, 2, __ATOMIC_ACQUIRE) != 0)
        if (word_wait(CSPACE_SELF, (uint64_t)lock, 2, UINT64_MAX, 0, &woken) != CELL_OK)
            seL4_Yield();
}

void lock_give_threaded(lock_t *lock)
{
    uint64_t woken;

    if (__atomic_exchange_n(lock, 0, __ATOMIC_RELEASE) == 2)
        word_wake(CSPACE_SELF, (uint64_t)lock, 1, &woken);
}
