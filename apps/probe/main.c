/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/probe: asks for what it must not get, for tests.
 *
 *   sweep          sends every request in the file `requests` of the boot archive, and compares the answers: from a
 *                  process, from a thread of it, and from a PD whose maker has ended
 *   ATTACK [ARG]   makes one attack (attacks.c), and says whether it was refused
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
