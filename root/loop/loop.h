/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/loop/loop.h: the event loop: requests, faults, signals, tasks.
 *
 * Signals arrive as badges of the notification that is bound to the root task's
 * thread. They have bit 63, which no handle id has; several may come as one.
 */
#pragma once

#include <stdint.h>

#define SIGNAL_MARK (UINT64_C(1) << 63)
#define SIGNAL_CONTROL (UINT64_C(1) << 0) /* from the monitor: bytes, room, or a second has passed */
#define SIGNAL_TIMER (UINT64_C(1) << 1)   /* interrupt of the CPU's timer */

/* The number of steps that have begun: the results of a step hold only until the end of the next one. */
extern uint64_t loop_steps;

/* Sets what is called for signals with `bit`. */
void loop_register(uint64_t bit, void (*run)(void));

/* Runs what is registered for the bits of a signal's badge. */
void loop_signalled(uint64_t badge);

/* Receives and serves; never returns. */
_Noreturn void loop_run(void);

