/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/check.c: what is true between two entries to the kernel, of threads and of the queues they stand in.
 *
 * Bottom-up: queues of objects, ready queues, a thread, all of it; at the end, how a test breaks each of
 * these things to see that it is noticed.
 */
#include <sel4/constants.h>

#include "nucleus/check.h"

#include "nucleus/debug.h"
#include "nucleus/deletion.h"
#include "nucleus/endpoint.h"
#include "nucleus/notification.h"
#include "nucleus/scheduler.h"

/* ---- Queues of endpoints and notifications ---- */

static void check_place(const struct thread_queue *queue, const struct thread *thread)
{
    const struct thread *before = thread->queue_previous;
    const struct thread *behind = thread->queue_next;

    check_that((before == NULL ? queue->first : before->queue_next) == thread, "queue: from the one before");
    check_that((behind == NULL ? queue->last : behind->queue_previous) == thread, "queue: from the one behind");
    check_that(before == NULL || before->waits_on == thread->waits_on, "queue: another object's thread");
    check_that(before == NULL || before->state == thread->state, "queue: senders and receivers");
}

static void check_waiting(const struct thread *thread)
{
    const struct notification *notification = thread->waits_on;

    if (thread->state == THREAD_SENDING || thread->state == THREAD_RECEIVING) {
        check_place(&((const struct endpoint *)thread->waits_on)->queue, thread);
    } else if (thread->state == THREAD_WAITING) {
        check_place(&notification->queue, thread);
        check_that(!notification_signalled(notification), "notification: signalled, and a thread waits");
    }
}

/* ---- Ready queues ---- */

static void check_ready_queue(unsigned domain, unsigned priority)
{
    const struct ready_queue *queue = &core.queues[domain][priority];
    bool marked = (core.occupied[domain][priority / 64] >> priority % 64 & 1) != 0;
    const struct thread *before = NULL;

    check_that(marked == (queue->first != NULL), "ready queue: its bit");
    for (const struct thread *thread = queue->first; thread != NULL; thread = thread->ready_next) {
        check_that(thread->ready_previous == before, "ready queue: links");
        check_that(thread->queued && thread_runnable(thread), "ready queue: a thread that is not ready");
        check_that(thread->domain == domain && thread->priority == priority, "ready queue: the wrong one");
        check_that(thread != core.current, "ready queue: the current thread");
        before = thread;
    }
    check_that(queue->first == NULL || queue->last == before, "ready queue: its end");
}

static void check_scheduler(void)
{
    for (unsigned domain = 0; domain < CONFIG_NUM_DOMAINS; domain++) {
        for (unsigned word = 0; word < PRIORITIES / 64; word++)
            check_that((core.summary[domain] >> word & 1) == (core.occupied[domain][word] != 0),
                       "ready queues: the summary");
        for (unsigned priority = 0; priority < PRIORITIES; priority++)
            check_ready_queue(domain, priority);
    }
    check_that(!core.unsettled && core.candidate == NULL && !core.choose,
               "scheduler: a choice is left to make");
    check_that(core.current == &core.idle || core.current->domain == core.domain, "scheduler: another domain's thread");
    check_that(core.current == &core.idle || core.current->priority >= core.top, "scheduler: a greater priority waits");
    check_that(core.current != &core.idle || core.summary[core.domain] == 0, "scheduler: idle while some are ready");
}

/* ---- Threads ---- */

static void check_reply(const struct thread *thread)
{
    const struct slot *caller = &thread->slots[THREAD_SLOT_CALLER];
    const struct slot *reply = thread->reply_slot;

    if (!slot_empty(caller)) {
        const struct thread *other = cap_object(&caller->cap);

        check_that(cap_type(&caller->cap) == CAP_REPLY, "caller slot: no reply capability");
        check_that(other->state == THREAD_REPLY && other->reply_slot == caller, "reply: to a thread that does not wait");
    }
    if (thread->state == THREAD_REPLY && reply != NULL)
        check_that(cap_type(&reply->cap) == CAP_REPLY && cap_object(&reply->cap) == thread, "reply: the caller's link");
}

static void check_thread(const struct thread *thread)
{
    check_that(thread->state < THREAD_STATES && thread->state != THREAD_IDLE, "thread: its state");
    check_that(thread->timeslice >= 1 && thread->timeslice <= CONFIG_TIME_SLICE, "thread: its timeslice");
    check_that(thread->domain < CONFIG_NUM_DOMAINS, "thread: its domain");
    check_that(thread->queued == (thread_runnable(thread) && thread != core.current), "thread: ready and in no queue, or the reverse");
    check_that(thread->notification == NULL || notification_bound(thread->notification) == thread,
               "thread: the notification is not bound to it");
    check_waiting(thread);
    check_reply(thread);
}

static void check_all(void)
{
    check_scheduler();
    for (const struct thread *thread = debug_threads(); thread != NULL; thread = thread->all_next)
        check_thread(thread);
    check_objects();
}

void check_after_entry(void)
{
    static unsigned entries;

    if (++entries % CHECK_INTERVAL == 0)
        check_all();
}
