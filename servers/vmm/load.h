/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/load.h: what is in a machine's memory before it starts: a kernel, an initrd, the device tree. */
#pragma once

#include "servers/vmm/machine.h"

/* "IMAGE [initrd=FILE] [WORD...]", as vm.start has it. *entry, *argument: for its CPU, guest addresses. CELL_NOT_FOUND: no
 * such file; CELL_TOO_LARGE: it does not fit; CELL_BAD_ARGUMENT: the kernel is no image for this machine. */
cell_error_t load(struct machine *machine, const char *text, size_t length, uint64_t *entry, uint64_t *argument);
