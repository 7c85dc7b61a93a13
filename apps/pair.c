/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/pair.c: two threads of one address space that do nothing: `main`, and `worker`,
 * which a system description names as the entry of another PD. */
#include <lib/client/client.h>

static int stay(void)
{
    cell_ready();
    while (cell_sleep(UINT64_C(3600000000000)) == CELL_OK)
        ;
    return 1;
}

int worker(void *argument);
__attribute__((used)) int worker(void *argument)
{
    (void)argument;
    return stay();
}

int main(void)
{
    return stay();
}
