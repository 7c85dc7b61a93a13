/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/forge.c: sends a fault message although there was no fault. The kernel sends fault
 * messages through the capability in slot CSPACE_SELF, which the program can use, too:
 * `forge [LABEL]`, by default a page fault (5).
 */
#include <lib/client/client.h>
#include <sel4/sel4.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    seL4_Word label = argc > 1 ? strtoul(argv[1], NULL, 10) : seL4_Fault_VMFault;

    for (unsigned i = 0; i < 14; i++)
        seL4_SetMR((int)i, 0x1000 + i);
    seL4_Send(CSPACE_SELF, seL4_MessageInfo_new(label, 0, 0, 14));
    printf("forge: it was believed, or not noticed\n");
    return 0;
}
