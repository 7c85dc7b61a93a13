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
    uint32_t told; /* how many further times it was due when its signal was taken */
    bool noted;    /* its signal is there and nobody has taken it; */
    bool stopped;  /* so it was due, and goes on when somebody does */
    bool interval; /* of setitimer */
};

/* setitimer's real, virtual and profiling time: all of them count time that passes. */
#define INTERVALS 3u
static struct timer intervals[INTERVALS] = {
    {.signal = SIGNAL_ALRM, .interval = true}, {.signal = SIGNAL_VTALRM, .interval = true}, {.signal = SIGNAL_PROF, .interval = true}};
static struct timer *timers;
static uint64_t next_due; /* 0: nothing */
static uint64_t rest_end; /* no timer is looked at before */
static int32_t last_number;
static lock_t lock;

/* ---- The list and the alarm --------------------------------------------------------- */

static struct timer *after(const struct timer *timer)
{
    if (timer == NULL)
        return &intervals[0];
    if (timer->interval)
        return timer < &intervals[INTERVALS - 1] ? &intervals[timer - intervals + 1] : timers;
    return timer->next;
}

/* The program gets so many nanoseconds to itself when a timer has gone on, however short periods are. */
#define REST 100000u

/* When a timer is to be looked at; 0: not in its present state. */
static uint64_t time_of(const struct timer *timer)
{
    if (timer->stopped || timer->signal == 0 || timer->due == 0)
        return 0;
    return timer->due > rest_end ? timer->due : rest_end;
}

/* Has the first thread interrupted when the next timer is due. */
static void set_alarm(void)
{
    uint64_t due = 0, now = time_now();

    for (const struct timer *at = after(NULL); at != NULL; at = after(at)) {
        uint64_t time = time_of(at);

        if (time != 0 && (due == 0 || time < due))
            due = time;
    }
    if (due == next_due)
        return;
    next_due = due;
    word_alarm(process.start->pd_id, (uint64_t)linux_leave_end, due == 0 ? UINT64_MAX : due > now ? due - now
                                                                                                  : 0);
}

/* The signal of a timer. How often it was due is known when the signal is taken. */
static struct linux_siginfo signal_of(const struct timer *timer)
{
    struct linux_siginfo info = signal_info((unsigned)timer->signal, timer->interval ? SI_KERNEL : SI_TIMER);

    info.words[0] = timer->interval ? 0 : (uint32_t)timer->number;
    info.words[1] = timer->interval ? 0 : timer->value;
    return info;
}

static struct timer *find_due(uint64_t now)
{
    for (struct timer *at = after(NULL); at != NULL; at = after(at))
        if (time_of(at) != 0 && time_of(at) <= now)
            return at;
    return NULL;
}

static struct timer *find(uint64_t number)
{
    struct timer *timer = timers;

    while (timer != NULL && timer->number != (int32_t)number)
        timer = timer->next;
    return timer;
}

/* A periodic timer that was due goes on with its next time. */
static void go_on(struct timer *timer)
{
    uint64_t now = time_now(), missed = (now - timer->due) / timer->period;

    timer->told = missed < INT32_MAX ? (uint32_t)missed : INT32_MAX;
    timer->due += (missed + 1) * timer->period;
    rest_end = now + REST;
    timer->stopped = false;
}

/* Its signal is taken, or will never be. */
static void taken(struct timer *timer)
{
    timer->noted = false;
    timer->told = 0;
    if (timer->stopped)
        go_on(timer);
}

void timers_taken(struct linux_siginfo *info)
{
    uint64_t number = info->words[0] & UINT32_MAX;
    struct timer *timer = NULL;

    if (info->code != SI_TIMER)
        for (unsigned i = 0; i < INTERVALS && timer == NULL; i++)
            timer = intervals[i].noted && intervals[i].signal == info->signal ? &intervals[i] : NULL;
    if (info->code != SI_TIMER && timer == NULL)
        return;
    lock_take(&lock);
    if (info->code == SI_TIMER)
        timer = find(number);
    if (timer != NULL && timer->noted) {
        taken(timer);
        if (!timer->interval)
            info->words[0] = number | (uint64_t)timer->told << 32;
        set_alarm();
    }
    lock_give(&lock);
}

void timers_run(struct thread *thread)
{
    if (next_due == 0 || thread->tid != process.start->pd_id || time_now() < next_due)
        return;
    for (;;) {
        struct linux_siginfo info;
        uint64_t tid = 0;

        lock_take(&lock);
        struct timer *timer = find_due(time_now());
        bool sends = timer != NULL && !timer->noted;

        if (timer != NULL) {
            info = signal_of(timer);
            tid = timer->tid;
            timer->noted = true;
            timer->stopped = timer->period != 0;
            timer->due = timer->stopped ? timer->due : 0;
        } else {
            next_due = 0;
            set_alarm();
        }
        lock_give(&lock);
        if (timer == NULL)
            return;
        if (sends && !signal_note(tid, &info))
            timers_taken(&info);
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
    uint64_t now = time_now(), part = (uint64_t)(SECOND / parts), left = 0;

    if (timer->due > now)
        left = timer->due - now;
    else if (timer->due != 0 && timer->period != 0)
        left = timer->period - (now - timer->due) % timer->period;
    else if (timer->due != 0 && timer->signal != 0)
        left = 1;

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
        timer->stopped = false;
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
    intervals[(uint32_t)arguments[0]].stopped = false;
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
    *timer = (struct timer){.signal = event.notify == NOTIFY_NONE ? 0 : event.signal,
                            .tid = event.notify == NOTIFY_THREAD_ID ? (uint32_t)event.tid : 0,
                            .value = event.value};
    lock_take(&lock);
    timer->number = last_number++;
    if (arguments[1] == 0)
        timer->value = (uint32_t)timer->number;
    timer->next = timers;
    timers = timer;
    lock_give(&lock);
    return user_put(arguments[2], &timer->number, sizeof timer->number);
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
