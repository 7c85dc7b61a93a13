/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/loop/timeouts.c: the timeouts of clock.h: a binary heap for each priority, the earliest first.
 * Places count from 1, so that the children of n are 2n and 2n + 1.
 *
 * When many are due at once, those of the highest priority run first. What is too much for one
 * step of the loop is left to the pacer, at its priority.
 */
#include "root/loop/timeouts.h"

#include "root/core/cpu.h"
#include "root/loop/clock.h"
#include "root/memory/heap.h"

/* That of TIMEOUT_FIRST is the last. */
#define QUEUES (TIMEOUT_FIRST + 1u)
_Static_assert(TIMEOUT_FIRST > CPU_PRIORITY_HIGHEST, "priorities of PDs come behind");

/* Most that run in a step of the loop. */
#define AT_ONCE 10u

struct queue {
    struct timeout **places;
    uint32_t count, room;
};

static struct queue queues[QUEUES];
static uint64_t filled[QUEUES / 64 + 1]; /* a bit for each that is not empty */
static int waiting = -1;                 /* priority of those that are due and were too many; -1: there are none */
static void (*wake_up)(void);

/* ---- A queue --------------------------------------------------------- */

static void put(struct queue *queue, uint32_t place, struct timeout *timeout)
{
    queue->places[place - 1] = timeout;
    timeout->place = place;
}

static void rise(struct queue *queue, uint32_t place)
{
    struct timeout *timeout = queue->places[place - 1];

    for (; place > 1 && queue->places[place / 2 - 1]->when > timeout->when; place /= 2)
        put(queue, place, queue->places[place / 2 - 1]);
    put(queue, place, timeout);
}

static void sink(struct queue *queue, uint32_t place)
{
    struct timeout *timeout = queue->places[place - 1];

    for (;;) {
        uint32_t child = place * 2;

        if (child > queue->count)
            break;
        if (child < queue->count && queue->places[child]->when < queue->places[child - 1]->when)
            child++;
        if (queue->places[child - 1]->when >= timeout->when)
            break;
        put(queue, place, queue->places[child - 1]);
        place = child;
    }
    put(queue, place, timeout);
}

static bool make_room(struct queue *queue)
{
    if (queue->count < queue->room)
        return true;
    uint32_t room = queue->room == 0 ? 16 : queue->room * 2;
    struct timeout **places = heap_resize(queue->places, queue->room * sizeof *places,
                                          room * sizeof *places);

    if (places == NULL)
        return false;
    queue->places = places;
    queue->room = room;
    return true;
}

static void take_out(struct timeout *timeout)
{
    struct queue *queue = &queues[timeout->priority];
    uint32_t place = timeout->place;
    struct timeout *last = queue->places[--queue->count];

    timeout->place = 0;
    if (queue->count == 0)
        filled[timeout->priority / 64] &= ~(UINT64_C(1) << timeout->priority % 64);
    if (last == timeout)
        return;
    put(queue, place, last);
    rise(queue, place);
    sink(queue, last->place);
}

/* ---- All of them ------------------------------------------------------ */

/* The highest queue below `end` that is not empty; -1: none. */
static int filled_below(unsigned end)
{
    for (int word = (int)(end / 64); word >= 0; word--) {
        uint64_t below = word == (int)(end / 64) ? (UINT64_C(1) << end % 64) - 1 : UINT64_MAX;

        if ((filled[word] & below) != 0)
            return word * 64 + 63 - __builtin_clzll(filled[word] & below);
    }
    return -1;
}

/* The highest queue of which one is due; -1: none. */
static int due(uint64_t now)
{
    int queue = (int)QUEUES;

    while ((queue = filled_below((unsigned)queue)) >= 0 && queues[queue].places[0]->when > now)
        ;
    return queue;
}

/* Sets the alarm for the earliest, but not for those that the pacer comes to. */
static void arm(void)
{
    uint64_t earliest = 0, now = waiting >= 0 ? clock_now() : 0;

    for (int queue = (int)QUEUES; (queue = filled_below((unsigned)queue)) >= 0;) {
        uint64_t when = queues[queue].places[0]->when;

        if ((queue > waiting || when > now) && (earliest == 0 || when < earliest))
            earliest = when;
    }
    clock_alarm(earliest);
}

cell_error_t timeout_set(struct timeout *timeout, uint64_t when, unsigned priority,
                         void (*run)(struct timeout *))
{
    if (priority > TIMEOUT_FIRST)
        priority = TIMEOUT_FIRST;
    struct queue *queue = &queues[priority];

    if (timeout->place != 0)
        take_out(timeout);
    if (!make_room(queue))
        return CELL_NO_MEMORY;
    timeout->when = when == 0 ? 1 : when;
    timeout->priority = (uint8_t)priority;
    timeout->run = run;
    filled[priority / 64] |= UINT64_C(1) << priority % 64;
    put(queue, ++queue->count, timeout);
    rise(queue, queue->count);
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

/* As many as go at once, those of the highest priority first; the priority of those that are
 * left; -1: none is. */
static int run_some(void)
{
    uint64_t now = clock_now();
    int queue = due(now);

    for (unsigned i = 0; i < AT_ONCE && queue >= 0; i++) {
        struct timeout *timeout = queues[queue].places[0];

        take_out(timeout);
        timeout->run(timeout);
        queue = due(now);
    }
    return queue;
}

void timeouts_run(void)
{
    int left = run_some();

    if (left > (int)CPU_PRIORITY_HIGHEST)
        left = CPU_PRIORITY_HIGHEST;
    if (left > waiting) {
        waiting = left;
        if (wake_up != NULL)
            wake_up();
    }
    arm();
}

void timeouts_run_others(void)
{
    waiting = -1;
    timeouts_run();
}

int timeouts_waiting(void)
{
    return waiting;
}

void timeouts_wake(void (*wake)(void))
{
    wake_up = wake;
}
