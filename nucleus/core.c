/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/core.c: the core.
 */
#include "nucleus/core.h"

struct core core;

void core_boot(void)
{
    core.idle.state = THREAD_IDLE;
    core.current = &core.idle;
}
