/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/events.h: what lower rooms have to tell upper ones, which they do not know.
 * Listeners are registered at start-up and called in that order.
 */
#pragma once

struct pd;

enum event {
    EVENT_PD_ENDS,    /* its cause of death is set; it still has everything */
    EVENT_PD_GONE,    /* its CPU is stopped; what others keep for it is to go */
    EVENT_PD_READY,   /* a PD said that it is ready, or has ended */
    EVENT_SPACE_MADE, /* by that PD, a server */
    EVENT_COUNT,
};

/* Has `listener` called whenever `event` happens. Several may listen. */
void event_listen(enum event event, void (*listener)(struct pd *pd));

/* Calls those who listen. */
void event_happened(enum event event, struct pd *pd);
