/* SPDX-License-Identifier: BSD-2-Clause */
/* root/nosystem.c: the core alone, for its tests, starts no system. */
#include "root/boot.h"

void system_start(void)
{
}
