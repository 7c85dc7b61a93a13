/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/boot/probe.h: what the kernel lets user level do, found out by a thread that
 * tries it.
 */
#pragma once

#include <stdbool.h>

struct probe_result {
    bool counter; /* CNTVCT_EL0 can be read */
    bool timer;   /* CNTP_CTL_EL0 and CNTP_TVAL_EL0 can be used */
    bool cycles;  /* PMCCNTR_EL0 can be read */
};

/* False: no memory for the thread. */
bool probe_run(struct probe_result *result);
