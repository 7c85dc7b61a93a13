/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/base/report.h: words about a fault of the root task itself.
 */
#pragma once

#include <sel4/sel4.h>
#include <stddef.h>

#include "root/base/kernel.h"

#define CPU_CONTEXT_WORDS (sizeof(seL4_UserContext) / sizeof(seL4_Word))

/* Writes the report about the fault message that is in the IPC buffer; returns
 * its length. `bug`: what root_bug() said, or empty. Stack and code of the
 * faulting thread are readable here. */
size_t report_write(char *text, size_t size, seL4_MessageInfo_t info, slot_t tcb, const char *bug);
