/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/timers.c: see timers.h. Bottom-up: the list and the alarm, setting, calls. */
#include "lib/linux/timers.h"

#include <cell/idl/word.h>

#include "lib/linux/signals.h"
#include "lib/linux/time.h"

struct timer {
    struct timer *next;
    int32_t number; /* of timer_create */
    int32_t signal; /* 0: none */
    uint64_t tid;   /* of a thread; 0: for the process */
    uint64_t value; /* that the signal brings */
    uint64_t due;   /* nanoseconds of time_now(); 0: it stands */
    uint64_t period;
    uint32_t told; /* how often it was due, before that, when its signal was sent */
    bool interval; /* of setitimer */
};

/* setitimer's real, virtual and profiling time: all of them count time that passes. */
static struct timer intervals[3] = {{.signal = SIGNAL_ALRM, .interval = true}, {.signal = SIGNAL_VTALRM, .interval = true}, {.signal = SIGNAL_PROF, .interval = true}};
static struct timer *timers;
static uint64_t next_due; /* 0: nothing */
static int32_t last_number;
static lock_t lock;

/* ---- The list and the alarm --------------------------------------------------------- */

static struct timer *after(const struct timer *timer)
{
    if (timer == NULL)
        return &intervals[0];
    if (timer->interval)
        return timer < &intervals[2] ? &intervals[timer - intervals + 1] : timers;
    return timer->next;
}

/* Has the first thread interrupted when the next timer is due. */
static void set_alarm(void)
{
    uint64_t due = 0, now = time_now();

    for (const struct timer *at = after(NULL); at != NULL; at = after(at))
        if (at->due != 0 && (due == 0 || at->due < due))
            due = at->due;
    if (due == next_due)
        return;
    next_due = due;
    word_alarm(process.start->pd_id, (uint64_t)linux_leave_end, due == 0 ? UINT64_MAX : due > now ? due - now
                                                                                                  : 0);
}

/* A timer that is due is set to its next time; what its signal is. */
static struct linux_siginfo advance(struct timer *timer, uint64_t now)
{
    struct linux_siginfo info = signal_info((unsigned)timer->signal, timer->interval ? SI_KERNEL : SI_TIMER);
    uint64_t missed = timer->period == 0 ? 0 : (now - timer->due) / timer->period;

    if (!timer->interval) {
        info.words[0] = (uint32_t)timer->number | missed << 32;
        info.words[1] = timer->value;
    } else {
        info.words[0] = 0;
    }
    timer->told = (uint32_t)missed;
    timer->due = timer->period == 0 ? 0 : timer->due + (missed + 1) * timer->period;
    return info;
}

static struct timer *find_due(uint64_t now)
{
    for (struct timer *at = after(NULL); at != NULL; at = after(at))
        if (at->due != 0 && at->due <= now)
            return at;
    return NULL;
}

void timers_run(struct thread *thread)
{
    if (next_due == 0 || thread->tid != process.start->pd_id || time_now() < next_due)
        return;
    for (;;) {
        struct linux_siginfo info;
        uint64_t now = time_now(), tid = 0;

        lock_take(&lock);
        struct timer *timer = find_due(now);

        if (timer != NULL) {
            info = advance(timer, now);
            tid = timer->tid;
        } else {
            next_due = 0;
            set_alarm();
        }
        lock_give(&lock);
        if (timer == NULL)
            return;
        if (info.signal == 0)
            continue;
        if (tid != 0)
            signal_send_to(tid, &info);
        else
            signal_send(NULL, &info);
    }
}

/* ---- Setting ------------------------------------------------------------------------------ */

/* seconds and parts of a second, of which there are `parts`. */
static int64_t nanoseconds_of(const int64_t time[2], int64_t parts, uint64_t *nanoseconds)
{
    if (time[0] < 0 || time[1] < 0 || time[1] >= parts)
        return -EINVAL;
    *nanoseconds = time[0] > INT64_MAX / SECOND - 1 ? INT64_MAX : (uint64_t)(time[0] * SECOND + time[1] * (SECOND / parts));
    return 0;
}

static void times_of(const struct timer *timer, int64_t parts, int64_t times[4])
{
    uint64_t now = time_now(), left = timer->due == 0 ? 0 : timer->due > now ? timer->due - now
                                                                             : 1;
    uint64_t part = (uint64_t)(SECOND / parts);

    times[0] = (int64_t)(timer->period / SECOND);
    times[1] = (int64_t)(timer->period % SECOND / part);
    times[2] = (int64_t)(left / SECOND);
    times[3] = (int64_t)((left % SECOND + part - 1) / part);
}

/* Reads the new times of a timer, if there are any, sets it, and writes the old ones. */
static int64_t change(struct timer *timer, uint64_t new, uint64_t old, int64_t parts, bool absolute)
{
    int64_t times[4], before[4];
    uint64_t period, from_now;

    if (new != 0 && user_get(times, new, sizeof times) != 0)
        return -EFAULT;
    if (new != 0 && (nanoseconds_of(times, parts, &period) != 0 || nanoseconds_of(times + 2, parts, &from_now) != 0))
        return -EINVAL;
    lock_take(&lock);
    times_of(timer, parts, before);
    if (new != 0) {
        timer->period = period;
        timer->due = from_now == 0 ? 0 : absolute ? from_now
                                                  : time_now() + from_now;
        set_alarm();
    }
    lock_give(&lock);
    return old == 0 ? 0 : user_put(old, before, sizeof before);
}

int64_t timers_setitimer(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    if ((uint32_t)arguments[0] > 2)
        return -EINVAL;
    if (arguments[1] != 0)
        return change(&intervals[(uint32_t)arguments[0]], arguments[1], arguments[2], SECOND / 1000, false);
    /* Without new times, Linux takes them for zeros. */
    int64_t result = arguments[2] == 0 ? 0 : change(&intervals[(uint32_t)arguments[0]], 0, arguments[2], SECOND / 1000, false);

    lock_take(&lock);
    intervals[(uint32_t)arguments[0]].due = 0;
    set_alarm();
    lock_give(&lock);
    return result;
}

int64_t timers_getitimer(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return (uint32_t)arguments[0] > 2 ? -EINVAL : change(&intervals[(uint32_t)arguments[0]], 0, arguments[1], SECOND / 1000, false);
}

/* ---- timer_create and its kin --------------------------------------------------------------- */

/* struct sigevent, as far as it counts. */
struct linux_sigevent {
    uint64_t value;
    int32_t signal, notify, tid, pad[11];
};
_Static_assert(sizeof(struct linux_sigevent) == 64, "sigevent");
enum { NOTIFY_SIGNAL = 0,
       NOTIFY_NONE = 1,
       NOTIFY_THREAD_ID = 4 };

int64_t timers_create(struct thread *thread, const uint64_t *arguments)
{
    struct linux_sigevent event = {.signal = SIGNAL_ALRM, .notify = NOTIFY_SIGNAL};

    (void)thread;
    if (!time_is_clock(arguments[0]))
        return -EINVAL;
    if (arguments[1] != 0 && user_get(&event, arguments[1], sizeof event) != 0)
        return -EFAULT;
    if ((event.notify != NOTIFY_NONE && (event.signal < 1 || event.signal > SIGNALS)) ||
        (event.notify & ~(NOTIFY_THREAD_ID | NOTIFY_NONE)) != 0)
        return -EINVAL;
    struct timer *timer = heap_get(sizeof *timer);

    if (timer == NULL)
        return -EAGAIN;
    *timer = (struct timer){.signal = event.notify == NOTIFY_NONE ? 0 : event.signal, .tid = event.notify == NOTIFY_THREAD_ID ? (uint32_t)event.tid : 0, .value = event.value};
    lock_take(&lock);
    timer->number = last_number++;
    if (arguments[1] == 0)
        timer->value = (uint32_t)timer->number;
    timer->next = timers;
    timers = timer;
    lock_give(&lock);
    return user_put(arguments[2], &timer->number, sizeof timer->number);
}

static struct timer *find(uint64_t number)
{
    struct timer *timer = timers;

    while (timer != NULL && timer->number != (int32_t)number)
        timer = timer->next;
    return timer;
}

int64_t timers_settime(struct thread *thread, const uint64_t *arguments)
{
    struct timer *timer = find(arguments[0]);

    (void)thread;
    if (timer == NULL || arguments[2] == 0)
        return -EINVAL;
    return change(timer, arguments[2], arguments[3], SECOND, (arguments[1] & 1) != 0);
}

int64_t timers_gettime(struct thread *thread, const uint64_t *arguments)
{
    struct timer *timer = find(arguments[0]);

    (void)thread;
    return timer == NULL ? -EINVAL : arguments[1] == 0 ? -EFAULT
                                                       : change(timer, 0, arguments[1], SECOND, false);
}

int64_t timers_getoverrun(struct thread *thread, const uint64_t *arguments)
{
    const struct timer *timer = find(arguments[0]);

    (void)thread;
    return timer == NULL ? -EINVAL : (int64_t)timer->told;
}

int64_t timers_delete(struct thread *thread, const uint64_t *arguments)
{
    struct timer *timer = NULL;

    (void)thread;
    lock_take(&lock);
    for (struct timer **place = &timers; *place != NULL; place = &(*place)->next)
        if ((*place)->number == (int32_t)arguments[0]) {
            timer = *place;
            *place = timer->next;
            break;
        }
    set_alarm();
    lock_give(&lock);
    if (timer == NULL)
        return -EINVAL;
    heap_put(timer, sizeof *timer);
    return 0;
}
