/* SPDX-License-Identifier: BSD-2-Clause */
/* The C library's locks. Its own are empty; these let the threads of one address space share malloc and stdio.
 *
 * Each uses a lock of mutex.h, and may be taken again by the thread that has it. A thread that ends while it has one has left it, which
 * the lock remembers: the heap stays closed then (malloc.c), and a stream goes on with what is in it. */
#include <lib/runtime/locks.h>
#include <lib/runtime/runtime.h>
#include <sel4/sel4.h>
#include <sys/lock.h>

struct __lock __lock___libc_recursive_mutex;

enum runtime_waited runtime_wait(const uint32_t *word, uint32_t value, bool lock, uint64_t nanoseconds)
{
    if (runtime_hooks.wait != NULL) {
        return runtime_hooks.wait(word, value, lock, nanoseconds);
    }
    seL4_Yield();
    return RUNTIME_LOOK;
}

void runtime_wake(const uint32_t *word, bool all)
{
    if (runtime_hooks.wake != NULL) {
        runtime_hooks.wake(word, all);
    }
}

static void *self(void)
{
    void *pointer;
    __asm__("mrs %0, tpidr_el0" : "=r"(pointer));
    return pointer;
}

/* The thread-local block may lie where that of a thread was that has ended. */
static bool take_again(struct runtime_lock *lock)
{
    if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) != self() || !runtime_mutex_is_own(&lock->mutex)) {
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

bool runtime_try_lock(struct runtime_lock *lock)
{
    if (take_again(lock)) {
        return true;
    }
    if (!runtime_mutex_try(&lock->mutex)) {
        return false;
    }
    taken(lock);
    return true;
}

void runtime_lock(struct runtime_lock *lock)
{
    if (runtime_try_lock(lock)) {
        return;
    }
    if (runtime_mutex_wait(&lock->mutex, RUNTIME_FOREVER) == RUNTIME_OWNER_ENDED) {
        lock->left = true;
    }
    taken(lock);
}

void runtime_unlock(struct runtime_lock *lock)
{
    if (--lock->depth != 0) {
        return;
    }
    __atomic_store_n(&lock->owner, NULL, __ATOMIC_RELAXED);
    runtime_mutex_free(&lock->mutex);
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
