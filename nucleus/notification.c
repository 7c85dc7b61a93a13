/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/notification.c: signals are or-ed until somebody takes them.
 */
#include <sel4/constants.h>

#include "nucleus/notification.h"

#include "nucleus/scheduler.h"

static void hand_over(struct thread *thread, uint64_t badges)
{
    thread->context.x[REG_CAP] = badges;
    thread_set_state(thread, THREAD_RUNNING);
    scheduler_wake(thread);
}

void notification_signal(struct notification *notification, uint64_t badge)
{
    struct thread *bound;

    if (notification->queue.first != NULL) {
        hand_over(queue_take(&notification->queue), badge);
        return;
    }
    if (notification_signalled(notification)) {
        notification->badges |= badge;
        return;
    }
    bound = notification_bound(notification);
    if (bound != NULL && bound->state == THREAD_RECEIVING) {
        thread_cancel(bound);
        hand_over(bound, badge);
        return;
    }
    notification->bound |= NOTIFICATION_SIGNALLED;
    notification->badges = badge;
}

void notification_wait(struct notification *notification, struct thread *thread, bool can_wait)
{
    if (notification_signalled(notification)) {
        thread->context.x[REG_CAP] = notification_take(notification);
    } else if (can_wait) {
        thread->waits_on = notification;
        thread_set_state(thread, THREAD_WAITING);
        queue_append(&notification->queue, thread);
    } else {
        thread->context.x[REG_CAP] = 0;
    }
}

bool notification_take_bound_signal(struct thread *thread)
{
    if (!notification_signalled(thread->notification))
        return false;
    thread->context.x[REG_CAP] = notification_take(thread->notification);
    return true;
}

void notification_bind(struct notification *notification, struct thread *thread)
{
    notification->bound |= (uint64_t)thread;
    thread->notification = notification;
}

void notification_unbind(struct notification *notification)
{
    struct thread *thread = notification_bound(notification);

    notification->bound &= NOTIFICATION_SIGNALLED;
    if (thread != NULL)
        thread->notification = NULL;
}

void notification_leave(struct thread *thread)
{
    struct notification *notification = thread->waits_on;

    queue_remove(&notification->queue, thread);
}

bool notification_restart_one(struct notification *notification)
{
    if (notification->queue.first == NULL)
        return false;
    thread_restart(queue_take(&notification->queue));
    scheduler_request();
    return true;
}
