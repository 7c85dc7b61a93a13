/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/notification.h: notifications: words of signals (manual, chapter 5).
 */
#pragma once

#include "nucleus/queue.h"
#include "nucleus/thread.h"

/* 32 bytes, zero when new. */
struct notification {
    struct thread_queue queue; /* waiting threads; it is not signalled while there are any */
    uint64_t badges;           /* of all signals since the last receive */
    uint64_t bound;            /* address of the bound thread; bit 0: signalled */
};

_Static_assert(sizeof(struct notification) == 32, "a notification has 32 bytes");

#define NOTIFICATION_SIGNALLED 1

static inline struct thread *notification_bound(const struct notification *notification)
{
    return (struct thread *)(notification->bound & ~(uint64_t)NOTIFICATION_SIGNALLED);
}

static inline bool notification_signalled(const struct notification *notification)
{
    return (notification->bound & NOTIFICATION_SIGNALLED) != 0;
}

/* Takes the badges of one that is signalled. */
static inline uint64_t notification_take(struct notification *notification)
{
    notification->bound &= ~(uint64_t)NOTIFICATION_SIGNALLED;
    return notification->badges;
}

void notification_signal(struct notification *notification, uint64_t badge);

/* The thread gets the badges, or waits if it can, or gets 0. */
void notification_wait(struct notification *notification, struct thread *thread, bool can_wait);

/* A thread that receives gets the signals of its bound notification, if there are any. */
bool notification_take_bound_signal(struct thread *thread);
static inline bool notification_take_bound(struct thread *thread)
{
    return UNLIKELY(thread->notification != NULL) && notification_take_bound_signal(thread);
}

void notification_bind(struct notification *notification, struct thread *thread);
void notification_unbind(struct notification *notification);

/* The thread leaves the queue that it stands in. */
void notification_leave(struct thread *thread);

/* Lets one waiting thread make its call again; false if none waits. */
bool notification_restart_one(struct notification *notification);
