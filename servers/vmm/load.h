/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/load.h: what is in a machine's memory before it starts: a kernel, an initrd, the device tree. */
#pragma once

#include "servers/vmm/machine.h"

/* Begins to load what machine->text says, "IMAGE [initrd=FILE] [WORD...]": all that can be wrong with it is found out now; the
 * machine is MACHINE_LOADS and as after a reset then. CELL_NOT_FOUND: no such file; CELL_TOO_LARGE: it does not fit;
 * CELL_BAD_ARGUMENT: the kernel is no image for this machine. */
cell_error_t load_begin(struct machine *machine);
/* Loads a piece. CELL_AGAIN: there is more; CELL_OK: *entry, *argument are for its first CPU, guest addresses. */
cell_error_t load_some(struct machine *machine, uint64_t *entry, uint64_t *argument);
/* Gives up what loading needs; harmless if nothing is loaded. */
void load_end(struct machine *machine);
