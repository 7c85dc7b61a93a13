/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/message.c: why a guest's CPU has stopped, and what is done about it. Bottom-up: accesses to devices, power,
 * messages by their label. A guest is not trusted, and it can send such messages itself, too: with them it can
 * confuse only its own machine.
 */
#include <cell/idl/vcpu.h>
#include <sel4/sel4.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vmm/exit.h"
#include "lib/vmm/instruction.h"
#include "lib/vmm/psci.h"
#include "lib/vmm/walk.h"
#include "servers/vmm/freeze.h"
#include "servers/vmm/state.h"

#define NO_REGISTER 31u

/* Reads the CPU's pc, sp, spsr, and x0 to x4. */
static void where(const struct cpu *cpu, uint64_t words[8])
{
    memset(words, 0, 8 * sizeof *words);
    vcpu_registers(cpu->pd, cpu->id, 0, &words[0], &words[1], &words[2], &words[3], &words[4], &words[5], &words[6], &words[7]);
}

/* Ends a machine whose guest did something that the machine does not support, and shows its registers. */
static bool crash(struct cpu *cpu, const char *why, uint64_t address, uint64_t syndrome)
{
    struct machine *machine = cpu->machine;
    uint64_t words[8];

    where(cpu, words);
    console_say(machine, "vmm: %s: %s 0x%lx (syndrome 0x%lx)\n  pc 0x%lx sp 0x%lx spsr 0x%lx x0 0x%lx x1 0x%lx x2 0x%lx x3 0x%lx\n",
                machine->name, why, (unsigned long)address, (unsigned long)syndrome, (unsigned long)words[0],
                (unsigned long)words[1], (unsigned long)words[2], (unsigned long)words[3], (unsigned long)words[4],
                (unsigned long)words[5], (unsigned long)words[6]);
    machine_halt(machine, MACHINE_CRASHED);
    return true;
}

/* ---- Accesses to devices ------------------------------------------------------ */

/* Does an access of one register; for a read, the caller has to write the value to the register. */
static uint64_t transfer(struct cpu *cpu, const struct exit *access, uint64_t address)
{
    if (!access->write)
        return exit_extend(access, bus_read(cpu, address, access->bytes));
    bus_write(cpu, address, access->bytes, cpu_register(cpu, access->target));
    return 0;
}

static bool read_memory(void *context, uint64_t address, uint64_t *word)
{
    const struct machine *machine = context;
    const uint64_t offset = address - MACHINE_MEMORY;

    if (offset >= machine->bytes || machine->bytes - offset < sizeof *word)
        return false;
    memcpy(word, machine->memory + offset, sizeof *word);
    return true;
}

static uint64_t system_register(const struct cpu *cpu, unsigned number)
{
    uint64_t value = 0;

    vcpu_read(cpu->pd, cpu->id, number, &value);
    return value;
}

/* Reads the instruction at the CPU's pc, through the guest's own page tables. False: it cannot be found. */
static bool fetch(struct cpu *cpu, uint32_t *instruction)
{
    const struct walk tables = {.sctlr = system_register(cpu, seL4_VCPUReg_SCTLR),
                                .tcr = system_register(cpu, seL4_VCPUReg_TCR),
                                .ttbr0 = system_register(cpu, seL4_VCPUReg_TTBR0),
                                .ttbr1 = system_register(cpu, seL4_VCPUReg_TTBR1),
                                .read = read_memory,
                                .context = cpu->machine};
    uint64_t words[8], physical, word;

    where(cpu, words);
    if (!walk(&tables, words[0], &physical) || !read_memory(cpu->machine, physical & ~UINT64_C(7), &word))
        return false;
    *instruction = (uint32_t)(word >> (physical & 4) * 8);
    return true;
}

/* Does an access that the syndrome does not describe: the instruction has to be decoded. */
static bool blind(struct cpu *cpu, uint64_t address, uint64_t syndrome)
{
    struct instruction instruction;
    uint32_t word;

    if (!fetch(cpu, &word) || !instruction_decode(word, &instruction))
        return crash(cpu, "cannot decode the access to", address, syndrome);
    for (unsigned i = 0; i < instruction.accesses; i++) {
        const struct exit *access = &instruction.access[i];
        const uint64_t value = transfer(cpu, access, address + i * access->bytes);

        if (!access->write)
            vcpu_step(cpu->pd, cpu->id, 0, access->target, value);
    }
    if (instruction.changes)
        vcpu_step(cpu->pd, cpu->id, 0, instruction.base, cpu_register(cpu, instruction.base) + (uint64_t)(int64_t)instruction.change);
    cpu_step(cpu, NO_REGISTER, 0);
    return true;
}

/* Maps a page of a copied memory that the guest has touched; for a write, the page becomes the machine's own. */
static bool touch(struct cpu *cpu, uint64_t address, uint64_t syndrome, const struct exit *exit)
{
    cell_error_t error = vcpu_touch(cpu->pd, cpu->id, address, exit->kind != EXIT_FETCH && exit->write);

    return error == CELL_OK || crash(cpu, error == CELL_NO_MEMORY ? "no memory left for" : "cannot touch", address, syndrome);
}

static bool access(struct cpu *cpu, uint64_t address, uint64_t syndrome)
{
    const struct exit exit = exit_decode(syndrome);

    if (address - MACHINE_MEMORY < cpu->machine->bytes + MACHINE_STATE_BYTES)
        return touch(cpu, address, syndrome, &exit);
    cpu->machine->accesses++;
    if (exit.kind == EXIT_FETCH)
        return crash(cpu, "no memory to run at", address, syndrome);
    if (!bus_has(address))
        return crash(cpu, "there is nothing at", address, syndrome);
    if (exit.kind == EXIT_ACCESS && exit.write) {
        bus_write(cpu, address, exit.bytes, cpu_take(cpu, exit.target));
    } else if (exit.kind == EXIT_ACCESS) {
        cpu_step(cpu, exit.target, exit_extend(&exit, bus_read(cpu, address, exit.bytes)));
    } else if (blind(cpu, address, syndrome) && cpu->machine->state != MACHINE_RUNS) {
        return true;
    }
    machine_update(cpu->machine);
    return true;
}

/* ---- Power --------------------------------------------------------------------- */

static unsigned running(const struct machine *machine)
{
    unsigned on = 0;

    for (unsigned i = 0; i < machine->cpus; i++)
        on |= machine->cpu[i].on ? 1u << i : 0;
    return on;
}

/* Does a PSCI call; its result, for x0, is in registers[0]. False: there is no answer, as the CPU does not go on. */
static bool power(struct cpu *cpu, struct server_request *request, uint64_t registers[4])
{
    struct machine *machine = cpu->machine;
    const struct psci psci = psci_call(registers, machine->cpus, running(machine));

    registers[0] = psci.answer;
    switch (psci.what) {
    case PSCI_ON:
        cpu_start(&machine->cpu[psci.cpu], psci.entry, psci.context);
        return true;
    case PSCI_OFF:
        server_defer(request, &cpu->waiting);
        cpu_off(cpu);
        return false;
    case PSCI_POWER_OFF:
        console_say(machine, "vmm: %s: power off\n", machine->name);
        machine_halt(machine, MACHINE_OFF);
        return false;
    case PSCI_RESET:
        console_say(machine, "vmm: %s: reset\n", machine->name);
        server_defer(request, &cpu->waiting);
        machine_reset(machine);
        return false;
    default:
        return true;
    }
}

/* ---- Messages -------------------------------------------------------------------- */

static bool call(struct cpu *cpu, struct server_request *request, uint64_t *words, uint32_t *count)
{
    if (!power(cpu, request, words))
        return true;
    words[seL4_UnknownSyscall_FaultIP] += 4;
    *count = seL4_UnknownSyscall_FaultIP + 1;
    return true;
}

static bool trap(struct cpu *cpu, struct server_request *request, uint64_t syndrome)
{
    const struct exit exit = exit_decode(syndrome);
    uint64_t words[8], *registers = &words[3]; /* x0 to x3 */

    switch (exit.kind) {
    case EXIT_WAIT:
        cpu->machine->waits++;
        console_rests(cpu->machine, cpu->number);
        machine_update(cpu->machine);
        if (exit.event || !cpu_sleep(cpu, request))
            cpu_step(cpu, NO_REGISTER, 0);
        return true;
    case EXIT_SMC:
        where(cpu, words);
        if (power(cpu, request, registers))
            cpu_step(cpu, 0, registers[0]);
        return true;
    case EXIT_REGISTER:
        cpu_step(cpu, exit.write ? NO_REGISTER : exit.target, 0);
        return true;
    default:
        return crash(cpu, "left its CPU for a reason that is not known", 0, syndrome);
    }
}

/* The guest has ended the interrupt of a list register. The timer's interrupt may come again then. */
static bool done(struct cpu *cpu, uint64_t list)
{
    struct gic *gic = &cpu->machine->gic;

    if (list < GIC_LISTS && gic_done(gic, cpu->number, (unsigned)list) == MACHINE_TIMER_IRQ) {
        gic_line(gic, cpu->number, MACHINE_TIMER_IRQ, false);
        vcpu_acknowledge(cpu->pd, cpu->id, MACHINE_TIMER_IRQ);
    }
    machine_update(cpu->machine);
    return true;
}

/* The CPU has saved or loaded its state for the monitor. */
static bool went_on(struct cpu *cpu, struct cpu_state *state)
{
    if (state->saves) {
        freeze_saved(cpu, state);
        return true;
    }
    free(state);
    if (cpu->machine->state == MACHINE_RUNS)
        cpu_resume(cpu);
    machine_update(cpu->machine);
    freeze_look(cpu->machine, cpu_clock());
    return true;
}

/* How many words the kernel's message has at least; a guest can send shorter ones. */
static uint32_t least_words(uint64_t label)
{
    return label == seL4_Fault_UnknownSyscall ? seL4_UnknownSyscall_Length : label == seL4_Fault_VMFault ? seL4_VMFault_Length
                                                                                                         : 1;
}

bool machine_message(struct server_request *request, uint64_t badge, uint64_t label, uint64_t *words, uint32_t *count)
{
    struct cpu *cpu = cpu_of_badge(badge);

    if (cpu == NULL)
        return false;
    const uint32_t length = *count;

    *count = 0;
    cpu->machine->exits++;
    struct cpu_state *state;

    if (cpu->state != NULL && state_done(cpu, request, label, &state))
        return went_on(cpu, state);
    if (cpu->machine->state != MACHINE_RUNS && cpu->state == NULL)
        return true;
    if (length < least_words(label))
        return crash(cpu, "sent a message of its own", label, 0);
    switch (label) {
    case seL4_Fault_VMFault:
        return access(cpu, words[seL4_VMFault_Addr], words[seL4_VMFault_FSR]);
    case seL4_Fault_VCPUFault:
        return trap(cpu, request, words[seL4_VCPUFault_HSR]);
    case seL4_Fault_UnknownSyscall:
        return call(cpu, request, words, count);
    case seL4_Fault_VGICMaintenance:
        return done(cpu, words[seL4_VGICMaintenance_IDX]);
    case seL4_Fault_VPPIEvent:
        gic_line(&cpu->machine->gic, cpu->number, (unsigned)words[seL4_VPPIEvent_IRQ], true);
        machine_update(cpu->machine);
        return true;
    default:
        return crash(cpu, "fault", label, words[0]);
    }
}
