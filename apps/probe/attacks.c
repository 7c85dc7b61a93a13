/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/probe/attacks.c: see probe.h. */
#include "apps/probe/probe.h"

#include <stdio.h>

int attack(int argc, char **argv)
{
    printf("probe: no attack '%s'\n", argc > 1 ? argv[1] : "");
    return 2;
}
