/* SPDX-License-Identifier: BSD-2-Clause */
/* Attacks of a program on the personality beside it, which has the same handles and memory: one attack for each word. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static long rounds = 20000; /* of calls at random: a second word */

static void middle_of_a_stub(void)
{
    /* A page below the program: stubs. Each has four instructions, and all of them are tried, with an address for a stack that is not
     * one. */
    for (unsigned long at = 0x400000 - 4096; at < 0x400000; at += 4)
        if (*(volatile uint32_t *)at == 0xa8c17bf0) {
            register unsigned long stack __asm__("x9") = 0x1000;
            register unsigned long to __asm__("x10") = at;

            __asm__ volatile("mov sp, %0\n br %1"
                             :
                             : "r"(stack), "r"(to));
        }
}

/* The buffer that leads to the personality's block, and the whole stack with that: then a call. */
static void overwrite(void)
{
    unsigned long buffer;

    __asm__("mrs %0, tpidrro_el0"
            : "=r"(buffer));
    unsigned long block = *(unsigned long *)(buffer + 968);

    memset((void *)(block - 8192), 0xff, 8192 + 1024);
    memset((void *)buffer, 0xff, 1024);
    if (write(1, "x", 1) != 1)
        printf("it goes on\n");
}

/* Calls that end it, or wait. */
static int is_end(long number)
{
    static const short calls[] = {SYS_exit,      SYS_exit_group,      SYS_futex,         SYS_ppoll,          SYS_pselect6,
                                  SYS_nanosleep, SYS_clock_nanosleep, SYS_rt_sigsuspend, SYS_rt_sigtimedwait};

    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
        if (number == calls[i])
            return 1;
    return 0;
}

/* Calls that change memory, descriptors, or masks that the test needs, or write to the terminal. */
static int is_harm(long number)
{
    static const short calls[] = {SYS_munmap,   SYS_kill,  SYS_tkill,  SYS_tgkill,  SYS_clone, SYS_rt_sigreturn,
                                  SYS_mprotect, SYS_mmap,  SYS_mremap, SYS_madvise, SYS_brk,   SYS_read,
                                  SYS_readv,    SYS_write, SYS_writev, SYS_dup3,    SYS_close, SYS_close_range};

    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
        if (number == calls[i])
            return 1;
    return 0;
}

/* Any call with any arguments, many of them invalid addresses; `all`: also calls that it may not survive. */
static void calls_at_random(long rounds, uint64_t state, int all)
{
    static const unsigned long values[] = {
        0, 1, 7, 4096, 0x400000, 0x3f7ffff000, 0x3f80000000, 0x7fffffffffff, 0xffffffffffffffff, 0x8000000000000000, 0xfff};

    for (long round = 0; round < rounds; round++) {
        unsigned long a[7];

        for (int i = 0; i < 7; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            a[i] = values[(state >> 33) % (sizeof values / sizeof *values)];
            if ((state >> 60) == 0)
                a[i] ^= state >> 20;
        }
        long number = (long)((state >> 40) % 440);

        if (!is_end(number) && (all || !is_harm(number)))
            syscall(number, a[1], a[2], a[3], a[4], a[5], a[6]);
    }
}

/* It shares the terminal, so a descriptor must still lead there. */
static int leave_terminal(void)
{
    int kept = fcntl(1, F_DUPFD, 100), null = open("/dev/null", O_RDWR);

    for (int i = 0; i < 3; i++)
        dup2(null, i);
    return kept;
}

static void wild_calls(void)
{
    int terminal = leave_terminal();

    calls_at_random(rounds, 1, 0);
    dprintf(terminal, "it goes on\n");
}

/* Each process runs beside others; it may end in any way. */
static void all_calls(void)
{
    leave_terminal();
    calls_at_random(rounds, (uint64_t)getpid(), 1);
}

/* Takes everything that a process can have, and gives nothing back. */
static void leak(void)
{
    char name[32];
    int made = 0;

    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "/leak%d", i % 10);
        made += open(i % 3 == 0 ? "/dev/null" : name, O_RDWR | O_CREAT, 0600) >= 0;
        made += memfd_create("leak", 0) >= 0;
        char *memory = mmap(NULL, 40960, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory != MAP_FAILED)
            memory[4096] = 1;
    }
    printf("%d descriptors\n", made);
}

static void own_calls(void)
{
    /* The kernel's own call, with a number of its own and no capability: an error, or the end. */
    register unsigned long x7 __asm__("x7") = (unsigned long)-1;
    register unsigned long x0 __asm__("x0") = 0x99999999;
    register unsigned long x1 __asm__("x1") = 0;
    uint32_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    page[0] = 0xd4000001;
    page[1] = 0xd65f03c0;
    mprotect(page, 4096, PROT_READ | PROT_EXEC);
    __asm__ volatile("blr %1"
                     : "+r"(x0)
                     : "r"(page), "r"(x1), "r"(x7)
                     : "x2", "x3", "x4", "x5", "x6", "x30", "memory");
    printf("it goes on\n");
}

static void map_at_random(void)
{
    uint64_t state = 7;
    unsigned long bytes = 0;

    for (int round = 0; round < 3000; round++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        unsigned long at = 0x2100000000 + (state >> 40) % 256 * 4096, size = (1 + (state >> 50) % 40) * 4096;

        switch ((state >> 33) % 5) {
        case 0:
        case 1:
            if (mmap((void *)at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == (void *)at)
                *(volatile char *)at = 1, bytes += size;
            break;
        case 2:
            munmap((void *)at, size);
            break;
        case 3:
            mprotect((void *)at, size, (int)((state >> 20) & 3));
            break;
        default:
            mremap((void *)at, size, size + 8192, MREMAP_MAYMOVE);
        }
    }
    printf("it goes on\n");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } attacks[] = {{"stub", middle_of_a_stub}, {"overwrite", overwrite}, {"calls", wild_calls}, {"all", all_calls}, {"leak", leak},
                   {"own", own_calls},         {"map", map_at_random}};

    if (argc > 2)
        rounds = strtol(argv[2], NULL, 10);
    for (unsigned i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (argc > 1 && strcmp(argv[1], attacks[i].name) == 0)
            attacks[i].run();
    return 0;
}
