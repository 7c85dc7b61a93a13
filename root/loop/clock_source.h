/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/loop/clock_source.h: start-up of the clock, and its devices.
 */
#pragma once

#include <stdbool.h>

#include "root/memory/own_space.h"

/* Where the PL031 is mapped. Registers (Arm DDI 0224): RTCDR seconds, RTCMR
 * alarm, RTCIMSC interrupt mask, RTCICR clear. */
#define CLOCK_PL031 SPACE_DEVICES
#define PL031_DATA 0x00
#define PL031_MATCH 0x04
#define PL031_MASK 0x10
#define PL031_CLEAR 0x1c

/* Interrupt of the CPU's physical timer. */
#define CLOCK_TIMER_IRQ 30

/* What the probe found: may the counter be read, and the timer be used (its
 * interrupt is ours, too)? */
void clock_init(bool counter_readable, bool timer_usable);

/* To be called each second: runs timeouts that are due where there is no timer. */
void clock_second(void);
