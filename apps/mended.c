/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/mended.c: reads where nothing is, says what it read, and breaks. Its handler (apps/handler.c) answers the reads.
 *
 *   mended [COUNT [STAY]]    reads so often, each time 4 KiB further on; with STAY it does not break
 */
#include <lib/client/client.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define NOWHERE UINT64_C(0x7000000000)

/* 32 bits at an address, loaded into x0. */
static uint32_t load(uint64_t at)
{
    register uint64_t x0 __asm__("x0");

    __asm__ volatile("ldr w0, [%1]"
                     : "=r"(x0)
                     : "r"(at)
                     : "memory");
    return (uint32_t)x0;
}

/* Where the IPC buffer is, as the root task has set it. */
static uint64_t buffer(void)
{
    uint64_t address;

    __asm__ volatile("mrs %0, tpidrro_el0"
                     : "=r"(address));
    return address;
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
    const uint64_t before = buffer();

    for (unsigned long i = 0; i < count; i++)
        printf("mended: read %x\n", load(NOWHERE + i * CELL_PAGE));
    if (buffer() != before)
        printf("mended: the IPC buffer is elsewhere\n");
    cell_ready();
    if (argc > 2)
        return (int)cell_sleep(UINT64_MAX);
    __builtin_trap();
}
