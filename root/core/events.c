/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/events.c: see events.h. */
#include "root/core/events.h"

#include <stddef.h>

#include "root/base/bug.h"

#define LISTENERS 4u

static void (*listeners[EVENT_COUNT][LISTENERS])(struct pd *pd);

void event_listen(enum event event, void (*listener)(struct pd *pd))
{
    for (unsigned i = 0; i < LISTENERS; i++)
        if (listeners[event][i] == NULL) {
            listeners[event][i] = listener;
            return;
        }
    root_bug("more than %u listen to event %d", LISTENERS, (int)event);
}

void event_happened(enum event event, struct pd *pd)
{
    for (unsigned i = 0; i < LISTENERS && listeners[event][i] != NULL; i++)
        listeners[event][i](pd);
}
