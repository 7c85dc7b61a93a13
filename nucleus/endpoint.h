/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/endpoint.h: endpoints: where threads meet to send and receive (manual, chapter 4).
 */
#pragma once

#include "nucleus/cspace.h"
#include "nucleus/queue.h"
#include "nucleus/thread.h"

/* 16 bytes, zero when new: the threads that wait, all of them to send or all of them to receive. */
struct endpoint {
    struct thread_queue queue;
};

_Static_assert(sizeof(struct endpoint) == 16, "an endpoint has 16 bytes");

enum endpoint_state { ENDPOINT_IDLE, ENDPOINT_SENDING, ENDPOINT_RECEIVING };

static inline enum endpoint_state endpoint_state(const struct endpoint *endpoint)
{
    const struct thread *first = endpoint->queue.first;

    if (first == NULL)
        return ENDPOINT_IDLE;
    return first->state == THREAD_SENDING ? ENDPOINT_SENDING : ENDPOINT_RECEIVING;
}

/* What a send carries beside its message. */
struct send {
    uint64_t badge;
    const struct message_caps *caps; /* those that go with the message */
    bool can_grant; /* …and with it if it has to wait */
    bool may_be_answered;
    bool is_call;  /* the sender then waits for an answer */
    bool can_wait; /* for a receiver; else the message is dropped */
};

/* `sender` sends the message in its registers, or its fault. */
void endpoint_send(struct endpoint *endpoint, struct thread *sender, const struct send *send);

/* `receiver` receives; a signal of its bound notification counts as a message. seL4_NoError or PREEMPTED. */
int endpoint_receive(struct endpoint *endpoint, struct thread *receiver, bool can_grant, bool can_wait);

/* The thread leaves the queue that it stands in. */
void endpoint_leave(struct thread *thread);

/* Lets one waiting thread make its call again; false if none waits. */
bool endpoint_restart_one(struct endpoint *endpoint);

/* Makes senders that used `badge` repeat their call. Returns seL4_NoError, or PREEMPTED with `*place` set: the
 * value with which to go on. At first it is 0. */
int endpoint_cancel_badge(struct endpoint *endpoint, uint64_t badge, uint64_t *place);
