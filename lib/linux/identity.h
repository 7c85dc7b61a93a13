/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/identity.h: calls about who the process is, its limits, the system. */
#pragma once

#include "lib/linux/time.h"

/* The parent of every process. */
#define PARENT 1u

/* Answers 0: ids are all 0, and what is set has no effect. */
call_function identity_zero;
call_function identity_getpid, identity_getppid, identity_gettid, identity_getres, identity_uname, identity_prlimit, identity_getrlimit,
    identity_setrlimit, identity_set, identity_not_permitted, identity_setgroups, identity_getpgid, identity_setpgid, identity_capget,
    identity_getrusage, identity_sched_getaffinity, identity_sched_setaffinity, identity_getcpu, identity_prctl, identity_getpriority,
    identity_setpriority, identity_sysinfo, identity_sched_yield, identity_sched_setparam, identity_sched_getparam,
    identity_sched_setscheduler, identity_sched_getscheduler, identity_sched_priority_max, identity_sched_priority_min,
    identity_sched_rr_get_interval, identity_membarrier;
