/* SPDX-License-Identifier: BSD-2-Clause */
/* The C library's locks. Its own are empty; these are recursive spin locks that yield, so that threads of one address
 * space may use malloc and stdio. A thread that waits for one of lower priority would yield for ever: threads of an
 * address space share the library only at one priority (docs: limitations). */
#include <lib/runtime/runtime.h>
#include <sel4/sel4.h>
#include <sys/lock.h>

struct __lock {
    struct runtime_lock lock;
};

struct __lock __lock___libc_recursive_mutex;

static void *self(void)
{
    void *pointer;
    __asm__("mrs %0, tpidr_el0" : "=r"(pointer));
    return pointer;
}

void runtime_lock(struct runtime_lock *lock)
{
    void *me = self();
    if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == me) {
        lock->depth++;
        return;
    }
    for (;;) {
        void *nobody = NULL;
        if (__atomic_compare_exchange_n(&lock->owner, &nobody, me, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            lock->depth = 1;
            return;
        }
        seL4_Yield();
    }
}

void runtime_unlock(struct runtime_lock *lock)
{
    if (--lock->depth == 0) {
        __atomic_store_n(&lock->owner, NULL, __ATOMIC_RELEASE);
    }
}

/* Locks of single streams are all the one: stdio of a program is not where its threads should meet. */
void __retarget_lock_init(_LOCK_T *lock)
{
    *lock = &__lock___libc_recursive_mutex;
}

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
    *lock = &__lock___libc_recursive_mutex;
}

void __retarget_lock_close(_LOCK_T lock)
{
    (void)lock;
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
    (void)lock;
}

void __retarget_lock_acquire(_LOCK_T lock)
{
    runtime_lock(lock != NULL ? &lock->lock : &__lock___libc_recursive_mutex.lock);
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
    __retarget_lock_acquire(lock);
}

void __retarget_lock_release(_LOCK_T lock)
{
    runtime_unlock(lock != NULL ? &lock->lock : &__lock___libc_recursive_mutex.lock);
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
    __retarget_lock_release(lock);
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
    __retarget_lock_acquire(lock);
    return 0;
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
    __retarget_lock_acquire(lock);
    return 0;
}
