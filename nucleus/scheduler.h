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

/* Of `special` in the scheduler's key; the thread's bits are others. */
enum {
    SPECIAL_PROCESSOR_VCPU = 16, /* the processor is set up for a guest */
    SPECIAL_PROCESSOR_FPU = 32,  /* the floating point unit is open */
};

struct scheduler {
    union {
        union switch_key key;
        struct {
            uint8_t top;     /* greatest priority with a thread in the queues of this domain; 0 also if there is none */
            uint8_t domain;  /* whose threads run now */
            uint8_t special; /* how the processor is set up */
            uint8_t key_unused;
        };
    };
    bool unsettled;           /* who runs is to be decided: one of the next two is set */
    bool choose;              /* pick from the queues */
    struct thread *candidate; /* else: the thread that was made ready just now */
    uint64_t vttbr;           /* VTTBR_EL2: the address space in the processor */
    uint64_t space_epoch;     /* changes with everything that could change what a thread's VSpace capability stands for;
                               * what a thread remembers (vttbr) counts as long as this is the same */
    uint8_t summary[CONFIG_NUM_DOMAINS];                    /* a bit for each word of those below */
    uint64_t occupied[CONFIG_NUM_DOMAINS][PRIORITIES / 64]; /* a bit for each queue with threads */
    struct ready_queue queues[CONFIG_NUM_DOMAINS][PRIORITIES];
};

extern struct scheduler scheduler;

/* Greatest priority with a thread in the queues of the current domain; -1 if there is none. */
static inline int scheduler_top(void)
{
    return scheduler.summary[scheduler.domain] == 0 ? -1 : scheduler.top;
}

/* A thread of this priority, if it were ready now, would run next. */
static inline bool scheduler_would_run(unsigned priority)
{
    return priority >= scheduler.top;
}

/* Processor time goes to another domain. */
void scheduler_enter_domain(unsigned domain);

/* Puts a runnable thread that is in no queue into its queue. */
void scheduler_push_front(struct thread *thread);
void scheduler_push_back(struct thread *thread);
/* Takes the thread out of its queue that shall run next, unless somebody is ready who is in none. Null: all are
 * empty. */
struct thread *scheduler_take_top(void);
/* Takes a thread out of its queue, if it is in one. */
void scheduler_remove(struct thread *thread);

/* A thread has become runnable: it may run at once. */
void scheduler_wake(struct thread *thread);

/* The choice has to be made anew: priorities, domains or the current thread's state changed. */
void scheduler_request(void);

/* End of each entry to the kernel: makes `current` the thread that shall run. */
struct thread *scheduler_run_slow(void);

/* Nothing was done that changes who runs. */
static inline bool scheduler_is_settled(void)
{
    return !scheduler.unsettled;
}

static inline struct thread *scheduler_run(void)
{
    return LIKELY(scheduler_is_settled()) ? current : scheduler_run_slow();
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
