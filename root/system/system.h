/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/system/system.h: the system description that was booted.
 */
#pragma once

#include <stdbool.h>

/* Starts the system that the boot option `system=` names; called once, when the core
 * is up, before the first request. */
void system_start(void);

/* A server made a space: blocks may wait for it. */
void system_new_space(void);

/* Have all blocks been started? */
bool system_is_started(void);

/* The block that could not be started yet never will be: ends the machine with a
 * report that says why. */
_Noreturn void system_give_up(void);

/* A PD said that it is ready, or ended: if all are, what waits for that happens
 * (graph.c: `extract=1`). */
void system_check_ready(void);
