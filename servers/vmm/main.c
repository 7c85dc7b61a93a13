/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/main.c: a server of virtual machines (idl/vm.idl). A machine belongs to its clients: it is ended when
 * the last of them gives it up.
 */
#include <cell/idl/pd.h>
#include <cell/idl/vm_server.h>
#include <lib/client/signals.h>
#include <string.h>

#include "servers/vmm/machine.h"

cell_error_t vm_start_serve(void *context, const struct vm_start_in *in, struct vm_start_out *out)
{
    const struct server_request *request = context;
    struct machine *machine;
    cell_error_t error = machine_start(in->memory, in->text, in->text_count, &machine);

    if (error != CELL_OK)
        return error;
    error = server_create_resource(request->handle->space, machine->entry.id, machine->image, request->handle->client,
                                   &out->vm);
    if (error == CELL_OK)
        out->id = machine->id;
    else
        machine_free(machine);
    return error;
}

cell_error_t vm_about_serve(void *context, const struct vm_about_in *in, struct vm_about_out *out)
{
    const struct server_request *request = context;
    const struct machine *machine = machine_find(request->handle->object);

    (void)in;
    if (machine == NULL)
        return CELL_NOT_FOUND;
    *out = (struct vm_about_out){.state = machine->state,
                                 .id = machine->id,
                                 .memory = machine->bytes / MACHINE_MEBIBYTE,
                                 .exits = machine->exits,
                                 .accesses = machine->accesses,
                                 .waits = machine->waits};
    memcpy(out->image, machine->image, sizeof out->image);
    return CELL_OK;
}

cell_error_t vm_type_serve(void *context, const struct vm_type_in *in, struct vm_type_out *out)
{
    const struct server_request *request = context;
    struct machine *machine = machine_find(request->handle->object);

    if (machine == NULL)
        return CELL_NOT_FOUND;
    while (out->taken < in->text_count && pl011_receive(&machine->serial, in->text[out->taken]))
        out->taken++;
    machine_update(machine);
    machine_wake_due();
    return CELL_OK;
}

cell_error_t vm_stop_serve(void *context, const struct vm_stop_in *in, struct vm_stop_out *out)
{
    const struct server_request *request = context;
    struct machine *machine = machine_find(request->handle->object);

    (void)in;
    (void)out;
    if (machine == NULL)
        return CELL_NOT_FOUND;
    machine_halt(machine, MACHINE_ENDED);
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
    if ((bits & SIGNAL_WOKEN) != 0)
        machine_wake_due();
}

static const struct server_type vm_type = {.name = "VM", .interface = &vm_interface, .freed = freed};

static const struct server_type *const types[] = {&vm_type, NULL};
static const struct server server = {.types = types, .notified = notified, .fault = machine_message};

int main(int argc, char **argv)
{
    return server_run(&server, argc, argv);
}
