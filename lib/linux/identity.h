/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/identity.h: calls about who the process is, its limits, the system. */
#pragma once

#include "lib/linux/time.h"

/* Answers 0: ids are all 0, and what is set has no effect. */
call_function identity_zero;
call_function identity_getpid, identity_getppid, identity_gettid, identity_getres, identity_uname, identity_prlimit,
    identity_getrusage, identity_sched_getaffinity, identity_getcpu, identity_prctl, identity_getpriority,
    identity_sysinfo, identity_sched_yield;
