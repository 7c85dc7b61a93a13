/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that changes its own code, which others run as well: no other process sees that. `code wait` only stays. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOVE_W0 UINT32_C(0x52800000) /* mov w0, #number << 5 */

__attribute__((noinline, aligned(64))) static int number(void)
{
    __asm__ volatile("");
    return VERSION;
}

int main(int argc, char **argv)
{
    int (*volatile call)(void) = number;
    uint32_t *at = (uint32_t *)(uintptr_t)number, *page = (uint32_t *)((uintptr_t)at & ~UINT64_C(4095));

    if (argc > 1 && strcmp(argv[1], "wait") == 0) {
        puts("waiting");
        fflush(stdout);
        pause();
    }
    printf("number %d\n", call());
    if (mprotect(page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
        return 1;
    for (int i = 0; i < 8; i++)
        if (at[i] == (MOVE_W0 | VERSION << 5))
            at[i] = MOVE_W0 | 99 << 5;
    if (mprotect(page, 8192, PROT_READ | PROT_EXEC) != 0)
        return 2;
    __builtin___clear_cache((char *)page, (char *)page + 8192);
    printf("number %d\n", call());
    return 0;
}
