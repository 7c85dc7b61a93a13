/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/saved.c: see saved.h. */
#include "servers/vmm/saved.h"

#include <sel4/sel4.h>
#include <string.h>

#include "servers/vmm/disk.h"
#include "servers/vmm/state.h"

#define MAGIC UINT64_C(0x32304d564c4c4543) /* "CELLVM02": another layout has another number */

struct saved {
    uint64_t magic, cpus, on; /* a bit for each CPU that is powered */
    uint64_t counter;         /* of its CPUs, when they were stopped */
    uint64_t disk_bytes, disk_read_only, has_card, prints_by_virtio;
    uint8_t address[8]; /* of the network card */
    char image[32], text[MACHINE_TEXT + 8];
    struct rtc rtc;
    struct pl011 serial;
    struct virtio_state virtio[MACHINE_VIRTIOS];
    struct cpu_state cpu[GIC_CPUS];
    uint8_t gic[GIC_STATE_BYTES];
};

_Static_assert(STATE_AREA + sizeof(struct saved) <= MACHINE_STATE_BYTES, "room behind the guest's memory");

static struct saved *behind(const struct machine *machine)
{
    return (struct saved *)(void *)(machine->memory + machine->bytes + STATE_AREA);
}

static uint64_t disk_size(const struct machine *machine)
{
    return machine->disk == NULL ? 0 : disk_bytes(machine->disk);
}

static bool disk_only_read(const struct machine *machine)
{
    return machine->disk != NULL && disk_read_only(machine->disk);
}

void saved_write(const struct machine *machine, struct cpu_state *const states[GIC_CPUS])
{
    struct saved *saved = behind(machine);
    uint64_t offset = 0;

    memset(saved, 0, sizeof *saved);
    saved->magic = MAGIC;
    saved->cpus = machine->cpus;
    saved->disk_bytes = disk_size(machine);
    saved->disk_read_only = disk_only_read(machine);
    saved->has_card = machine->card.present;
    memcpy(saved->address, machine->card.configuration.address, NET_ADDRESS);
    saved->prints_by_virtio = machine->console.is_virtio;
    memcpy(saved->image, machine->image, sizeof saved->image);
    memcpy(saved->text, machine->text, sizeof machine->text);
    saved->rtc = machine->rtc;
    saved->serial = machine->serial;
    for (unsigned i = 0; i < MACHINE_VIRTIOS; i++)
        virtio_save(&machine->virtio[i], &saved->virtio[i]);
    for (unsigned i = 0; i < machine->cpus; i++)
        if (states[i] != NULL) {
            saved->on |= UINT64_C(1) << i;
            saved->cpu[i] = *states[i];
            offset = states[i]->system[seL4_VCPUReg_CNTVOFF];
        }
    gic_save(&machine->gic, saved->gic);
    if (cpu_counter(&saved->counter))
        saved->counter -= offset;
}

/* Gives the machine the card of the saved state, on a network or on none. */
static cell_error_t take_card(struct machine *machine, const struct saved *saved, const char *network)
{
    machine->card.present = saved->has_card != 0;
    memcpy(machine->card.configuration.address, saved->address, NET_ADDRESS);
    return machine->card.present || network[0] == 0 ? net_connect(machine, network) : CELL_BAD_ARGUMENT;
}

cell_error_t saved_read(struct machine *machine, const char *network)
{
    const struct saved *saved = behind(machine);

    if (saved->magic != MAGIC || saved->cpus == 0 || saved->cpus > GIC_CPUS || !pl011_is_valid(&saved->serial) ||
        saved->disk_bytes != disk_size(machine) || (saved->disk_read_only != 0) != disk_only_read(machine))
        return CELL_BAD_ARGUMENT;
    cell_error_t error = take_card(machine, saved, network);

    if (error != CELL_OK)
        return error;
    machine->cpus = (unsigned)saved->cpus;
    bus_reset(machine);
    gic_load(&machine->gic, machine->cpus, saved->gic);
    machine->serial = saved->serial;
    machine->rtc = saved->rtc;
    machine->console.is_virtio = saved->prints_by_virtio != 0;
    memcpy(machine->image, saved->image, sizeof machine->image - 1);
    memcpy(machine->text, saved->text, sizeof machine->text - 1);
    for (unsigned i = 0; i < MACHINE_VIRTIOS; i++)
        if (!virtio_load(&machine->virtio[i], &saved->virtio[i]))
            return CELL_BAD_ARGUMENT;
    if (machine->card.present)
        machine->virtio[MACHINE_NET].interrupt |= VIRTIO_CONFIGURATION_CHANGED;
    return CELL_OK;
}

cell_error_t saved_run(struct machine *machine)
{
    const struct saved *saved = behind(machine);
    cell_error_t error = CELL_OK;
    uint64_t offset = 0;

    /* All CPUs get the same offset, as their counters agree. */
    if (cpu_counter(&offset))
        offset -= saved->counter;
    for (unsigned i = 0; error == CELL_OK && i < machine->cpus; i++)
        if ((saved->on >> i & 1) != 0) {
            machine->cpu[i].on = true;
            cpu_inject_again(&machine->cpu[i]);
            error = state_load(&machine->cpu[i], &saved->cpu[i], offset);
        }
    return error;
}
