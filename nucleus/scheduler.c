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

struct scheduler scheduler;

/* ---- Queues ---- */

static struct ready_queue *queue_of(const struct thread *thread)
{
    return &scheduler.queues[thread->domain][thread->priority];
}

static void mark(const struct thread *thread)
{
    scheduler.occupied[thread->domain][thread->priority / 64] |= UINT64_C(1) << thread->priority % 64;
    scheduler.summary[thread->domain] |= 1u << thread->priority / 64;
}

static void unmark(const struct thread *thread)
{
    uint64_t *word = &scheduler.occupied[thread->domain][thread->priority / 64];

    *word &= ~(UINT64_C(1) << thread->priority % 64);
    if (*word == 0)
        scheduler.summary[thread->domain] &= ~(1u << thread->priority / 64);
}

void scheduler_push_front(struct thread *thread)
{
    struct ready_queue *queue = queue_of(thread);

    if (thread->queued)
        return;
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
    struct ready_queue *queue = queue_of(thread);

    if (thread->queued)
        return;
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

void scheduler_remove(struct thread *thread)
{
    struct ready_queue *queue = queue_of(thread);

    if (!thread->queued)
        return;
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

/* ---- Choosing ---- */

void scheduler_request(void)
{
    if (scheduler.candidate != NULL)
        scheduler_push_front(scheduler.candidate);
    scheduler.candidate = NULL;
    scheduler.choose = true;
}

void scheduler_wake(struct thread *thread)
{
    if (thread->domain != scheduler.domain) {
        scheduler_push_front(thread);
    } else if (scheduler.choose || scheduler.candidate != NULL) {
        scheduler_request();
        scheduler_push_front(thread);
    } else {
        scheduler.candidate = thread;
    }
}

static struct thread *best_of_queues(void)
{
    int top = scheduler_top();

    return top < 0 ? &idle_thread : scheduler.queues[scheduler.domain][top].first;
}

/* The thread that shall run, taken out of its queue. The current thread was put into its queue if
 * it is runnable. */
static struct thread *pick(void)
{
    struct thread *candidate = scheduler.candidate;

    if (candidate != NULL && scheduler_top() < candidate->priority)
        return candidate;
    if (candidate != NULL && thread_runnable(current) && current->priority == candidate->priority)
        scheduler_push_back(candidate);
    else if (candidate != NULL && scheduler_would_run(candidate->priority))
        return candidate;
    else if (candidate != NULL)
        scheduler_push_front(candidate);
    domain_advance();
    return best_of_queues();
}

static void run_chosen(void)
{
    struct thread *next;

    if (thread_runnable(current))
        scheduler_push_front(current);
    next = pick();
    scheduler.candidate = NULL;
    scheduler.choose = false;
    scheduler_remove(next);
    thread_switch(next);
}

/* Nobody is ready: the kernel waits for an interrupt here, and goes on when it made somebody so. */
void scheduler_run_slow(void)
{
    run_chosen();
    while (UNLIKELY(current == &idle_thread)) {
        wait_for_interrupt();
        irq_handle();
        if (scheduler.choose || scheduler.candidate != NULL)
            run_chosen();
    }
}

/* ---- What changes the order ---- */

void scheduler_yield(void)
{
    scheduler_push_back(current);
    scheduler_request();
}

void scheduler_tick(void)
{
    current->ticks++;
    if (thread_runnable(current) && --current->timeslice == 0) {
        current->timeslice = CONFIG_TIME_SLICE;
        scheduler_yield();
    }
    domain_tick();
}

void scheduler_forget(struct thread *thread)
{
    if (scheduler.candidate == thread) {
        scheduler.candidate = NULL;
        scheduler.choose = true;
    }
    scheduler_remove(thread);
}

void scheduler_set_priority(struct thread *thread, unsigned priority)
{
    scheduler_remove(thread);
    thread->priority = (uint8_t)priority;
    if (!thread_runnable(thread))
        return;
    if (thread == current)
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
    if (thread == current)
        scheduler_request();
}
