/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/debug.h: the debug build's system calls and messages. debug.c has them; the release build
 * takes debug_off.c, in which they do nothing.
 */
#pragma once

#include "nucleus/thread.h"

/* Handles a debug system call. False: there is no such call. */
bool debug_syscall(struct thread *thread, uint64_t number);

/* A thread's fault found no handler. */
void debug_unhandled_fault(const struct thread *thread);

/* The list of all threads, for the dump of the scheduler. */
void debug_thread_add(struct thread *thread);
void debug_thread_remove(struct thread *thread);
/* The first of the list (thread->all_next). Not in the release build. */
const struct thread *debug_threads(void);

/* Everything is set up; user level starts. */
void debug_booted(void);
