/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/signals.h: signals, and faults that become signals. */
#pragma once

#include "lib/linux/identity.h"

/* Faults come to the personality from now on. */
void signals_start(struct thread *thread);

call_function signals_rt_sigaction, signals_rt_sigprocmask, signals_sigaltstack, signals_kill, signals_tkill, signals_tgkill,
    signals_rt_sigpending;
