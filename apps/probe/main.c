/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/probe: asks for what it must not get, for tests.
 *
 *   sweep          every request that is read from the console, with its right answer: one by a
 *                  process, by a thread of it, and by a PD whose maker is dead
 *   ATTACK [ARG]   one attack (attacks.c); says whether it was refused
 */
#include "apps/probe/probe.h"

#include <string.h>

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "sweep") == 0)
        return sweep();
    if (strcmp(what, "cases") == 0)
        return cases(argc, argv);
    return attack(argc, argv);
}
