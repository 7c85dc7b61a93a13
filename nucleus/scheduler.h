/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/scheduler.h: which thread runs. scheduler.c tells the rules.
 */
#pragma once

#include "nucleus/core.h"

/* Greatest priority with a thread in the queues of the current domain; -1: all are empty. */
static inline int scheduler_top(void)
{
    return core.summary[core.domain] == 0 ? -1 : core.top;
}

/* A thread of this priority, if it were ready now, would run next. */
static inline bool scheduler_would_run(unsigned priority)
{
    return priority >= core.top;
}

/* Processor time goes to another domain. */
void scheduler_enter_domain(unsigned domain);

/* Puts a runnable thread that is in no queue into its queue. */
void scheduler_push_front(struct thread *thread);
void scheduler_push_back(struct thread *thread);
/* Takes the thread that runs next out of its queue, unless a ready thread is in no queue. Null: all are
 * empty. */
struct thread *scheduler_take_top(void);

/* A thread has become runnable: it may run at once. */
void scheduler_wake(struct thread *thread);

/* The scheduler has to choose again: priorities, domains or the current thread's state changed. */
void scheduler_request(void);

/* End of each entry to the kernel: makes `current` the thread that is to run. */
struct thread *scheduler_choose(void);

/* The thread that runs stays the same. */
static inline bool scheduler_is_settled(void)
{
    return !core.unsettled;
}

static inline struct thread *scheduler_run(void)
{
    return LIKELY(scheduler_is_settled()) ? core.current : scheduler_choose();
}

/* The current thread goes to the end of its queue. */
void scheduler_yield(void);

/* A tick of the timer. */
void scheduler_tick(void);

/* Changes a thread's priority or domain, with the queues following. */
void scheduler_set_priority(struct thread *thread, unsigned priority);
void scheduler_set_domain(struct thread *thread, unsigned domain);

/* The thread ceases to exist or to be runnable: it must not be chosen. */
void scheduler_forget(struct thread *thread);
