/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/reaper.h: things that nobody can see any more, and whose memory is given
 * back in pieces, as that may take long.
 *
 * The pieces are done at the priority of the PD that pays for it (account.h,
 * root/loop/pacer.h), those of the highest first. A request for
 * memory that is not free yet, or for the amount that is, does a piece itself, so nobody
 * sees that some is still to come.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "root/base/list.h"
#include "root/core/account.h"

/* Part of what is to go. */
struct reap {
    struct list list, of_age; /* of its priority; of all, the oldest first */
    uint32_t number;          /* rises; what a step leaves to be reaped has the number of its cause */
    uint8_t priority;
    /* Does a piece, what reap_left allows; true: all is done, and *reap is freed. */
    bool (*step)(struct reap *reap);
};

/* A unit of work is about 300 instructions: unmapping a page, giving up a handle. */
#define REAP_UNITS 100u

/* Units that are left in this step of the event loop, for whatever is given back in it: where too few are left, the rest is left to
 * the reaper. Before the loop runs there is no bound. */
extern uint32_t reap_left;

/* A step begins. */
static inline void reap_begin(void)
{
    reap_left = REAP_UNITS;
}

/* Takes up to `most` units from what is left; returns how many. */
static inline uint32_t reap_take(uint32_t *left, uint64_t most)
{
    uint32_t taken = most < *left ? (uint32_t)most : *left;

    *left -= taken;
    return taken;
}

/* Has `step` called until it is done, at the payer's priority. */
void reap_later(struct reap *reap, const struct account *payer, bool (*step)(struct reap *reap));

/* Whether there is anything to be reaped, as every request asks. */
extern uint64_t reap_waiting;
static inline bool reap_waits(void)
{
    return reap_waiting != 0;
}

/* Returns the priority of the next piece; -1: nothing is left to reap. */
int reap_priority(void);

/* Does the next piece. There must be one. */
void reap_piece(void);

/* The number of what was queued last. */
extern uint32_t reap_last;

/* Does the next piece of the oldest, if that was queued up to `number`; false: none of these is
 * left, nor of what came of them. So it has an end, whatever else is queued meanwhile. */
bool reap_piece_until(uint32_t number);

/* Does all of them: for a moment at which there must be none. */
void reap_all(void);

/* Calls `wake` when there is something to do, and there was nothing before, or nothing as urgent. */
void reap_wake(void (*wake)(void));
