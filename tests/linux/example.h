/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts that the example programs share. Each makes regions of memory of which it knows the pages, prints a line
 * `NAME ADDRESS PAGES` for each (address in hexadecimal), then `ready`, and waits for the end of its standard input. */
#pragma once

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The operation on each page of a region. */
enum example_use { EXAMPLE_NONE, EXAMPLE_READ, EXAMPLE_WRITE };

static inline size_t example_page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

_Noreturn static inline void example_fail(const char *what)
{
    perror(what);
    exit(1);
}

static inline void example_touch(volatile char *start, size_t pages, enum example_use use)
{
    for (size_t i = 0; i < pages && use != EXAMPLE_NONE; i++) {
        char value = start[i * example_page()];
        if (use == EXAMPLE_WRITE) {
            start[i * example_page()] = (char)(value + 1);
        }
    }
}

/* Makes a region between two pages that may not be touched, so that the kernel merges it with no other, and small
 * enough to get no huge page. `file`: -1 for none. */
static inline char *example_region(const char *name, size_t pages, int flags, int file, enum example_use use)
{
    size_t page = example_page();
    char *room = mmap(NULL, (pages + 2) * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    int rights = PROT_READ | (use == EXAMPLE_READ && file >= 0 ? 0 : PROT_WRITE);
    if (room == MAP_FAILED ||
        mmap(room + page, pages * page, rights, flags | MAP_FIXED | (file < 0 ? MAP_ANONYMOUS : 0), file, 0) ==
            MAP_FAILED) {
        example_fail(name);
    }
    example_touch(room + page, pages, use);
    printf("%s %lx %zu\n", name, (unsigned long)(room + page), pages);
    return room + page;
}

/* Prints `ready`, and waits. Children of the same standard input end with their parent. */
_Noreturn static inline void example_wait(void)
{
    char byte;
    puts("ready");
    fflush(stdout);
    while (read(0, &byte, 1) > 0) {
    }
    _exit(0);
}
