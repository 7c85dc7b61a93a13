/* SPDX-License-Identifier: BSD-2-Clause */
/* The user runtime: from the first instruction to main, and what the C library stands on.
 *
 * A process enters at `_start` (start.h), gets its thread-local storage, heap, streams and constructors, and runs main;
 * exit() runs what atexit() was told, destructors and `runtime_hooks.exit`. A thread, which has the data of a process, gets
 * thread-local storage, waits until that has run its constructors, and runs its function. What ends it ends nothing else:
 * docs/runtime.md has the table.
 *
 * The client library has a filled `runtime_hooks`. A null hook has the default given beside it.
 */
#pragma once

#include <lib/runtime/mutex.h>
#include <lib/runtime/start.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Pages that the heap gets at once. */
#define RUNTIME_COMMIT_MOST 64u

/* How a wait for a word ended. */
enum runtime_waited {
    RUNTIME_LOOK,  /* look again */
    RUNTIME_ENDED, /* the PD that has the lock has ended */
    RUNTIME_LATE,  /* the time has passed */
};

struct runtime_hooks {
    /* Ends the PD; does not return. Default: stop with an undefined instruction. */
    void (*exit)(int code);
    /* Returns from the call of a PD with START_CALLED; does not return here. Default: as exit. */
    void (*leave)(int result);
    /* As read(2) and write(2), for file descriptors 0 to 2 and what open makes; errors are -errno. Defaults: -EBADF. */
    ssize_t (*read)(int file, void *buffer, size_t count);
    ssize_t (*write)(int file, const void *buffer, size_t count);
    /* Makes `count` pages of the heap, at most RUNTIME_COMMIT_MOST, present from its page `first` on; 0 or an
     * errno. `total`: this many are wanted, with what is asked for next; if there are not that many, it may fail at
     * once. Default: ENOMEM. */
    int (*commit)(size_t first, size_t count, size_t total);
    /* There was no memory for this many more pages of the heap, which is asked for the (tries + 1)th time: whether to try
     * once more. Default: no. */
    bool (*find_memory)(size_t pages, unsigned tries);
    /* Waits while *word is `value`, until it is woken, for at most this many nanoseconds; may return earlier. `lock`: the lower 30
     * bits of the value are those of the id of a PD, whose end ends the wait, too. Default: lets others of the same priority
     * run, so all threads that share a lock need the same. */
    enum runtime_waited (*wait)(const uint32_t *word, uint32_t value, bool lock, uint64_t nanoseconds);
    /* Wakes one of those who wait for a word, or as many as there are. Default: nothing. */
    void (*wake)(const uint32_t *word, bool all);
};

extern struct runtime_hooks runtime_hooks;

/* Bytes of stack that a function of the C library is assumed to need at most, with all that it calls. */
#define RUNTIME_LIBC_STACK 2048u

/* The start block of the PD that runs; each thread's PD has its own (thread-local). Null in the root task. */
extern __thread const struct start_block *runtime_start_block;

/* The i-th request edge of that PD, or null past the last. */
const struct start_rde *runtime_rde(uint32_t i);

/* malloc's heap is that of `start` from now on, if that has one and there is none yet. */
void runtime_heap_take(const struct start_block *start);

/* Bytes of a thread-local block, and the power of two that its address is a multiple of (16 or more). */
size_t runtime_tls_size(void);
size_t runtime_tls_align(void);
/* Makes a thread-local block of fresh values in `memory`; the result is the value for TPIDR_EL0. The IPC buffer in it is
 * null until seL4_SetIPCBuffer() is called by the thread that has it. */
void *runtime_tls_make(void *memory);

/* A lock for the threads of one address space, which may be taken again by its owner, and then has to be given back as often;
 * all zeroes is a free one. Waits as mutex.h says. */
struct runtime_lock {
    struct runtime_mutex mutex;
    unsigned depth;
    void *owner; /* its thread-local block */
    bool left;   /* by a thread that ended while it had it: what it guards may be half changed */
};
void runtime_lock(struct runtime_lock *lock);
/* Does not wait; whether the lock was taken. */
bool runtime_try_lock(struct runtime_lock *lock);
/* By its owner. */
void runtime_unlock(struct runtime_lock *lock);
