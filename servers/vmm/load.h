/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/load.h: loads a machine's memory before it starts: a kernel, an initrd, the device tree. */
#pragma once

#include "servers/vmm/machine.h"

/* Begins to load what machine->text names, "IMAGE [initrd=FILE] [WORD...]", and checks all of it; the machine is then MACHINE_LOADS,
 * and its devices are as after a reset. CELL_NOT_FOUND: no such file; CELL_TOO_LARGE: it does not fit; CELL_BAD_ARGUMENT: the kernel
 * is not an arm64 image. */
cell_error_t load_begin(struct machine *machine);
/* Loads a piece. CELL_AGAIN: there is more; CELL_OK: all is loaded, and *entry and *argument are for its first CPU, guest addresses. */
cell_error_t load_some(struct machine *machine, uint64_t *entry, uint64_t *argument);
/* Frees what loading needs; harmless if nothing is being loaded. */
void load_end(struct machine *machine);
