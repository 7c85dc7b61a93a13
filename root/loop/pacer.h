/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/loop/pacer.h: a thread of the root task that asks for the next piece of what is
 * to be reaped (root/core/reaper.h), and for timeouts that were too many for one step, at the
 * priority of what comes next. So the root task works for those that have gone only while
 * nobody above them wants to run.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Badge of the pacer's capability to the root task's endpoint; no handle has it. */
#define PACER_BADGE (UINT64_C(1) << 62)

/* Makes and starts the thread. False: no memory. */
bool pacer_start(void);

/* It has called: does a piece. False: it is not to be answered. */
bool pacer_called(void);
