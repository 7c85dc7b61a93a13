/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/identity.c: who the process is, its limits, the system. */
#include "lib/linux/identity.h"

#include <cell/idl/pd.h>

#include "lib/linux/files.h"
#include "lib/linux/memory.h"
#include "lib/linux/threads.h"

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
    return PARENT;
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

/* ---- Limits ------------------------------------------------------------------------- */

/* They read as they were set; of those that count, the stack has its size from the start, and descriptors are no more than theirs. */
#define LIMITS 16u
#define LIMIT_DESCRIPTORS 7u
static struct linux_rlimit limits[LIMITS] = {[0] = {UINT64_MAX, UINT64_MAX},
                                             [1] = {UINT64_MAX, UINT64_MAX},
                                             [2] = {UINT64_MAX, UINT64_MAX},
                                             [3] = {STACK_BYTES, UINT64_MAX},
                                             [4] = {0, UINT64_MAX},
                                             [5] = {UINT64_MAX, UINT64_MAX},
                                             [6] = {UINT64_MAX, UINT64_MAX},
                                             [LIMIT_DESCRIPTORS] = {DESCRIPTORS_MOST, DESCRIPTORS_MOST},
                                             [8] = {UINT64_MAX, UINT64_MAX},
                                             [9] = {UINT64_MAX, UINT64_MAX},
                                             [10] = {UINT64_MAX, UINT64_MAX},
                                             [11] = {1024, 1024},
                                             [12] = {819200, 819200},
                                             [13] = {0, 0},
                                             [14] = {0, 0},
                                             [15] = {UINT64_MAX, UINT64_MAX}};

static int64_t change_limit(uint64_t which, uint64_t new, uint64_t old)
{
    struct linux_rlimit wanted = {0, 0};

    if ((uint32_t)which >= LIMITS)
        return -EINVAL;
    struct linux_rlimit *limit = &limits[(uint32_t)which], before = *limit;

    if (new != 0 && user_get(&wanted, new, sizeof wanted) != 0)
        return -EFAULT;
    if (new != 0 && wanted.current > wanted.most)
        return -EINVAL;
    if (new != 0 && wanted.most > limit->most)
        return -EPERM;
    if (new != 0)
        *limit = wanted;
    descriptors_most = limits[LIMIT_DESCRIPTORS].current; /* no more than it was at first */
    return old == 0 ? 0 : user_put(old, &before, sizeof before);
}

/* 0, or the process itself. */
static bool is_self(uint64_t id)
{
    return (uint32_t)id == 0 || (uint32_t)id == process.start->pd_id;
}

int64_t identity_prlimit(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return is_self(arguments[0]) ? change_limit(arguments[1], arguments[2], arguments[3]) : -ESRCH;
}

int64_t identity_getrlimit(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return arguments[1] == 0 ? -EFAULT : change_limit(arguments[0], 0, arguments[1]);
}

int64_t identity_setrlimit(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return arguments[1] == 0 ? -EFAULT : change_limit(arguments[0], arguments[1], 0);
}

/* ---- Ids ------------------------------------------------------------------------------ */

/* setuid and its kin: to 0, or to stay as it is; nobody else is there. */
int64_t identity_set(struct thread *thread, const uint64_t *arguments)
{
    /* setgid, setuid; setregid, setreuid; setresuid, setresgid */
    static const uint8_t ids[] = {[0] = 2, [1] = 1, [2] = 2, [3] = 1, [4] = 3, [6] = 3};
    unsigned count = ids[thread->x[8] - 143];

    for (unsigned i = 0; i < count; i++)
        if ((uint32_t)arguments[i] != 0 && ((uint32_t)arguments[i] != UINT32_MAX || count == 1))
            return (uint32_t)arguments[i] == UINT32_MAX ? -EINVAL : -EPERM;
    return 0;
}

int64_t identity_not_permitted(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    (void)arguments;
    return -EPERM;
}

int64_t identity_setgroups(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return (uint32_t)arguments[0] == 0 ? 0 : (uint32_t)arguments[0] > 65536 ? -EINVAL
                                                                            : -EPERM;
}

/* One process is a group and a session of its own. */
int64_t identity_getpgid(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return is_self(arguments[0]) ? (int64_t)process.start->pd_id : -ESRCH;
}

int64_t identity_setpgid(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    if ((int32_t)arguments[1] < 0)
        return -EINVAL;
    return !is_self(arguments[0]) ? -ESRCH : is_self(arguments[1]) ? 0
                                                                   : -EPERM;
}

/* No capability: what they allow is for edges to say. */
int64_t identity_capget(struct thread *thread, const uint64_t *arguments)
{
    static const uint32_t none[6] = {0};
    uint32_t header[2], version = UINT32_C(0x20080522);

    (void)thread;
    if (user_get(header, arguments[0], sizeof header) != 0)
        return -EFAULT;
    if (header[0] != version && header[0] != UINT32_C(0x20071026)) {
        user_put(arguments[0], &version, sizeof version);
        return arguments[1] == 0 ? 0 : -EINVAL;
    }
    return arguments[1] == 0 ? 0 : user_put(arguments[1], none, sizeof none);
}

int64_t identity_getrusage(struct thread *thread, const uint64_t *arguments)
{
    uint64_t usage[18] = {0}, state, pages, objects, slots, limit, time = 0;
    char name[32];

    (void)thread;
    if (pd_info(CSPACE_SELF, process.start->pd_id, &state, &pages, &objects, &slots, &limit, &time, name) == CELL_OK &&
        time != UINT64_MAX) {
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

/* ---- Scheduling: as the configuration says; what is set is checked and has no effect -------- */

int64_t identity_getpriority(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return (uint32_t)arguments[0] > 2 ? -EINVAL : arguments[0] == 0 && !is_self(arguments[1]) ? -ESRCH
                                                                                              : 20;
}

int64_t identity_setpriority(struct thread *thread, const uint64_t *arguments)
{
    return identity_getpriority(thread, arguments) < 0 ? identity_getpriority(thread, arguments) : 0;
}

static bool is_thread(uint64_t id)
{
    threads_hold();
    bool found = (uint32_t)id == 0 || threads_find((uint32_t)id) != NULL;

    threads_release();
    return found;
}

/* SCHED_OTHER, BATCH and IDLE have priority 0, FIFO and RR 1 to 99. */
static int64_t most_priority(uint64_t policy)
{
    policy = (uint32_t)policy & ~UINT32_C(0x40000000);
    return policy == 1 || policy == 2 ? 99 : policy == 0 || policy == 3 || policy == 5 || policy == 6 ? 0
                                                                                                      : -EINVAL;
}

int64_t identity_sched_priority_max(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return most_priority(arguments[0]);
}

int64_t identity_sched_priority_min(struct thread *thread, const uint64_t *arguments)
{
    int64_t most = most_priority(arguments[0]);

    (void)thread;
    return most > 0 ? 1 : most;
}

static int64_t check_parameter(uint64_t id, uint64_t policy, uint64_t at)
{
    int32_t priority;

    if ((int32_t)id < 0 || at == 0)
        return -EINVAL;
    if (user_get(&priority, at, sizeof priority) != 0)
        return -EFAULT;
    if (!is_thread(id))
        return -ESRCH;
    int64_t most = most_priority(policy);

    return most < 0 || priority > most || priority < (most > 0 ? 1 : 0) ? -EINVAL : 0;
}

int64_t identity_sched_setparam(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return check_parameter(arguments[0], 0, arguments[1]);
}

/* Real time is for nobody to ask for. */
int64_t identity_sched_setscheduler(struct thread *thread, const uint64_t *arguments)
{
    int64_t result = check_parameter(arguments[0], arguments[1], arguments[2]);

    (void)thread;
    return result == 0 && most_priority(arguments[1]) != 0 ? -EPERM : result;
}

int64_t identity_sched_getscheduler(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return (int32_t)arguments[0] < 0 ? -EINVAL : is_thread(arguments[0]) ? 0
                                                                         : -ESRCH;
}

int64_t identity_sched_getparam(struct thread *thread, const uint64_t *arguments)
{
    static const int32_t priority = 0;

    (void)thread;
    if ((int32_t)arguments[0] < 0 || arguments[1] == 0)
        return -EINVAL;
    return is_thread(arguments[0]) ? user_put(arguments[1], &priority, sizeof priority) : -ESRCH;
}

int64_t identity_sched_rr_get_interval(struct thread *thread, const uint64_t *arguments)
{
    static const struct linux_timespec slice = {0, 4000000};

    (void)thread;
    if ((int32_t)arguments[0] < 0)
        return -EINVAL;
    return is_thread(arguments[0]) ? user_put(arguments[1], &slice, sizeof slice) : -ESRCH;
}

/* There is one processor. */
int64_t identity_sched_setaffinity(struct thread *thread, const uint64_t *arguments)
{
    uint64_t set = 0, bytes = arguments[1] < sizeof set ? arguments[1] : sizeof set;

    (void)thread;
    if (user_get(&set, arguments[2], bytes) != 0)
        return -EFAULT;
    return !is_thread(arguments[0]) ? -ESRCH : (set & 1) == 0 ? -EINVAL
                                                              : 0;
}

/* MEMBARRIER_CMD_…: on one processor every other thread has seen all of it. */
int64_t identity_membarrier(struct thread *thread, const uint64_t *arguments)
{
    const uint64_t commands = 0x1ff & ~UINT64_C(0x180); /* but for those about restartable sequences */

    (void)thread;
    if ((uint32_t)arguments[0] == 0)
        return arguments[1] != 0 ? -EINVAL : (int64_t)commands;
    return arguments[1] != 0 || (arguments[0] & commands) == 0 || (arguments[0] & (arguments[0] - 1)) != 0 ? -EINVAL : 0;
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
