/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/state.c: see state.h. Bottom-up: registers, code that the CPU runs, saving and loading. */
#include "servers/vmm/state.h"

#include <cell/idl/vcpu.h>
#include <sel4/sel4.h>
#include <stdlib.h>
#include <string.h>

/* ---- Registers ------------------------------------------------------------------ */

#define AT_ONCE 8u

/* The first of the eight registers that are read or written together for number `i`: the last eight overlap those before. */
static unsigned first_of(unsigned i)
{
    return i + AT_ONCE > STATE_REGISTERS ? STATE_REGISTERS - AT_ONCE : i;
}

static void read_registers(const struct cpu *cpu, uint64_t *all)
{
    for (unsigned i = 0; i < STATE_REGISTERS; i += AT_ONCE) {
        uint64_t *r = all + first_of(i);

        vcpu_registers(cpu->pd, cpu->id, first_of(i), &r[0], &r[1], &r[2], &r[3], &r[4], &r[5], &r[6], &r[7]);
    }
}

static cell_error_t write_registers(const struct cpu *cpu, const uint64_t *all)
{
    cell_error_t error = CELL_OK;

    for (unsigned i = 0; error == CELL_OK && i < STATE_REGISTERS; i += AT_ONCE) {
        const uint64_t *r = all + first_of(i);

        error = vcpu_set_registers(cpu->pd, cpu->id, first_of(i), r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7]);
    }
    return error;
}

static void apply(const struct cpu *cpu, const struct cpu_state *state)
{
    write_registers(cpu, state->registers);
    for (unsigned i = 0; i < STATE_SYSTEM; i++)
        if (i != seL4_VCPUReg_VMPIDR_EL2)
            vcpu_write(cpu->pd, cpu->id, i, state->system[i]);
}

/* ---- Code that the CPU runs -------------------------------------------------------- */

extern const char vectors_save[], vectors_load[], vectors_end[];

static uint64_t behind_first(const char *instruction)
{
    return (uint64_t)instruction - (uint64_t)vectors_save;
}

#define ROOM UINT64_C(1024) /* bytes for the instructions */
#define SAVED UINT64_C(576) /* bytes that a CPU saves */
#define STATE_EL1 0x3c5u    /* SPSR: EL1 with its own stack pointer, all exceptions masked */
#define SCTLR_OFF UINT64_C(0x30c50830)
#define CPACR_VECTORS (UINT64_C(3) << 20)

_Static_assert(ROOM + GIC_CPUS * SAVED <= STATE_AREA, "room for what CPUs save");

enum { PC = 0,
       SPSR = 2,
       X0 = 3,
       X1 = 4 };

static cell_error_t run(struct cpu *cpu, const char *from)
{
    const struct machine *machine = cpu->machine;
    const uint64_t base = MACHINE_MEMORY + machine->bytes;
    uint64_t registers[STATE_REGISTERS] = {0};

    memcpy(machine->memory + machine->bytes, vectors_save, behind_first(vectors_end));
    __builtin___clear_cache(machine->memory + machine->bytes, machine->memory + machine->bytes + ROOM);
    registers[PC] = base + behind_first(from);
    registers[SPSR] = STATE_EL1;
    registers[X0] = base + ROOM + cpu->number * SAVED;
    registers[X1] = MACHINE_GIC_CPU;
    cell_error_t error = write_registers(cpu, registers);

    if (error == CELL_OK)
        error = vcpu_write(cpu->pd, cpu->id, seL4_VCPUReg_SCTLR, SCTLR_OFF);
    if (error == CELL_OK)
        error = vcpu_write(cpu->pd, cpu->id, seL4_VCPUReg_CPACR, CPACR_VECTORS);
    return error == CELL_OK ? vcpu_resume(cpu->pd, cpu->id) : error;
}

/* ---- Saving and loading ---------------------------------------------------------------- */

static cell_error_t begin(struct cpu *cpu, const char *from)
{
    cell_error_t error = cpu->state == NULL ? CELL_NO_MEMORY : run(cpu, from);

    if (error != CELL_OK) {
        free(cpu->state);
        cpu->state = NULL;
    }
    return error;
}

cell_error_t state_save(struct cpu *cpu)
{
    struct cpu_state *state = calloc(1, sizeof *state);

    cpu->state = state;
    if (state != NULL) {
        state->saves = true;
        read_registers(cpu, state->registers);
        for (unsigned i = 0; i < STATE_SYSTEM; i++)
            vcpu_read(cpu->pd, cpu->id, i, &state->system[i]);
    }
    return begin(cpu, vectors_save);
}

cell_error_t state_load(struct cpu *cpu, const struct cpu_state *from, uint64_t offset)
{
    struct cpu_state *state = malloc(sizeof *state);

    cpu->state = state;
    if (state != NULL) {
        *state = *from;
        state->saves = false;
        state->system[seL4_VCPUReg_CNTVOFF] = offset;
    }
    return begin(cpu, vectors_load);
}

bool state_done(struct cpu *cpu, struct server_request *request, uint64_t label, struct cpu_state **done)
{
    if (label != seL4_Fault_UnknownSyscall || server_defer(request, &cpu->waiting) != CELL_OK)
        return false;
    cpu_pause(cpu);
    apply(cpu, cpu->state);
    *done = cpu->state;
    cpu->state = NULL;
    return true;
}
