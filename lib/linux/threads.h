/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/threads.h: threads, their end, and futexes. */
#pragma once

#include "lib/linux/identity.h"

/* Makes the block of the thread that runs, in the PD with this start block, and notes it. */
struct thread *thread_begin(const struct start_block *start);
/* Notes a signal for a thread of the process; false: there is no such thread. */
bool thread_signal(uint64_t tid, unsigned signal);

uint64_t threads_count(void);

call_function threads_clone, threads_exit, threads_exit_group, threads_set_tid_address, threads_set_robust_list, threads_futex;
