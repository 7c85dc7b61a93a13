/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/pass.h: a walk through the root task's tables that stops in the middle and goes on in a later step of the event
 * loop. It has a stack of its own; a walk through tables says with pass_take() where it may stop. What it has
 * found is of use only if nothing has changed meanwhile.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The units of a piece; a unit is about 100 instructions. */
#define PASS_UNITS 300u

/* Units that are left in this piece; outside of a pass there is no bound. */
extern uint32_t pass_left;

/* Begins a pass; one that was under way is given up. */
void pass_begin(void (*run)(void));
/* Does a piece of it; true: `run` has returned. */
bool pass_go_on(void);
/* Of what a pass calls: the piece ends here, and the next one goes on here. */
void pass_pause(void);

/* Takes units; the piece ends before if too few are left. */
static inline void pass_take(uint32_t units)
{
    if (pass_left < units)
        pass_pause();
    pass_left -= units;
}
