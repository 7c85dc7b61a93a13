/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/freeze.c: see freeze.h. Bottom-up: ending, copying, standing still, beginning. */
#include "servers/vmm/freeze.h"

#include <cell/idl/vm_server.h>
#include <stdlib.h>

#include "servers/vmm/disk.h"
#include "servers/vmm/state.h"

#define PATIENCE UINT64_C(1000000000) /* ns */

struct freeze {
    struct server_reply reply;
    uint64_t until;
    struct fork fork;                  /* there 0: it is to be paused; child NULL: that has ended meanwhile */
    unsigned saving;                   /* CPUs that are saving their state */
    struct cpu_state *state[GIC_CPUS]; /* of those that have; NULL: it is not powered */
};

/* ---- Ending ------------------------------------------------------------------------ */

/* The machine has a freeze no more. */
static struct freeze take(struct machine *machine)
{
    struct freeze freeze = *machine->freeze;

    free(machine->freeze);
    machine->freeze = NULL;
    return freeze;
}

static void end(struct freeze *freeze, cell_error_t error, const struct vm_fork_out *out)
{
    for (unsigned i = 0; i < GIC_CPUS; i++)
        free(freeze->state[i]);
    if (error != CELL_OK && freeze->fork.child != NULL) /* the resource goes, and the machine with it */
        server_revoke(freeze->fork.space, freeze->fork.child->entry.id);
    server_answer(&freeze->reply, error, out, out == NULL ? 0 : sizeof *out);
}

void freeze_end(struct machine *machine, cell_error_t error)
{
    if (machine->freeze == NULL)
        return;
    struct freeze freeze = take(machine);

    end(&freeze, error, NULL);
}

void freeze_forget(struct machine *machine, const struct machine *child)
{
    if (machine->freeze != NULL && machine->freeze->fork.child == child)
        machine->freeze->fork.child = NULL;
}

static void go_on(struct machine *machine)
{
    if (machine->state != MACHINE_RUNS)
        return;
    for (unsigned i = 0; i < machine->cpus; i++)
        cpu_resume(&machine->cpu[i]);
    machine_go_on(machine);
    machine_update(machine);
}

/* ---- Copying ------------------------------------------------------------------------- */

static cell_error_t copy(const struct machine *machine, const struct freeze *freeze)
{
    struct machine *child = freeze->fork.child;
    cell_error_t error = machine_clone(child, machine, freeze->fork.disk_first, freeze->fork.disk_blocks);

    for (unsigned i = 0; error == CELL_OK && i < child->cpus; i++) {
        if (freeze->state[i] == NULL)
            continue;
        child->cpu[i].on = true;
        error = state_load(&child->cpu[i], freeze->state[i]);
    }
    if (error == CELL_OK)
        error = machine_tell(freeze->fork.space, child);
    if (error == CELL_OK)
        child->state = MACHINE_RUNS;
    return error;
}

static void saved_all(struct machine *machine)
{
    struct freeze freeze = take(machine);
    cell_error_t error = freeze.fork.child == NULL ? CELL_GONE : copy(machine, &freeze);
    const struct vm_fork_out out = {.vm = freeze.fork.there, .id = error == CELL_OK ? freeze.fork.child->cpu[0].id : 0};

    end(&freeze, error, &out);
    go_on(machine);
}

void freeze_saved(struct cpu *cpu, struct cpu_state *state)
{
    struct freeze *freeze = cpu->machine->freeze;

    if (freeze == NULL) {
        free(state);
        if (cpu->machine->state == MACHINE_RUNS)
            cpu_resume(cpu);
        return;
    }
    freeze->state[cpu->number] = state;
    if (--freeze->saving == 0)
        saved_all(cpu->machine);
}

/* ---- Standing still -------------------------------------------------------------------- */

static bool at_rest(const struct machine *machine)
{
    for (unsigned i = 0; i < machine->cpus; i++)
        if (machine->cpu[i].state != NULL)
            return false;
    return gic_at_rest(&machine->gic) && (machine->disk == NULL || !disk_is_busy(machine->disk));
}

static void save(struct machine *machine)
{
    struct freeze *freeze = machine->freeze;
    cell_error_t error = CELL_OK;

    for (unsigned i = 0; error == CELL_OK && i < machine->cpus; i++)
        if (machine->cpu[i].on) {
            error = state_save(&machine->cpu[i]);
            freeze->saving += error == CELL_OK;
        }
    if (error != CELL_OK || freeze->saving == 0) {
        freeze_end(machine, error != CELL_OK ? error : CELL_BUSY);
        go_on(machine);
    }
}

static void stand_still(struct machine *machine)
{
    if (machine->state == MACHINE_RUNS)
        for (unsigned i = 0; i < machine->cpus; i++)
            cpu_pause(&machine->cpu[i]);
    if (machine->freeze->fork.there != 0) {
        save(machine);
    } else {
        machine->state = MACHINE_PAUSED;
        freeze_end(machine, CELL_OK);
    }
}

void freeze_look(struct machine *machine, uint64_t now)
{
    const struct freeze *freeze = machine->freeze;

    if (freeze == NULL || freeze->saving != 0)
        return;
    if (at_rest(machine) || (now >= freeze->until && freeze->fork.there == 0)) {
        stand_still(machine);
    } else if (now >= freeze->until) {
        freeze_end(machine, CELL_BUSY);
        machine_update(machine);
    }
}

uint64_t freeze_until(const struct machine *machine)
{
    return machine->freeze->saving != 0 ? UINT64_MAX : machine->freeze->until;
}

/* ---- Beginning ---------------------------------------------------------------------------- */

static cell_error_t begin(struct machine *machine, struct server_request *request, const struct fork *fork)
{
    struct freeze *freeze = calloc(1, sizeof *freeze);
    cell_error_t error = freeze == NULL ? CELL_NO_MEMORY : server_defer(request, &freeze->reply);

    if (error != CELL_OK) {
        free(freeze);
        return error;
    }
    const uint64_t now = cpu_clock();

    freeze->until = now + PATIENCE;
    freeze->fork = *fork;
    machine->freeze = freeze;
    freeze_look(machine, now);
    machine_set_timer();
    return CELL_OK;
}

cell_error_t freeze_pause(struct machine *machine, struct server_request *request)
{
    return machine->state == MACHINE_RUNS && machine->freeze == NULL ? begin(machine, request, &(struct fork){0}) : CELL_BUSY;
}

cell_error_t freeze_fork(struct machine *machine, struct server_request *request, const struct fork *fork)
{
    const bool can = machine->state == MACHINE_RUNS || machine->state == MACHINE_PAUSED;

    return can && machine->freeze == NULL ? begin(machine, request, fork) : CELL_BUSY;
}
