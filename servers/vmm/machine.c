/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/machine.c: see machine.h. Bottom-up: finding, making and ending, waiting. */
#include "servers/vmm/machine.h"

#include <cell/idl/ads.h>
#include <cell/idl/clock.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <cell/idl/vcpu.h>
#include <cell/idl/word.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/vmm/load.h"

#define VCPU_CNTV_CTL 20u
#define VCPU_CNTV_CVAL 21u
#define VCPU_CNTVOFF 22u
#define TIMER_ENABLED 1u
#define TIMER_MASKED 2u

static struct id_table by_number, by_badge;
static struct machine *all;

struct machine *machine_find(uint64_t number)
{
    struct id_entry *entry = id_table_find(&by_number, number);

    return entry == NULL ? NULL : ID_RECORD(entry, struct machine, entry);
}

struct machine *machine_of_badge(uint64_t badge)
{
    struct id_entry *entry = id_table_find(&by_badge, badge);

    return entry == NULL ? NULL : ID_RECORD(entry, struct machine, by_badge);
}

/* ---- Making and ending ---------------------------------------------------- */

static cell_error_t make_memory(struct machine *machine)
{
    uint64_t start = 0;
    cell_error_t error = mo_allocate(cell_rde("MO"), machine->bytes / CELL_PAGE, 0, &machine->mo);

    if (error == CELL_OK)
        error = ads_attach(CSPACE_SELF, machine->mo, 0, CELL_REGION_SHARED_FRAMES,
                           CELL_READ | CELL_WRITE | CELL_EXECUTE, 0, &start);
    machine->memory = (char *)start;
    return error;
}

/* Its PD: memory where the guest expects it, the interrupt interface, messages to this server. */
static cell_error_t make_pd(struct machine *machine)
{
    static uint64_t number;
    struct spawn spawn;
    struct spawned spawned;
    char name[32];

    snprintf(name, sizeof name, "guest-%lu", (unsigned long)++number);
    machine->entry.id = number;
    spawn_begin(&spawn, name, "guest", "");
    spawn_line(&spawn, "region 0x%lx shared at=0x%lx rights=rwx", (unsigned long)machine->memory,
               (unsigned long)MACHINE_MEMORY);
    spawn_line(&spawn, "device gic-guest pages=%u at=0x%lx", MACHINE_GIC_CPU_BYTES / CELL_PAGE,
               (unsigned long)MACHINE_GIC_CPU);
    spawn_line(&spawn, "priority 90");
    cell_error_t error = spawn_run(&spawn, &spawned);

    if (error == CELL_OK) {
        machine->pd = spawned.pd;
        machine->id = spawned.id;
    } else {
        fprintf(stderr, "vmm: %s: line %lu: %s\n", name, (unsigned long)spawned.line, spawned.text[0] != 0 ? spawned.text : cell_error_text(error));
    }
    return error;
}

static cell_error_t make(struct machine *machine, const char *text, size_t length)
{
    uint64_t entry = 0, argument = 0;
    cell_error_t error = make_memory(machine);

    if (error == CELL_OK)
        error = load(machine, text, length, &entry, &argument);
    if (error == CELL_OK)
        error = make_pd(machine);
    if (error == CELL_OK)
        error = vcpu_badge(machine->pd, machine->id, &machine->by_badge.id);
    if (error == CELL_OK)
        error = id_table_add(&by_badge, &machine->by_badge) ? CELL_OK : CELL_NO_MEMORY;
    if (error == CELL_OK)
        error = id_table_add(&by_number, &machine->entry) ? CELL_OK : CELL_NO_MEMORY;
    return error == CELL_OK ? vcpu_start(machine->pd, machine->id, entry, argument) : error;
}

cell_error_t machine_start(uint64_t mebibytes, const char *text, size_t length, struct machine **made)
{
    struct machine *machine = calloc(1, sizeof *machine);

    if (machine == NULL)
        return CELL_NO_MEMORY;
    machine->bytes = mebibytes * MACHINE_MEBIBYTE;
    machine->next = all;
    all = machine;
    gic_init(&machine->gic, 1);
    pl011_init(&machine->serial);
    cell_error_t error = make(machine, text, length);

    if (error == CELL_OK)
        *made = machine;
    else
        machine_free(machine);
    return error;
}

void machine_halt(struct machine *machine, enum machine_state state)
{
    machine->state = state;
    server_answer(&machine->waiting, CELL_GONE, NULL, 0);
    if (machine->pd == 0)
        return;
    if (machine->in_line)
        putchar('\n');
    pd_terminate(machine->pd, machine->id, 255, 255);
    handle_drop(machine->pd);
    machine->pd = 0;
    fflush(stdout);
}

void machine_free(struct machine *machine)
{
    struct machine **at = &all;

    machine_halt(machine, MACHINE_ENDED);
    while (*at != machine)
        at = &(*at)->next;
    *at = machine->next;
    if (machine_of_badge(machine->by_badge.id) == machine)
        id_table_remove(&by_badge, &machine->by_badge);
    if (machine_find(machine->entry.id) == machine)
        id_table_remove(&by_number, &machine->entry);
    if (machine->memory != NULL)
        ads_remove(CSPACE_SELF, (uint64_t)machine->memory);
    if (machine->mo != 0)
        mo_release(machine->mo);
    free(machine);
}

/* ---- Interrupts ------------------------------------------------------------- */

static bool inject(void *context, unsigned cpu, unsigned list, unsigned interrupt, uint8_t priority)
{
    const struct machine *machine = context;

    (void)cpu;
    return vcpu_inject(machine->pd, machine->id, list, interrupt, priority >> 3) == CELL_OK;
}

#define NANOSECONDS UINT64_C(1000000000)
#define LOOKS_AGAIN UINT64_C(1000000) /* after so long, where the counter cannot be read */

static uint64_t frequency; /* of the counter; 0: it cannot be read */

static uint64_t now(void)
{
    uint64_t nanoseconds = 0, resolution;

    clock_now(&nanoseconds, &resolution, &frequency);
    return nanoseconds;
}

/* The guest goes on behind the instruction by which it waits. Its counter has gone on, too. */
static void wake(struct machine *machine)
{
    vcpu_step(machine->pd, machine->id, 4, 31, 0);
    server_answer(&machine->waiting, CELL_OK, NULL, 0);
}

void machine_update(struct machine *machine)
{
    if (machine->state != MACHINE_RUNS)
        return;
    gic_line(&machine->gic, 0, MACHINE_SERIAL_IRQ, pl011_interrupts(&machine->serial));
    gic_fill(&machine->gic, 0, inject, machine);
}

/* Asks to be told when the first of those that wait is due. */
static void set_timer(uint64_t time)
{
    uint64_t first = UINT64_MAX, woken;

    for (const struct machine *machine = all; machine != NULL; machine = machine->next)
        if (machine->waiting.slot != 0 && machine->wakes < first)
            first = machine->wakes;
    if (first != UINT64_MAX)
        word_wait(CSPACE_SELF, 0, 0, first > time ? first - time : 0, 1, &woken);
}

void machine_wake_due(void)
{
    const uint64_t time = now();

    for (struct machine *machine = all; machine != NULL; machine = machine->next) {
        if (machine->waiting.slot == 0)
            continue;
        if (machine->wakes <= time || gic_waits(&machine->gic, 0)) {
            machine_update(machine);
            wake(machine);
        }
    }
    set_timer(time);
}

bool machine_sleep(struct machine *machine, struct server_request *request)
{
    uint64_t control = 0, compare = 0, offset = 0, ticks = 0;

    if (gic_waits(&machine->gic, 0) || server_defer(request, &machine->waiting) != CELL_OK)
        return false;
    machine->slept = now();
    machine->wakes = frequency == 0 ? machine->slept + LOOKS_AGAIN : UINT64_MAX;
    vcpu_read(machine->pd, machine->id, VCPU_CNTV_CTL, &control);
    if (frequency != 0 && (control & (TIMER_ENABLED | TIMER_MASKED)) == TIMER_ENABLED) {
        vcpu_read(machine->pd, machine->id, VCPU_CNTV_CVAL, &compare);
        vcpu_read(machine->pd, machine->id, VCPU_CNTVOFF, &offset);
        __asm__ volatile("mrs %0, cntvct_el0"
                         : "=r"(ticks));
        ticks = compare + offset - ticks;
        if ((int64_t)ticks < 0)
            ticks = 0;
        if (ticks / frequency < UINT32_MAX) /* otherwise it is as good as never */
            machine->wakes = machine->slept + ticks / frequency * NANOSECONDS + ticks % frequency * NANOSECONDS / frequency;
    }
    set_timer(machine->slept);
    return true;
}
