/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/probe/probe.h: a program that asks for what it must not get (tests/boot/authority.py). */
#pragma once

#include <lib/client/client.h>
#include <lib/client/spawn.h>

/* sweep.c: `probe sweep` makes handles of every type and starts `probe cases`, which reads
 * requests from the boot archive and compares their answers. */
int sweep(void);
int cases(int argc, char **argv);

/* attacks.c: one attack by name; 0: it was refused as it must be. */
int attack(int argc, char **argv);
