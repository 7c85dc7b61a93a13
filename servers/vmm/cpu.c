/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/cpu.c: the CPUs of a machine; see machine.h. Bottom-up: finding, making and ending, registers, interrupts,
 * waiting, pauses. */
#include <cell/idl/clock.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <cell/idl/vcpu.h>
#include <lib/client/spawn.h>
#include <sel4/sel4.h>
#include <stdio.h>
#include <stdlib.h>

#include "servers/vmm/machine.h"

#define TIMER_ENABLED 1u
#define TIMER_MASKED 2u
#define VMPIDR_ALWAYS (UINT64_C(1) << 31)

#define INSTRUCTION 4u /* bytes */

static struct id_table by_badge;

struct cpu *cpu_of_badge(uint64_t badge)
{
    struct id_entry *entry = id_table_find(&by_badge, badge);

    return entry == NULL ? NULL : ID_RECORD(entry, struct cpu, by_badge);
}

/* ---- Making and ending ------------------------------------------------------ */

/* The first CPU's PD has the memory where the guest expects it, and the interface of the interrupt controller. */
static void describe(struct spawn *spawn, const struct machine *machine, unsigned number)
{
    char name[32], of[32];

    if (number == 0) {
        spawn_begin(spawn, machine->name, "guest", "");
        spawn_line(spawn, "region 0x%lx shared at=0x%lx rights=rwx%s", (unsigned long)machine->memory,
                   (unsigned long)MACHINE_MEMORY, machine->is_copy ? " on-touch" : "");
        spawn_line(spawn, "device gic-guest pages=%u at=0x%lx", MACHINE_GIC_CPU_BYTES / CELL_PAGE,
                   (unsigned long)MACHINE_GIC_CPU);
    } else {
        snprintf(name, sizeof name, "%.24s-cpu%u", machine->name, number);
        snprintf(of, sizeof of, "of PD_%lx", (unsigned long)machine->cpu[0].id);
        spawn_begin(spawn, name, "guest-cpu", of);
    }
    spawn_line(spawn, "priority 90");
}

cell_error_t cpu_make(struct machine *machine, unsigned number)
{
    struct cpu *cpu = &machine->cpu[number];
    struct spawn spawn;
    struct spawned spawned;

    describe(&spawn, machine, number);
    cell_error_t error = spawn_run(&spawn, &spawned);

    if (error != CELL_OK) {
        fprintf(stderr, "vmm: %s: line %lu: %s\n", machine->name, (unsigned long)spawned.line,
                spawned.text[0] != 0 ? spawned.text : cell_error_text(error));
        return error;
    }
    *cpu = (struct cpu){.machine = machine, .number = number, .pd = spawned.pd, .id = spawned.id};
    error = vcpu_write(cpu->pd, cpu->id, seL4_VCPUReg_VMPIDR_EL2, VMPIDR_ALWAYS | number);
    if (error == CELL_OK)
        error = vcpu_badge(cpu->pd, cpu->id, &cpu->by_badge.id);
    if (error == CELL_OK)
        error = id_table_add(&by_badge, &cpu->by_badge) ? CELL_OK : CELL_NO_MEMORY;
    return error;
}

/* Gives up the answer that the CPU may be waiting for: it will not go on from there. */
static void forget_message(struct cpu *cpu)
{
    cpu->sleeps = false;
    server_answer(&cpu->waiting, CELL_GONE, NULL, 0);
}

/* The same, and gives up a state that it may be saving or loading for the monitor. */
static void forget_all(struct cpu *cpu)
{
    forget_message(cpu);
    free(cpu->state);
    cpu->state = NULL;
}

void cpu_end(struct cpu *cpu)
{
    cpu->on = false;
    if (cpu->pd == 0)
        return;
    if (cpu_of_badge(cpu->by_badge.id) == cpu)
        id_table_remove(&by_badge, &cpu->by_badge);
    pd_terminate(cpu->pd, cpu->id, 255, 255);
    forget_all(cpu);
    handle_drop(cpu->pd);
    cpu->pd = 0;
}

cell_error_t cpu_start(struct cpu *cpu, uint64_t entry, uint64_t argument)
{
    vcpu_stop(cpu->pd, cpu->id);
    forget_all(cpu);
    cpu->on = true;
    return vcpu_start(cpu->pd, cpu->id, entry, argument);
}

void cpu_off(struct cpu *cpu)
{
    vcpu_stop(cpu->pd, cpu->id);
    forget_all(cpu);
    cpu->on = false;
}

/* ---- Registers ---------------------------------------------------------------- */

/* The index of general register `number` in the order in which vcpu.registers reads them. */
static unsigned place_of(unsigned number)
{
    return number <= 8 ? 3 + number : number <= 15 ? 8 + number
                                  : number <= 18   ? number - 4
                                  : number <= 28   ? 5 + number
                                                   : number - 14;
}

uint64_t cpu_register(const struct cpu *cpu, unsigned number)
{
    uint64_t words[8] = {0};

    if (number > 30)
        return 0;
    const unsigned place = place_of(number), first = place > 28 ? 28 : place;

    vcpu_registers(cpu->pd, cpu->id, first, &words[0], &words[1], &words[2], &words[3], &words[4], &words[5], &words[6], &words[7]);
    return words[place - first];
}

void cpu_step(const struct cpu *cpu, unsigned number, uint64_t value)
{
    vcpu_step(cpu->pd, cpu->id, INSTRUCTION, number, value);
}

uint64_t cpu_take(const struct cpu *cpu, unsigned number)
{
    uint64_t value = 0;

    vcpu_take(cpu->pd, cpu->id, number, &value);
    return value;
}

/* ---- Interrupts ----------------------------------------------------------------- */

static bool inject(void *context, unsigned number, unsigned list, unsigned interrupt, uint8_t priority)
{
    const struct machine *machine = context;
    const struct cpu *cpu = &machine->cpu[number];

    return vcpu_inject(cpu->pd, cpu->id, list, interrupt, priority >> 3) == CELL_OK;
}

/* Lets the guest go on behind the instruction with which it waits. */
static void wake(struct cpu *cpu)
{
    cpu->sleeps = false;
    cpu_step(cpu, 31, 0);
    server_answer(&cpu->waiting, CELL_OK, NULL, 0);
}

void cpu_update(struct cpu *cpu, uint64_t now)
{
    struct gic *gic = &cpu->machine->gic;

    if (!cpu->on || cpu->state != NULL)
        return;
    gic_fill(gic, cpu->number, inject, cpu->machine);
    if (cpu->sleeps && (cpu->wakes <= now || gic_waits(gic, cpu->number)))
        wake(cpu);
}

/* ---- Waiting ---------------------------------------------------------------------- */

#define NANOSECONDS UINT64_C(1000000000)
#define LOOKS_AGAIN UINT64_C(1000000) /* ns: where the counter cannot be read, the CPU is woken after this time */

static uint64_t frequency; /* of the counter; 0: it cannot be read */

uint64_t cpu_clock(void)
{
    uint64_t nanoseconds = 0, resolution;

    clock_now(&nanoseconds, &resolution, &frequency);
    return nanoseconds;
}

bool cpu_counter(uint64_t *ticks)
{
    if (frequency == 0)
        return false;
    __asm__ volatile("mrs %0, cntvct_el0"
                     : "=r"(*ticks));
    return true;
}

/* When the guest's timer will ring, by cpu_clock(); UINT64_MAX: never, or so late that it makes no difference. */
static uint64_t timer_rings(const struct cpu *cpu, uint64_t now)
{
    uint64_t control = 0, compare = 0, offset = 0, ticks;

    if (!cpu_counter(&ticks))
        return now + LOOKS_AGAIN;
    vcpu_read(cpu->pd, cpu->id, seL4_VCPUReg_CNTV_CTL, &control);
    if ((control & (TIMER_ENABLED | TIMER_MASKED)) != TIMER_ENABLED)
        return UINT64_MAX;
    vcpu_read(cpu->pd, cpu->id, seL4_VCPUReg_CNTV_CVAL, &compare);
    vcpu_read(cpu->pd, cpu->id, seL4_VCPUReg_CNTVOFF, &offset);
    ticks = compare + offset - ticks;
    if ((int64_t)ticks < 0)
        return now;
    return ticks / frequency >= UINT32_MAX
               ? UINT64_MAX
               : now + ticks / frequency * NANOSECONDS + ticks % frequency * NANOSECONDS / frequency;
}

bool cpu_sleep(struct cpu *cpu, struct server_request *request)
{
    if (gic_waits(&cpu->machine->gic, cpu->number) || server_defer(request, &cpu->waiting) != CELL_OK)
        return false;
    cpu->sleeps = true;
    cpu->wakes = timer_rings(cpu, cpu_clock());
    machine_set_timer();
    return true;
}

/* ---- Pauses ------------------------------------------------------------------------- */

/* A message that is under way is lost, and so is one that waits for its answer: the CPU will repeat the instruction. */
void cpu_pause(struct cpu *cpu)
{
    if (!cpu->on)
        return;
    vcpu_stop(cpu->pd, cpu->id);
    forget_message(cpu);
}

void cpu_inject_again(struct cpu *cpu)
{
    gic_again(&cpu->machine->gic, cpu->number, inject, cpu->machine);
}

/* A lost message may have said that the guest has ended an interrupt, or that its timer has rung. So interrupts that it is not
 * handling are injected again, and the timer is allowed to ring again. */
void cpu_resume(struct cpu *cpu)
{
    if (!cpu->on)
        return;
    cpu_inject_again(cpu);
    if (!gic_has_line(&cpu->machine->gic, cpu->number, MACHINE_TIMER_IRQ))
        vcpu_acknowledge(cpu->pd, cpu->id, MACHINE_TIMER_IRQ);
    vcpu_resume(cpu->pd, cpu->id);
}
