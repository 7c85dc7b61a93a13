/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/forge.c: sends fault messages that are not true: the kernel sends a fault
 * through the capability in slot CSPACE_FAULT, which the program has as well. */
#include <lib/client/client.h>
#include <sel4/sel4.h>
#include <stdio.h>

int main(void)
{
    /* Labels of faults, and what words a program might make up. */
    for (seL4_Word label = 0; label < 10; label++) {
        for (unsigned i = 0; i < 12; i++)
            seL4_SetMR(i, label * 16 + i);
        seL4_NBSend(CSPACE_FAULT, seL4_MessageInfo_new(label, 0, 0, 12));
        seL4_Send(CSPACE_FAULT, seL4_MessageInfo_new(label, 0, 0, 12));
        seL4_Send(CSPACE_FAULT, seL4_MessageInfo_new(label, 0, 0, 0));
    }
    printf("forge: 30 faults that never were; still here\n");
    return 0;
}
