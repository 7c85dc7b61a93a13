/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/signals.c: see signals.h. */
#include "lib/linux/signals.h"

static struct linux_sigaction actions[SIGNALS + 1];

#define BIT(signal) (UINT64_C(1) << ((signal)-1))
#define NEVER (BIT(SIGNAL_KILL) | BIT(SIGNAL_STOP))

int64_t signals_rt_sigaction(struct thread *thread, const uint64_t *arguments)
{
    uint64_t signal = arguments[0];
    struct linux_sigaction wanted, old;

    (void)thread;
    if (arguments[3] != 8 || signal == 0 || signal > SIGNALS || (arguments[1] != 0 && (NEVER & BIT(signal)) != 0))
        return -EINVAL;
    old = actions[signal];
    if (arguments[1] != 0) {
        if (user_get(&wanted, arguments[1], sizeof wanted) != 0)
            return -EFAULT;
        wanted.mask &= ~NEVER;
        actions[signal] = wanted;
    }
    return arguments[2] == 0 ? 0 : user_put(arguments[2], &old, sizeof old);
}

enum { SIG_BLOCK,
       SIG_UNBLOCK,
       SIG_SETMASK };

int64_t signals_rt_sigprocmask(struct thread *thread, const uint64_t *arguments)
{
    uint64_t set, old = thread->mask;

    if (arguments[3] != 8)
        return -EINVAL;
    if (arguments[1] != 0) {
        if (user_get(&set, arguments[1], sizeof set) != 0)
            return -EFAULT;
        if (arguments[0] > SIG_SETMASK)
            return -EINVAL;
        set &= ~NEVER;
        thread->mask = arguments[0] == SIG_BLOCK ? old | set : arguments[0] == SIG_UNBLOCK ? old & ~set
                                                                                           : set;
    }
    return arguments[2] == 0 ? 0 : user_put(arguments[2], &old, sizeof old);
}

void linux_fault(struct thread *thread);
void linux_fault(struct thread *thread)
{
    (void)thread;
    process_end(139);
}
