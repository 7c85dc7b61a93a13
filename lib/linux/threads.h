/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/threads.h: threads, their end, and futexes. */
#pragma once

#include "lib/linux/identity.h"

call_function threads_exit, threads_exit_group, threads_set_tid_address, threads_set_robust_list, threads_futex;
