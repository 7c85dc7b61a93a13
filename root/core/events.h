/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/events.h: what lower rooms have to tell upper ones, which they do not know.
 * Listeners are registered at start-up and called in that order.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pd;

enum event {
    EVENT_PD_ENDS,    /* its cause of death is set; it still has everything */
    EVENT_PD_READY,   /* a PD said that it is ready, or has ended */
    EVENT_SPACE_MADE, /* by that PD, a server */
    EVENT_COUNT,
};

/* Has `listener` called whenever `event` happens. Several may listen. */
void event_listen(enum event event, void (*listener)(struct pd *pd));

/* Calls those who listen. */
void event_happened(enum event event, struct pd *pd);

/* Has `take` called when a PD's CPU is stopped, and what others keep for it is to go: as much as *units of work
 * (reaper.h) allow; true: that was all. */
void event_listen_gone(bool (*take)(struct pd *pd, uint32_t *units));

/* Calls those who listen; true: all is done. */
bool event_gone(struct pd *pd, uint32_t *units);
