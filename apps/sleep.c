/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/sleep.c: waits for a number of seconds (default 1). */
#include <lib/client/client.h>
#include <stdio.h>
#include <stdlib.h>

#define NANOSECONDS UINT64_C(1000000000)

int main(int argc, char **argv)
{
    uint64_t seconds = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t time = seconds > UINT64_MAX / NANOSECONDS ? UINT64_MAX : seconds * NANOSECONDS;

    cell_ready();
    cell_error_t error = cell_sleep(time);

    if (error != CELL_OK)
        printf("sleep: %s\n", cell_error_text(error));
    return error != CELL_OK;
}
