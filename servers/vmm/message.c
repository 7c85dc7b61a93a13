/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/message.c: why a guest's CPU has stopped, and what is done about it. Bottom-up: devices, power,
 * messages by their label. What a guest says is hostile, and it can send such messages by itself, too: the worst
 * that it gains is to confuse its own machine.
 */
#include <cell/idl/vcpu.h>
#include <sel4/sel4.h>
#include <stdio.h>

#include "lib/vmm/exit.h"
#include "lib/vmm/psci.h"
#include "servers/vmm/machine.h"

#define NO_REGISTER 31u

/* The clock has no date to go by yet: seconds since the machine began. */
static uint64_t seconds(void)
{
    return 0;
}

/* ---- Devices ---------------------------------------------------------------- */

static uint64_t read_device(struct machine *machine, uint64_t address, unsigned bytes)
{
    uint32_t value = 0;

    if (address - MACHINE_GIC < GIC_BYTES)
        gic_read(&machine->gic, 0, address - MACHINE_GIC, bytes, &value);
    else if (address - MACHINE_SERIAL < PL011_BYTES)
        value = pl011_read(&machine->serial, address - MACHINE_SERIAL);
    else if (address - MACHINE_RTC < RTC_BYTES)
        value = rtc_read(&machine->rtc, address - MACHINE_RTC, seconds());
    return value;
}

static void write_device(struct machine *machine, uint64_t address, unsigned bytes, uint64_t value)
{
    char sent;

    if (address - MACHINE_GIC < GIC_BYTES)
        gic_write(&machine->gic, 0, address - MACHINE_GIC, bytes, (uint32_t)value);
    else if (address - MACHINE_RTC < RTC_BYTES)
        rtc_write(&machine->rtc, address - MACHINE_RTC, (uint32_t)value, seconds());
    else if (address - MACHINE_SERIAL < PL011_BYTES &&
             pl011_write(&machine->serial, address - MACHINE_SERIAL, (uint32_t)value, &sent)) {
        putchar(sent);
        machine->in_line = sent != '\n';
    }
}

static bool is_device(uint64_t address)
{
    return address - MACHINE_GIC < GIC_BYTES || address - MACHINE_SERIAL < PL011_BYTES ||
           address - MACHINE_RTC < RTC_BYTES;
}

/* The place of a register in what vcpu.registers reads. */
static unsigned place_of(unsigned number)
{
    return number <= 8 ? 3 + number : number <= 15 ? 8 + number
                                  : number <= 18   ? number - 4
                                  : number <= 28   ? 5 + number
                                                   : number - 14;
}

static uint64_t register_of(const struct machine *machine, unsigned number)
{
    uint64_t words[8] = {0};
    const unsigned place = place_of(number), first = place > 28 ? 28 : place;

    if (number < NO_REGISTER)
        vcpu_registers(machine->pd, machine->id, first, &words[0], &words[1], &words[2], &words[3], &words[4], &words[5],
                       &words[6], &words[7]);
    return words[number < NO_REGISTER ? place - first : 0];
}

static void end_line(struct machine *machine)
{
    if (machine->in_line)
        putchar('\n');
    machine->in_line = false;
}

/* It cannot go on: says why, with its registers. */
static bool crash(struct machine *machine, const char *why, uint64_t address, uint64_t syndrome)
{
    uint64_t words[8] = {0};

    vcpu_registers(machine->pd, machine->id, 0, &words[0], &words[1], &words[2], &words[3], &words[4], &words[5], &words[6],
                   &words[7]);
    end_line(machine);
    printf("vmm: guest-%lu: %s 0x%lx (syndrome 0x%lx)\n  pc 0x%lx sp 0x%lx state 0x%lx x0 0x%lx x1 0x%lx\n",
           (unsigned long)machine->entry.id, why, (unsigned long)address, (unsigned long)syndrome, (unsigned long)words[0],
           (unsigned long)words[1], (unsigned long)words[2], (unsigned long)words[3], (unsigned long)words[4]);
    machine_halt(machine, MACHINE_CRASHED);
    return true;
}

static bool access(struct machine *machine, uint64_t address, uint64_t syndrome)
{
    const struct exit exit = exit_decode(syndrome);

    machine->accesses++;
    if (exit.kind == EXIT_FETCH)
        return crash(machine, "no memory to run at", address, syndrome);
    if (!is_device(address))
        return crash(machine, "there is nothing at", address, syndrome);
    if (exit.kind != EXIT_ACCESS)
        return crash(machine, "cannot tell what is done at", address, syndrome);
    if (exit.write) {
        write_device(machine, address, exit.bytes, register_of(machine, exit.target));
        vcpu_step(machine->pd, machine->id, 4, NO_REGISTER, 0);
    } else {
        vcpu_step(machine->pd, machine->id, 4, exit.target, exit_extend(&exit, read_device(machine, address, exit.bytes)));
    }
    machine_update(machine);
    return true;
}

/* ---- Power --------------------------------------------------------------------- */

/* The answer for x0. */
static uint64_t power(struct machine *machine, const uint64_t registers[4])
{
    const struct psci psci = psci_call(registers, 1, 1);

    switch (psci.what) {
    case PSCI_OFF:
    case PSCI_POWER_OFF:
    case PSCI_RESET:
        end_line(machine);
        printf("vmm: guest-%lu: %s\n", (unsigned long)machine->entry.id, psci.what == PSCI_RESET ? "reset" : "power off");
        machine_halt(machine, MACHINE_OFF);
        break;
    default:
        break;
    }
    return psci.answer;
}

/* ---- Messages -------------------------------------------------------------------- */

static bool call(struct machine *machine, uint64_t *words, uint32_t *count)
{
    words[0] = power(machine, words);
    words[seL4_UnknownSyscall_FaultIP] += 4;
    *count = seL4_UnknownSyscall_FaultIP + 1;
    return true;
}

static bool trap(struct machine *machine, struct server_request *request, uint64_t syndrome)
{
    const struct exit exit = exit_decode(syndrome);
    uint64_t registers[4];

    switch (exit.kind) {
    case EXIT_WAIT:
        machine->waits++;
        fflush(stdout);
        machine_update(machine);
        if (exit.event || !machine_sleep(machine, request))
            vcpu_step(machine->pd, machine->id, 4, NO_REGISTER, 0);
        return true;
    case EXIT_SMC:
        for (unsigned i = 0; i < 4; i++)
            registers[i] = register_of(machine, i);
        registers[0] = power(machine, registers);
        if (machine->state == MACHINE_RUNS)
            vcpu_step(machine->pd, machine->id, 4, 0, registers[0]);
        return true;
    case EXIT_REGISTER:
        vcpu_step(machine->pd, machine->id, 4, exit.write ? NO_REGISTER : exit.target, 0);
        return true;
    default:
        return crash(machine, "left its CPU for a reason that is not known", 0, syndrome);
    }
}

/* The guest is done with what is in a list register. The timer's interrupt may come again then. */
static bool done(struct machine *machine, uint64_t list)
{
    if (list < GIC_LISTS && gic_done(&machine->gic, 0, (unsigned)list) == MACHINE_TIMER_IRQ) {
        gic_line(&machine->gic, 0, MACHINE_TIMER_IRQ, false);
        vcpu_acknowledge(machine->pd, machine->id, MACHINE_TIMER_IRQ);
    }
    machine_update(machine);
    return true;
}

/* What a message of the kernel's has at least; a guest can send shorter ones. */
static uint32_t least_words(uint64_t label)
{
    return label == seL4_Fault_UnknownSyscall ? seL4_UnknownSyscall_Length : label == seL4_Fault_VMFault ? seL4_VMFault_Length
                                                                                                         : 1;
}

bool machine_message(struct server_request *request, uint64_t badge, uint64_t label, uint64_t *words, uint32_t *count)
{
    struct machine *machine = machine_of_badge(badge);

    if (machine == NULL)
        return false;
    const uint32_t length = *count;

    *count = 0;
    machine->exits++;
    if (machine->state != MACHINE_RUNS)
        return true;
    if (length < least_words(label))
        return crash(machine, "sent a message of its own", label, 0);
    switch (label) {
    case seL4_Fault_VMFault:
        return access(machine, words[seL4_VMFault_Addr], words[seL4_VMFault_FSR]);
    case seL4_Fault_VCPUFault:
        return trap(machine, request, words[seL4_VCPUFault_HSR]);
    case seL4_Fault_UnknownSyscall:
        return call(machine, words, count);
    case seL4_Fault_VGICMaintenance:
        return done(machine, words[seL4_VGICMaintenance_IDX]);
    case seL4_Fault_VPPIEvent:
        gic_line(&machine->gic, 0, (unsigned)words[seL4_VPPIEvent_IRQ], true);
        machine_update(machine);
        return true;
    default:
        return crash(machine, "fault", label, words[0]);
    }
}
