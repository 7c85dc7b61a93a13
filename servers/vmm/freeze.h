/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/freeze.h: machines stand still, so that all of their state is in the monitor's hands: to be paused, copied, or kept.
 *
 * A machine goes on until its disk is done with its request; then its CPUs stop, wherever they are. What list registers hold is the
 * hardware's, and cannot be read; but what the guest is at work on cannot be put there again (gic_again()), and the rest waits.
 */
#pragma once

#include "servers/vmm/machine.h"

/* A machine that runs is to be paused; the request is answered then, after a second at the latest, if its disk is not done by
 * then. CELL_BUSY: it does not run, or is about to stand still. */
cell_error_t freeze_pause(struct machine *machine, struct server_request *request);

/* A machine that runs or is paused is to be copied to `child` (machine_new(), a resource of the space, `there` in its client),
 * which runs then; the request is answered, and the machine goes on as before. CELL_BUSY, also later: its disk is not done
 * within thirty seconds; then, and with errors of machine_restore(), the child's resource is taken back. */
struct fork {
    struct machine *child;
    uint64_t space;
    cell_cap_t there;
    struct disk_wish disk;
    char network[NET_NAME];
};
cell_error_t freeze_fork(struct machine *machine, struct server_request *request, const struct fork *fork);
/* The same, but the client gets a copy of its memory, with its state behind it (saved.h). */
cell_error_t freeze_save(struct machine *machine, struct server_request *request);

/* When freeze_look() is to be called at the latest; for a machine that is about to stand still. */
uint64_t freeze_until(const struct machine *machine);
/* Something may have come to rest. Harmless for others. */
void freeze_look(struct machine *machine, uint64_t now);
/* One of its CPUs has saved its state, which is owned from now on. */
void freeze_saved(struct cpu *cpu, struct cpu_state *state);
/* Nothing comes of it: whoever waits gets the error. Harmless if nobody does. */
void freeze_end(struct machine *machine, cell_error_t error);
/* `child` ends: no machine is to be copied to it. */
void freeze_forget(struct machine *machine, const struct machine *child);
