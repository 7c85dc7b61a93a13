/* SPDX-License-Identifier: BSD-2-Clause */
/* The C library's locks. Its own are empty; these let the threads of one address space share malloc and stdio.
 *
 * A lock is free or has an owner, known by its thread-local block, and may be taken again by it. A thread that finds it taken says so
 * in its state and waits for that to change (runtime_hooks.wait), whatever the priority of the owner is; taking and giving
 * back a lock that nobody waits for asks nobody. A thread that is killed while it has the lock keeps it. */
#include <lib/runtime/locks.h>
#include <lib/runtime/runtime.h>
#include <sel4/sel4.h>
#include <sys/lock.h>

/* States of a lock. */
enum { unlocked,
       locked,
       awaited };

struct __lock __lock___libc_recursive_mutex;

static void *self(void)
{
    void *pointer;
    __asm__("mrs %0, tpidr_el0" : "=r"(pointer));
    return pointer;
}

static bool take_again(struct runtime_lock *lock)
{
    if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) != self()) {
        return false;
    }
    lock->depth++;
    return true;
}

static void taken(struct runtime_lock *lock)
{
    __atomic_store_n(&lock->owner, self(), __ATOMIC_RELAXED);
    lock->depth = 1;
}

static bool take_free(struct runtime_lock *lock)
{
    uint32_t state = unlocked;
    if (!__atomic_compare_exchange_n(&lock->state, &state, locked, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        return false;
    }
    taken(lock);
    return true;
}

bool runtime_try_lock(struct runtime_lock *lock)
{
    return take_again(lock) || take_free(lock);
}

void runtime_wait(const uint32_t *word, uint32_t value)
{
    if (runtime_hooks.wait != NULL) {
        runtime_hooks.wait(word, value);
    } else {
        seL4_Yield();
    }
}

void runtime_lock(struct runtime_lock *lock)
{
    if (runtime_try_lock(lock)) {
        return;
    }
    /* Others may wait, too, so it stays awaited. */
    while (__atomic_exchange_n(&lock->state, awaited, __ATOMIC_ACQUIRE) != unlocked) {
        runtime_wait(&lock->state, awaited);
    }
    taken(lock);
}

void runtime_unlock(struct runtime_lock *lock)
{
    if (--lock->depth != 0) {
        return;
    }
    __atomic_store_n(&lock->owner, NULL, __ATOMIC_RELAXED);
    if (__atomic_exchange_n(&lock->state, unlocked, __ATOMIC_RELEASE) == awaited && runtime_hooks.wake != NULL) {
        runtime_hooks.wake(&lock->state, false);
    }
}

static struct runtime_lock *lock_of(_LOCK_T lock)
{
    return lock != NULL ? &lock->lock : &__lock___libc_recursive_mutex.lock;
}

/* Not linked in for their own sake: a program that opens a stream has malloc already. */
extern __attribute__((weak)) void *calloc(size_t count, size_t size);
extern __attribute__((weak)) void free(void *block);

/* Streams that are opened get a lock each; without memory for it, the null lock, which is the library's own. */
void __retarget_lock_init(_LOCK_T *lock)
{
    *lock = calloc != NULL ? calloc(1, sizeof **lock) : NULL;
    if (*lock != NULL) {
        (*lock)->allocated = true;
    }
}

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
    __retarget_lock_init(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
    if (lock != NULL && lock->allocated) {
        free(lock);
    }
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
    __retarget_lock_close(lock);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
    runtime_lock(lock_of(lock));
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
    runtime_lock(lock_of(lock));
}

void __retarget_lock_release(_LOCK_T lock)
{
    runtime_unlock(lock_of(lock));
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
    runtime_unlock(lock_of(lock));
}

/* As newlib documents them: 0 if the lock was taken. */
int __retarget_lock_try_acquire(_LOCK_T lock)
{
    return runtime_try_lock(lock_of(lock)) ? 0 : 1;
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
    return __retarget_lock_try_acquire(lock);
}
