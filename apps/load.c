/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/load.c: `load ADDRESS BYTES` reads its input, at most BYTES bytes, into memory that it shares with the shell, and writes their
 * number into the word behind them. The shell reads files in this way. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    if (argc != 3)
        return 1;
    uint64_t address = strtoull(argv[1], NULL, 0), bytes = strtoull(argv[2], NULL, 0);
    uint64_t count = fread((void *)address, 1, bytes, stdin);

    *(uint64_t *)(address + bytes) = count;
    if (ferror(stdin) || fgetc(stdin) != EOF) {
        fprintf(stderr, "load: not all was read\n");
        return 1;
    }
    return 0;
}
