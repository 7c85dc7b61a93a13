/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/timer.c: the tick of the scheduler, and what user level may read of the counters.
 */
#include <sel4/constants.h>

#include "nucleus/timer.h"

#include "nucleus/arch.h"

static uint64_t counts_per_tick;

void timer_restart(void)
{
    WRITE_REGISTER(cnthp_tval_el2, counts_per_tick);
}

void timer_boot(void)
{
    counts_per_tick = READ_REGISTER(cntfrq_el0) / 1000 * CONFIG_TIMER_TICK_MS;
    timer_restart();
    WRITE_REGISTER(cnthp_ctl_el2, 1);
}
