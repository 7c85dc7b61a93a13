/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/saved.h: the state of a machine in bytes, behind the guest's memory. So a memory object has all of a machine: it is
 * what copies are made of, and what is kept in a file. It may come from anybody.
 */
#pragma once

#include "servers/vmm/machine.h"

/* Writes what a machine that stands still is, with the states of its CPUs (NULL: one is not powered). */
void saved_write(const struct machine *machine, struct cpu_state *const states[GIC_CPUS]);
/* Makes a machine that has its memory and its disk, and nothing else yet, what the state behind its memory says, on a network (""; none); the
 * CPUs are to be made, and saved_run() makes them go on. CELL_BAD_ARGUMENT: there is no state, or one of a machine with another disk, or
 * without a network card. CELL_OVERLAP: as of net_connect(). */
cell_error_t saved_read(struct machine *machine, const char *network);
cell_error_t saved_run(struct machine *machine);
