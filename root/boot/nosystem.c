/* SPDX-License-Identifier: BSD-2-Clause */
/* root/boot/nosystem.c: the core alone, for its tests, starts no system. */
#include "root/system/system.h"

void system_start(void)
{
}
