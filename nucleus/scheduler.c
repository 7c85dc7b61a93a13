/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/scheduler.c: fixed priorities, round robin among equals, domains.
 *
 * Each domain has a queue for each priority; the queues hold the threads that are ready but not on
 * the processor. The order within a queue is visible to user level, so here are its rules (observed
 * on seL4):
 *   - a thread whose timeslice ended, or that yields, goes to the back;
 *   - a thread that lost the processor to a greater priority goes to the front;
 *   - a thread that becomes ready is the candidate for the processor. At the end of the system call
 *     it runs if its priority is greater than that of all others, or if the current thread has
 *     stopped and none is greater. Else it goes to the back if it has the current thread's
 *     priority, and to the front if not. A second one in the same system call goes, and sends the
 *     first, to the front.
 */
#include "nucleus/scheduler.h"

#include "nucleus/arch.h"
#include "nucleus/check.h"
#include "nucleus/domain.h"
#include "nucleus/irq.h"

/* ---- Queues ---- */

static inline struct ready_queue *queue_of(const struct thread *thread)
{
    return &core.queues[thread->domain][thread->priority];
}

/* The thread is the first of its queue. */
static inline void mark(const struct thread *thread)
{
    unsigned priority = thread->priority;
    unsigned domain = thread->domain;

    core.occupied[domain][priority / 64] |= UINT64_C(1) << priority % 64;
    core.summary[domain] |= 1u << priority / 64;
    if (domain == core.domain && priority > core.top)
        core.top = (uint8_t)priority;
}

static inline void find_top(void)
{
    unsigned domain = core.domain;
    unsigned summary = core.summary[domain];
    unsigned word;

    if (summary == 0) {
        core.top = 0;
        return;
    }
    word = 31 - (unsigned)__builtin_clz(summary);
    core.top = (uint8_t)(word * 64 + 63 - (unsigned)__builtin_clzll(core.occupied[domain][word]));
}

/* The thread's queue has become empty. */
static inline void unmark(const struct thread *thread)
{
    unsigned priority = thread->priority;
    unsigned domain = thread->domain;
    uint64_t *word = &core.occupied[domain][priority / 64];
    uint64_t left = *word & ~(UINT64_C(1) << priority % 64);

    *word = left;
    if (left == 0)
        core.summary[domain] &= (uint8_t)~(1u << priority / 64);
    if (domain == core.domain && priority == core.top)
        find_top();
}

void scheduler_enter_domain(unsigned domain)
{
    core.domain = (uint8_t)domain;
    find_top();
}

void scheduler_push_front(struct thread *thread)
{
    struct ready_queue *queue;

    if (thread->queued)
        return;
    queue = queue_of(thread);
    thread->queued = true;
    thread->ready_previous = NULL;
    thread->ready_next = queue->first;
    if (queue->first != NULL) {
        queue->first->ready_previous = thread;
    } else {
        queue->last = thread;
        mark(thread);
    }
    queue->first = thread;
}

void scheduler_push_back(struct thread *thread)
{
    struct ready_queue *queue;

    if (thread->queued)
        return;
    queue = queue_of(thread);
    thread->queued = true;
    thread->ready_next = NULL;
    thread->ready_previous = queue->last;
    if (queue->last != NULL) {
        queue->last->ready_next = thread;
    } else {
        queue->first = thread;
        mark(thread);
    }
    queue->last = thread;
}

/* Takes a thread out of its queue, if it is in one. */
static void scheduler_remove(struct thread *thread)
{
    struct ready_queue *queue;

    if (!thread->queued)
        return;
    queue = queue_of(thread);
    thread->queued = false;
    if (thread->ready_previous != NULL)
        thread->ready_previous->ready_next = thread->ready_next;
    else
        queue->first = thread->ready_next;
    if (thread->ready_next != NULL)
        thread->ready_next->ready_previous = thread->ready_previous;
    else
        queue->last = thread->ready_previous;
    if (queue->first == NULL)
        unmark(thread);
}

struct thread *scheduler_take_top(void)
{
    struct ready_queue *queue = &core.queues[core.domain][core.top];
    struct thread *thread = queue->first;
    struct thread *next;

    if (UNLIKELY(thread == NULL))
        return NULL;
    next = thread->ready_next;
    thread->queued = false;
    queue->first = next;
    if (next != NULL) {
        next->ready_previous = NULL;
    } else {
        queue->last = NULL;
        unmark(thread);
    }
    return thread;
}

/* ---- Choosing ---- */

void scheduler_request(void)
{
    if (core.candidate != NULL)
        scheduler_push_front(core.candidate);
    core.candidate = NULL;
    core.choose = true;
    core.unsettled = true;
}

void scheduler_wake(struct thread *thread)
{
    if (thread->domain != core.domain) {
        scheduler_push_front(thread);
    } else if (core.choose || core.candidate != NULL) {
        scheduler_request();
        scheduler_push_front(thread);
    } else {
        core.candidate = thread;
        core.unsettled = true;
    }
}

static struct thread *best_of_queues(void)
{
    int top = scheduler_top();

    return top < 0 ? &core.idle : core.queues[core.domain][top].first;
}

/* The thread that is to run, taken out of its queue. The current thread was put into its queue if
 * it is runnable. */
static struct thread *pick(void)
{
    struct thread *candidate = core.candidate;

    if (candidate != NULL && scheduler_top() < candidate->priority)
        return candidate;
    if (candidate != NULL && thread_runnable(core.current) && core.current->priority == candidate->priority)
        scheduler_push_back(candidate);
    else if (candidate != NULL && scheduler_would_run(candidate->priority))
        return candidate;
    else if (candidate != NULL)
        scheduler_push_front(candidate);
    domain_advance();
    return best_of_queues();
}

/* All that happened is that a thread of lower priority than the current one became ready. */
static bool stays(void)
{
    return !core.choose && core.candidate != NULL && core.current->state == THREAD_RUNNING &&
           core.candidate->priority < core.current->priority;
}

static void run_chosen(void)
{
    struct thread *next;

    if (stays()) {
        scheduler_push_front(core.candidate);
        core.candidate = NULL;
        core.unsettled = false;
        return;
    }
    if (thread_runnable(core.current))
        scheduler_push_front(core.current);
    next = pick();
    core.candidate = NULL;
    core.choose = false;
    core.unsettled = false;
    scheduler_remove(next);
    thread_switch(next);
}

/* While no thread is ready, the kernel waits here for an interrupt that makes one ready. */
ASIDE struct thread *scheduler_choose(void)
{
    for (;;) {
        run_chosen();
        if (LIKELY(core.current != &core.idle))
            return core.current;
        do {
            wait_for_interrupt();
            irq_handle();
        } while (scheduler_is_settled());
    }
}

/* ---- What changes the order ---- */

void scheduler_yield(void)
{
    scheduler_push_back(core.current);
    scheduler_request();
}

void scheduler_tick(void)
{
    core.current->ticks++;
    if (thread_runnable(core.current) && --core.current->timeslice == 0) {
        core.current->timeslice = CONFIG_TIME_SLICE;
        scheduler_yield();
    }
    domain_tick();
}

void scheduler_forget(struct thread *thread)
{
    if (core.candidate == thread) {
        core.candidate = NULL;
        core.choose = true;
    }
    scheduler_remove(thread);
}

void scheduler_set_priority(struct thread *thread, unsigned priority)
{
    scheduler_remove(thread);
    thread->priority = (uint8_t)priority;
    if (!thread_runnable(thread))
        return;
    if (thread == core.current)
        scheduler_request();
    else
        scheduler_wake(thread);
}

void scheduler_set_domain(struct thread *thread, unsigned domain)
{
    scheduler_remove(thread);
    thread->domain = (uint8_t)domain;
    if (thread_runnable(thread))
        scheduler_push_front(thread);
    if (thread == core.current)
        scheduler_request();
}
