/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/vcpu.c: requests about guests' CPUs (idl/vcpu.idl). */
#include <cell/idl/vcpu_server.h>
#include <string.h>

#include "root/core/pd.h"
#include "root/core/vcpu.h"
#include "root/serve/serve.h"

/* The elevated CPU of the PD that a request is about. CELL_GONE: it has ended. */
static cell_error_t find(const struct request *request, struct cpu **cpu)
{
    *cpu = request->other->cpu;
    if (*cpu == NULL)
        return pd_alive(request->other) ? CELL_UNSUPPORTED : CELL_GONE;
    return cpu_elevated(*cpu) ? CELL_OK : CELL_UNSUPPORTED;
}

cell_error_t vcpu_start_serve(void *request, const struct vcpu_start_in *in, struct vcpu_start_out *out)
{
    struct cpu *cpu;
    cell_error_t error = find(request, &cpu);

    (void)out;
    if (error == CELL_OK)
        vcpu_start(cpu, in->entry, in->argument);
    return error;
}

cell_error_t vcpu_badge_serve(void *request, const struct vcpu_badge_in *in, struct vcpu_badge_out *out)
{
    struct cpu *cpu;
    cell_error_t error = find(request, &cpu);

    (void)in;
    if (error == CELL_OK)
        out->badge = handle_id(handle_by_index(cspace_entry(cpu->cspace, CSPACE_SELF)));
    return error;
}

cell_error_t vcpu_registers_serve(void *request, const struct vcpu_registers_in *in,
                                  struct vcpu_registers_out *out)
{
    uint64_t registers[CPU_REGISTERS];
    struct cpu *cpu;
    cell_error_t error = find(request, &cpu);

    if (error == CELL_OK)
        error = cpu_read(cpu, registers);
    if (error == CELL_OK)
        *out = (struct vcpu_registers_out){registers[in->first], registers[in->first + 1],
                                           registers[in->first + 2], registers[in->first + 3],
                                           registers[in->first + 4], registers[in->first + 5],
                                           registers[in->first + 6], registers[in->first + 7]};
    return error;
}

cell_error_t vcpu_step_serve(void *request, const struct vcpu_step_in *in, struct vcpu_step_out *out)
{
    struct cpu *cpu;
    cell_error_t error = find(request, &cpu);

    (void)out;
    if (error == CELL_OK)
        vcpu_step(cpu, in->bytes, in->number, in->value);
    return error;
}

cell_error_t vcpu_take_serve(void *request, const struct vcpu_take_in *in, struct vcpu_take_out *out)
{
    struct cpu *cpu;
    cell_error_t error = find(request, &cpu);

    if (error == CELL_OK)
        out->value = vcpu_take(cpu, in->number);
    return error;
}

cell_error_t vcpu_read_serve(void *request, const struct vcpu_read_in *in, struct vcpu_read_out *out)
{
    struct cpu *cpu;
    cell_error_t error = find(request, &cpu);

    if (error == CELL_OK)
        out->value = vcpu_read(cpu, in->number);
    return error;
}

cell_error_t vcpu_write_serve(void *request, const struct vcpu_write_in *in, struct vcpu_write_out *out)
{
    struct cpu *cpu;
    cell_error_t error = find(request, &cpu);

    (void)out;
    if (error == CELL_OK)
        vcpu_write(cpu, in->number, in->value);
    return error;
}

cell_error_t vcpu_inject_serve(void *request, const struct vcpu_inject_in *in, struct vcpu_inject_out *out)
{
    struct cpu *cpu;
    cell_error_t error = find(request, &cpu);

    (void)out;
    return error != CELL_OK ? error : vcpu_inject(cpu, in->list, in->interrupt, in->priority);
}

cell_error_t vcpu_acknowledge_serve(void *request, const struct vcpu_acknowledge_in *in,
                                    struct vcpu_acknowledge_out *out)
{
    struct cpu *cpu;
    cell_error_t error = find(request, &cpu);

    (void)out;
    return error != CELL_OK ? error : vcpu_acknowledge(cpu, in->interrupt);
}

cell_error_t vcpu_stop_serve(void *request, const struct vcpu_stop_in *in, struct vcpu_stop_out *out)
{
    struct cpu *cpu;
    cell_error_t error = find(request, &cpu);

    (void)in;
    (void)out;
    if (error == CELL_OK)
        cpu_stop(cpu);
    return error;
}

cell_error_t vcpu_resume_serve(void *request, const struct vcpu_resume_in *in, struct vcpu_resume_out *out)
{
    struct cpu *cpu;
    cell_error_t error = find(request, &cpu);

    (void)in;
    (void)out;
    if (error == CELL_OK)
        cpu_resume(cpu);
    return error;
}

cell_error_t vcpu_set_registers_serve(void *request, const struct vcpu_set_registers_in *in,
                                      struct vcpu_set_registers_out *out)
{
    uint64_t registers[CPU_REGISTERS];
    struct cpu *cpu;
    cell_error_t error = find(request, &cpu);

    (void)out;
    if (error == CELL_OK)
        error = cpu_read(cpu, registers);
    if (error != CELL_OK)
        return error;
    const uint64_t changed[] = {in->r0, in->r1, in->r2, in->r3, in->r4, in->r5, in->r6, in->r7};

    memcpy(&registers[in->first], changed, sizeof changed);
    return cpu_write(cpu, registers, false);
}

cell_error_t vcpu_touch_serve(void *context, const struct vcpu_touch_in *in, struct vcpu_touch_out *out)
{
    static const cell_error_t errors[] = {
        [ADS_FAULT_NONE] = CELL_OK,
        [ADS_FAULT_NO_REGION] = CELL_NOT_FOUND,
        [ADS_FAULT_RIGHTS] = CELL_DENIED,
        [ADS_FAULT_GUARD] = CELL_NOT_FOUND,
        [ADS_FAULT_MEMORY] = CELL_NO_MEMORY,
        [ADS_FAULT_QUOTA] = CELL_QUOTA,
    };
    const struct request *request = context;
    struct cpu *cpu;
    cell_error_t error = find(request, &cpu);

    (void)out;
    return error != CELL_OK ? error
                            : errors[ads_touch(pd_ads(request->other), in->address, in->write != 0 ? HANDLE_WRITE : HANDLE_READ)];
}

cell_error_t serve_vcpu(struct request *request)
{
    return serve_request(request, &vcpu_interface, TYPE_PD);
}
