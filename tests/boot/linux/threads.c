/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads: mutexes, conditions, thread-local variables, threads of threads, the end of the first one, of all. */
#define _GNU_SOURCE
#include "say.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS 6
#define TURNS 500

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static __thread long own = 5;
static long total, turn, handled;

static void *add(void *argument)
{
    for (int i = 0; i < TURNS; i++) {
        pthread_mutex_lock(&mutex);
        total++;
        pthread_mutex_unlock(&mutex);
        own++;
    }
    return (void *)(own + (long)argument);
}

static void *ping(void *argument)
{
    long mine = (long)argument;

    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&mutex);
        while (turn != mine)
            pthread_cond_wait(&condition, &mutex);
        turn = 1 - turn;
        pthread_cond_broadcast(&condition);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void *late(void *argument)
{
    sem_t *semaphore = argument;
    struct timespec time = {0, 20000000};

    nanosleep(&time, NULL);
    sem_post(semaphore);
    return NULL;
}

/* Makes another one and ends before it. */
static void *make(void *argument)
{
    pthread_t thread;

    pthread_create(&thread, NULL, late, argument);
    pthread_detach(thread);
    return NULL;
}

static void on_signal(int signal)
{
    handled = signal;
}

static void *loop(void *argument)
{
    *(long *)argument = 1;
    while (handled == 0)
        usleep(1000);
    return NULL;
}

static void *end_all(void *argument)
{
    (void)argument;
    usleep(1000);
    exit(3);
}

static void several(void)
{
    pthread_t threads[THREADS];
    void *result;
    int good = 1;

    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, add, (void *)i);
    for (long i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &result);
        good &= (long)result == 5 + TURNS + i;
    }
    say("a mutex", total == THREADS * TURNS);
    say("thread-local variables", good && own == 5);
    for (long i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, ping, (void *)i);
    for (long i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    say("a condition", turn == 0);
}

static void in_turn(void)
{
    pthread_t thread;
    int good = 1;

    for (int i = 0; i < 100; i++) {
        good &= pthread_create(&thread, NULL, add, NULL) == 0;
        good &= pthread_join(thread, NULL) == 0;
    }
    say("one after the other", good && total == (THREADS + 100) * TURNS);
}

static void *until_handled(void *argument)
{
    while (!*(volatile long *)&handled)
        usleep(1000);
    return argument;
}

/* A thread that has not run yet can get signals: one sent to it, or one that only it does not block. */
static void just_made(void)
{
    sigset_t set;
    pthread_t thread;
    int good = 1;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    for (int i = 0; i < 20; i++) {
        handled = 0;
        good &= pthread_create(&thread, NULL, until_handled, NULL) == 0;
        if (i % 2 == 0) {
            good &= pthread_kill(thread, SIGUSR1) == 0;
        } else {
            pthread_sigmask(SIG_BLOCK, &set, NULL);
            good &= kill(getpid(), SIGUSR1) == 0;
        }
        pthread_join(thread, NULL);
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        good &= handled == SIGUSR1;
    }
    say("a signal to one just made", good);
}

static char own_stack[2][65536] __attribute__((aligned(4096)));

/* A thread not made by the C library: it unmaps its stack, makes a further call, and exits, as a detached thread may do. */
static long bare(long flags, void *stack, pid_t *tid)
{
    register long number __asm__("x8") = SYS_clone, x0 __asm__("x0") = flags, x1 __asm__("x1") = (long)stack, x2 __asm__("x2") = (long)tid;
    register long x3 __asm__("x3") = 0, x4 __asm__("x4") = (long)tid;

    __asm__ volatile(
        "svc #0\n cbnz x0, 1f\n"
        "sub x0, sp, #16, lsl #12\n mov x1, #65536\n mov x8, %[munmap]\n mov x16, #16\n mov x30, #30\n svc #0\n"
        "mov x8, %[gettid]\n svc #0\n cmp x16, #16\n b.ne 2f\n cmp x30, #30\n b.ne 2f\n mov x0, #0\n mov x8, %[exit]\n svc #0\n"
        "2: brk #1\n"
        "1:"
        : "+r"(x0)
        : "r"(number), "r"(x1), "r"(x2), "r"(x3), "r"(x4), [munmap] "i"(SYS_munmap), [gettid] "i"(SYS_gettid), [exit] "i"(SYS_exit)
        : "memory", "cc", "x30", "x16");
    return x0;
}

static void unmap_own(void)
{
    static volatile pid_t tid;
    const long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    int good = 1;

    for (int i = 0; i < 2; i++) {
        good &= bare(flags, own_stack[i] + sizeof own_stack[i], (pid_t *)&tid) > 0;
        while (tid != 0)
            usleep(1000);
    }
    say("a thread that unmaps its stack", good);
}

/* ---- The state in which a thread begins ------------------------------------------ */

#define ROUNDS_UP (1ul << 22) /* FPCR: towards plus infinity; */
#define ROUNDS_DOWN (2ul << 22)

static unsigned long rounding(void)
{
    unsigned long fpcr;

    __asm__ volatile("mrs %0, fpcr"
                     : "=r"(fpcr));
    return fpcr;
}

static void set_rounding(unsigned long fpcr)
{
    __asm__ volatile("msr fpcr, %0"
                     :
                     : "r"(fpcr));
}

/* Its maker's rounding, signals and name; no stack for handlers. Then it changes all of that; the next thread does not see it. */
static void *look_and_change(void *good)
{
    static char memory[16384];
    stack_t stack, own_stack = {.ss_sp = memory, .ss_size = sizeof memory};
    sigset_t set;
    char name[16];

    sigaltstack(NULL, &stack);
    pthread_sigmask(SIG_BLOCK, NULL, &set);
    prctl(PR_GET_NAME, name);
    *(int *)good &= rounding() == ROUNDS_UP && stack.ss_flags == SS_DISABLE && sigismember(&set, SIGUSR2) && !sigismember(&set, SIGUSR1) &&
                    strcmp(name, "maker") == 0;
    sigaltstack(&own_stack, NULL);
    sigfillset(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    prctl(PR_SET_NAME, "other");
    set_rounding(ROUNDS_DOWN);
    return NULL;
}

static void beginnings(void)
{
    sigset_t set;
    int good = 1;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    prctl(PR_SET_NAME, "maker");
    set_rounding(ROUNDS_UP);
    for (int i = 0; i < 3; i++) {
        pthread_t thread;

        pthread_create(&thread, NULL, look_and_change, &good);
        pthread_join(thread, NULL);
    }
    set_rounding(0);
    say("what a thread begins with", good);
}

int main(int argc, char **argv)
{
    pthread_t thread;
    sem_t semaphore;
    volatile long begun = 0;

    several();
    in_turn();
    sem_init(&semaphore, 0, 0);
    pthread_create(&thread, NULL, make, &semaphore);
    pthread_join(thread, NULL);
    sem_wait(&semaphore);
    say("a thread of a thread", 1);
    signal(SIGUSR1, on_signal);
    pthread_create(&thread, NULL, loop, (void *)&begun);
    while (!begun)
        usleep(1000);
    pthread_kill(thread, SIGUSR1);
    pthread_join(thread, NULL);
    say("a signal to another one", handled == SIGUSR1);
    just_made();
    unmap_own();
    beginnings();
    if (argc > 1 && strcmp(argv[1], "out") == 0) { /* all exit, one by one */
        pthread_create(&thread, NULL, add, NULL);
        pthread_exit(NULL);
    }
    pthread_create(&thread, NULL, end_all, NULL);
    if (argc > 1 && strcmp(argv[1], "leave") == 0)
        pthread_exit(NULL);
    pause();
    return 0;
}
