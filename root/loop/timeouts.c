/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/loop/timeouts.c: the timeouts of clock.h: a binary heap, the earliest first.
 * Places count from 1, so that the children of n are 2n and 2n + 1.
 */
#include "root/loop/timeouts.h"

#include "root/loop/clock.h"
#include "root/memory/heap.h"

static struct timeout **queue;
static uint32_t count, room;

static void put(uint32_t place, struct timeout *timeout)
{
    queue[place - 1] = timeout;
    timeout->place = place;
}

static void rise(uint32_t place)
{
    struct timeout *timeout = queue[place - 1];

    for (; place > 1 && queue[place / 2 - 1]->when > timeout->when; place /= 2)
        put(place, queue[place / 2 - 1]);
    put(place, timeout);
}

static void sink(uint32_t place)
{
    struct timeout *timeout = queue[place - 1];

    for (;;) {
        uint32_t child = place * 2;

        if (child > count)
            break;
        if (child < count && queue[child]->when < queue[child - 1]->when)
            child++;
        if (queue[child - 1]->when >= timeout->when)
            break;
        put(place, queue[child - 1]);
        place = child;
    }
    put(place, timeout);
}

/* Sets the alarm for the earliest. */
static void arm(void)
{
    clock_alarm(count == 0 ? 0 : queue[0]->when);
}

static void take_out(struct timeout *timeout)
{
    uint32_t place = timeout->place;
    struct timeout *last = queue[--count];

    timeout->place = 0;
    if (last == timeout)
        return;
    put(place, last);
    rise(place);
    sink(last->place);
}

cell_error_t timeout_set(struct timeout *timeout, uint64_t when, void (*run)(struct timeout *))
{
    if (timeout->place != 0)
        take_out(timeout);
    if (count == room) {
        uint32_t grown = room == 0 ? 16 : room * 2;
        struct timeout **bigger = heap_resize(queue, room * sizeof *queue, grown * sizeof *queue);

        if (bigger == NULL)
            return CELL_NO_MEMORY;
        queue = bigger;
        room = grown;
    }
    timeout->when = when;
    timeout->run = run;
    put(++count, timeout);
    rise(count);
    arm();
    return CELL_OK;
}

void timeout_cancel(struct timeout *timeout)
{
    if (timeout->place == 0)
        return;
    take_out(timeout);
    arm();
}

void timeouts_run(void)
{
    uint64_t now = clock_now();

    while (count > 0 && queue[0]->when <= now) {
        struct timeout *timeout = queue[0];

        take_out(timeout);
        timeout->run(timeout);
    }
    arm();
}
