/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/system/system.h: the system description that was booted.
 */
#pragma once

#include <stdbool.h>

/* Starts the system that the boot option `system=` names; called once, when the core
 * is up, before the first request. */
void system_start(void);

/* Have all blocks been started? */
bool system_is_started(void);

/* The block that could not be started yet never will be: ends the machine with a
 * report that says why. */
_Noreturn void system_give_up(void);

/* Sets what happens when all PDs are ready (ready.c). */
void ready_init(void);
