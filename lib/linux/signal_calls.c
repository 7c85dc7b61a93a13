/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/signal_calls.c: system calls about signals (signals.h). */
#include "lib/linux/actions.h"
#include "lib/linux/time.h"
#include "lib/linux/waiting.h"

/* Bytes of a set of signals. */
#define SET_BYTES 8u

int64_t signals_rt_sigaction(struct thread *thread, const uint64_t *arguments)
{
    uint64_t signal = (uint32_t)arguments[0];
    struct linux_sigaction wanted, old;

    (void)thread;
    if (arguments[3] != SET_BYTES || signal == 0 || signal > SIGNALS || (arguments[1] != 0 && (SIGNALS_NEVER & SIGNAL_BIT_OF(signal)) != 0))
        return -EINVAL;
    old = signal_actions[signal];
    if (arguments[1] != 0) {
        if (user_get(&wanted, arguments[1], sizeof wanted) != 0)
            return -EFAULT;
        wanted.mask &= ~SIGNALS_NEVER;
        signal_actions[signal] = wanted;
    }
    return arguments[2] == 0 ? 0 : user_put(arguments[2], &old, sizeof old);
}

enum { SIG_BLOCK,
       SIG_UNBLOCK,
       SIG_SETMASK };

int64_t signals_rt_sigprocmask(struct thread *thread, const uint64_t *arguments)
{
    uint64_t set, old = thread->mask;

    if (arguments[3] != SET_BYTES)
        return -EINVAL;
    if (arguments[1] != 0) {
        if (user_get(&set, arguments[1], sizeof set) != 0)
            return -EFAULT;
        if ((uint32_t)arguments[0] > SIG_SETMASK)
            return -EINVAL;
        set &= ~SIGNALS_NEVER;
        thread->mask = (uint32_t)arguments[0] == SIG_BLOCK ? old | set : (uint32_t)arguments[0] == SIG_UNBLOCK ? old & ~set
                                                                                                               : set;
        if ((signals_pending(thread) & ~thread->mask) != 0)
            thread->mark = 1;
    }
    return arguments[2] == 0 ? 0 : user_put(arguments[2], &old, sizeof old);
}

int64_t signals_rt_sigpending(struct thread *thread, const uint64_t *arguments)
{
    uint64_t pending = signals_pending(thread) & thread->mask;

    return arguments[1] > SET_BYTES ? -EINVAL : user_put(arguments[0], &pending, arguments[1]);
}

int64_t signals_wait_with(struct thread *thread, uint64_t at, uint64_t bytes)
{
    uint64_t set;

    if (bytes != SET_BYTES)
        return -EINVAL;
    if (user_get(&set, at, sizeof set) != 0)
        return -EFAULT;
    if (!thread->masked)
        thread->old_mask = thread->mask;
    thread->masked = true;
    thread->mask = set & ~SIGNALS_NEVER;
    return 0;
}

void signals_wait_without(struct thread *thread)
{
    thread->masked = false;
    thread->mask = thread->old_mask;
    thread->mark = 1;
}

/* Waits, with another mask, until a handler is to run. */
int64_t signals_rt_sigsuspend(struct thread *thread, const uint64_t *arguments)
{
    int64_t result = signals_wait_with(thread, arguments[0], arguments[1]);

    if (result != 0)
        return result;
    while (thread_wait(thread, 0, 0, UINT64_MAX) != -EINTR)
        ;
    return -ERESTART_NO_HANDLER;
}

int64_t signals_rt_sigtimedwait(struct thread *thread, const uint64_t *arguments)
{
    uint64_t set, nanoseconds;
    struct linux_siginfo info;

    if (arguments[3] != SET_BYTES)
        return -EINVAL;
    if (user_get(&set, arguments[0], sizeof set) != 0)
        return -EFAULT;
    int64_t result = time_limit(arguments[2], false, &nanoseconds);
    uint64_t now = time_now(), end = nanoseconds > UINT64_MAX - now ? UINT64_MAX : now + nanoseconds, mask = thread->mask;

    if (result != 0)
        return result;
    set &= ~SIGNALS_NEVER;
    thread->wanted = set;
    while (result == 0 && !signal_take(thread, set, &info)) {
        thread->mask = mask & ~set; /* whichever of them comes ends the wait */
        now = time_now();
        result = end <= now ? -ETIMEDOUT : thread_wait(thread, 0, 0, end == UINT64_MAX ? end : end - now);
        thread->mask = mask;
        if (result == -EINTR && ((signals_pending(thread) & set) != 0 || (signals_pending(thread) & ~mask) == 0))
            result = 0;
    }
    thread->wanted = 0;
    if (result != 0)
        return result == -ETIMEDOUT ? -EAGAIN : result;
    return arguments[1] != 0 && user_put(arguments[1], &info, sizeof info) != 0 ? -EFAULT : info.signal;
}

/* Least bytes of an alternate stack. */
#define STACK_LEAST 5120u

int64_t signals_sigaltstack(struct thread *thread, const uint64_t *arguments)
{
    struct linux_stack wanted, old = thread->stack;

    if (old.size != 0 && frame_on_stack(&old, thread->sp))
        old.flags |= SS_ONSTACK;
    if (arguments[0] != 0) {
        if (user_get(&wanted, arguments[0], sizeof wanted) != 0)
            return -EFAULT;
        if ((old.flags & SS_ONSTACK) != 0)
            return -EPERM;
        if ((wanted.flags & ~(uint32_t)(SS_DISABLE | SS_ONSTACK)) != 0)
            return -EINVAL;
        if ((wanted.flags & SS_DISABLE) == 0 && wanted.size < STACK_LEAST)
            return -ENOMEM;
        thread->stack = (wanted.flags & SS_DISABLE) != 0 ? (struct linux_stack){.flags = SS_DISABLE} : wanted;
        thread->stack.flags &= ~(uint32_t)SS_ONSTACK;
    }
    return arguments[1] == 0 ? 0 : user_put(arguments[1], &old, sizeof old);
}

/* ---- Sending --------------------------------------------------------------------- */

/* Only this process is known. */
static bool is_process(uint64_t id)
{
    return (uint32_t)id == process.start->pd_id;
}

int64_t signals_kill(struct thread *thread, const uint64_t *arguments)
{
    int32_t id = (int32_t)arguments[0];
    uint64_t signal = (uint32_t)arguments[1];

    (void)thread;
    if (signal > SIGNALS)
        return -EINVAL;
    if (!is_process(arguments[0]) && id != 0 && id != -1 && id != -(int32_t)process.start->pd_id)
        return -ESRCH;
    const struct linux_siginfo info = signal_info((unsigned)signal, SI_USER);

    return signal == 0 ? 0 : signal_send(&info);
}

int64_t signals_tkill(struct thread *thread, const uint64_t *arguments)
{
    uint64_t signal = (uint32_t)arguments[1];
    const struct linux_siginfo info = signal_info((unsigned)signal, SI_TKILL);

    (void)thread;
    if (signal > SIGNALS || (int32_t)arguments[0] <= 0)
        return -EINVAL;
    return signal_send_to((uint32_t)arguments[0], &info);
}

int64_t signals_tgkill(struct thread *thread, const uint64_t *arguments)
{
    if ((int32_t)arguments[0] <= 0)
        return -EINVAL;
    return is_process(arguments[0]) ? signals_tkill(thread, arguments + 1) : -ESRCH;
}

/* The information of the call, which may say anything to the process itself. */
static int64_t get_info(uint64_t at, uint64_t signal, struct linux_siginfo *info)
{
    if (user_get(info, at, sizeof *info) != 0)
        return -EFAULT;
    info->signal = (int32_t)signal;
    return signal > SIGNALS ? -EINVAL : 0;
}

int64_t signals_rt_sigqueueinfo(struct thread *thread, const uint64_t *arguments)
{
    struct linux_siginfo info;
    int64_t result = get_info(arguments[2], (uint32_t)arguments[1], &info);

    (void)thread;
    if (result != 0)
        return result;
    return !is_process(arguments[0]) ? -ESRCH : info.signal == 0 ? 0
                                                                 : signal_send(&info);
}

int64_t signals_rt_tgsigqueueinfo(struct thread *thread, const uint64_t *arguments)
{
    struct linux_siginfo info;
    int64_t result = get_info(arguments[3], (uint32_t)arguments[2], &info);

    (void)thread;
    if (result != 0)
        return result;
    return !is_process(arguments[0]) ? -ESRCH : signal_send_to((uint32_t)arguments[1], &info);
}
