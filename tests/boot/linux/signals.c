/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals and timers: what each call answers and when handlers run, a line each, so that two systems can be compared. */
#define _GNU_SOURCE
#include "say.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t handled, count, last_value;
static volatile int stop;

static void on_signal(int signal)
{
    handled = signal;
    count++;
}

static void on_value(int signal, siginfo_t *info, void *context)
{
    (void)context;
    printf("  signal %d, code %d, value %d\n", signal - SIGRTMIN, info->si_code, info->si_value.sival_int);
    count++;
    last_value = info->si_value.sival_int;
}

static void handle(int signal, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    sigaction(signal, &action, NULL);
}

static void pause_ms(long milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};

    while (nanosleep(&time, &time) == -1 && errno == EINTR)
        ;
}

/* ---- To a thread that computes, and one that waits ---------------------------------- */

static volatile uint64_t sum;
static volatile int ready, wrong;

static void *compute(void *argument)
{
    register uint64_t a __asm__("x20") = 1, b __asm__("x19") = 2;
    register double d __asm__("d9") = 3.5;
    const pid_t process = getpid();

    (void)argument;
    ready = 1;
    while (!stop) {
        __asm__ volatile("add %0, %0, #1\n add %1, %1, #1\n fmov %d2, %d2\n cmp %0, %1"
                         : "+r"(a), "+r"(b), "+w"(d)
                         :
                         : "cc");
        wrong |= b - a != 1 || d != 3.5 || getpid() != process;
        sum++;
    }
    return NULL;
}

static void computing(void)
{
    pthread_t thread;

    handle(SIGUSR1, on_signal, 0);
    count = stop = ready = 0;
    pthread_create(&thread, NULL, compute, NULL);
    while (!ready)
        pause_ms(1);
    for (int i = 1; i <= 50; i++) {
        double start = now();

        pthread_kill(thread, SIGUSR1);
        while (count < i && now() - start < 5)
            pause_ms(1);
    }
    stop = 1;
    pthread_join(thread, NULL);
    SAY(count);
    SAY(wrong);
}

static void *sleeper(void *argument)
{
    struct timespec time = {20, 0}, left = {0, 0};
    long *result = argument;

    ready = 1;
    result[0] = nanosleep(&time, &left) == -1 ? errno : 0;
    result[1] = left.tv_sec;
    return NULL;
}

static void *poller(void *argument)
{
    long *result = argument;

    ready = 1;
    result[0] = poll(NULL, 0, 20000) == -1 ? errno : 0;
    return NULL;
}

static uint32_t word;

static void *futex_waiter(void *argument)
{
    struct timespec time = {20, 0};
    long *result = argument;

    ready = 1;
    result[0] = syscall(SYS_futex, &word, FUTEX_WAIT, 0, &time, NULL, 0) == -1 ? errno : 0;
    return NULL;
}

static void *restarter(void *argument)
{
    long *result = argument;

    ready = 1;
    result[0] = syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0) == -1 ? errno : 0;
    return NULL;
}

static void waiting(const char *what, void *(*run)(void *), int flags, int wakes)
{
    pthread_t thread;
    long result[2] = {-1, 0};
    double start = now();

    handle(SIGUSR1, on_signal, flags);
    word = 0;
    count = ready = 0;
    pthread_create(&thread, NULL, run, result);
    while (!ready)
        pause_ms(1);
    pause_ms(150);
    pthread_kill(thread, SIGUSR1);
    pause_ms(150);
    if (wakes)
        syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
    pthread_join(thread, NULL);
    printf("%s: %s, %d handled, %s, %ld s left\n", what, result[0] == 0 ? "0" : strerrorname_np((int)result[0]), (int)count,
           now() - start < 10 ? "at once" : "LATE", result[1]);
}

/* ---- Timers -------------------------------------------------------------------------- */

static void timers(void)
{
    struct itimerval every = {{0, 10000}, {0, 10000}}, none = {{0, 0}, {0, 0}}, old, wrong_time = {{0, 0}, {0, 1000000}};
    double start = now();

    handle(SIGALRM, on_signal, 0);
    count = 0;
    SAY(setitimer(ITIMER_REAL, &every, NULL));
    while (count < 5 && now() - start < 20)
        sum++;
    SAY(count >= 5);
    SAY(setitimer(ITIMER_REAL, &none, &old));
    SAY(old.it_interval.tv_usec);
    SAY(old.it_value.tv_sec == 0 && old.it_value.tv_usec > 0 && old.it_value.tv_usec <= 10000);
    SAY(setitimer(9, &every, NULL));
    SAY(setitimer(ITIMER_REAL, &wrong_time, NULL));
    SAY(getitimer(ITIMER_REAL, &old));
    SAY(old.it_value.tv_usec);
    count = 0;
    SAY(alarm(1));
    SAY(sleep(5) > 0);
    SAY(count);
    SAY(alarm(0));

    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 77};
    struct itimerspec once = {{0, 0}, {0, 5000000}}, many = {{0, 1000000}, {0, 1000000}}, rest;
    struct sigaction action = {.sa_sigaction = on_value, .sa_flags = SA_SIGINFO};
    timer_t timer, other;
    sigset_t set;

    sigaction(SIGRTMIN, &action, NULL);
    count = 0;
    SAY(timer_create(CLOCK_MONOTONIC, &event, &timer));
    event.sigev_notify = SIGEV_NONE;
    SAY(timer_create(CLOCK_REALTIME, &event, &other));
    SAY(timer_settime(timer, 0, &once, NULL));
    start = now();
    while (count < 1 && now() - start < 10)
        sum++;
    SAY(last_value);
    SAY(timer_gettime(timer, &rest));
    SAY(rest.it_value.tv_nsec);
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    SAY(timer_settime(timer, 0, &many, NULL));
    pause_ms(50);
    handle(SIGRTMIN, on_signal, 0);
    count = 0;
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    SAY(count >= 1);
    SAY(timer_getoverrun(timer) >= 0);
    SAY(timer_delete(timer));
    SAY(timer_delete(timer));
    SAY(timer_delete(other));
    SAY(timer_create(99, &event, &other));
}

/* Timers of short periods leave the program time to go on, and one whose signal waits is there once, whatever the time. */
static void short_periods(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    struct itimerspec every = {{0, 50000}, {0, 50000}}, none = {{0, 0}, {0, 0}};
    double start = now();
    timer_t timer;
    sigset_t set;
    siginfo_t info;

    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    handle(SIGRTMIN, on_signal, 0);
    count = 0;
    SAY(timer_create(CLOCK_MONOTONIC, &event, &timer));
    SAY(timer_settime(timer, 0, &every, NULL));
    while (count < 100 || now() - start < 0.1)
        sum++;
    SAY(count >= 100);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pause_ms(50);
    while (sigtimedwait(&set, &info, NULL) != SIGRTMIN || info.si_overrun < 100)
        pause_ms(50);
    SAY(info.si_code == SI_TIMER);
    SAY(timer_getoverrun(timer) == info.si_overrun);
    SAY(timer_settime(timer, 0, &none, NULL));
    SAY(timer_delete(timer));
    while (sigtimedwait(&set, &info, &(struct timespec){0, 0}) == SIGRTMIN)
        ;
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* ---- Queues and waiting for signals ----------------------------------------------------- */

static void queues(void)
{
    struct sigaction action = {.sa_sigaction = on_value, .sa_flags = SA_SIGINFO};
    sigset_t set, pending;
    siginfo_t info;
    struct timespec soon = {0, 10000000}, bad = {0, -1};

    sigemptyset(&set);
    for (int i = 0; i < 3; i++) {
        sigaction(SIGRTMIN + i, &action, NULL);
        sigaddset(&set, SIGRTMIN + i);
    }
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    count = 0;
    for (int i = 0; i < 3; i++) {
        sigqueue(getpid(), SIGRTMIN + 2 - i, (union sigval){.sival_int = 10 + i});
        sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 20 + i});
    }
    handle(SIGUSR1, on_signal, 0);
    raise(SIGUSR1);
    raise(SIGUSR1);
    sigpending(&pending);
    SAY(sigismember(&pending, SIGRTMIN) + sigismember(&pending, SIGUSR1) + sigismember(&pending, SIGUSR2));
    SAY(sigtimedwait(&set, &info, &soon) == SIGUSR1);
    SAY(sigwaitinfo(&set, &info) - SIGRTMIN);
    SAY(info.si_value.sival_int);
    SAY(info.si_code == SI_QUEUE);
    printf("the others\n");
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    SAY(count);
    sigprocmask(SIG_BLOCK, &set, NULL);
    SAY(sigtimedwait(&set, &info, &soon));
    SAY(sigtimedwait(&set, &info, &bad));
    SAY(kill(getpid(), 0));
    SAY(kill(getpid(), 65));
    SAY(kill(999999, 0));
    SAY(syscall(SYS_tgkill, getpid(), 0, 0));
    SAY(syscall(SYS_tgkill, getpid(), 999999, 0));
    SAY(syscall(SYS_tkill, syscall(SYS_gettid), 0));
    SAY(sigaction(SIGKILL, &action, NULL));
    signal(SIGUSR2, SIG_IGN);
    SAY(raise(SIGUSR2));
    SAY(raise(SIGWINCH));
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static pthread_t main_thread;

static void *send_later(void *argument)
{
    pause_ms(30);
    pthread_kill(main_thread, (int)(long)argument);
    return NULL;
}

static void suspended(void)
{
    pthread_t thread;
    sigset_t none, set, old;

    main_thread = pthread_self();
    handle(SIGUSR1, on_signal, 0);
    sigemptyset(&none);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    count = 0;
    pthread_create(&thread, NULL, send_later, (void *)(long)SIGUSR1);
    SAY(sigsuspend(&none));
    SAY(count);
    sigprocmask(SIG_BLOCK, NULL, &old);
    SAY(sigismember(&old, SIGUSR1));
    pthread_join(thread, NULL);
    siginfo_t info;

    pthread_create(&thread, NULL, send_later, (void *)(long)SIGUSR1);
    SAY(sigwaitinfo(&set, &info) == SIGUSR1);
    SAY(count);
    pthread_join(thread, NULL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* Of several handlers the last one runs first, and each masks the signals of its action. */
static void on_nested(int signal)
{
    printf("  in handler of %d\n", signal == SIGUSR1 ? 1 : 2);
}

static void nested(void)
{
    sigset_t set;

    handle(SIGUSR1, on_nested, 0);
    handle(SIGUSR2, on_nested, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    raise(SIGUSR2);
    printf("both\n");
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    handle(SIGUSR1, on_signal, (int)SA_RESETHAND);
    SAY(raise(SIGUSR1));
    struct sigaction action;

    sigaction(SIGUSR1, NULL, &action);
    SAY(action.sa_handler == SIG_DFL);
}

/* ---- Other calls about threads --------------------------------------------------------------- */

static void others(void)
{
    uint32_t one = 5, two = 7;
    struct sched_param parameter = {.sched_priority = 0};
    struct rlimit limit;
    cpu_set_t cpus;
    char name[16];

    SAY(syscall(SYS_futex, &one, FUTEX_WAKE_OP, 1, 1, &two, FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_GT, 6)));
    SAY(two);
    SAY(syscall(SYS_futex, &one, FUTEX_WAKE_OP, 1, 1, &two, FUTEX_OP(FUTEX_OP_ANDN, 2, FUTEX_OP_CMP_EQ, 0)));
    SAY(two);
    SAY(syscall(SYS_futex, &one, FUTEX_WAKE_OP, 1, 1, 8, 0));
    SAY(syscall(SYS_futex, &one, FUTEX_WAIT, 4, NULL, NULL, 0));
    SAY(syscall(SYS_futex, &one, 99, 0, NULL, NULL, 0));
    SAY(sched_getscheduler(0));
    SAY(sched_getparam(0, &parameter));
    SAY(sched_setscheduler(0, SCHED_BATCH, &parameter) == 0 ? sched_setscheduler(0, SCHED_OTHER, &parameter) : 1);
    SAY(sched_get_priority_max(SCHED_FIFO));
    SAY(sched_get_priority_min(SCHED_OTHER));
    SAY(sched_get_priority_max(77));
    SAY(sched_getaffinity(0, sizeof cpus, &cpus));
    SAY(CPU_COUNT(&cpus) > 0);
    SAY(prctl(PR_SET_NAME, "a name that is too long"));
    SAY(prctl(PR_GET_NAME, name));
    SAY(strcmp(name, "a name that is "));
    SAY(prctl(12345));
    SAY(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) > 0);
    SAY(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 1, 0));
    SAY(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 100;
    SAY(setrlimit(RLIMIT_NOFILE, &limit));
    SAY(getrlimit(RLIMIT_NOFILE, &limit));
    SAY(limit.rlim_cur);
    limit.rlim_cur = 20;
    SAY(setrlimit(RLIMIT_NOFILE, &limit));
    SAY(dup2(1, 20));
    SAY(fcntl(1, F_DUPFD, 20));
    SAY(fcntl(1, F_DUPFD, 19));
    SAY(fcntl(1, F_DUPFD, 19));
    SAY(close(19));
    SAY(open("/dev/null/file", O_RDONLY));
    SAY(open("/dev/nothing/file", O_RDONLY));
    limit.rlim_cur = limit.rlim_max + 1;
    SAY(setrlimit(RLIMIT_NOFILE, &limit));
    SAY(getrlimit(77, &limit));
    SAY(getpriority(PRIO_PROCESS, 0));
    struct timespec time = {0, 1000000000};

    SAY(nanosleep(&time, NULL));
    SAY(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &(struct timespec){0, 1}, NULL));
    SAY(clock_nanosleep(99, 0, &(struct timespec){0, 1}, NULL));
    SAY(clock_gettime(99, &time));
    SAY(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time));
}

/* ---- Memory ------------------------------------------------------------------------------------- */

static void memory(void)
{
    char *page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    SAY(munmap(page + 4096, 4096));
    SAY(mlock(page, 4096));
    SAY(mlock(page, 8192));
    SAY(munlock(page, 4096));
    SAY(msync(page, 8192, MS_SYNC));
    SAY(msync(page, 100, MS_SYNC));
    SAY(msync(page + 1, 100, MS_SYNC));
    SAY(madvise(page, 4096, 77));
    SAY(madvise(page, 8192, MADV_NORMAL));
    page[0] = 'x';
    SAY(madvise(page, 4096, MADV_DONTNEED));
    SAY(page[0]);
    SAY(mprotect(page, 8192, PROT_READ));
    SAY(mprotect(page + 1, 4096, PROT_READ));
    SAY(mprotect(page, 4096, 0x100));
    SAY(munmap(page, 0));
    SAY(munmap(page + 1, 4096));
    SAY(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    SAY(mmap(NULL, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    SAY(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED ? -1 : 0);
    SAY(mmap(page, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED ? -1 : 0);
    SAY(mremap(page, 4096, 8192, 0) == MAP_FAILED ? -1 : 0);
    SAY(munmap(page, 3 * 4096));
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    computing();
    waiting("nanosleep", sleeper, 0, 0);
    waiting("nanosleep, SA_RESTART", sleeper, SA_RESTART, 0);
    waiting("poll", poller, SA_RESTART, 0);
    waiting("futex with a time", futex_waiter, 0, 0);
    waiting("futex", restarter, 0, 0);
    waiting("futex, SA_RESTART", restarter, SA_RESTART, 1);
    timers();
    short_periods();
    queues();
    suspended();
    nested();
    others();
    memory();
    return 0;
}
