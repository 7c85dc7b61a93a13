/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/programs/stamp.c: says the time and ends: between two of them is what was run there. */
#include "bench/programs/measure.h"

int main(void)
{
    printf("stamp %lu\n", (unsigned long)measure_now());
    return 0;
}
