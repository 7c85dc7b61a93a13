/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/threads.h: threads, their end, and futexes. */
#pragma once

#include "lib/linux/identity.h"

/* Makes the block of the first thread, which runs, in the PD with this start block, and notes it. */
void thread_begin(const struct start_block *start);
/* The list of threads stays as it is, and they stay where they are, until it is released. */
void threads_hold(void);
void threads_release(void);
/* With the list held: a thread by its number, or one that a function is true of; NULL: none. */
struct thread *threads_find(uint64_t tid);
struct thread *threads_that(bool (*is)(const struct thread *thread, int32_t signal), int32_t signal);
uint64_t threads_count(void);

/* Wakes at most so many who wait for a word of the program, or of the personality: how many, or -EFAULT. */
int64_t futex_wake(uint64_t at, uint64_t count);

call_function threads_clone, threads_exit, threads_exit_group, threads_set_tid_address, threads_set_robust_list, threads_get_robust_list,
    threads_futex;
