/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/stackoverflow.c: calls itself until its stack is used up. */
#include <string.h>

static __attribute__((noinline)) int deeper(const char *above)
{
    char here[256];

    memset(here, above[0] + 1, sizeof here);
    /* The result is used, so that the compiler makes no tail call. */
    return deeper(here) + here[0];
}

int main(void)
{
    return deeper("");
}
