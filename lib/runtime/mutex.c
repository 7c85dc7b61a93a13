/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/runtime/mutex.c: see mutex.h.
 *
 * A thread that finds a lock taken says so in its word, and waits while the word is that. A thread that gives the lock back while it is
 * awaited
 * wakes the first that waits, which takes it as awaited, since others may wait, too. That a free lock was taken by another
 * one meanwhile does no harm: the first waits again. A thread that ends between changing the word and waking is found by the
 * root task, for which those that wait are waiting for that PD until they wait for another. */
#include <lib/runtime/mutex.h>

#include <lib/runtime/locks.h>

#define NUMBER (MUTEX_AWAITED - 1)

/* Of the PD that runs; a program without a start block has one thread, or looks after itself. */
static uint32_t own_number(void)
{
    const struct start_block *start = runtime_start_block;
    uint32_t number = start != NULL ? (uint32_t)start->pd_id & NUMBER : 0;
    return number != 0 ? number : NUMBER;
}

static bool change(uint32_t *word, uint32_t *from, uint32_t to)
{
    return __atomic_compare_exchange_n(word, from, to, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

bool runtime_mutex_is_own(const struct runtime_mutex *mutex)
{
    return (__atomic_load_n(&mutex->word, __ATOMIC_RELAXED) & NUMBER) == own_number();
}

bool runtime_mutex_try(struct runtime_mutex *mutex)
{
    uint32_t word = 0;
    return change(&mutex->word, &word, own_number());
}

enum runtime_taken runtime_mutex_wait(struct runtime_mutex *mutex, uint64_t nanoseconds)
{
    uint32_t own = own_number() | MUTEX_AWAITED, word = __atomic_load_n(&mutex->word, __ATOMIC_RELAXED);
    for (;;) {
        if (word == 0) {
            if (change(&mutex->word, &word, own)) {
                return RUNTIME_TAKEN;
            }
            continue;
        }
        if ((word & MUTEX_AWAITED) == 0 && !change(&mutex->word, &word, word | MUTEX_AWAITED)) {
            continue;
        }
        word |= MUTEX_AWAITED;
        enum runtime_waited waited = runtime_wait(&mutex->word, word, true, nanoseconds);
        if (waited == RUNTIME_LATE) {
            return RUNTIME_TOO_LATE;
        }
        if (waited == RUNTIME_ENDED && change(&mutex->word, &word, own)) {
            return RUNTIME_OWNER_ENDED;
        }
        word = __atomic_load_n(&mutex->word, __ATOMIC_RELAXED);
    }
}

enum runtime_taken runtime_mutex_lock(struct runtime_mutex *mutex, uint64_t nanoseconds)
{
    if (runtime_mutex_try(mutex)) {
        return RUNTIME_TAKEN;
    }
    return runtime_mutex_is_own(mutex) ? RUNTIME_HAS_IT : runtime_mutex_wait(mutex, nanoseconds);
}

void runtime_mutex_free(struct runtime_mutex *mutex)
{
    if ((__atomic_exchange_n(&mutex->word, 0, __ATOMIC_RELEASE) & MUTEX_AWAITED) != 0) {
        runtime_wake(&mutex->word, false);
    }
}

bool runtime_mutex_unlock(struct runtime_mutex *mutex)
{
    if (!runtime_mutex_is_own(mutex)) {
        return false;
    }
    runtime_mutex_free(mutex);
    return true;
}

enum runtime_taken runtime_condition_wait(struct runtime_condition *condition, struct runtime_mutex *mutex, uint64_t nanoseconds)
{
    __atomic_fetch_add(&condition->waiting, 1, __ATOMIC_SEQ_CST);
    uint32_t signals = __atomic_load_n(&condition->signals, __ATOMIC_SEQ_CST);
    runtime_mutex_unlock(mutex);
    enum runtime_waited waited = runtime_wait(&condition->signals, signals, false, nanoseconds);
    __atomic_fetch_sub(&condition->waiting, 1, __ATOMIC_SEQ_CST);
    enum runtime_taken taken = runtime_mutex_lock(mutex, RUNTIME_FOREVER);
    return taken == RUNTIME_TAKEN && waited == RUNTIME_LATE ? RUNTIME_TOO_LATE : taken;
}

void runtime_condition_signal(struct runtime_condition *condition, bool all)
{
    __atomic_fetch_add(&condition->signals, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&condition->waiting, __ATOMIC_SEQ_CST) != 0) {
        runtime_wake(&condition->signals, all);
    }
}

static void next_round(struct runtime_barrier *barrier)
{
    __atomic_fetch_add(&barrier->round, 1, __ATOMIC_SEQ_CST);
    runtime_wake(&barrier->round, true);
}

enum runtime_taken runtime_barrier_wait(struct runtime_barrier *barrier, uint64_t nanoseconds)
{
    uint32_t round = __atomic_load_n(&barrier->round, __ATOMIC_SEQ_CST);
    bool last = __atomic_add_fetch(&barrier->arrived, 1, __ATOMIC_SEQ_CST) == barrier->members;
    if (last) {
        __atomic_store_n(&barrier->arrived, 0, __ATOMIC_SEQ_CST);
        next_round(barrier);
    }
    while (__atomic_load_n(&barrier->round, __ATOMIC_SEQ_CST) == round && __atomic_load_n(&barrier->broken, __ATOMIC_SEQ_CST) == 0) {
        if (runtime_wait(&barrier->round, round, false, nanoseconds) == RUNTIME_LATE) {
            __atomic_store_n(&barrier->broken, 1, __ATOMIC_SEQ_CST);
            next_round(barrier);
        }
    }
    return __atomic_load_n(&barrier->broken, __ATOMIC_SEQ_CST) != 0 ? RUNTIME_TOO_LATE : RUNTIME_TAKEN;
}
