/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/vmm/gic_state.c: the state of an interrupt controller as bytes; see gic.h. Three for each interrupt (what it is, priority,
 * targets), one for the senders of each from software, one for each list register. */
#include <string.h>

#include "lib/vmm/gic.h"

#define EACH 3u /* bytes for an interrupt */
#define SENDERS (sizeof((struct gic_cpu *)0)->senders)
#define NOTHING 0xffu /* in a list register */

_Static_assert(GIC_INTERRUPTS <= NOTHING, "a byte for a number");

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
    return to + EACH;
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
    return from + EACH;
}

/* What waits in a list register is pending. The source of a software interrupt is not known any more, and CPU 0 instead. */
static void put_lists(const struct gic *gic, unsigned cpu, uint8_t *lists, uint8_t *own, uint8_t *senders, uint8_t *shared)
{
    for (unsigned list = 0; list < GIC_LISTS; list++) {
        const unsigned number = gic->cpu[cpu].lists[list];

        lists[list] = gic->cpu[cpu].at_work[list] ? (uint8_t)number : NOTHING;
        if (lists[list] != NOTHING || number >= GIC_INTERRUPTS)
            continue;
        if (number < SENDERS)
            senders[number] |= 1;
        else if (number < GIC_PRIVATE)
            own[number * EACH] |= PENDING;
        else
            shared[(number - GIC_PRIVATE) * EACH] |= PENDING;
    }
}

void gic_save(const struct gic *gic, uint8_t *state)
{
    uint8_t *shared = state + GIC_STATE_BYTES - GIC_SHARED * EACH, *to = shared;

    for (unsigned i = 0; i < GIC_SHARED; i++)
        to = put(to, &gic->shared[i]);
    *state++ = gic->enabled;
    for (unsigned cpu = 0; cpu < GIC_CPUS; cpu++) {
        uint8_t *own = state;

        for (unsigned i = 0; i < GIC_PRIVATE; i++)
            state = put(state, &gic->cpu[cpu].own[i]);
        memcpy(state, gic->cpu[cpu].senders, SENDERS);
        put_lists(gic, cpu, state + SENDERS, own, state, shared);
        state += SENDERS + GIC_LISTS;
    }
}

/* What is in a list register already, or is nothing, is not put there. */
static void take_list(struct gic *gic, unsigned cpu, unsigned list, unsigned number)
{
    struct gic_interrupt *interrupt = number < GIC_PRIVATE ? &gic->cpu[cpu].own[number] : &gic->shared[number - GIC_PRIVATE];

    if (cpu >= gic->cpus || number >= GIC_INTERRUPTS || interrupt->list != GIC_NO_LIST)
        return;
    interrupt->list = (uint8_t)list;
    gic->cpu[cpu].lists[list] = (uint16_t)number;
    gic->cpu[cpu].at_work[list] = true;
}

void gic_load(struct gic *gic, unsigned cpus, const uint8_t *state)
{
    const uint8_t *shared = state + GIC_STATE_BYTES - GIC_SHARED * EACH;

    gic_init(gic, cpus);
    for (unsigned i = 0; i < GIC_SHARED; i++)
        shared = take(shared, cpus, &gic->shared[i]);
    gic->enabled = *state++ != 0;
    for (unsigned cpu = 0; cpu < GIC_CPUS; cpu++) {
        for (unsigned i = 0; i < GIC_PRIVATE; i++) {
            state = take(state, cpus, &gic->cpu[cpu].own[i]);
            gic->cpu[cpu].own[i].targets = (uint8_t)(1u << cpu);
        }
        for (unsigned i = 0; i < SENDERS; i++)
            gic->cpu[cpu].senders[i] = (uint8_t)(*state++ & ((1u << cpus) - 1));
        for (unsigned list = 0; list < GIC_LISTS; list++)
            take_list(gic, cpu, list, *state++);
    }
}
