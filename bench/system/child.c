/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/system/child.c: tells when its main began, as exit code; with an argument it waits to be terminated. */
#include <lib/client/client.h>
#include <cell/idl/pd.h>

#include "bench/system/measure.h"

#define DAY UINT64_C(86400000000000)

int main(int argc, char **argv)
{
    uint64_t ticks, frequency;

    (void)argv;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
    if (argc > 1)
        cell_sleep(DAY);
    pd_exit(ticks * (UINT64_C(1000000000) / frequency));
    return 1;
}
