/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/loop/clock_source.h: start-up of the clock, and its devices.
 */
#pragma once

#include <stdbool.h>

#include "root/memory/own_space.h"

/* Where the pages of the board's clock are mapped (board_clock.h). */
#define CLOCK_REGISTERS SPACE_DEVICES

/* Interrupt of the CPU's physical timer. */
#define CLOCK_TIMER_IRQ 30

/* What the probe found: may the counter be read, and the timer be used (its
 * interrupt is ours, too)? */
void clock_init(bool counter_readable, bool timer_usable);

/* To be called each second: runs timeouts that are due where there is no timer. */
void clock_second(void);
