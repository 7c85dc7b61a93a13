/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/threads.c: see threads.h. Bottom-up: futexes, the list of threads, making them, their end.
 *
 * A thread is a PD of the preset `thread`, linked to the one that made it. So that nobody's end ends those that it made, a
 * thread that has exited waits for them before its PD ends.
 */
#include "lib/linux/threads.h"

#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <cell/idl/word.h>

#include "lib/linux/actions.h"
#include "lib/linux/timers.h"
#include "lib/linux/waiting.h"

/* ---- Futexes ---------------------------------------------------------------- */

static int64_t wait(struct thread *thread, const uint64_t *arguments, bool absolute)
{
    uint64_t nanoseconds;
    int64_t result = time_limit(arguments[3], absolute, &nanoseconds);

    if (result != 0)
        return result;
    /* The root task compares; what cannot be read is found here. */
    result = user_word((const uint32_t *)arguments[0]);
    if (result < 0)
        return result;
    if (result != (int64_t)(uint32_t)arguments[2])
        return -EAGAIN;
    result = thread_wait(thread, arguments[0], (uint32_t)arguments[2], nanoseconds);
    /* Its time is from when it began, so it is not made once more. */
    return result != -EINTR ? result : arguments[3] == 0 || absolute ? -ERESTART
                                                                     : -EINTR;
}

/* As many as one request wakes. */
#define WAKE_MOST 64u

static int64_t wake(uint64_t at, uint64_t count)
{
    uint64_t done = 0, woken = 0;

    while (done < count) {
        uint64_t part = count - done < WAKE_MOST ? count - done : WAKE_MOST;

        if (word_wake(CSPACE_SELF, at, part, &woken) != CELL_OK)
            return done != 0 ? (int64_t)done : -EFAULT;
        done += woken;
        if (woken < part)
            break;
    }
    return (int64_t)done;
}

static uint64_t count_of(uint64_t argument)
{
    return (int32_t)argument < 0 ? 0 : (uint32_t)argument;
}

/* Those that would be moved to the other word wake up instead, find that they have to wait, and wait there. */
static int64_t requeue(const uint64_t *arguments, bool compare)
{
    int64_t word = user_word((const uint32_t *)arguments[0]);

    if (word < 0 || !user_range(arguments[4], 4))
        return -EFAULT;
    if (compare && word != (int64_t)(uint32_t)arguments[5])
        return -EAGAIN;
    return wake(arguments[0], count_of(arguments[2]) + count_of(arguments[3]));
}

/* FUTEX_WAKE_OP: futex(2). What the word becomes by an operation, and whether what it was compares. */
static uint32_t operate(uint32_t encoded, uint32_t old)
{
    uint32_t operand = (uint32_t)((int32_t)(encoded << 8) >> 20);

    if ((encoded >> 31) != 0)
        operand = UINT32_C(1) << (operand & 31);
    switch (encoded >> 28 & 7) {
    case 0:
        return operand;
    case 1:
        return old + operand;
    case 2:
        return old | operand;
    case 3:
        return old & ~operand;
    default:
        return old ^ operand;
    }
}

static bool compares(uint32_t encoded, uint32_t old)
{
    int32_t value = (int32_t)old, with = (int32_t)(encoded << 20) >> 20;
    const bool results[6] = {value == with, value != with, value<with, value <= with, value> with, value >= with};

    return results[encoded >> 24 & 15];
}

static int64_t wake_op(const uint64_t *arguments)
{
    uint32_t encoded = (uint32_t)arguments[5];
    int64_t old, found = 0;

    if (arguments[4] % 4 != 0)
        return -EINVAL;
    if (!user_range(arguments[4], 4))
        return -EFAULT;
    if ((encoded >> 28 & 7) > 4 || (encoded >> 24 & 15) > 5)
        return -ENOSYS;
    for (old = user_word((const uint32_t *)arguments[4]); old >= 0; old = found) {
        found = user_exchange((uint32_t *)arguments[4], (uint32_t)old, operate(encoded, (uint32_t)old));
        if (found == old || found < 0)
            break;
    }
    if (old < 0 || found < 0)
        return -EFAULT;
    int64_t woken = wake(arguments[0], count_of(arguments[2]));

    return woken < 0 || !compares(encoded, (uint32_t)old) ? woken : woken + wake(arguments[4], count_of(arguments[3]));
}

int64_t threads_futex(struct thread *thread, const uint64_t *arguments)
{
    uint64_t at = arguments[0];

    if (at % 4 != 0)
        return -EINVAL;
    if (!user_range(at, 4))
        return -EFAULT;
    switch (arguments[1] & FUTEX_COMMAND) {
    case FUTEX_WAIT:
        return wait(thread, arguments, false);
    case FUTEX_WAIT_BITSET:
        return (uint32_t)arguments[5] == 0 ? -EINVAL : wait(thread, arguments, true);
    case FUTEX_WAKE_BITSET:
    case FUTEX_WAKE:
        return wake(at, count_of(arguments[2]));
    case FUTEX_REQUEUE:
        return requeue(arguments, false);
    case FUTEX_CMP_REQUEUE:
        return requeue(arguments, true);
    case FUTEX_WAKE_OP:
        return wake_op(arguments);
    default:
        return -ENOSYS;
    }
}

/* ---- The list of threads -------------------------------------------------------- */

static struct thread *threads;
static lock_t lock;

static struct thread *make_block(const struct start_block *start)
{
    struct thread *thread = (struct thread *)(start->stack_end - THREAD_BYTES);

    *thread = (struct thread){.start = start, .tid = start->pd_id, .answers = {process.start->pd_id, PARENT, 0, 0, 0, 0, start->pd_id}};
    seL4_GetIPCBuffer()->userData = (seL4_Word)thread;
    signals_start(thread);
    return thread;
}

/* With the list held. */
static void enter_list(struct thread *thread)
{
    thread->next = threads;
    threads = thread;
}

/* Likewise; whether it was there. */
static bool leave_list(const struct thread *thread)
{
    for (struct thread **at = &threads; *at != NULL; at = &(*at)->next)
        if (*at == thread) {
            *at = thread->next;
            return true;
        }
    return false;
}

void thread_begin(const struct start_block *start)
{
    enter_list(make_block(start));
}

uint64_t threads_count(void)
{
    uint64_t count = 0;

    lock_take(&lock);
    for (const struct thread *thread = threads; thread != NULL; thread = thread->next)
        count++;
    lock_give(&lock);
    return count;
}

void threads_hold(void)
{
    lock_take(&lock);
}

void threads_release(void)
{
    lock_give(&lock);
}

struct thread *threads_find(uint64_t tid)
{
    struct thread *thread = threads;

    while (thread != NULL && thread->tid != tid)
        thread = thread->next;
    return thread;
}

struct thread *threads_that(bool (*is)(const struct thread *thread, int32_t signal), int32_t signal)
{
    struct thread *thread = threads;

    while (thread != NULL && !is(thread, signal))
        thread = thread->next;
    return thread;
}

/* ---- Making ------------------------------------------------------------------------ */

/* What a new thread begins with: registers of the one that made it, and what clone says. */
struct birth {
    struct thread from; /* its block, which stands in the list for the new one until that begins, and takes its signals */
    bool begun;
    struct thread *maker;
    uint64_t pair[2], stack, tls, flags, parent_tid, child_tid;
    uint32_t told; /* 1: the maker has written the number where clone says; 2: not yet, and the new one waits */
};

/* The new one is known by its number as soon as its maker knows that. */
static void announce(struct birth *birth, uint64_t id)
{
    lock_take(&lock);
    birth->from.tid = id;
    if (!birth->begun)
        enter_list(&birth->from);
    lock_give(&lock);
}

static void take_place(struct thread *thread, struct birth *birth)
{
    lock_take(&lock);
    birth->begun = true;
    if (leave_list(&birth->from))
        thread->signals = birth->from.signals;
    thread->mark = signals_pending(thread) != 0;
    enter_list(thread);
    lock_give(&lock);
}

/* The number is there before either goes on; the new one may end, and clear it, at once. */
static void wait_until_told(struct birth *birth)
{
    uint32_t state = 0;
    uint64_t woken;

    __atomic_compare_exchange_n(&birth->told, &state, 2, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE);
    while (__atomic_load_n(&birth->told, __ATOMIC_ACQUIRE) != 1)
        if (word_wait(CSPACE_SELF, (uint64_t)&birth->told, 2, UINT64_MAX, 0, &woken) != CELL_OK)
            seL4_Yield();
}

static void tell(struct birth *birth, uint64_t id)
{
    uint32_t tid = (uint32_t)id;

    if ((birth->flags & CLONE_PARENT_SETTID) != 0)
        user_put(birth->parent_tid, &tid, sizeof tid);
    if (__atomic_exchange_n(&birth->told, 1, __ATOMIC_RELEASE) == 2)
        wake((uint64_t)&birth->told, 1);
}

void linux_thread(const struct start_block *start, uint64_t unused, struct birth *birth);
void linux_thread(const struct start_block *start, uint64_t unused, struct birth *birth)
{
    struct thread *thread = make_block(start);
    uint32_t tid = (uint32_t)thread->tid;

    (void)unused;
    thread->mask = birth->from.mask;
    take_place(thread, birth);
    __builtin_memcpy(thread->x, birth->from.x, sizeof thread->x);
    __builtin_memcpy(thread->saved, birth->from.saved, sizeof thread->saved);
    thread->x[0] = 0;
    thread->sp = birth->stack - sizeof birth->pair;
    thread->lr = birth->from.lr;
    thread->nzcv = birth->from.nzcv;
    thread->maker = birth->maker;
    __builtin_memcpy(thread->name, birth->from.name, sizeof thread->name);
    wait_until_told(birth);
    if ((birth->flags & CLONE_CHILD_SETTID) != 0)
        user_put(birth->child_tid, &tid, sizeof tid);
    if ((birth->flags & CLONE_CHILD_CLEARTID) != 0)
        thread->clear_tid = birth->child_tid;
    if (user_put(thread->sp, birth->pair, sizeof birth->pair) != 0)
        process_end(128 + SIGNAL_SEGV);
    __asm__ volatile("msr tpidr_el0, %0"
                     :
                     : "r"(birth->tls));
    heap_put(birth, sizeof *birth);
    linux_leave(thread);
}

/* A thread shares all of this. */
#define CLONE_ALL (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

static int64_t clone(struct thread *thread, int64_t result)
{
    const uint64_t *arguments = thread->x;
    uint64_t flags = arguments[0], id;
    cell_cap_t pd;

    (void)result;
    if ((flags & CLONE_ALL) != CLONE_ALL)
        return -ENOSYS; /* a process: not yet */
    if (arguments[1] == 0)
        return -EINVAL;
    struct birth *birth = heap_get(sizeof *birth);

    if (birth == NULL)
        return -ENOMEM;
    *birth = (struct birth){.from = *thread, .maker = thread, .stack = arguments[1], .flags = flags, .parent_tid = arguments[2], .child_tid = arguments[4], .tls = (flags & CLONE_SETTLS) != 0 ? arguments[3] : linux_tpidr()};
    if (user_get(birth->pair, thread->sp, sizeof birth->pair) != 0) {
        heap_put(birth, sizeof *birth);
        return -EFAULT;
    }
    birth->from.signals = (struct signal_queue){0};
    birth->from.wanted = 0;
    __atomic_add_fetch(&thread->children, 1, __ATOMIC_RELAXED);
    cell_error_t error = pd_thread(process_edge("PD"), (uint64_t)linux_thread, (uint64_t)birth, &pd, &id);

    if (error != CELL_OK) {
        __atomic_sub_fetch(&thread->children, 1, __ATOMIC_RELAXED);
        heap_put(birth, sizeof *birth);
        return -EAGAIN;
    }
    announce(birth, id);
    handle_drop(pd);
    tell(birth, id);
    return (int64_t)id;
}

int64_t threads_clone(struct thread *thread, const uint64_t *arguments)
{
    (void)arguments;
    thread->after = clone;
    return 0;
}

/* ---- The end --------------------------------------------------------------------------- */

int64_t threads_exit_group(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    process_end(arguments[0] & 0xff);
}

/* Locks that die with the thread: get_robust_list(2). */
enum { ROBUST_MOST = 2048 };
#define OWNER_DIED UINT32_C(0x40000000)
#define WAITERS UINT32_C(0x80000000)
#define TID_MASK UINT32_C(0x3fffffff)

static void give_up_lock(const struct thread *thread, uint64_t at)
{
    if (at % 4 != 0 || !user_range(at, 4))
        return;
    int64_t word = user_word((const uint32_t *)at);

    while (word >= 0 && ((uint32_t)word & TID_MASK) == thread->tid) {
        int64_t found = user_exchange((uint32_t *)at, (uint32_t)word, ((uint32_t)word & WAITERS) | OWNER_DIED);

        if (found == word) {
            if (((uint32_t)word & WAITERS) != 0)
                wake(at, 1);
            return;
        }
        word = found;
    }
}

static void give_up_locks(const struct thread *thread)
{
    uint64_t head[3], at, next;

    if (thread->robust == 0 || user_get(head, thread->robust, sizeof head) != 0)
        return;
    at = head[0];
    for (unsigned i = 0; i < ROBUST_MOST && at != thread->robust; i++, at = next) {
        if (user_get(&next, at & ~UINT64_C(1), sizeof next) != 0)
            break;
        give_up_lock(thread, (at & ~UINT64_C(1)) + head[1]);
    }
    if (head[2] != 0)
        give_up_lock(thread, (head[2] & ~UINT64_C(1)) + head[1]);
}

/* Waits until those that it made have ended. The first thread goes on to run the process's timers. */
static void wait_for_children(struct thread *thread)
{
    uint32_t count;

    thread->mask = UINT64_MAX;
    while ((count = __atomic_load_n(&thread->children, __ATOMIC_ACQUIRE)) != 0)
        thread_wait(thread, (uint64_t)&thread->children, count, UINT64_MAX);
}

int64_t threads_exit(struct thread *thread, const uint64_t *arguments)
{
    const uint32_t zero = 0;
    uint64_t code = arguments[0] & 0xff;
    struct thread *maker = thread->maker;

    give_up_locks(thread);
    lock_take(&lock);
    leave_list(thread);
    lock_give(&lock);
    signals_drop(thread);
    if (thread->clear_tid != 0 && user_put(thread->clear_tid, &zero, sizeof zero) == 0)
        wake(thread->clear_tid, 1);
    wait_for_children(thread);
    if (maker != NULL && __atomic_sub_fetch(&maker->children, 1, __ATOMIC_RELEASE) == 0)
        wake((uint64_t)&maker->children, 1);
    for (;;)
        pd_exit(code);
}

int64_t threads_set_tid_address(struct thread *thread, const uint64_t *arguments)
{
    thread->clear_tid = arguments[0];
    return (int64_t)thread->tid;
}

int64_t threads_set_robust_list(struct thread *thread, const uint64_t *arguments)
{
    if (arguments[1] != 24)
        return -EINVAL;
    thread->robust = arguments[0];
    return 0;
}

int64_t threads_get_robust_list(struct thread *thread, const uint64_t *arguments)
{
    const uint64_t bytes = 24;

    if ((uint32_t)arguments[0] != 0 && (uint32_t)arguments[0] != thread->tid)
        return -ESRCH;
    return user_put(arguments[2], &bytes, sizeof bytes) != 0 ? -EFAULT : user_put(arguments[1], &thread->robust, sizeof thread->robust);
}
