/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/waiting.c: see waiting.h. */
#include "lib/linux/waiting.h"

#include <cell/idl/word.h>
#include <lib/client/signals.h>

#include "lib/linux/signals.h"
#include "lib/linux/time.h"

/* The wait ends now, if it has not ended; whether it was woken. */
static bool give_up(void)
{
    uint64_t woken = 0;
    seL4_Word badge;

    word_leave(&woken);
    seL4_Poll(CSPACE_NOTIFICATION, &badge); /* what came meanwhile is not for the next wait */
    return woken != 0;
}

int64_t thread_wait(struct thread *thread, uint64_t at, uint32_t value, uint64_t nanoseconds)
{
    uint64_t now = nanoseconds == UINT64_MAX ? 0 : time_now(), woken, end = nanoseconds > UINT64_MAX - now ? UINT64_MAX : now + nanoseconds;

    thread->mark = 0; /* an interruption from now on signals the notification, too */
    if (signal_waits(thread)) {
        thread->mark = 1;
        return -EINTR;
    }
    cell_error_t error = word_wait(CSPACE_SELF, at, value, nanoseconds, 1, &woken);

    if (error != CELL_LATER)
        return error == CELL_OK ? -EAGAIN : error_number(error);
    for (;;) {
        seL4_Word badge;

        seL4_Wait(CSPACE_NOTIFICATION, &badge);
        bool late = end != UINT64_MAX && time_now() >= end;

        if ((badge & SIGNAL_WOKEN) != 0 && !late)
            return 0;
        if (late)
            return give_up() ? 0 : -ETIMEDOUT;
        thread->mark = 0;
        if (signal_waits(thread)) {
            thread->mark = 1;
            return give_up() ? 0 : -EINTR;
        }
    }
}
