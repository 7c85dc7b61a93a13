/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/timer.h: the tick: the EL2 physical timer (CNTHP; Arm ARM D11).
 */
#ifndef NUCLEUS_TIMER_H
#define NUCLEUS_TIMER_H

void timer_boot(void);

/* The tick's interrupt was taken: sets the next. */
void timer_restart(void);

#endif
