/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/null.c: reads through a null pointer; `null write` and `null call` write and
 * jump through one. */
#include <stddef.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "read";
    volatile int *nowhere = NULL;

    /* The compiler must not know. */
    __asm__ volatile("" : "+r"(nowhere));
    if (strcmp(how, "write") == 0)
        *nowhere = 1;
    else if (strcmp(how, "call") == 0)
        ((void (*)(void))nowhere)();
    return *nowhere;
}
