/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/freeze.c: see freeze.h. Bottom-up: ending, copying, standing still, beginning. */
#include "servers/vmm/freeze.h"

#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/vm_server.h>
#include <stdlib.h>

#include "servers/vmm/disk.h"
#include "servers/vmm/saved.h"
#include "servers/vmm/state.h"

#define SECOND UINT64_C(1000000000) /* ns */

struct freeze {
    enum { PAUSE,
           FORK,
           SAVE } what;
    struct server_reply reply;
    uint64_t until;
    uint64_t client;                   /* SAVE: who gets the copy */
    struct fork fork;                  /* FORK; child NULL: it has ended meanwhile */
    unsigned saving;                   /* how many CPUs are still saving their state */
    struct cpu_state *state[GIC_CPUS]; /* states that were saved; NULL: the CPU is not powered, or still saving */
};

/* ---- Ending ------------------------------------------------------------------------ */

/* Takes the freeze out of the machine. */
static struct freeze take(struct machine *machine)
{
    struct freeze freeze = *machine->freeze;

    free(machine->freeze);
    machine->freeze = NULL;
    return freeze;
}

static void end(struct freeze *freeze, cell_error_t error, const void *out, size_t bytes)
{
    for (unsigned i = 0; i < GIC_CPUS; i++)
        free(freeze->state[i]);
    if (error != CELL_OK && freeze->fork.child != NULL)
        machine_revoke(freeze->fork.space, freeze->fork.child);
    server_answer(&freeze->reply, error, out, bytes);
}

void freeze_end(struct machine *machine, cell_error_t error)
{
    if (machine->freeze == NULL)
        return;
    struct freeze freeze = take(machine);

    end(&freeze, error, NULL, 0);
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

/* ---- Copying ------------------------------------------------------------------------ */

static cell_error_t copy(const struct machine *machine, const struct fork *fork, struct vm_fork_out *out)
{
    if (fork->child == NULL)
        return CELL_GONE;
    cell_error_t error = machine_restore(fork->child, machine->mo, &fork->disk, fork->network);

    if (error == CELL_OK)
        error = machine_tell(fork->space, fork->child);
    *out = (struct vm_fork_out){.vm = fork->there, .id = fork->child->cpu[0].id};
    return error;
}

/* Gives the client a copy of the memory; only the client's handle keeps it. */
static cell_error_t hand_out(const struct machine *machine, uint64_t client, struct vm_save_out *out)
{
    cell_cap_t mo = 0;
    cell_error_t error = mo_copy(cell_rde("MO"), machine->mo, &mo);

    if (error == CELL_OK)
        error = handle_give_to_client(client, mo, CELL_READ, &out->memory);
    if (mo != 0)
        mo_release(mo);
    return error;
}

static void saved_all(struct machine *machine)
{
    struct freeze freeze = take(machine);
    struct vm_fork_out fork;
    struct vm_save_out save;

    for (unsigned i = 0; i < machine->cpus; i++)
        cpu_inject_again(&machine->cpu[i]);
    saved_write(machine, freeze.state);
    if (freeze.what == FORK)
        end(&freeze, copy(machine, &freeze.fork, &fork), &fork, sizeof fork);
    else
        end(&freeze, hand_out(machine, freeze.client, &save), &save, sizeof save);
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
    return machine->disk == NULL || !disk_is_busy(machine->disk);
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
    if (machine->freeze->what != PAUSE) {
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
    if (at_rest(machine) || (now >= freeze->until && freeze->what == PAUSE)) {
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

static cell_error_t begin(struct machine *machine, struct server_request *request, const struct freeze *what)
{
    const bool can = machine->state == MACHINE_RUNS || (machine->state == MACHINE_PAUSED && what->what != PAUSE);
    struct freeze *freeze = can && machine->freeze == NULL ? malloc(sizeof *freeze) : NULL;

    if (freeze == NULL)
        return can && machine->freeze == NULL ? CELL_NO_MEMORY : CELL_BUSY;
    *freeze = *what;
    cell_error_t error = server_defer(request, &freeze->reply);

    if (error != CELL_OK) {
        free(freeze);
        return error;
    }
    const uint64_t now = cpu_clock();

    freeze->until = now + (freeze->what == PAUSE ? SECOND : 30 * SECOND);
    machine->freeze = freeze;
    freeze_look(machine, now);
    machine_set_timer();
    return CELL_OK;
}

cell_error_t freeze_pause(struct machine *machine, struct server_request *request)
{
    return begin(machine, request, &(struct freeze){.what = PAUSE});
}

cell_error_t freeze_fork(struct machine *machine, struct server_request *request, const struct fork *fork)
{
    return begin(machine, request, &(struct freeze){.what = FORK, .fork = *fork});
}

cell_error_t freeze_save(struct machine *machine, struct server_request *request)
{
    return begin(machine, request, &(struct freeze){.what = SAVE, .client = request->handle->client->entry.id});
}
