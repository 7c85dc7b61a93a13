/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/threads.c: see threads.h. Bottom-up: the list of threads, making them, their end; futexes are in futex.c.
 *
 * A thread is a PD of the preset `thread`, linked to the one that made it. So that nobody's end ends those that it made, a
 * thread that has exited waits for them before its PD ends. Before that it may become a further thread of the program.
 */
#include "lib/linux/threads.h"

#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <cell/idl/word.h>

#include "lib/linux/actions.h"
#include "lib/linux/time.h"
#include "lib/linux/timers.h"
#include "lib/linux/trace.h"
#include "lib/linux/waiting.h"

/* ---- The list of threads -------------------------------------------------------- */

static struct thread *threads, *kept; /* that run; that have exited and may begin once more */
static lock_t lock;                   /* of both */

static struct thread *make_block(const struct start_block *start)
{
    struct thread *thread = (struct thread *)(start->stack_end - THREAD_BYTES);

    *thread = (struct thread){.start = start, .tid = start->pd_id, .answers = {process.start->pd_id, PARENT, 0, 0, 0, 0, start->pd_id}};
    seL4_GetIPCBuffer()->userData = (seL4_Word)thread;
    signals_start(thread);
    return thread;
}

/* With the lists held. */
static void enter_list(struct thread **list, struct thread *thread)
{
    thread->next = *list;
    *list = thread;
}

/* Likewise; whether it was there. */
static bool leave_list(struct thread **list, const struct thread *thread)
{
    for (struct thread **at = list; *at != NULL; at = &(*at)->next)
        if (*at == thread) {
            *at = thread->next;
            return true;
        }
    return false;
}

void thread_begin(const struct start_block *start)
{
    enter_list(&threads, make_block(start));
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

/* ---- Threads that are kept ------------------------------------------------------------ */

/* A thread that has exited keeps its PD a while for the next one that is made, which so costs no PD. */
#define KEPT_MOST 8u
#define KEPT_NANOSECONDS (SECOND / 10)

enum { KEPT_WAITS,
       KEPT_BEGINS,
       KEPT_ENDS };
static uint32_t kept_count;

static void let_go(struct thread *thread, uint32_t state)
{
    __atomic_store_n(&thread->state, state, __ATOMIC_RELEASE);
    futex_wake((uint64_t)&thread->state, 1);
}

/* Whether a thread that has left the list is kept. If it was the last one, none of them will be wanted. */
static bool keep(struct thread *thread)
{
    lock_take(&lock);
    bool good = threads != NULL && thread->maker != NULL && kept_count < KEPT_MOST;

    if (good) {
        thread->state = KEPT_WAITS;
        enter_list(&kept, thread);
        kept_count++;
    }
    for (struct thread *next; threads == NULL && kept != NULL; kept = next) {
        next = kept->next;
        let_go(kept, KEPT_ENDS);
    }
    lock_give(&lock);
    return good;
}

/* One of them, which is the caller's now; NULL: there is none. */
static struct thread *take_kept(void)
{
    if (kept == NULL)
        return NULL;
    lock_take(&lock);
    struct thread *thread = kept;

    if (thread != NULL) {
        kept = thread->next;
        kept_count--;
    }
    lock_give(&lock);
    return thread;
}

/* A kept thread waits; whether it begins once more. */
static bool wait_as_kept(struct thread *thread)
{
    uint64_t woken, most = KEPT_NANOSECONDS;

    for (;;) {
        cell_error_t error = word_wait(CSPACE_SELF, (uint64_t)&thread->state, KEPT_WAITS, most, 0, &woken);
        uint32_t state = __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE);

        if (state != KEPT_WAITS)
            return state == KEPT_BEGINS;
        if (error == CELL_OK)
            continue;
        lock_take(&lock);
        bool unwanted = leave_list(&kept, thread);

        kept_count -= unwanted;
        lock_give(&lock);
        if (unwanted)
            return false;
        most = UINT64_MAX; /* another thread has taken it, and is about to say so */
    }
}

/* ---- Making ------------------------------------------------------------------------ */

/* The arguments of clone for a new thread, and the state of its maker that is not in the maker's block. */
struct beginning {
    uint64_t pair[2], stack, tls, fpcr, flags, parent_tid, child_tid;
};

/* FPCR: how this thread rounds. */
static uint64_t get_fpcr(void)
{
    uint64_t value;

    __asm__ volatile("mrs %0, s3_3_c4_c4_0"
                     : "=r"(value));
    return value;
}

/* The block of a new thread is that of one that begins. Its number is where it should be before it runs. */
static void begin(struct thread *thread, const struct thread *from, const struct beginning *how)
{
    uint32_t tid = (uint32_t)thread->tid;

    __builtin_memcpy(thread->x, from->x, sizeof thread->x);
    __builtin_memcpy(thread->saved, from->saved, sizeof thread->saved);
    __builtin_memcpy(thread->name, from->name, sizeof thread->name);
    thread->x[0] = 0;
    thread->sp = how->stack - sizeof how->pair;
    thread->lr = from->lr;
    thread->nzcv = from->nzcv;
    thread->mask = from->mask;
    thread->tls = how->tls;
    thread->fpcr = how->fpcr;
    thread->robust = 0;
    thread->stack = (struct linux_stack){.flags = SS_DISABLE};
    thread->clear_tid = (how->flags & CLONE_CHILD_CLEARTID) != 0 ? how->child_tid : 0;
    if ((how->flags & CLONE_CHILD_SETTID) != 0)
        user_put(how->child_tid, &tid, sizeof tid);
    if (user_put(thread->sp, how->pair, sizeof how->pair) != 0)
        process_end(128 + SIGNAL_SEGV);
}

/* The thread that runs goes to the program. */
static _Noreturn void go(struct thread *thread)
{
    __asm__ volatile("msr tpidr_el0, %0; msr s3_3_c4_c4_0, %1"
                     :
                     : "r"(thread->tls), "r"(thread->fpcr));
    linux_leave(thread);
}

static void tell_tid(const struct beginning *how, uint64_t id)
{
    uint32_t tid = (uint32_t)id;

    if ((how->flags & CLONE_PARENT_SETTID) != 0)
        user_put(how->parent_tid, &tid, sizeof tid);
}

static int64_t begin_kept(struct thread *thread, const struct thread *from, const struct beginning *how)
{
    uint64_t id = thread->tid; /* it may end at once */

    thread->mark = 0;
    begin(thread, from, how);
    tell_tid(how, id);
    lock_take(&lock);
    enter_list(&threads, thread);
    lock_give(&lock);
    let_go(thread, KEPT_BEGINS);
    return (int64_t)id;
}

/* The start of a thread with a PD of its own. */
struct birth {
    struct beginning how;
    struct thread from; /* block of its maker, which stands in the list for the new one until that begins, and takes its signals */
    bool begun;
    struct thread *maker;
    uint32_t told; /* 1: the maker has written the number where clone says; 2: not yet, and the new one waits */
};

/* The new one is known by its number as soon as its maker knows that. */
static void announce(struct birth *birth, uint64_t id)
{
    lock_take(&lock);
    birth->from.tid = id;
    if (!birth->begun)
        enter_list(&threads, &birth->from);
    lock_give(&lock);
}

static void take_place(struct thread *thread, struct birth *birth)
{
    lock_take(&lock);
    birth->begun = true;
    if (leave_list(&threads, &birth->from))
        thread->signals = birth->from.signals;
    thread->mark = signals_pending(thread) != 0;
    enter_list(&threads, thread);
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
    tell_tid(&birth->how, id);
    if (__atomic_exchange_n(&birth->told, 1, __ATOMIC_RELEASE) == 2)
        futex_wake((uint64_t)&birth->told, 1);
}

void linux_thread(const struct start_block *start, uint64_t unused, struct birth *birth);
void linux_thread(const struct start_block *start, uint64_t unused, struct birth *birth)
{
    struct thread *thread = make_block(start);

    (void)unused;
    thread->mask = birth->from.mask;
    thread->maker = birth->maker;
    take_place(thread, birth);
    wait_until_told(birth);
    begin(thread, &birth->from, &birth->how);
    heap_put(birth, sizeof *birth);
    go(thread);
}

static int64_t make_thread(struct thread *thread, const struct beginning *how)
{
    uint64_t id;
    cell_cap_t pd;
    struct birth *birth = heap_get(sizeof *birth);

    if (birth == NULL)
        return -ENOMEM;
    *birth = (struct birth){.how = *how, .from = *thread, .maker = thread};
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

/* A thread shares all of this. */
#define CLONE_ALL (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

static int64_t clone(struct thread *thread, int64_t result)
{
    const uint64_t *arguments = thread->x;
    struct beginning how = {.stack = arguments[1],
                            .flags = arguments[0],
                            .parent_tid = arguments[2],
                            .child_tid = arguments[4],
                            .tls = (arguments[0] & CLONE_SETTLS) != 0 ? arguments[3] : linux_tpidr(),
                            .fpcr = get_fpcr()};

    (void)result;
    if ((how.flags & CLONE_ALL) != CLONE_ALL)
        return -ENOSYS; /* a process: not yet */
    if (how.stack == 0)
        return -EINVAL;
    if (user_get(how.pair, thread->sp, sizeof how.pair) != 0)
        return -EFAULT;
    process.threaded = true; /* nobody has a lock now */
    struct thread *again = take_kept();

    return again != NULL ? begin_kept(again, thread, &how) : make_thread(thread, &how);
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
    if (process.strace)
        trace_exited(arguments[0] & 0xff);
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
                futex_wake(at, 1);
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
    uint64_t code = arguments[0] & 0xff, clear_tid = thread->clear_tid;
    struct thread *maker = thread->maker;

    give_up_locks(thread);
    lock_take(&lock);
    leave_list(&threads, thread);
    lock_give(&lock);
    signals_drop(thread);
    bool is_kept = keep(thread);

    if (clear_tid != 0 && user_put(clear_tid, &zero, sizeof zero) == 0)
        futex_wake(clear_tid, 1);
    if (is_kept && wait_as_kept(thread))
        go(thread);
    wait_for_children(thread);
    if (maker != NULL && __atomic_sub_fetch(&maker->children, 1, __ATOMIC_RELEASE) == 0)
        futex_wake((uint64_t)&maker->children, 1);
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
