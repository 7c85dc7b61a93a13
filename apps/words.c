/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/words.c: waiting for words of memory (idl/word.idl): by one thread, between threads, and between
 * processes that share a page. `words wait` is the other process, which was given the page.
 */
#include <cell/idl/clock.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <cell/idl/word.h>
#include <lib/client/signals.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MILLISECOND UINT64_C(1000000)
#define THREADS 100u

static uint32_t word, other;
static uint32_t order[THREADS], started, arrived;
static const uint32_t constant = 1;

static cell_error_t wait_self(uint32_t *at, uint32_t value, uint64_t nanoseconds, uint64_t *woken)
{
    *woken = 9;
    return word_wait(CSPACE_SELF, (uint64_t)at, value, nanoseconds, 0, woken);
}

static uint64_t wake_self(uint32_t *at, uint64_t count)
{
    uint64_t woken = 0;

    word_wake(CSPACE_SELF, (uint64_t)at, count, &woken);
    return woken;
}

static void alone(void)
{
    uint64_t woken, before = 0, after = 0, resolution = 0, frequency;

    clock_now(&before, &resolution, &frequency);
    printf("words: timeout: %s\n", cell_error_text(wait_self(&word, 0, 20 * MILLISECOND, &woken)));
    clock_now(&after, &resolution, &frequency);
    printf("words: it was %s\n", after - before + resolution >= 20 * MILLISECOND ? "long enough" : "too short");
    cell_error_t error = wait_self(&word, 1, UINT64_MAX, &woken);
    printf("words: another value: %s, %lu\n", cell_error_text(error), woken);
    printf("words: nobody: %lu\n", wake_self(&word, 1));
    error = word_wait(CSPACE_SELF, (uint64_t)&word + 1, 0, 0, 0, &woken);
    printf("words: not aligned: %s\n", cell_error_text(error));
    error = word_wait(CSPACE_SELF, 0x8000, 0, 0, 0, &woken);
    printf("words: nothing there: %s\n", cell_error_text(error));
    error = word_wake(CSPACE_SELF, (uint64_t)&constant, 1, &woken);
    printf("words: waking a constant: %s\n", cell_error_text(error));
    error = word_wait(CSPACE_SELF, (uint64_t)&constant, 1, MILLISECOND, 0, &woken);
    printf("words: waiting for it: %s\n", cell_error_text(error));
}

/* The end of a wait is a signal on the notification, also when its time is over. */
static void signalled(void)
{
    uint64_t woken;
    seL4_Word badge = 0;
    cell_error_t error = word_wait(CSPACE_SELF, (uint64_t)&word, 0, UINT64_MAX, 1, &woken);

    printf("words: signalled: %s, woken %lu", cell_error_text(error), wake_self(&word, 64));
    seL4_Wait(CSPACE_NOTIFICATION, &badge);
    printf(", %s\n", badge == (SIGNAL_MARK | SIGNAL_WOKEN) ? "signal" : "something else");
    word_wait(CSPACE_SELF, (uint64_t)&other, 0, UINT64_MAX, 1, &woken);
    word_wait(CSPACE_SELF, (uint64_t)&word, 0, MILLISECOND, 1, &woken);
    seL4_Wait(CSPACE_NOTIFICATION, &badge);
    printf("words: replaced: %lu still wait\n", wake_self(&other, 64) + wake_self(&word, 64));
}

static int one(void *argument)
{
    uint64_t woken;
    uint32_t number = (uint32_t)(uintptr_t)argument;

    __atomic_fetch_add(&started, 1, __ATOMIC_RELAXED);
    cell_error_t error = wait_self(number % 2 != 0 ? &word : &other, 0, UINT64_MAX, &woken);

    if (error == CELL_OK && woken == 1)
        order[__atomic_fetch_add(&arrived, 1, __ATOMIC_RELAXED)] = number;
    return 0;
}

/* Waits until a count is at least `number`, for a minute at most. */
static void until(const uint32_t *count, uint32_t number)
{
    for (unsigned i = 0; i < 6000 && __atomic_load_n(count, __ATOMIC_RELAXED) < number; i++)
        cell_sleep(10 * MILLISECOND);
}

/* Every other thread waits for another one of two words; one thread of each word is killed. */
static void threads(void)
{
    static struct spawned made[THREADS];
    uint64_t cause, code, woken = 0, part;
    bool sorted = true;

    for (uintptr_t i = 0; i < THREADS; i++)
        if (cell_thread_create(one, (void *)i, &made[i]) != CELL_OK)
            printf("words: thread %lu was not made\n", i);
    until(&started, THREADS);
    /* The last threads may not wait yet. */
    for (unsigned i = 0; i < 20; i++)
        cell_sleep(10 * MILLISECOND);
    for (unsigned i = 1; i < 3; i++)
        pd_terminate(made[i].pd, made[i].id, 0, 0);
    /* Thread 1, the first that waits for `word`, is killed; the next one is woken. */
    printf("words: one: %lu\n", wake_self(&word, 1));
    do
        woken += part = wake_self(&word, 64);
    while (part == 64);
    printf("words: the others of one word: %lu\n", woken);
    until(&arrived, THREADS / 2 - 1);
    for (unsigned i = 1; i < arrived; i++)
        sorted &= order[i] > order[i - 1];
    printf("words: %u came, %s\n", arrived, sorted ? "in their order" : "in another order");
    printf("words: of the other word: %lu\n", wake_self(&other, 64));
    for (unsigned i = 0; i < THREADS; i++)
        if (i == 0 || i > 2)
            pd_wait(made[i].pd, made[i].id, &cause, &code);
}

/* Another process waits with a handle that has only the right r; this one wakes it by the address. */
static void processes(void)
{
    struct cell_memory memory;
    struct spawn spawn;
    struct spawned spawned;
    uint64_t cause = 0, code = 0;
    static char *arguments[] = {"wait"};

    if (cell_memory_make(1, &memory) != CELL_OK)
        return;
    spawn_begin(&spawn, "words-child", "process", "program=words");
    spawn_edges(&spawn);
    spawn_line(&spawn, "give %#lx rights=r", memory.mo);
    spawn_arguments(&spawn, 1, arguments);
    cell_error_t error = spawn_run(&spawn, &spawned);

    while (error == CELL_OK && wake_self((uint32_t *)memory.address + 3, 1) == 0)
        cell_sleep(10 * MILLISECOND);
    pd_wait(spawned.pd, spawned.id, &cause, &code);
    printf("words: process: %s, code %lu\n", cell_error_text(error), code);
}

static int child(void)
{
    uint64_t where = 0, space, object, rights, kind, woken = 0;
    char type[32];

    while (handle_held(CSPACE_SELF, cell_pd_id(), where, &where, &space, &object, &rights, &kind,
                       type) == CELL_OK &&
           strcmp(type, "MO") != 0)
        ;
    if (word_wake(where, 12, 1, &woken) != CELL_DENIED || word_wait(where, 4096, 0, 0, 0, &woken) != CELL_BAD_ARGUMENT)
        return 1;
    return word_wait(where, 12, 0, UINT64_MAX, 0, &woken) == CELL_OK && woken == 1 ? 7 : 2;
}

/* A thread whose pc is not below the address is only marked as interrupted: it gets a signal, and pd.resume fails. */
static void interrupted(void)
{
    static uint64_t frame[41];
    seL4_Word badge = 0;
    cell_error_t error = pd_upcall((uintptr_t)exit, (uintptr_t)frame);

    if (error == CELL_OK)
        error = word_interrupt(cell_pd_id(), 0);
    seL4_Poll(CSPACE_NOTIFICATION, &badge);
    printf("words: interrupted: %s, mark %lu, %s\n", cell_error_text(error), frame[40],
           (badge & SIGNAL_BIT(SIGNAL_LOOK_BIT)) != 0 ? "signalled" : "no signal");
    printf("words: going on: %s\n", cell_error_text(pd_resume()));
    pd_upcall(0, 0);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "wait") == 0)
        return child();
    alone();
    signalled();
    interrupted();
    threads();
    processes();
    printf("words: end\n");
    return 0;
}
