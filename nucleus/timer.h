/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/timer.h: the tick: the EL2 physical timer (CNTHP; Arm ARM D11).
 */
#pragma once

void timer_boot(void);

/* The tick's interrupt was taken: sets the next. */
void timer_restart(void);
