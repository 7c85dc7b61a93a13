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

static bool (*takers[LISTENERS])(struct pd *pd, uint32_t *units);

void event_listen_gone(bool (*take)(struct pd *pd, uint32_t *units))
{
    for (unsigned i = 0; i < LISTENERS; i++)
        if (takers[i] == NULL) {
            takers[i] = take;
            return;
        }
    root_bug("more than %u listen to the end of PDs", LISTENERS);
}

bool event_gone(struct pd *pd, uint32_t *units)
{
    for (unsigned i = 0; i < LISTENERS && takers[i] != NULL; i++)
        if (!takers[i](pd, units))
            return false;
    return true;
}

void event_happened(enum event event, struct pd *pd)
{
    for (unsigned i = 0; i < LISTENERS && listeners[event][i] != NULL; i++)
        listeners[event][i](pd);
}
