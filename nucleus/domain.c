/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/domain.c: the time of the processor is dealt out to domains by a fixed schedule, a list
 * of entries (domain, ticks) that ends at a marker (duration 0) and starts again where
 * DomainScheduleSetStart said. A changed entry counts when its turn comes.
 */
#include <sel4/constants.h>

#include "nucleus/domain.h"
#include "nucleus/message.h"
#include "nucleus/scheduler.h"

/* A duration of 0 marks the end. At boot domain 0 has all the time. */
#define ALL_THE_TIME ((UINT64_C(1) << DOMAIN_DURATION_BITS) - 1)

static struct {
    uint8_t domain;
    uint64_t ticks;
} schedule[DOMAIN_ENTRIES] = {{0, ALL_THE_TIME}};

static unsigned start;
static unsigned entry;
static uint64_t ticks_left = ALL_THE_TIME;

static void enter(unsigned index)
{
    entry = index;
    ticks_left = schedule[index].ticks;
    scheduler_enter_domain(schedule[index].domain);
}

void domain_tick(void)
{
    if (ticks_left > 0 && --ticks_left == 0)
        scheduler_request();
}

void domain_advance(void)
{
    if (ticks_left != 0)
        return;
    enter(entry + 1 < DOMAIN_ENTRIES && schedule[entry + 1].ticks != 0 ? entry + 1 : start);
}

int domain_set(struct invocation *invocation)
{
    uint64_t domain = invocation_word(invocation, 0);
    struct slot *target;

    if (domain >= DOMAINS)
        return refuse_argument(0);
    target = invocation->caps[0];
    if (cap_type(&target->cap) != CAP_THREAD)
        return refuse_argument(1);
    scheduler_set_domain(cap_object(&target->cap), (unsigned)domain);
    return seL4_NoError;
}

int domain_configure(struct invocation *invocation)
{
    uint64_t index = invocation_word(invocation, 0);
    uint64_t domain = invocation_word(invocation, 1);
    uint64_t ticks = invocation_word(invocation, 2);

    if (index >= DOMAIN_ENTRIES - 1)
        return refuse_range(0, DOMAIN_ENTRIES - 2);
    if (domain >= DOMAINS)
        return refuse_range(0, DOMAINS - 1);
    if (ticks == 0 && domain != 0)
        return refuse_argument(1);
    if (ticks > mask_bits(DOMAIN_DURATION_BITS) || (ticks == 0 && index == start))
        return refuse_argument(2);
    schedule[index].domain = (uint8_t)domain;
    schedule[index].ticks = ticks;
    return seL4_NoError;
}

int domain_set_start(struct invocation *invocation)
{
    uint64_t index = invocation_word(invocation, 0);

    if (index >= DOMAIN_ENTRIES)
        return refuse_range(0, DOMAIN_ENTRIES - 1);
    if (schedule[index].ticks == 0)
        return refuse_argument(0);
    start = (unsigned)index;
    ticks_left = 0;
    entry = DOMAIN_ENTRIES - 1;
    scheduler_request();
    return seL4_NoError;
}
