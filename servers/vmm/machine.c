/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/machine.c: machines as a whole; see machine.h. Bottom-up: finding, making and ending, what goes on by itself,
 * power and pauses. */
#include "servers/vmm/machine.h"

#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <cell/idl/vcpu.h>
#include <cell/idl/word.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/vmm/disk.h"
#include "servers/vmm/load.h"

static struct id_table by_number;
static uint32_t seen; /* of disk_events */
static struct machine *all;

struct machine *machine_find(uint64_t number)
{
    struct id_entry *entry = id_table_find(&by_number, number);

    return entry == NULL ? NULL : ID_RECORD(entry, struct machine, entry);
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

static cell_error_t make(struct machine *machine, const struct machine_wish *wish)
{
    const uint64_t blocks = wish->disk_blocks == UINT64_MAX ? 0 : wish->disk_blocks;
    cell_error_t error = make_memory(machine);

    if (error == CELL_OK && wish->disk_blocks != 0)
        error = disk_open(wish->disk_first, blocks, &machine->disk);
    if (error == CELL_OK)
        error = load_begin(machine);
    for (unsigned i = 0; error == CELL_OK && i < machine->cpus; i++)
        error = cpu_make(machine, i);
    if (error == CELL_OK)
        error = id_table_add(&by_number, &machine->entry) ? CELL_OK : CELL_NO_MEMORY;
    return error;
}

cell_error_t machine_start(const struct machine_wish *wish, struct machine **made)
{
    static uint64_t number;
    struct machine *machine = calloc(1, sizeof *machine);

    if (machine == NULL)
        return CELL_NO_MEMORY;
    machine->entry.id = ++number;
    snprintf(machine->name, sizeof machine->name, "guest-%lu", (unsigned long)number);
    if (wish->name[0] != 0)
        snprintf(machine->name, sizeof machine->name, "%s", wish->name);
    memcpy(machine->text, wish->text, wish->length);
    machine->bytes = wish->mebibytes * MACHINE_MEBIBYTE;
    machine->cpus = wish->cpus;
    machine->next = all;
    all = machine;
    cell_error_t error = make(machine, wish);

    if (error == CELL_OK)
        *made = machine;
    else
        machine_free(machine);
    machine_set_timer();
    return error;
}

void machine_halt(struct machine *machine, enum machine_state state)
{
    console_end_line(machine);
    machine->state = state;
    load_end(machine);
    disk_stop(machine->disk);
    /* The others die with the first, if it has not ended before. */
    for (unsigned i = machine->cpus; i-- > 0;)
        cpu_end(&machine->cpu[i]);
}

void machine_look(struct machine *machine)
{
    uint64_t badge;

    if (machine->cpu[0].pd != 0 && vcpu_badge(machine->cpu[0].pd, machine->cpu[0].id, &badge) == CELL_GONE)
        machine_halt(machine, MACHINE_ENDED);
}

void machine_free(struct machine *machine)
{
    struct machine **at = &all;

    machine_halt(machine, MACHINE_ENDED);
    console_gone(machine);
    while (*at != machine)
        at = &(*at)->next;
    *at = machine->next;
    if (machine_find(machine->entry.id) == machine)
        id_table_remove(&by_number, &machine->entry);
    disk_close(machine->disk);
    if (machine->memory != NULL)
        ads_remove(CSPACE_SELF, (uint64_t)machine->memory);
    if (machine->mo != 0)
        mo_release(machine->mo);
    free(machine);
}

/* ---- What goes on by itself -------------------------------------------------- */

void machine_update(struct machine *machine)
{
    if (machine->state != MACHINE_RUNS)
        return;
    bus_lines(machine);
    for (unsigned i = 0; i < machine->cpus; i++)
        cpu_update(&machine->cpu[i], 0);
}

void machine_go_on(struct machine *machine)
{
    const bool more = virtio_go_on(machine);

    if (more && !machine->more) {
        machine->more = true;
        machine_set_timer();
    }
    machine->more = more;
}

/* A piece at a time of a kernel, or of what a guest asks of its devices: others that ask come in between. */
#define BETWEEN_PIECES UINT64_C(50000)

void machine_set_timer(void)
{
    const uint64_t now = cpu_clock();
    uint64_t first = UINT64_MAX, woken;

    for (const struct machine *machine = all; machine != NULL; machine = machine->next) {
        if ((machine->state == MACHINE_LOADS || machine->more) && now + BETWEEN_PIECES < first)
            first = now + BETWEEN_PIECES;
        for (unsigned i = 0; i < machine->cpus; i++)
            if (machine->cpu[i].sleeps && machine->cpu[i].wakes < first)
                first = machine->cpu[i].wakes;
    }
    const uint64_t wait = first == UINT64_MAX ? first : first > now ? first - now
                                                                    : 0;

    /* A disk's request that has ended meanwhile is as good as a time that has come. */
    if (word_wait(CSPACE_SELF, (uint64_t)&disk_events, seen, wait, 1, &woken) == CELL_OK)
        word_wait(CSPACE_SELF, 0, 0, 0, 1, &woken);
}

/* The next piece of its kernel; with the last it starts. */
static void load_on(struct machine *machine)
{
    uint64_t entry, argument;
    cell_error_t error = load_some(machine, &entry, &argument);

    if (error == CELL_AGAIN)
        return;
    load_end(machine);
    if (error == CELL_OK)
        error = cpu_start(&machine->cpu[0], entry, argument);
    if (error == CELL_OK) {
        machine->state = MACHINE_RUNS;
    } else {
        console_say(machine, "vmm: %s: %s\n", machine->name, cell_error_text(error));
        machine_halt(machine, MACHINE_ENDED);
    }
}

void machine_work(void)
{
    const uint64_t now = cpu_clock();

    seen = __atomic_load_n(&disk_events, __ATOMIC_ACQUIRE);
    for (struct machine *machine = all; machine != NULL; machine = machine->next) {
        if (machine->state == MACHINE_LOADS)
            load_on(machine);
        if (machine->state != MACHINE_RUNS)
            continue;
        machine->more = virtio_go_on(machine);
        bus_lines(machine);
        for (unsigned i = 0; i < machine->cpus; i++)
            cpu_update(&machine->cpu[i], now);
    }
    machine_set_timer();
}

/* ---- Power and pauses ------------------------------------------------------------ */

cell_error_t machine_reset(struct machine *machine)
{
    if (machine->cpu[0].pd == 0)
        return CELL_GONE;
    for (unsigned i = 0; i < machine->cpus; i++)
        cpu_off(&machine->cpu[i]);
    cell_error_t error = load_begin(machine);

    if (error != CELL_OK)
        machine_halt(machine, MACHINE_ENDED);
    machine_set_timer();
    return error;
}

cell_error_t machine_pause(struct machine *machine)
{
    if (machine->state != MACHINE_RUNS)
        return CELL_BUSY;
    for (unsigned i = 0; i < machine->cpus; i++)
        cpu_pause(&machine->cpu[i]);
    machine->state = MACHINE_PAUSED;
    return CELL_OK;
}

cell_error_t machine_resume(struct machine *machine)
{
    if (machine->state != MACHINE_PAUSED)
        return CELL_BUSY;
    machine->state = MACHINE_RUNS;
    for (unsigned i = 0; i < machine->cpus; i++)
        cpu_resume(&machine->cpu[i]);
    machine_go_on(machine);
    machine_update(machine);
    return CELL_OK;
}
