/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/debug_off.c: the release build has no debug system calls.
 */
#include "nucleus/debug.h"

bool debug_syscall(struct thread *thread, uint64_t number)
{
    (void)thread;
    (void)number;
    return false;
}

void debug_unhandled_fault(const struct thread *thread)
{
    (void)thread;
}

void debug_thread_add(struct thread *thread)
{
    (void)thread;
}

void debug_thread_remove(struct thread *thread)
{
    (void)thread;
}

void debug_booted(void)
{
}
