/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/actions.h: what signals.c and signal_calls.c share. */
#pragma once

#include "lib/linux/signals.h"

extern struct linux_sigaction signal_actions[SIGNALS + 1];

#define SIGNALS_NEVER (SIGNAL_BIT_OF(SIGNAL_KILL) | SIGNAL_BIT_OF(SIGNAL_STOP))
/* What does nothing unless it is handled. */
#define SIGNALS_IGNORED (SIGNAL_BIT_OF(SIGNAL_CHLD) | SIGNAL_BIT_OF(SIGNAL_CONT) | SIGNAL_BIT_OF(SIGNAL_URG) | SIGNAL_BIT_OF(SIGNAL_WINCH))

/* What is noted for a thread and the process. */
uint64_t signals_pending(const struct thread *thread);
