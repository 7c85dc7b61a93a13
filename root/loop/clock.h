/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/loop/clock.h: time since boot, and timeouts.
 *
 * The counter and timer are the CPU's where the kernel lets user level at them
 * (a probe thread finds out), else the board's clock with a resolution of one second.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "root/base/errors.h"

/* Nanoseconds since the machine started. */
uint64_t clock_now(void);
/* The time this many nanoseconds from now, by clock_now(); UINT64_MAX, which is never, if it is beyond that. */
uint64_t clock_after(uint64_t nanoseconds);
/* Nanoseconds of the smallest step of clock_now(). */
uint64_t clock_resolution(void);
/* May programs read CNTVCT_EL0 themselves? Its frequency in Hz, or 0. */
uint64_t clock_counter_frequency(void);
/* Seconds since 1970, from the board's clock. */
uint64_t clock_epoch(void);

struct timeout {
    uint64_t when;  /* clock_now() */
    uint32_t place; /* its own; 0: not set */
    uint8_t priority;
    void (*run)(struct timeout *timeout);
};

/* In place of a PD's priority: the root task's own business, which comes before all of theirs. */
#define TIMEOUT_FIRST 201u

/* Calls timeout->run once, at `when` or soon after, later only if many others of this priority or above are due at once
 * (timeouts.h); replaces an earlier setting. O(log n). CELL_NO_MEMORY. A structure is all zero before its first use. */
cell_error_t timeout_set(struct timeout *timeout, uint64_t when, unsigned priority,
                         void (*run)(struct timeout *));
void timeout_cancel(struct timeout *timeout);
