/* SPDX-License-Identifier: BSD-2-Clause */
/* The vDSO, as on Linux: its place, its contents, its functions; and system calls by instructions that were not replaced. */
#define _GNU_SOURCE
#include "say.h"
#include <elf.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* The address of a function by its name, from the tables in memory; NULL: there is none. */
static void *find(const char *name)
{
    uintptr_t base = getauxval(AT_SYSINFO_EHDR);
    const Elf64_Phdr *header = (const Elf64_Phdr *)(base + ((const Elf64_Ehdr *)base)->e_phoff);
    const Elf64_Dyn *entry = NULL;
    const Elf64_Sym *symbols = NULL;
    const char *strings = NULL;
    const uint32_t *hash = NULL;

    for (int i = 0; i < ((const Elf64_Ehdr *)base)->e_phnum; i++)
        if (header[i].p_type == PT_DYNAMIC)
            entry = (const Elf64_Dyn *)(base + header[i].p_vaddr);
    for (; entry->d_tag != DT_NULL; entry++) {
        const void *at = (const void *)(base + entry->d_un.d_ptr);

        if (entry->d_tag == DT_SYMTAB)
            symbols = at;
        if (entry->d_tag == DT_STRTAB)
            strings = at;
        if (entry->d_tag == DT_HASH)
            hash = at;
    }
    for (uint32_t i = 0; i < hash[1]; i++)
        if (symbols[i].st_shndx != SHN_UNDEF && strcmp(strings + symbols[i].st_name, name) == 0)
            return (void *)(base + symbols[i].st_value);
    return NULL;
}

static uint64_t of(const struct timespec *time)
{
    return (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_nsec;
}

typedef int clock_function(int clock, struct timespec *time);
typedef int day_function(struct timeval *time, struct timezone *zone);

/* The same time as the system call's, which lies between two readings. */
static int is_between(clock_function *gettime, int clock)
{
    struct timespec before, call, after;

    return gettime(clock, &before) == 0 && syscall(SYS_clock_gettime, clock, &call) == 0 && gettime(clock, &after) == 0 &&
           of(&before) <= of(&call) && of(&call) <= of(&after);
}

static sigjmp_buf back;
static volatile sig_atomic_t handled;

static void on_fault(int signal)
{
    handled = signal;
    siglongjmp(back, 1);
}

static void on_signal(int signal)
{
    handled = signal;
}

/* A handler whose frame is taken away by what the vDSO has for that; glibc does not name it, and what the kernel takes is its affair. */
struct action {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    unsigned long mask;
};
#define SA_RESTORER_FLAG 0x04000000ul

static void restorer(void)
{
    struct action action = {on_signal, SA_RESTORER_FLAG, (void (*)(void))find("__kernel_rt_sigreturn"), 0};
    uint64_t kept = 0x1234567890abcdef;

    handled = 0;
    int good = syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, 8) == 0;

    __asm__ volatile(""
                     : "+r"(kept));
    good = good && raise(SIGUSR1) == 0 && handled == SIGUSR1;
    say("a handler's end by the vDSO", good && kept == 0x1234567890abcdef);
}

static volatile int made;

/* clone by an instruction that is not replaced, as in code that a JIT wrote: svc #0 in memory, reached by a branch. */
static void written_clone(void)
{
    static const uint32_t code[] = {0xd4000001, 0xd65f03c0}; /* svc #0; ret */
    static char stack[65536] __attribute__((aligned(16)));
    uint32_t *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    static int cleared = 1;

    memcpy(memory, code, sizeof code);
    mprotect(memory, 4096, PROT_READ | PROT_EXEC);
    __builtin___clear_cache((char *)memory, (char *)memory + sizeof code);
    register uint64_t x8 __asm__("x8") = SYS_clone;
    register uint64_t x0 __asm__("x0") = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_CHILD_CLEARTID;
    register void *x1 __asm__("x1") = stack + sizeof stack;
    register void *x2 __asm__("x2") = NULL;
    register void *x3 __asm__("x3") = NULL;
    register int *x4 __asm__("x4") = &cleared;
    register volatile int *x9 __asm__("x9") = &made;

    /* The new thread counts, and ends. */
    __asm__ volatile("blr %[code]\n"
                     "cbnz x0, 1f\n"
                     "mov w0, #5\n"
                     "str w0, [x9]\n"
                     "mov x8, #93\n"
                     "svc #0\n"
                     "1:\n"
                     : "+r"(x0)
                     : [code] "r"(memory), "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x9)
                     : "x30", "x16", "memory");
    int64_t id = (int64_t)x0;

    while (__atomic_load_n(&cleared, __ATOMIC_ACQUIRE) != 0)
        syscall(SYS_futex, &cleared, 0, 1, NULL, NULL, 0);
    say("a thread by a call of written code", id > 0 && made == 5);
}

int main(void)
{
    clock_function *gettime = (clock_function *)find("__kernel_clock_gettime"), *getres = (clock_function *)find("__kernel_clock_getres");
    day_function *day = (day_function *)find("__kernel_gettimeofday");
    struct timespec time = {9, 9};
    struct timeval now;
    struct timezone zone = {9, 9};

    if (gettime == NULL || getres == NULL || day == NULL || find("__kernel_rt_sigreturn") == NULL) {
        puts("there is no vDSO");
        return 1;
    }
    say("clocks", is_between(gettime, CLOCK_MONOTONIC) && is_between(gettime, CLOCK_REALTIME) && is_between(gettime, CLOCK_BOOTTIME));
    say("no clock", gettime(99, &time) == -EINVAL && getres(99, &time) == -EINVAL);
    say("resolution", getres(CLOCK_MONOTONIC, &time) == 0 && time.tv_sec == 0 && time.tv_nsec > 0 && getres(CLOCK_MONOTONIC, NULL) == 0);
    say("time of day",
        day(&now, &zone) == 0 && zone.tz_minuteswest == 0 && zone.tz_dsttime == 0 && now.tv_usec < 1000000 && day(NULL, NULL) == 0);
    signal(SIGSEGV, on_fault);
    if (sigsetjmp(back, 1) == 0)
        gettime(CLOCK_MONOTONIC, (struct timespec *)8);
    say("a wrong address is the program's fault", handled == SIGSEGV);
    restorer();
    written_clone();
    return 0;
}
