/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/reaper.c: see reaper.h. A queue for each priority, a bit for each that is not empty, and one by age. */
#include "root/core/reaper.h"

#include "root/base/bug.h"
#include "root/core/cpu.h"

#define PRIORITIES (CPU_PRIORITY_HIGHEST + 1)

static struct list queues[PRIORITIES];
static uint64_t filled[PRIORITIES / 64 + 1];
static struct list by_age = {&by_age, &by_age};
static void (*wake_up)(void);
uint64_t reap_waiting;
uint32_t reap_last;

/* While a step runs: its place among those of its age, and its number. */
static struct list place = {&place, &place};
static uint32_t cause;

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

/* Puts it before `before` in the order of age. */
static void put(struct reap *reap, struct list *before)
{
    unsigned priority = reap->priority;

    list_append(&queues[priority], &reap->list);
    list_append(before, &reap->of_age);
    filled[priority / 64] |= UINT64_C(1) << priority % 64;
    reap_waiting++;
}

static void take(struct reap *reap)
{
    unsigned priority = reap->priority;

    list_remove(&reap->list);
    list_remove(&reap->of_age);
    if (list_empty(&queues[priority]))
        filled[priority / 64] &= ~(UINT64_C(1) << priority % 64);
    reap_waiting--;
}

void reap_later(struct reap *reap, const struct account *payer, bool (*step)(struct reap *reap))
{
    bool of_step = !list_empty(&place);
    int before = reap_priority();

    reap->priority = payer->priority < PRIORITIES ? payer->priority : PRIORITIES - 1;
    reap->number = of_step ? cause : ++reap_last;
    reap->step = step;
    if (queues[reap->priority].next == NULL)
        list_init(&queues[reap->priority]);
    put(reap, of_step ? &place : &by_age);
    if (before < (int)reap->priority && wake_up != NULL)
        wake_up();
}

/* A step may queue others, and frees this one with the last piece. */
static void do_piece(struct reap *reap)
{
    list_insert(&reap->of_age, &place);
    cause = reap->number;
    take(reap);
    if (!reap->step(reap))
        put(reap, &place);
    list_remove(&place);
}

void reap_piece(void)
{
    int priority = reap_priority();

    if (priority < 0)
        root_bug("nothing is to be reaped");
    do_piece(CONTAINER(queues[priority].next, struct reap, list));
}

bool reap_piece_until(uint32_t number)
{
    struct reap *oldest = CONTAINER(by_age.next, struct reap, of_age);

    /* Numbers are few at a time, and may wrap. */
    if (list_empty(&by_age) || (int32_t)(oldest->number - number) > 0)
        return false;
    do_piece(oldest);
    return true;
}

void reap_all(void)
{
    while (reap_priority() >= 0) {
        reap_begin();
        reap_piece();
    }
}
