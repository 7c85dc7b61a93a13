/* SPDX-License-Identifier: BSD-2-Clause */
/* What a hostile program does to the personality beside it, which has no more than the program: one thing for each word. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void middle_of_a_stub(void)
{
    /* A page below the program: stubs. Each has four instructions, and all of them are tried, with a stack that is none. */
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

static void wild_calls(void)
{
    static const unsigned long values[] = {0, 1, 7, 4096, 0x400000, 0x3f80000000, 0x7fffffffffff, 0xffffffffffffffff, 0x8000000000000000, 0xfff};
    uint64_t state = 1;

    for (int round = 0; round < 20000; round++) {
        unsigned long a[7];

        for (int i = 0; i < 7; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            a[i] = values[(state >> 33) % (sizeof values / sizeof *values)];
        }
        long number = (long)((state >> 40) % 300);

        /* Not what ends it, or waits, or writes to the terminal. */
        if (number == SYS_exit || number == SYS_exit_group || number == SYS_futex || number == SYS_ppoll || number == SYS_munmap ||
            number == SYS_nanosleep || number == SYS_clock_nanosleep || number == SYS_kill || number == SYS_tkill || number == SYS_tgkill ||
            number == SYS_clone || number == SYS_rt_sigreturn || number == SYS_mprotect || number == SYS_mmap || number == SYS_mremap ||
            number == SYS_madvise || number == SYS_brk || number == SYS_read || number == SYS_readv || number == SYS_write || number == SYS_writev ||
            number == SYS_dup3 || number == SYS_close)
            continue;
        syscall(number, a[1], a[2], a[3], a[4], a[5], a[6]);
    }
    printf("it goes on\n");
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
    } attacks[] = {{"stub", middle_of_a_stub}, {"overwrite", overwrite}, {"calls", wild_calls}, {"own", own_calls}, {"map", map_at_random}};

    for (unsigned i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (argc > 1 && strcmp(argv[1], attacks[i].name) == 0)
            attacks[i].run();
    return 0;
}
