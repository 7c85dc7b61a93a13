/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/bus.c: which device is at which address of a guest's machine. */
#include <cell/idl/clock.h>
#include <stddef.h>

#include "servers/vmm/machine.h"

/* Seconds since 1970 by the host's clock; 0 if it has none. */
static uint64_t seconds(void)
{
    uint64_t date = 0;

    clock_date(&date);
    return date;
}

static uint64_t read_gic(struct cpu *cpu, uint64_t offset, unsigned bytes)
{
    uint32_t value;

    gic_read(&cpu->machine->gic, cpu->number, offset, bytes, &value);
    return value;
}

static void write_gic(struct cpu *cpu, uint64_t offset, unsigned bytes, uint64_t value)
{
    gic_write(&cpu->machine->gic, cpu->number, offset, bytes, (uint32_t)value);
}

static uint64_t read_serial(struct cpu *cpu, uint64_t offset, unsigned bytes)
{
    (void)bytes;
    return pl011_read(&cpu->machine->serial, offset);
}

static void write_serial(struct cpu *cpu, uint64_t offset, unsigned bytes, uint64_t value)
{
    char sent;

    (void)bytes;
    if (!pl011_write(&cpu->machine->serial, offset, (uint32_t)value, &sent))
        return;
    console_put(cpu->machine, cpu->number, sent);
    cpu->machine->console.is_virtio = false;
}

static uint64_t read_rtc(struct cpu *cpu, uint64_t offset, unsigned bytes)
{
    (void)bytes;
    return rtc_read(&cpu->machine->rtc, offset, seconds());
}

static void write_rtc(struct cpu *cpu, uint64_t offset, unsigned bytes, uint64_t value)
{
    (void)bytes;
    rtc_write(&cpu->machine->rtc, offset, (uint32_t)value, seconds());
}

static const struct device {
    uint64_t base, size;
    uint64_t (*read)(struct cpu *cpu, uint64_t offset, unsigned bytes);
    void (*write)(struct cpu *cpu, uint64_t offset, unsigned bytes, uint64_t value);
} devices[] = {
    {MACHINE_GIC, GIC_BYTES, read_gic, write_gic},
    {MACHINE_SERIAL, PL011_BYTES, read_serial, write_serial},
    {MACHINE_RTC, RTC_BYTES, read_rtc, write_rtc},
    {MACHINE_VIRTIO, MACHINE_VIRTIOS *VIRTIO_BYTES, virtio_device_read, virtio_device_write},
};

static const struct device *find(uint64_t address)
{
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        if (address - devices[i].base < devices[i].size)
            return &devices[i];
    return NULL;
}

bool bus_has(uint64_t address)
{
    return find(address) != NULL;
}

uint64_t bus_read(struct cpu *cpu, uint64_t address, unsigned bytes)
{
    const struct device *device = find(address);

    return device == NULL ? 0 : device->read(cpu, address - device->base, bytes);
}

void bus_write(struct cpu *cpu, uint64_t address, unsigned bytes, uint64_t value)
{
    const struct device *device = find(address);

    if (device != NULL)
        device->write(cpu, address - device->base, bytes, value);
}

void bus_lines(struct machine *machine)
{
    gic_line(&machine->gic, 0, MACHINE_SERIAL_IRQ, pl011_interrupts(&machine->serial));
    for (unsigned i = 0; i < MACHINE_VIRTIOS; i++)
        gic_line(&machine->gic, 0, MACHINE_VIRTIO_IRQ + i, virtio_interrupts(&machine->virtio[i]));
}

void bus_reset(struct machine *machine)
{
    gic_init(&machine->gic, machine->cpus);
    pl011_init(&machine->serial);
    virtio_reset(machine);
    machine->console.is_virtio = false;
    machine->more = false;
}
