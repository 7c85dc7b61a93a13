/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/main.c: a server of virtual machines (idl/vm.idl), the monitor of guests. A machine belongs to its clients: it ends
 * when the last of them gives it up.
 */
#include <cell/idl/vcpu.h>
#include <cell/idl/vm_server.h>
#include <lib/client/signals.h>
#include <string.h>

#include "servers/vmm/freeze.h"
#include "servers/vmm/machine.h"

/* The machine behind a request; NULL: there is none. */
static struct machine *machine_of(const void *context)
{
    const struct server_request *request = context;

    return machine_find(request->handle->object);
}

static struct disk_wish disk_of(uint64_t first, uint64_t blocks, const char *path, size_t length)
{
    struct disk_wish wish = {.first = first, .blocks = blocks};

    memcpy(wish.file, path, length);
    return wish;
}

cell_error_t vm_start_serve(void *context, const struct vm_start_in *in, struct vm_start_out *out)
{
    const struct server_request *request = context;
    const size_t path = in->path;
    struct machine *machine;

    if (path > in->text_count)
        return CELL_BAD_ARGUMENT;
    const struct machine_wish wish = {
        .mebibytes = in->memory,
        .is_large = in->large != 0,
        .cpus = (unsigned)in->cpus,
        .disk = disk_of(in->disk_first, in->disk_blocks, in->text, path),
        .name = in->name,
        .network = in->network,
        .text = in->text + path,
        .length = in->text_count - path,
    };
    cell_error_t error = machine_start(&wish, &machine);

    if (error != CELL_OK)
        return error;
    error = server_create_resource(request->handle->space, machine->entry.id, machine->name, request->handle->client,
                                   &out->vm);
    if (error != CELL_OK) {
        machine_free(machine);
        return error;
    }
    out->id = machine->cpu[0].id;
    error = machine_tell(request->handle->space, machine);
    if (error != CELL_OK)
        machine_revoke(request->handle->space, machine);
    return error;
}

cell_error_t vm_about_serve(void *context, const struct vm_about_in *in, struct vm_about_out *out)
{
    struct machine *machine = machine_of(context);

    (void)in;
    if (machine == NULL)
        return CELL_NOT_FOUND;
    machine_look(machine);
    *out = (struct vm_about_out){.state = machine->state,
                                 .id = machine->cpu[0].id,
                                 .memory = machine->bytes / MACHINE_MEBIBYTE,
                                 .cpus = machine->cpus,
                                 .exits = machine->exits,
                                 .accesses = machine->accesses,
                                 .waits = machine->waits};
    memcpy(out->image, machine->image, sizeof out->image);
    return CELL_OK;
}

cell_error_t vm_type_serve(void *context, const struct vm_type_in *in, struct vm_type_out *out)
{
    struct machine *machine = machine_of(context);

    if (machine == NULL)
        return CELL_NOT_FOUND;
    if (machine->console.is_virtio)
        out->taken = virtio_type(machine, in->text, in->text_count);
    else
        while (out->taken < in->text_count && pl011_receive(&machine->serial, in->text[out->taken]))
            out->taken++;
    machine_update(machine);
    return CELL_OK;
}

cell_error_t vm_stop_serve(void *context, const struct vm_stop_in *in, struct vm_stop_out *out)
{
    struct machine *machine = machine_of(context);

    (void)in;
    (void)out;
    if (machine == NULL)
        return CELL_NOT_FOUND;
    machine_halt(machine, MACHINE_ENDED);
    return CELL_OK;
}

cell_error_t vm_pause_serve(void *context, const struct vm_pause_in *in, struct vm_pause_out *out)
{
    struct machine *machine = machine_of(context);

    (void)in;
    (void)out;
    return machine == NULL ? CELL_NOT_FOUND : freeze_pause(machine, context);
}

cell_error_t vm_fork_serve(void *context, const struct vm_fork_in *in, struct vm_fork_out *out)
{
    struct server_request *request = context;
    struct machine *machine = machine_of(context);
    struct fork fork = {.space = request->handle->space,
                        .disk = disk_of(in->disk_first, in->disk_blocks, in->path, in->path_count)};

    (void)out;
    if (machine == NULL)
        return CELL_NOT_FOUND;
    memcpy(fork.network, in->network, sizeof fork.network);
    fork.child = machine_new(in->name);
    if (fork.child == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = server_create_resource(fork.space, fork.child->entry.id, fork.child->name, request->handle->client,
                                                &fork.there);

    if (error != CELL_OK) {
        machine_free(fork.child);
        return error;
    }
    error = freeze_fork(machine, request, &fork);
    if (error != CELL_OK)
        machine_revoke(fork.space, fork.child);
    return error;
}

cell_error_t vm_save_serve(void *context, const struct vm_save_in *in, struct vm_save_out *out)
{
    struct machine *machine = machine_of(context);

    (void)in;
    (void)out;
    return machine == NULL ? CELL_NOT_FOUND : freeze_save(machine, context);
}

cell_error_t vm_restore_serve(void *context, const struct vm_restore_in *in, struct vm_restore_out *out)
{
    const struct server_request *request = context;
    const uint64_t space = request->handle->space;
    const struct disk_wish disk = disk_of(in->disk_first, in->disk_blocks, in->path, in->path_count);
    struct machine *machine = machine_new(in->name);

    if (machine == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = server_create_resource(space, machine->entry.id, machine->name, request->handle->client, &out->vm);

    if (error != CELL_OK) {
        machine_free(machine);
        return error;
    }
    error = machine_restore(machine, in->memory, &disk, in->network);
    if (error == CELL_OK)
        error = machine_tell(space, machine);
    out->id = machine->cpu[0].id;
    if (error != CELL_OK)
        machine_revoke(space, machine);
    return error;
}

cell_error_t vm_resume_serve(void *context, const struct vm_resume_in *in, struct vm_resume_out *out)
{
    struct machine *machine = machine_of(context);

    (void)in;
    (void)out;
    return machine == NULL ? CELL_NOT_FOUND : machine_resume(machine);
}

cell_error_t vm_reboot_serve(void *context, const struct vm_reboot_in *in, struct vm_reboot_out *out)
{
    struct machine *machine = machine_of(context);

    (void)in;
    (void)out;
    return machine == NULL ? CELL_NOT_FOUND : machine_reset(machine);
}

cell_error_t vm_registers_serve(void *context, const struct vm_registers_in *in, struct vm_registers_out *out)
{
    const struct machine *machine = machine_of(context);

    if (machine == NULL || in->cpu >= machine->cpus)
        return CELL_NOT_FOUND;
    const struct cpu *cpu = &machine->cpu[in->cpu];

    return cpu->pd == 0 ? CELL_GONE
                        : vcpu_registers(cpu->pd, cpu->id, in->first, &out->r0, &out->r1, &out->r2, &out->r3, &out->r4,
                                         &out->r5, &out->r6, &out->r7);
}

cell_error_t vm_front_serve(void *context, const struct vm_front_in *in, struct vm_front_out *out)
{
    struct machine *machine = machine_of(context);

    (void)in;
    (void)out;
    if (machine == NULL)
        return CELL_NOT_FOUND;
    console_front(machine);
    return CELL_OK;
}

cell_error_t vm_back_serve(void *context, const struct vm_back_in *in, struct vm_back_out *out)
{
    (void)in;
    (void)out;
    console_gone(machine_of(context));
    return CELL_OK;
}

static void freed(uint64_t space, uint64_t object)
{
    struct machine *machine = machine_find(object);

    (void)space;
    if (machine != NULL)
        machine_free(machine);
}

static void notified(uint64_t bits)
{
    if ((bits & NET_SIGNALS) != 0)
        net_notified(bits);
    if ((bits & SIGNAL_WOKEN) != 0)
        machine_work();
}

static const struct server_type vm_type = {.name = "VM", .interface = &vm_interface, .freed = freed};

static const struct server_type *const types[] = {&vm_type, &gmo_type, NULL};
static const struct server server = {.types = types, .notified = notified, .fault = machine_message};

int main(int argc, char **argv)
{
    return server_run(&server, argc, argv);
}
