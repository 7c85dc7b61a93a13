/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/cat.c: prints the lines that it reads, until the end of input. */
#include <stdio.h>

int main(void)
{
    int byte;

    while ((byte = getchar()) != EOF)
        putchar(byte);
    return 0;
}
