/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/pair.c: main and, for a thread PD of systems/two-threads, worker: both say
 * that they are ready and stay. */
#include <cell/idl/clock.h>
#include <lib/client/client.h>

static int stay(void)
{
    cell_ready();
    while (clock_sleep(CSPACE_SELF, UINT64_C(3600000000000)) == CELL_OK)
        ;
    return 1;
}

__attribute__((used, retain)) int worker(void *argument)
{
    (void)argument;
    return stay();
}

int main(void)
{
    return stay();
}
