/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/reaper.c: see reaper.h. A queue for each priority, and a bit for each that is not empty. */
#include "root/core/reaper.h"

#include "root/base/bug.h"
#include "root/core/cpu.h"

#define PRIORITIES (CPU_PRIORITY_HIGHEST + 1)

static struct list queues[PRIORITIES];
static uint64_t filled[PRIORITIES / 64 + 1];
static void (*wake_up)(void);
uint64_t reap_waiting;

uint32_t reap_left = UINT32_MAX;

int reap_priority(void)
{
    for (int word = PRIORITIES / 64; word >= 0; word--)
        if (filled[word] != 0)
            return word * 64 + 63 - __builtin_clzll(filled[word]);
    return -1;
}

void reap_wake(void (*wake)(void))
{
    wake_up = wake;
}

static void put(struct reap *reap, unsigned priority)
{
    list_append(&queues[priority], &reap->list);
    filled[priority / 64] |= UINT64_C(1) << priority % 64;
    reap_waiting++;
}

static void take(struct reap *reap, unsigned priority)
{
    list_remove(&reap->list);
    if (list_empty(&queues[priority]))
        filled[priority / 64] &= ~(UINT64_C(1) << priority % 64);
    reap_waiting--;
}

void reap_later(struct reap *reap, const struct account *payer, bool (*step)(struct reap *reap))
{
    unsigned priority = payer->priority < PRIORITIES ? payer->priority : PRIORITIES - 1;
    int before = reap_priority();

    reap->step = step;
    if (queues[priority].next == NULL)
        list_init(&queues[priority]);
    put(reap, priority);
    if (before < (int)priority && wake_up != NULL)
        wake_up();
}

void reap_piece(void)
{
    int priority = reap_priority();

    if (priority < 0)
        root_bug("nothing is to be reaped");
    struct reap *reap = CONTAINER(queues[priority].next, struct reap, list);

    /* A step may queue others, and frees this one with the last piece. */
    take(reap, (unsigned)priority);
    if (!reap->step(reap))
        put(reap, (unsigned)priority);
}

void reap_all(void)
{
    while (reap_priority() >= 0) {
        reap_begin();
        reap_piece();
    }
}
