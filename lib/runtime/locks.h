/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the runtime: the C library's lock, which it knows by name only (sys/lock.h). */
#pragma once

#include <lib/runtime/runtime.h>

struct __lock {
    struct runtime_lock lock;
    bool allocated; /* by malloc; else it is a variable */
};

/* Guards malloc and what else the C library has one of. */
extern struct __lock __lock___libc_recursive_mutex;

/* As the hooks of these names (runtime.h), or what is done without them. */
enum runtime_waited runtime_wait(const uint32_t *word, uint32_t value, bool lock, uint64_t nanoseconds);
void runtime_wake(const uint32_t *word, bool all);

/* Parts of mutex.h: whether the caller has it; waits for a lock that was taken, whoever has it; gives one back, whoever has it. */
bool runtime_mutex_is_own(const struct runtime_mutex *mutex);
enum runtime_taken runtime_mutex_wait(struct runtime_mutex *mutex, uint64_t nanoseconds);
void runtime_mutex_free(struct runtime_mutex *mutex);

/* Gives the three standard streams their locks. */
void runtime_stdio_start(void);
