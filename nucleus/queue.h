/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/queue.h: threads that wait at an endpoint or a notification, first come first served.
 * A thread can leave from anywhere in it. Two words, zero when empty.
 */
#pragma once

#include "nucleus/thread.h"

struct thread_queue {
    struct thread *first;
    struct thread *last;
};

static inline void queue_append(struct thread_queue *queue, struct thread *thread)
{
    thread->queue_next = NULL;
    thread->queue_previous = queue->last;
    if (UNLIKELY(queue->last != NULL))
        queue->last->queue_next = thread;
    else
        queue->first = thread;
    queue->last = thread;
}

static inline void queue_remove(struct thread_queue *queue, struct thread *thread)
{
    if (thread->queue_previous != NULL)
        thread->queue_previous->queue_next = thread->queue_next;
    else
        queue->first = thread->queue_next;
    if (thread->queue_next != NULL)
        thread->queue_next->queue_previous = thread->queue_previous;
    else
        queue->last = thread->queue_previous;
}

/* The queue is not empty. */
static inline struct thread *queue_take(struct thread_queue *queue)
{
    struct thread *thread = queue->first;

    queue->first = thread->queue_next;
    if (UNLIKELY(queue->first != NULL))
        queue->first->queue_previous = NULL;
    else
        queue->last = NULL;
    return thread;
}
