/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/cpu.c: requests about CPUs and endpoints (idl/cpu.idl, idl/ep.idl). */
#include <cell/idl/cpu_server.h>
#include <cell/idl/ep_server.h>

#include "root/core/cpu.h"
#include "root/core/ep.h"
#include "root/core/pd.h"
#include "root/serve/serve.h"

static struct cpu *target(const struct request *request)
{
    return cpu_of(request->handle->object);
}

cell_error_t cpu_create_serve(void *context, const struct cpu_create_in *in,
                              struct cpu_create_out *out)
{
    struct request *request = context;
    struct cpu *cpu;
    cell_error_t error = cpu_create(serve_account(request), &cpu);

    (void)in;
    return error != CELL_OK ? error : serve_new_handle(request, &cpu->object, TYPE_CPU, &out->cpu);
}

cell_error_t cpu_set_priority_serve(void *context, const struct cpu_set_priority_in *in,
                                    struct cpu_set_priority_out *out)
{
    struct request *request = context;

    (void)out;
    if (in->priority > request->caller->ceiling)
        return CELL_DENIED;
    return cpu_set_priority(cpu_of(request->named[0]->object), (unsigned)in->priority);
}

cell_error_t cpu_stop_serve(void *context, const struct cpu_stop_in *in, struct cpu_stop_out *out)
{
    (void)in;
    (void)out;
    cpu_stop(target(context));
    return CELL_OK;
}

cell_error_t cpu_resume_serve(void *context, const struct cpu_resume_in *in,
                              struct cpu_resume_out *out)
{
    struct cpu *cpu = target(context);

    (void)in;
    (void)out;
    if (cpu->ads == NULL)
        return CELL_BUSY;
    cpu_resume(cpu);
    return CELL_OK;
}

cell_error_t cpu_read_serve(void *context, const struct cpu_read_in *in, struct cpu_read_out *out)
{
    uint64_t registers[CPU_REGISTERS];
    cell_error_t error = cpu_read(target(context), registers);

    if (error == CELL_OK) {
        out->r0 = registers[in->first];
        out->r1 = registers[in->first + 1];
        out->r2 = registers[in->first + 2];
        out->r3 = registers[in->first + 3];
    }
    return error;
}

cell_error_t cpu_release_serve(void *context, const struct cpu_release_in *in,
                               struct cpu_release_out *out)
{
    struct request *request = context;

    (void)in;
    (void)out;
    handle_free(request->handle);
    return CELL_OK;
}

cell_error_t ep_allocate_serve(void *context, const struct ep_allocate_in *in,
                               struct ep_allocate_out *out)
{
    const struct request *request = context;
    struct handle *handle;
    struct ep *ep;
    cell_error_t error = ep_create(serve_account(request), &ep);

    (void)in;
    if (error != CELL_OK)
        return error;
    error = handle_create_ep(pd_cspace(request->caller)->common, ep, HANDLE_ALL, &handle);
    if (error == CELL_OK)
        out->ep = handle->where;
    object_release(&ep->object);
    return error;
}

cell_error_t serve_cpu(struct request *request)
{
    return serve_request(request, &cpu_interface, TYPE_CPU);
}

cell_error_t serve_ep(struct request *request)
{
    return serve_request(request, &ep_interface, TYPE_EP);
}
