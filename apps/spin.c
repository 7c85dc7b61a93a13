/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/spin.c: computes forever. */
#include <lib/client/client.h>

int main(void)
{
    cell_ready();
    for (;;)
        __asm__ volatile("");
}
