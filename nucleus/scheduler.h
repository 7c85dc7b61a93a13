/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/scheduler.h: which thread runs. scheduler.c tells the rules.
 */
#ifndef NUCLEUS_SCHEDULER_H
#define NUCLEUS_SCHEDULER_H

#include <sel4/constants.h>

#include "nucleus/thread.h"

struct ready_queue {
    struct thread *first;
    struct thread *last;
};

struct scheduler {
    struct ready_queue queues[CONFIG_NUM_DOMAINS][PRIORITIES];
    uint64_t occupied[CONFIG_NUM_DOMAINS][PRIORITIES / 64]; /* a bit for each queue with threads */
    uint8_t summary[CONFIG_NUM_DOMAINS];                    /* a bit for each word of those */
    uint8_t domain;                                         /* whose threads run now */
    bool choose;              /* pick from the queues */
    struct thread *candidate; /* else: the thread that was made ready just now */
};

extern struct scheduler scheduler;

/* Greatest priority with a thread in the queues of the current domain; -1 if there is none. */
static inline int scheduler_top(void)
{
    unsigned domain = scheduler.domain;
    uint64_t summary = scheduler.summary[domain];

    if (summary == 0)
        return -1;
    unsigned word = 63 - (unsigned)__builtin_clzll(summary);
    return (int)(word * 64 + 63 - (unsigned)__builtin_clzll(scheduler.occupied[domain][word]));
}

/* A thread of this priority, if it were ready now, would run next. */
static inline bool scheduler_would_run(unsigned priority)
{
    return (int)priority >= scheduler_top();
}

/* Puts a runnable thread that is in no queue into its queue. */
void scheduler_push_front(struct thread *thread);
void scheduler_push_back(struct thread *thread);
/* Takes a thread out of its queue, if it is in one. */
void scheduler_remove(struct thread *thread);

/* A thread has become runnable: it may run at once. */
void scheduler_wake(struct thread *thread);

/* The choice has to be made anew: priorities, domains or the current thread's state changed. */
void scheduler_request(void);

/* End of each entry to the kernel: makes `current` the thread that shall run. */
void scheduler_run_slow(void);
static inline void scheduler_run(void)
{
    if (UNLIKELY(scheduler.choose || scheduler.candidate != NULL))
        scheduler_run_slow();
}

/* The current thread goes to the end of its queue. */
void scheduler_yield(void);

/* A tick of the timer. */
void scheduler_tick(void);

/* Changes a thread's priority or domain, with the queues following. */
void scheduler_set_priority(struct thread *thread, unsigned priority);
void scheduler_set_domain(struct thread *thread, unsigned domain);

/* The thread ceases to exist or to be runnable: nobody shall choose it. */
void scheduler_forget(struct thread *thread);

#endif
