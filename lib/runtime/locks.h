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

/* Waits while a word has a value; may return earlier. */
void runtime_wait(const uint32_t *word, uint32_t value);

/* Gives the three standard streams their locks. */
void runtime_stdio_start(void);
