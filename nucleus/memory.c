/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/memory.c: the two functions that the compiler may call by itself.
 */
#include "nucleus/memory.h"

void *memset(void *to, int value, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);

__attribute__((used, optimize("no-tree-loop-distribute-patterns"))) void *memset(void *to, int value, size_t size)
{
    unsigned char *bytes = to;

    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)value;
    return to;
}

__attribute__((used, optimize("no-tree-loop-distribute-patterns"))) void *memcpy(void *restrict to,
                                                                                  const void *restrict from, size_t size)
{
    unsigned char *out = to;
    const unsigned char *in = from;

    for (size_t i = 0; i < size; i++)
        out[i] = in[i];
    return to;
}
