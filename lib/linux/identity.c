/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/identity.c: who the process is, its limits, the system. */
#include "lib/linux/identity.h"

#include <cell/idl/pd.h>

#include "lib/linux/memory.h"

int64_t identity_zero(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    (void)arguments;
    return 0;
}

int64_t identity_getpid(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    (void)arguments;
    return (int64_t)process.start->pd_id;
}

int64_t identity_getppid(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    (void)arguments;
    return 1;
}

int64_t identity_gettid(struct thread *thread, const uint64_t *arguments)
{
    (void)arguments;
    return (int64_t)thread->tid;
}

/* getresuid and getresgid: three times 0. */
int64_t identity_getres(struct thread *thread, const uint64_t *arguments)
{
    const uint32_t id = 0;

    (void)thread;
    for (unsigned i = 0; i < 3; i++)
        if (user_put(arguments[i], &id, sizeof id) != 0)
            return -EFAULT;
    return 0;
}

int64_t identity_uname(struct thread *thread, const uint64_t *arguments)
{
    static const struct linux_utsname name = {"Linux", "cellulos", "6.1.0", "CellulOS", "aarch64", "(none)"};

    (void)thread;
    return user_put(arguments[0], &name, sizeof name);
}

/* Limits that can be asked: RLIMIT_STACK, RLIMIT_NOFILE; the others are none. */
int64_t identity_prlimit(struct thread *thread, const uint64_t *arguments)
{
    static const struct linux_rlimit none = {UINT64_MAX, UINT64_MAX}, stack = {STACK_BYTES, UINT64_MAX}, files = {1024, 1024};
    struct linux_rlimit wanted;

    (void)thread;
    if ((uint32_t)arguments[0] != 0 && (uint32_t)arguments[0] != process.start->pd_id)
        return -ESRCH;
    if ((uint32_t)arguments[1] >= 16)
        return -EINVAL;
    const struct linux_rlimit *limit = arguments[1] == 3 ? &stack : arguments[1] == 7 ? &files
                                                                                      : &none;

    if (arguments[2] != 0 && user_get(&wanted, arguments[2], sizeof wanted) != 0)
        return -EFAULT;
    if (arguments[2] != 0 && wanted.current > wanted.most)
        return -EINVAL;
    return arguments[3] == 0 ? 0 : user_put(arguments[3], limit, sizeof *limit);
}

int64_t identity_getrusage(struct thread *thread, const uint64_t *arguments)
{
    uint64_t usage[18] = {0}, state, pages, objects, slots, limit, time = 0;
    char name[32];

    (void)thread;
    if (pd_info(CSPACE_SELF, process.start->pd_id, &state, &pages, &objects, &slots, &limit, &time, name) == CELL_OK && time != UINT64_MAX) {
        usage[0] = time / 1000000000;
        usage[1] = time % 1000000000 / 1000;
    }
    return user_put(arguments[1], usage, sizeof usage);
}

int64_t identity_sched_getaffinity(struct thread *thread, const uint64_t *arguments)
{
    const uint64_t one = 1;

    (void)thread;
    if (arguments[1] < sizeof one || arguments[1] % sizeof one != 0)
        return -EINVAL;
    return user_put(arguments[2], &one, sizeof one) == 0 ? (int64_t)sizeof one : -EFAULT;
}

int64_t identity_getcpu(struct thread *thread, const uint64_t *arguments)
{
    const uint32_t zero = 0;

    (void)thread;
    for (unsigned i = 0; i < 2; i++)
        if (arguments[i] != 0 && user_put(arguments[i], &zero, sizeof zero) != 0)
            return -EFAULT;
    return 0;
}

/* PR_SET_NAME, PR_GET_NAME, PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG. */
int64_t identity_prctl(struct thread *thread, const uint64_t *arguments)
{
    char name[16] = {0};

    switch (arguments[0]) {
    case 15:
        if (!user_range(arguments[1], 1) || user_text(name, (const char *)arguments[1], 15) < 0)
            return -EFAULT;
        name[15] = 0;
        __builtin_memcpy(thread->name, name, sizeof name);
        return 0;
    case 16:
        return user_put(arguments[1], thread->name, sizeof thread->name);
    case 1:
    case 38:
        return 0;
    default:
        return -EINVAL;
    }
}

/* Priorities are those of the configuration: nice values are taken and have no effect. */
int64_t identity_getpriority(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    (void)arguments;
    return 20;
}

int64_t identity_sysinfo(struct thread *thread, const uint64_t *arguments)
{
    uint64_t words[14] = {time_now() / 1000000000};

    (void)thread;
    words[4] = UINT64_C(1) << 30; /* total and free: the limits of its budget are not known to it */
    words[5] = UINT64_C(1) << 29;
    words[10] = 1; /* processes */
    words[13] = 1; /* bytes of a unit */
    return user_put(arguments[0], words, sizeof words);
}

int64_t identity_sched_yield(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    (void)arguments;
    seL4_Yield();
    return 0;
}
