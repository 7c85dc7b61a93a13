/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/programs/stamp.c: prints the time and ends. The difference of two stamps is the time of the commands between them. */
#include "bench/programs/measure.h"

int main(void)
{
    printf("stamp %lu\n", (unsigned long)measure_now());
    return 0;
}
