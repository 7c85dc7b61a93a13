/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/freeze.h: stops machines, so that the monitor has all of their state: to pause, copy or save them.
 *
 * A machine goes on until its disk has done the current request; then its CPUs stop, wherever they are. The monitor cannot read the
 * list registers. So it injects their interrupts again (gic_again()): those that the guest is handling are refused, and the others
 * become pending.
 */
#pragma once

#include "servers/vmm/machine.h"

/* Begins to pause a machine that runs; the request is answered when it is paused: when its disk is done, or after a second.
 * CELL_BUSY: it does not run, or is about to be stopped. */
cell_error_t freeze_pause(struct machine *machine, struct server_request *request);

/* Begins to copy a machine that runs or is paused to `child` (of machine_new(); it is a resource of `space`, on which its client has the
 * handle `there`). When the child runs, the request is answered, and the machine goes on as before. The request may fail later, too:
 * with CELL_BUSY if the disk is not done within thirty seconds, and with errors of machine_restore(); then the child's resource is
 * taken back. */
struct fork {
    struct machine *child;
    uint64_t space;
    cell_cap_t there;
    struct disk_wish disk;
    char network[NET_NAME];
};
cell_error_t freeze_fork(struct machine *machine, struct server_request *request, const struct fork *fork);
/* The same, but the client gets a copy of the machine's memory, with the machine's state behind it (saved.h). */
cell_error_t freeze_save(struct machine *machine, struct server_request *request);

/* When freeze_look() has to be called at the latest, for a machine that is about to be stopped. */
uint64_t freeze_until(const struct machine *machine);
/* Stops a machine that is about to be stopped, if its disk and CPUs are done. Harmless for other machines. */
void freeze_look(struct machine *machine, uint64_t now);
/* A CPU has saved its state; takes over `state`. */
void freeze_saved(struct cpu *cpu, struct cpu_state *state);
/* Gives up the freeze, and answers its request with the error. Harmless if there is none. */
void freeze_end(struct machine *machine, cell_error_t error);
/* `child` ends: a machine that is to be copied to it must not be. */
void freeze_forget(struct machine *machine, const struct machine *child);
