/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/null.c: reads through a null pointer; `null write` writes through one, and `null call` jumps
 * through one. */
#include <stddef.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "read";
    volatile int *nowhere = NULL;

    /* Hides the value from the compiler. */
    __asm__ volatile("" : "+r"(nowhere));
    if (strcmp(how, "write") == 0)
        *nowhere = 1;
    else if (strcmp(how, "call") == 0)
        ((void (*)(void))nowhere)();
    return *nowhere;
}
