/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors on purpose, with the results of Linux: wild pointers answer EFAULT, faults become signals, signals run handlers. */
#define _GNU_SOURCE
#include "say.h"
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define WILD 0xdead000ul

static volatile sig_atomic_t handled;
static sigjmp_buf back;

static int is_fault(long result)
{
    return result == -1 && errno == EFAULT;
}

/* Every pointer argument of these calls is wild in turn. */
static void wild_pointers(void)
{
    static const struct {
        long number;
        const char *name;
        unsigned pointers; /* a bit per argument */
        unsigned long arguments[6];
    } calls[] = {
        {SYS_write, "write", 2, {1, 0, 10}},
        {SYS_read, "read", 2, {3, 0, 10}},
        {SYS_writev, "writev", 2, {1, 0, 1}},
        {SYS_openat, "openat", 2, {AT_FDCWD, 0, 0, 0}},
        {SYS_newfstatat, "newfstatat", 6, {AT_FDCWD, (unsigned long)"/dev/null", 0, 0}},
        {SYS_fstat, "fstat", 2, {1, 0}},
        {SYS_readlinkat, "readlinkat", 6, {AT_FDCWD, (unsigned long)"/proc/self/exe", 0, 10}},
        {SYS_getcwd, "getcwd", 1, {0, 100}},
        {SYS_uname, "uname", 1, {0}},
        {SYS_clock_gettime, "clock_gettime", 2, {1, 0}},
        {SYS_nanosleep, "nanosleep", 1, {0, 0}},
        {SYS_getrandom, "getrandom", 1, {0, 10, 0}},
        {SYS_rt_sigaction, "rt_sigaction", 6, {SIGUSR1, 0, 0, 8}},
        {SYS_rt_sigprocmask, "rt_sigprocmask", 6, {SIG_BLOCK, 0, 0, 8}},
        {SYS_sigaltstack, "sigaltstack", 1, {0, 0}},
        {SYS_sigaltstack, "sigaltstack", 2, {0, 0}},
        {SYS_prlimit64, "prlimit64", 12, {0, 7, 0, 0}},
        {SYS_futex, "futex", 1, {0, 0, 0, 0, 0, 0}},
        {SYS_sched_getaffinity, "sched_getaffinity", 4, {0, 8, 0}},
        {SYS_getrusage, "getrusage", 2, {0, 0}},
        {SYS_sysinfo, "sysinfo", 1, {0}},
        {SYS_times, "times", 1, {0}},
        {SYS_gettimeofday, "gettimeofday", 3, {0, 0}},
        {SYS_getresuid, "getresuid", 7, {0, 0, 0}},
    };
    static char room[4096];
    static const unsigned long wild[] = {WILD, 0xfffffffffffff000ul, 0x3f80000000ul, 0x8000000000000000ul};
    int zero = open("/dev/zero", O_RDONLY), wrong = 0;

    if (zero != 3)
        printf("the descriptor is %d\n", zero);
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
        for (unsigned which = 0; which < 6; which++)
            for (unsigned w = 0; (calls[i].pointers >> which & 1) != 0 && w < sizeof wild / sizeof *wild; w++) {
                unsigned long a[6];

                memcpy(a, calls[i].arguments, sizeof a);
                for (unsigned k = 0; k < 6; k++)
                    if ((calls[i].pointers >> k & 1) != 0 && a[k] == 0)
                        a[k] = k < which ? (unsigned long)room : 0;
                a[which] = wild[w];
                if (!is_fault(syscall(calls[i].number, a[0], a[1], a[2], a[3], a[4], a[5]))) {
                    printf("%s, argument %u, %lx: errno %d\n", calls[i].name, which, wild[w], errno);
                    wrong++;
                }
            }
    say("wild pointers", wrong == 0);
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    (void)context;
    handled = signal;
    if ((unsigned long)info->si_addr != WILD)
        printf("the address is %p\n", info->si_addr);
    siglongjmp(back, 1);
}

static void on_signal(int signal)
{
    handled = signal;
}

/* Repairs the fault: the instruction is executed once more. */
static void on_repair(int signal, siginfo_t *info, void *context)
{
    (void)context;
    handled = signal;
    mprotect((void *)((unsigned long)info->si_addr & ~4095ul), 4096, PROT_READ | PROT_WRITE);
}

static void handlers(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

    sigaction(SIGSEGV, &action, NULL);
    if (sigsetjmp(back, 1) == 0)
        *(volatile int *)WILD = 1;
    say("a fault runs its handler", handled == SIGSEGV);
    handled = 0;
    if (sigsetjmp(back, 1) == 0)
        *(volatile int *)WILD = 1;
    say("and once more", handled == SIGSEGV);

    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    register double kept __asm__("d9") = 2.5;

    __asm__ volatile(""
                     : "+w"(kept));
    action.sa_sigaction = on_repair;
    sigaction(SIGSEGV, &action, NULL);
    handled = 0;
    page[5] = 'x';
    __asm__ volatile(""
                     : "+w"(kept));
    say("a handler can repair it", handled == SIGSEGV && page[5] == 'x' && kept == 2.5);

    signal(SIGUSR1, on_signal);
    handled = 0;
    say("raise", raise(SIGUSR1) == 0 && handled == SIGUSR1);
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    handled = 0;
    raise(SIGUSR1);
    say("kept back", handled == 0);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    say("and delivered", handled == SIGUSR1);
}

static char other_stack[16384];
static unsigned long stack_seen;

static void on_other_stack(int signal)
{
    handled = signal;
    stack_seen = (unsigned long)__builtin_frame_address(0);
}

static void alternate(void)
{
    stack_t stack = {.ss_sp = other_stack, .ss_size = sizeof other_stack};
    struct sigaction action = {.sa_handler = on_other_stack, .sa_flags = SA_ONSTACK};

    sigaltstack(&stack, NULL);
    sigaction(SIGUSR2, &action, NULL);
    raise(SIGUSR2);
    say("on another stack", handled == SIGUSR2 && stack_seen - (unsigned long)other_stack < sizeof other_stack);
}

/* getpid by an instruction that was not replaced. */
static void unpatched(void)
{
    static const uint32_t code[] = {0xd2801588, 0xd4000001, 0xd65f03c0}; /* mov x8, #172; svc #0; ret */
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    memcpy(page, code, sizeof code);
    mprotect(page, 4096, PROT_READ | PROT_EXEC);
    __builtin___clear_cache(page, (char *)page + sizeof code);
    say("a call of written code", ((long (*)(void))(unsigned long)page)() == getpid());
}

static void *write_wild(void *argument)
{
    *(volatile int *)WILD = 1;
    return argument;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    wild_pointers();
    handlers();
    alternate();
    unpatched();
    if (argc > 1 && strcmp(argv[1], "abort") == 0)
        abort();
    if (argc > 1 && strcmp(argv[1], "null") == 0) {
        signal(SIGSEGV, SIG_DFL);
        *(volatile int *)(WILD + (unsigned long)argc) = 1;
    }
    if (argc > 1 && strcmp(argv[1], "thread") == 0) {
        pthread_t thread;

        signal(SIGSEGV, SIG_DFL);
        pthread_create(&thread, NULL, write_wild, NULL);
        pthread_join(thread, NULL);
    }
    return 0;
}
