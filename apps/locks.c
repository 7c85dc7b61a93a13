/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/locks.c: locks, conditions and barriers (lib/runtime/mutex.h) between threads and between processes, also when their owners
 * end. `locks child` is the other process, which was given the shared page.
 */
#include <cell/idl/ads.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <cell/idl/word.h>
#include <errno.h>
#include <lib/client/spawn.h>
#include <lib/runtime/runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/lock.h>

#define MILLISECOND UINT64_C(1000000)
#define THREADS 8u
#define TURNS 1000u
#define ROUNDS 100u

/* What processes share. */
struct shared {
    struct runtime_mutex mutex;
    struct runtime_condition condition;
    struct runtime_barrier barrier;
    uint32_t ball, kept;
};

static struct runtime_mutex lock;
static uint32_t count, holding, order[4], came;

static const char *const taken_words[] = {"taken", "owner ended", "has it", "too late"};

static void say(const char *what, enum runtime_taken taken)
{
    printf("locks: %s: %s\n", what, taken_words[taken]);
}

/* Waits until a word is at least so large, for a minute at most. */
static void until(const uint32_t *word, uint32_t least)
{
    for (unsigned i = 0; i < 6000 && __atomic_load_n(word, __ATOMIC_SEQ_CST) < least; i++)
        cell_sleep(10 * MILLISECOND);
}

static void a_moment(void)
{
    cell_sleep(50 * MILLISECOND);
}

/* ---- One thread ---------------------------------------------------------- */

static unsigned asked;
static enum runtime_waited (*real_wait)(const uint32_t *word, uint32_t value, bool is_lock, uint64_t nanoseconds);
static void (*real_wake)(const uint32_t *word, bool all);

static enum runtime_waited count_wait(const uint32_t *word, uint32_t value, bool is_lock, uint64_t nanoseconds)
{
    asked++;
    return real_wait(word, value, is_lock, nanoseconds);
}

static void count_wake(const uint32_t *word, bool all)
{
    asked++;
    real_wake(word, all);
}

static void alone(void)
{
    struct runtime_condition condition = {0};

    real_wait = runtime_hooks.wait;
    real_wake = runtime_hooks.wake;
    runtime_hooks.wait = count_wait;
    runtime_hooks.wake = count_wake;
    for (unsigned i = 0; i < TURNS; i++) {
        runtime_mutex_lock(&lock, RUNTIME_FOREVER);
        runtime_condition_signal(&condition, true);
        runtime_mutex_unlock(&lock);
    }
    printf("locks: asked %u times\n", asked);
    runtime_hooks.wait = real_wait;
    runtime_hooks.wake = real_wake;
    say("first", runtime_mutex_lock(&lock, 0));
    say("again", runtime_mutex_lock(&lock, 0));
    printf("locks: tried: %d, given back: %d, again: %d\n", runtime_mutex_try(&lock), runtime_mutex_unlock(&lock),
           runtime_mutex_unlock(&lock));
    runtime_mutex_lock(&lock, 0);
    say("no signal", runtime_condition_wait(&condition, &lock, MILLISECOND));
    printf("locks: has it: %d\n", runtime_mutex_unlock(&lock));
}

/* With a forged value in the word, a waiter must not wait for longer than its time, nor for an owner that does not exist. */
static void forged(void)
{
    lock.word = 0x3ffffff0;
    say("nobody's", runtime_mutex_lock(&lock, RUNTIME_FOREVER));
    lock.word = 0x80000001; /* a PD that is alive */
    say("another's", runtime_mutex_lock(&lock, MILLISECOND));
    lock.word = 0;
}

/* ---- Threads ---------------------------------------------------------------- */

static int add(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < TURNS; i++) {
        if (runtime_mutex_lock(&lock, RUNTIME_FOREVER) != RUNTIME_TAKEN)
            return 1;
        uint32_t seen = count;

        if (i % 16 == 0)
            seL4_Yield();
        count = seen + 1;
        runtime_mutex_unlock(&lock);
    }
    return 0;
}

static void start(int (*function)(void *), void *argument, struct spawned *made)
{
    if (cell_thread_create(function, argument, made) != CELL_OK)
        printf("locks: no thread\n");
}

static void join(const struct spawned *made)
{
    uint64_t cause, code;

    pd_wait(made->pd, made->id, &cause, &code);
    handle_drop(made->pd);
}

static void end(const struct spawned *made)
{
    pd_terminate(made->pd, made->id, 255, 255);
    join(made);
}

static void together(void)
{
    struct spawned made[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        start(add, NULL, &made[i]);
    for (unsigned i = 0; i < THREADS; i++)
        join(&made[i]);
    printf("locks: counted %u\n", count);
}

/* Takes the lock, notes the result, and keeps the lock until `holding` says to give it up. */
static int take(void *argument)
{
    uint32_t number = (uint32_t)(uintptr_t)argument;
    enum runtime_taken taken = runtime_mutex_lock(&lock, RUNTIME_FOREVER);

    order[__atomic_fetch_add(&came, 1, __ATOMIC_SEQ_CST) % 4] = number * 10 + (uint32_t)taken;
    until(&holding, came);
    runtime_mutex_unlock(&lock);
    return 0;
}

/* Four threads queue up; the first two are ended while they have the lock, the others unlock it. */
static void owners_end(void)
{
    struct spawned made[4];

    for (uintptr_t i = 0; i < 4; i++) {
        start(take, (void *)i, &made[i]);
        a_moment();
    }
    for (uint32_t i = 0; i < 4; i++) {
        until(&came, i + 1);
        if (i < 2)
            end(&made[i]);
        else
            __atomic_store_n(&holding, i + 1, __ATOMIC_SEQ_CST);
    }
    join(&made[2]);
    join(&made[3]);
    printf("locks: came %02u %02u %02u %02u, word %x\n", order[0], order[1], order[2], order[3], lock.word);
}

/* A thread that ends between unlocking and waking the next one. */
static int give_back_half(void *unused)
{
    (void)unused;
    runtime_mutex_lock(&lock, RUNTIME_FOREVER);
    holding = 1;
    a_moment();
    __atomic_store_n(&lock.word, 0, __ATOMIC_SEQ_CST);
    exit(0);
}

/* Starts a thread of lower priority. */
static void start_lower(int (*function)(void *), struct spawned *made)
{
    struct spawn spawn;
    char entry[32];

    snprintf(entry, sizeof entry, "entry=%#lx", (unsigned long)(uintptr_t)function);
    spawn_begin(&spawn, "lower", "thread", entry);
    spawn_edges(&spawn);
    spawn_line(&spawn, "  priority 50");
    if (spawn_run(&spawn, made) != CELL_OK)
        printf("locks: no thread: %s\n", made->fault);
}

static void halves(void)
{
    struct spawned made[2];

    holding = 0;
    start(give_back_half, NULL, &made[0]);
    until(&holding, 1);
    say("half given back", runtime_mutex_lock(&lock, RUNTIME_FOREVER));
    join(&made[0]);
    /* A waiter is woken, and ended before it runs: the next one gets the lock. */
    came = 0;
    holding = 4;
    start_lower(take, &made[0]);
    a_moment();
    start_lower(take, &made[1]);
    a_moment();
    runtime_mutex_unlock(&lock);
    end(&made[0]);
    until(&came, 1);
    join(&made[1]);
    printf("locks: woken and ended: %u came, %s\n", came, taken_words[order[0] % 10]);
}

/* ---- The C library ------------------------------------------------------------- */

static int keep_stream(void *unused)
{
    (void)unused;
    flockfile(stdout);
    return 0;
}

static int keep_heap(void *unused)
{
    (void)unused;
    __retarget_lock_acquire_recursive(NULL);
    return 0;
}

static void library(void)
{
    struct spawned made;
    void *block = malloc(10);

    start(keep_stream, NULL, &made);
    join(&made);
    printf("locks: a stream goes on\n");
    start(keep_heap, NULL, &made);
    join(&made);
    errno = 0;
    free(block);
    printf("locks: the heap is closed: %d\n", malloc(10) == NULL && errno == ENOMEM);
}

/* ---- Processes ----------------------------------------------------------------- */

static void make_child(cell_cap_t mo, const char *rights, struct spawned *made)
{
    struct spawn spawn;
    char *arguments[] = {"child"};

    spawn_begin(&spawn, "locks-child", "process", "program=locks");
    spawn_edges(&spawn);
    spawn_line(&spawn, "  give %#lx rights=%s", (unsigned long)mo, rights);
    spawn_arguments(&spawn, 1, arguments);
    if (spawn_run(&spawn, made) != CELL_OK)
        printf("locks: no child: %s\n", made->fault);
}

/* Parent and child count up by turns; even numbers are the parent's turn. */
static enum runtime_taken play(struct shared *shared, uint32_t mine)
{
    enum runtime_taken taken = runtime_mutex_lock(&shared->mutex, RUNTIME_FOREVER);

    while (taken == RUNTIME_TAKEN && shared->ball < ROUNDS) {
        while (taken == RUNTIME_TAKEN && shared->ball % 2 != mine && shared->ball < ROUNDS)
            taken = runtime_condition_wait(&shared->condition, &shared->mutex, RUNTIME_FOREVER);
        shared->ball++;
        runtime_condition_signal(&shared->condition, false);
    }
    runtime_mutex_unlock(&shared->mutex);
    return taken;
}

static void processes(void)
{
    struct cell_memory memory;
    struct spawned made, reader;

    if (cell_memory_make(1, &memory) != CELL_OK)
        return;
    struct shared *shared = memory.address;

    shared->barrier.members = 2;
    make_child(memory.mo, "rw", &made);
    say("barrier", runtime_barrier_wait(&shared->barrier, RUNTIME_FOREVER));
    say("ball", play(shared, 0));
    __atomic_store_n(&shared->kept, 1, __ATOMIC_SEQ_CST);
    until(&shared->kept, 2);
    say("child ended with it", runtime_mutex_lock(&shared->mutex, RUNTIME_FOREVER));
    runtime_mutex_unlock(&shared->mutex);
    say("then", runtime_mutex_lock(&shared->mutex, 0));
    join(&made);
    say("barrier without it", runtime_barrier_wait(&shared->barrier, MILLISECOND));
    make_child(memory.mo, "r", &reader);
    join(&reader);
    cell_memory_free(&memory);
}

/* A PD with read-only memory may wait, but not wake others. */
static void read_only(const struct shared *shared)
{
    uint64_t woken = 0;
    cell_error_t error = word_wait_lock(CSPACE_SELF, (uint64_t)&shared->mutex, shared->mutex.word, MILLISECOND, &woken);

    printf("locks: reader waits: %s, ", cell_error_text(error));
    printf("wakes: %s\n", cell_error_text(word_wake(CSPACE_SELF, (uint64_t)&shared->mutex, 1, &woken)));
}

static int child(void)
{
    uint64_t where = 0, space, object, rights = 0, kind, start_at;
    char type[32] = "";

    while (strcmp(type, "MO") != 0)
        if (handle_held(CSPACE_SELF, cell_pd_id(), where, &where, &space, &object, &rights, &kind, type) != CELL_OK)
            return 1;
    /* At another address than the parent's. */
    if (ads_attach(CSPACE_SELF, where, UINT64_C(0x40000000), 0, rights & 3, 0, &start_at) != CELL_OK)
        return 2;
    struct shared *shared = (struct shared *)start_at;

    if ((rights & CELL_WRITE) == 0) {
        read_only(shared);
        return 0;
    }
    runtime_barrier_wait(&shared->barrier, RUNTIME_FOREVER);
    play(shared, 1);
    until(&shared->kept, 1);
    runtime_mutex_lock(&shared->mutex, RUNTIME_FOREVER);
    __atomic_store_n(&shared->kept, 2, __ATOMIC_SEQ_CST);
    a_moment();
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "child") == 0)
        return child();
    alone();
    forged();
    together();
    owners_end();
    halves();
    processes();
    library();
    printf("locks: end\n");
    return 0;
}
