/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/save.c: `save ADDRESS BYTES` prints memory that it shares with the shell; the shell writes the output of its commands to files
 * in this way. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    if (argc != 3)
        return 1;
    uint64_t address = strtoull(argv[1], NULL, 0), bytes = strtoull(argv[2], NULL, 0);
    bool well = fwrite((const void *)address, 1, bytes, stdout) == bytes && fflush(stdout) == 0;

    if (!well)
        fprintf(stderr, "save: not all was written\n");
    return well ? 0 : 1;
}
