/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks, conditions and barriers in memory that threads of one or of several PDs share, wherever each has it mapped.
 *
 * All zeroes is a free lock, a condition for which nobody waits. What is free is taken, and what nobody waits for is given back, without a
 * request. The word of a lock says which PD has it (each thread is one): if that ends, the next that takes the lock
 * gets RUNTIME_OWNER_ENDED, and has it. So nobody waits for a PD that has ended.
 *
 * Waiting takes the right to read the word, and taking it the right to write; the first wait costs a PD a record (word.wait). Nobody is
 * kept from writing
 * nonsense into memory that he shares: then others may wait as long as they said, or two have the lock. It harms only those who share it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* No limit to a wait. */
#define RUNTIME_FOREVER UINT64_MAX

enum runtime_taken {
    RUNTIME_TAKEN,
    RUNTIME_OWNER_ENDED, /* taken; the one that had it has ended, and what it guards may be half changed */
    RUNTIME_HAS_IT,      /* the caller has it already */
    RUNTIME_TOO_LATE,    /* not taken in time */
};

struct runtime_mutex {
    uint32_t word; /* 0: free; else the lower 30 bits of the owner's id, and MUTEX_AWAITED */
};

/* In the word: perhaps somebody waits. */
#define MUTEX_AWAITED UINT32_C(0x40000000)

/* Takes the lock, and waits for it, at most this many nanoseconds each time that it finds another owner. */
enum runtime_taken runtime_mutex_lock(struct runtime_mutex *mutex, uint64_t nanoseconds);
/* Does not wait; whether it was taken. A lock whose owner has ended is not. */
bool runtime_mutex_try(struct runtime_mutex *mutex);
/* Gives it back; false: it is not the caller's. */
bool runtime_mutex_unlock(struct runtime_mutex *mutex);

struct runtime_condition {
    uint32_t signals; /* how often somebody signalled */
    uint32_t waiting; /* at least as many as wait */
};

/* Gives the lock back, waits for a signal, and takes the lock again, in any case. May return without one, so the caller looks again.
 * RUNTIME_TOO_LATE: the time has passed; RUNTIME_OWNER_ENDED: as of the lock. */
enum runtime_taken runtime_condition_wait(struct runtime_condition *condition, struct runtime_mutex *mutex, uint64_t nanoseconds);
/* Has one of those who wait go on, or all. */
void runtime_condition_signal(struct runtime_condition *condition, bool all);

struct runtime_barrier {
    uint32_t members; /* to be set before the first comes */
    uint32_t arrived, round;
    uint32_t broken;
};

/* Waits until all members have come. RUNTIME_TOO_LATE: one did not come in time, perhaps because it has ended: the barrier is
 * broken, for all who wait and all who come, until its fields are set again. */
enum runtime_taken runtime_barrier_wait(struct runtime_barrier *barrier, uint64_t nanoseconds);
