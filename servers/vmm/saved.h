/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/saved.h: the state of a machine in bytes, behind the guest's memory. So one memory object holds all of a machine: copies
 * are made from it, and it can be kept in a file. Its contents are not trusted.
 */
#pragma once

#include "servers/vmm/machine.h"

/* Writes the state of a stopped machine, with the states of its CPUs (NULL: a CPU is not powered). */
void saved_write(const struct machine *machine, struct cpu_state *const states[GIC_CPUS]);
/* Reads the state behind a machine's memory into the machine, which has only its memory and its disk yet, and connects it to a network
 * ("": none). Then the CPUs are to be made, and saved_run() lets them go on. CELL_BAD_ARGUMENT: there is no state, or one of a machine
 * with another disk, or without a network card; errors as net_connect(). */
cell_error_t saved_read(struct machine *machine, const char *network);
cell_error_t saved_run(struct machine *machine);
