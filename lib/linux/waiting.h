/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/waiting.h: how a thread waits: on its own notification, so that signals come at once. */
#pragma once

#include "lib/linux/linux.h"

/* Waits until somebody wakes the word at an address (0: nobody does), while it has a value, or time has passed: 0, -EAGAIN (it has
 * another value), -ETIMEDOUT, -EINTR (a signal is there that the thread does not keep back), and other errors. */
int64_t thread_wait(struct thread *thread, uint64_t at, uint32_t value, uint64_t nanoseconds);
