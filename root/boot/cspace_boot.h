/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/boot/cspace_boot.h: from the CSpace that the kernel gave to the root task's own.
 */
#pragma once

#include <sel4/sel4.h>

#include "root/memory/memory.h"

/* What start-up needs to know about the machine's memory. */
struct boot_memory {
    page_t first, end; /* all blocks lie here */
    uint32_t bootstrap; /* index of the untyped that was used first, and how much of it */
    uint64_t bootstrap_used;
};

/* Makes root CNode and first leaf, moves all capabilities that are needed, and
 * switches over. False: no untyped is large enough. */
bool cspace_boot(const seL4_BootInfo *info, struct boot_memory *memory);
