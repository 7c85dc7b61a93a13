/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/vmm/gic_state.c: the state of an interrupt controller as bytes; see gic.h. Three for each interrupt (what it is, priority,
 * targets), one for each sender of those from software. */
#include "lib/vmm/gic.h"

enum { ENABLED = 1,
       ACTIVE = 2,
       GROUPED = 4,
       PENDING = 8,
       EDGE = 16,
       LINE = 32 };

static uint8_t *put(uint8_t *to, const struct gic_interrupt *interrupt)
{
    to[0] = (uint8_t)((interrupt->enabled ? ENABLED : 0) | (interrupt->active ? ACTIVE : 0) | (interrupt->grouped ? GROUPED : 0) |
                      (interrupt->pending ? PENDING : 0) | (interrupt->edge ? EDGE : 0) | (interrupt->line ? LINE : 0));
    to[1] = interrupt->priority;
    to[2] = interrupt->targets;
    return to + 3;
}

static const uint8_t *take(const uint8_t *from, unsigned cpus, struct gic_interrupt *interrupt)
{
    *interrupt = (struct gic_interrupt){
        .enabled = (from[0] & ENABLED) != 0,
        .active = (from[0] & ACTIVE) != 0,
        .grouped = (from[0] & GROUPED) != 0,
        .pending = (from[0] & PENDING) != 0,
        .edge = (from[0] & EDGE) != 0,
        .line = (from[0] & LINE) != 0,
        .priority = from[1],
        .targets = (uint8_t)(from[2] & ((1u << cpus) - 1)),
        .list = GIC_NO_LIST,
    };
    return from + 3;
}

void gic_save(const struct gic *gic, uint8_t *state)
{
    *state++ = gic->enabled;
    for (unsigned cpu = 0; cpu < GIC_CPUS; cpu++) {
        for (unsigned i = 0; i < GIC_PRIVATE; i++)
            state = put(state, &gic->cpu[cpu].own[i]);
        for (unsigned i = 0; i < sizeof gic->cpu[cpu].senders; i++)
            *state++ = gic->cpu[cpu].senders[i];
    }
    for (unsigned i = 0; i < GIC_SHARED; i++)
        state = put(state, &gic->shared[i]);
}

void gic_load(struct gic *gic, unsigned cpus, const uint8_t *state)
{
    gic_init(gic, cpus);
    gic->enabled = *state++ != 0;
    for (unsigned cpu = 0; cpu < GIC_CPUS; cpu++) {
        for (unsigned i = 0; i < GIC_PRIVATE; i++) {
            state = take(state, cpus, &gic->cpu[cpu].own[i]);
            gic->cpu[cpu].own[i].targets = (uint8_t)(1u << cpu);
        }
        for (unsigned i = 0; i < sizeof gic->cpu[cpu].senders; i++)
            gic->cpu[cpu].senders[i] = (uint8_t)(*state++ & ((1u << cpus) - 1));
    }
    for (unsigned i = 0; i < GIC_SHARED; i++)
        state = take(state, cpus, &gic->shared[i]);
}
