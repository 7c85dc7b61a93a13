/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/vmm/gic.c: see gic.h. Bottom-up: interrupts, what is pending, registers byte by byte, accesses, list registers. */
#include "lib/vmm/gic.h"

#include <stddef.h>
#include <string.h>

#define SOFTWARE 16u /* numbers below: from software */
#define PRIORITY_MASK 0xf8u

/* Offsets of registers (section 4.3). */
enum {
    CTLR = 0x000,
    TYPER = 0x004,
    IIDR = 0x008,
    IGROUPR = 0x080,
    ISENABLER = 0x100,
    ICENABLER = 0x180,
    ISPENDR = 0x200,
    ICPENDR = 0x280,
    ISACTIVER = 0x300,
    ICACTIVER = 0x380,
    IPRIORITYR = 0x400,
    ITARGETSR = 0x800,
    ICFGR = 0xc00,
    SGIR = 0xf00,
    CPENDSGIR = 0xf10,
    SPENDSGIR = 0xf20,
    ICPIDR2 = 0xfe8,
};

#define BITS_BYTES 0x80u /* of a register with a bit for each interrupt */

/* NULL: there is no such interrupt. */
static struct gic_interrupt *find(struct gic *gic, unsigned cpu, unsigned interrupt)
{
    if (interrupt < GIC_PRIVATE)
        return &gic->cpu[cpu].own[interrupt];
    return interrupt < GIC_INTERRUPTS ? &gic->shared[interrupt - GIC_PRIVATE] : NULL;
}

void gic_init(struct gic *gic, unsigned cpus)
{
    *gic = (struct gic){.cpus = cpus};
    for (unsigned cpu = 0; cpu < cpus; cpu++) {
        for (unsigned i = 0; i < GIC_PRIVATE; i++)
            gic->cpu[cpu].own[i] = (struct gic_interrupt){.enabled = i < SOFTWARE,
                                                          .edge = i < SOFTWARE,
                                                          .targets = (uint8_t)(1u << cpu),
                                                          .list = GIC_NO_LIST};
        for (unsigned i = 0; i < GIC_LISTS; i++)
            gic->cpu[cpu].lists[i] = GIC_INTERRUPTS;
    }
    for (unsigned i = 0; i < GIC_SHARED; i++)
        gic->shared[i] = (struct gic_interrupt){.targets = 1, .list = GIC_NO_LIST};
}

/* ---- What is pending ------------------------------------------------------ */

static bool is_pending(const struct gic *gic, unsigned cpu, unsigned number, const struct gic_interrupt *interrupt)
{
    if (number < SOFTWARE)
        return gic->cpu[cpu].senders[number] != 0;
    return interrupt->pending || (!interrupt->edge && interrupt->line);
}

/* Something may be ready now. */
static void changed(struct gic *gic)
{
    for (unsigned cpu = 0; cpu < gic->cpus; cpu++)
        gic->cpu[cpu].quiet = false;
}

void gic_line(struct gic *gic, unsigned cpu, unsigned interrupt, bool high)
{
    struct gic_interrupt *which = interrupt < SOFTWARE || cpu >= gic->cpus ? NULL : find(gic, cpu, interrupt);

    if (which == NULL || which->line == high)
        return;
    changed(gic);
    if (which->edge && high)
        which->pending = true;
    which->line = high;
}

bool gic_has_line(const struct gic *gic, unsigned cpu, unsigned interrupt)
{
    return interrupt < GIC_PRIVATE && gic->cpu[cpu].own[interrupt].line;
}

/* ---- Registers, byte by byte -------------------------------------------------- */

enum bit { BIT_GROUP,
           BIT_ENABLED,
           BIT_PENDING,
           BIT_ACTIVE };

static bool get_bit(const struct gic *gic, unsigned cpu, unsigned number, const struct gic_interrupt *interrupt,
                    enum bit bit)
{
    switch (bit) {
    case BIT_GROUP:
        return interrupt->grouped;
    case BIT_ENABLED:
        return interrupt->enabled;
    case BIT_PENDING:
        return is_pending(gic, cpu, number, interrupt);
    default: /* what a list register has is pending or active; the guest has seen it, as far as is known */
        return interrupt->active || interrupt->list != GIC_NO_LIST;
    }
}

static void put_bit(struct gic_interrupt *interrupt, unsigned number, enum bit bit, bool value)
{
    if (bit == BIT_GROUP)
        interrupt->grouped = value;
    else if (bit == BIT_ENABLED)
        interrupt->enabled = value || number < SOFTWARE; /* those are always enabled */
    else if (bit == BIT_PENDING && number >= SOFTWARE)
        interrupt->pending = value;
    else if (bit == BIT_ACTIVE)
        interrupt->active = value;
}

/* What the registers with a bit for each interrupt do, from IGROUPR on. */
static const struct {
    enum bit bit;
    bool sets, clears;
} bit_registers[] = {
    {BIT_GROUP, true, true},
    {BIT_ENABLED, true, false},
    {BIT_ENABLED, false, true},
    {BIT_PENDING, true, false},
    {BIT_PENDING, false, true},
    {BIT_ACTIVE, true, false},
    {BIT_ACTIVE, false, true},
};

static uint8_t read_bits(struct gic *gic, unsigned cpu, unsigned offset)
{
    enum bit bit = bit_registers[(offset - IGROUPR) / BITS_BYTES].bit;
    unsigned first = offset % BITS_BYTES * 8;
    unsigned value = 0;

    for (unsigned i = 0; i < 8; i++) {
        const struct gic_interrupt *interrupt = find(gic, cpu, first + i);

        if (interrupt != NULL && get_bit(gic, cpu, first + i, interrupt, bit))
            value |= 1u << i;
    }
    return (uint8_t)value;
}

static void write_bits(struct gic *gic, unsigned cpu, unsigned offset, uint8_t value)
{
    unsigned which = (offset - IGROUPR) / BITS_BYTES;
    unsigned first = offset % BITS_BYTES * 8;

    for (unsigned i = 0; i < 8; i++) {
        struct gic_interrupt *interrupt = find(gic, cpu, first + i);
        bool one = (value >> i & 1) != 0;

        if (interrupt == NULL)
            continue;
        if (one ? bit_registers[which].sets : bit_registers[which].sets && bit_registers[which].clears)
            put_bit(interrupt, first + i, bit_registers[which].bit, one);
        else if (one && bit_registers[which].clears)
            put_bit(interrupt, first + i, bit_registers[which].bit, false);
    }
}

/* Two bits for each interrupt, the upper one: edge-triggered. Those from software are, and stay so. */
static uint8_t read_configuration(struct gic *gic, unsigned cpu, unsigned first)
{
    unsigned value = 0;

    for (unsigned i = 0; i < 4; i++) {
        const struct gic_interrupt *interrupt = find(gic, cpu, first + i);

        if (interrupt != NULL && interrupt->edge)
            value |= 2u << 2 * i;
    }
    return (uint8_t)value;
}

static void write_configuration(struct gic *gic, unsigned cpu, unsigned first, uint8_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        struct gic_interrupt *interrupt = find(gic, cpu, first + i);

        if (interrupt != NULL && first + i >= SOFTWARE)
            interrupt->edge = (value >> (2 * i + 1) & 1) != 0;
    }
}

static uint8_t read_byte(struct gic *gic, unsigned cpu, unsigned offset)
{
    const uint32_t typer = (GIC_INTERRUPTS / 32 - 1) | (gic->cpus - 1) << 5;
    const struct gic_interrupt *interrupt;

    if (offset >= IGROUPR && offset < IPRIORITYR)
        return read_bits(gic, cpu, offset);
    if (offset >= IPRIORITYR && offset < ITARGETSR)
        return (interrupt = find(gic, cpu, offset - IPRIORITYR)) != NULL ? interrupt->priority : 0;
    if (offset >= ITARGETSR && offset < ICFGR)
        return (interrupt = find(gic, cpu, offset - ITARGETSR)) != NULL ? interrupt->targets : 0;
    if (offset >= ICFGR && offset < ICFGR + 0x100)
        return read_configuration(gic, cpu, (offset - ICFGR) * 4);
    if (offset >= CPENDSGIR && offset < SPENDSGIR + 0x10)
        return gic->cpu[cpu].senders[offset % 0x10];
    if (offset >= TYPER && offset < IIDR)
        return (uint8_t)(typer >> (offset - TYPER) * 8);
    if (offset == CTLR)
        return gic->enabled;
    return offset == ICPIDR2 ? 0x20 : 0; /* architecture version 2 */
}

static void write_byte(struct gic *gic, unsigned cpu, unsigned offset, uint8_t value)
{
    struct gic_interrupt *interrupt;

    if (offset >= IGROUPR && offset < IPRIORITYR) {
        write_bits(gic, cpu, offset, value);
    } else if (offset >= IPRIORITYR && offset < ITARGETSR) {
        if ((interrupt = find(gic, cpu, offset - IPRIORITYR)) != NULL)
            interrupt->priority = value & PRIORITY_MASK;
    } else if (offset >= ITARGETSR && offset < ICFGR) {
        /* Of private ones it is read-only. */
        if (offset - ITARGETSR >= GIC_PRIVATE && (interrupt = find(gic, cpu, offset - ITARGETSR)) != NULL)
            interrupt->targets = (uint8_t)(value & ((1u << gic->cpus) - 1));
    } else if (offset >= ICFGR && offset < ICFGR + 0x100) {
        write_configuration(gic, cpu, (offset - ICFGR) * 4, value);
    } else if (offset >= CPENDSGIR && offset < SPENDSGIR) {
        gic->cpu[cpu].senders[offset % 0x10] &= (uint8_t)~value;
    } else if (offset >= SPENDSGIR && offset < SPENDSGIR + 0x10) {
        gic->cpu[cpu].senders[offset % 0x10] |= value;
    } else if (offset == CTLR) {
        gic->enabled = (value & 1) != 0;
    }
}

/* ---- Accesses -------------------------------------------------------------------- */

/* A write to SGIR: an interrupt from software, to the CPUs of a list, all others, or the writer. */
static void send(struct gic *gic, unsigned cpu, uint32_t value)
{
    const unsigned filter = value >> 24 & 3;
    const unsigned targets = filter == 0 ? value >> 16 & 0xff : filter == 1 ? ~(1u << cpu)
                                                                            : 1u << cpu;

    for (unsigned i = 0; i < gic->cpus; i++)
        if (filter != 3 && (targets >> i & 1) != 0)
            gic->cpu[i].senders[value & 0xf] |= (uint8_t)(1u << cpu);
}

static bool is_access(const struct gic *gic, unsigned cpu, uint64_t offset, unsigned bytes)
{
    return cpu < gic->cpus && (bytes == 1 || bytes == 2 || bytes == 4) && offset < GIC_BYTES && offset % bytes == 0;
}

bool gic_read(struct gic *gic, unsigned cpu, uint64_t offset, unsigned bytes, uint32_t *value)
{
    *value = 0;
    if (!is_access(gic, cpu, offset, bytes))
        return false;
    for (unsigned i = 0; i < bytes; i++)
        *value |= (uint32_t)read_byte(gic, cpu, (unsigned)offset + i) << 8 * i;
    return true;
}

bool gic_write(struct gic *gic, unsigned cpu, uint64_t offset, unsigned bytes, uint32_t value)
{
    if (!is_access(gic, cpu, offset, bytes))
        return false;
    changed(gic);
    if (offset == SGIR && bytes == 4)
        send(gic, cpu, value);
    else
        for (unsigned i = 0; i < bytes; i++)
            write_byte(gic, cpu, (unsigned)offset + i, (uint8_t)(value >> 8 * i));
    return true;
}

/* ---- List registers ------------------------------------------------------------------ */

/* Is it for this CPU, and can the guest be told? Of several CPUs the lowest that is there takes it. */
static bool is_ready(const struct gic *gic, unsigned cpu, unsigned number, const struct gic_interrupt *interrupt)
{
    return interrupt->enabled && !interrupt->active && interrupt->list == GIC_NO_LIST &&
           interrupt->targets != 0 && (unsigned)__builtin_ctz(interrupt->targets) == cpu &&
           is_pending(gic, cpu, number, interrupt);
}

/* The number of the one with the highest priority; GIC_INTERRUPTS: none is ready. */
static unsigned best(const struct gic *gic, unsigned cpu)
{
    unsigned found = GIC_INTERRUPTS;
    unsigned priority = 0x100;

    if (!gic->enabled || gic->cpu[cpu].quiet)
        return found;
    for (unsigned i = 0; i < GIC_INTERRUPTS; i++) {
        const struct gic_interrupt *interrupt = i < GIC_PRIVATE ? &gic->cpu[cpu].own[i] : &gic->shared[i - GIC_PRIVATE];

        if (interrupt->priority < priority && is_ready(gic, cpu, i, interrupt)) {
            found = i;
            priority = interrupt->priority;
        }
    }
    return found;
}

void gic_fill(struct gic *gic, unsigned cpu, gic_inject inject, void *context)
{
    struct gic_cpu *own = &gic->cpu[cpu];

    for (unsigned list = 0; list < GIC_LISTS; list++) {
        if (own->lists[list] != GIC_INTERRUPTS)
            continue;
        const unsigned number = best(gic, cpu);
        struct gic_interrupt *interrupt = find(gic, cpu, number);

        own->quiet = interrupt == NULL;
        if (interrupt == NULL || !inject(context, cpu, list, number, interrupt->priority))
            return;
        own->lists[list] = (uint16_t)number;
        interrupt->list = (uint8_t)list;
        interrupt->pending = false;
        if (number < SOFTWARE) /* one of the senders; those that are left make it pending again */
            own->senders[number] &= (uint8_t)(own->senders[number] - 1);
    }
}

void gic_again(struct gic *gic, unsigned cpu, gic_inject inject, void *context)
{
    struct gic_cpu *own = &gic->cpu[cpu];

    for (unsigned list = 0; list < GIC_LISTS; list++) {
        const struct gic_interrupt *interrupt = find(gic, cpu, own->lists[list]);

        own->at_work[list] = interrupt != NULL && !inject(context, cpu, list, own->lists[list], interrupt->priority);
    }
}

unsigned gic_done(struct gic *gic, unsigned cpu, unsigned list)
{
    if (cpu >= gic->cpus || list >= GIC_LISTS)
        return GIC_INTERRUPTS;
    const unsigned number = gic->cpu[cpu].lists[list];
    struct gic_interrupt *interrupt = find(gic, cpu, number);

    gic->cpu[cpu].lists[list] = GIC_INTERRUPTS;
    gic->cpu[cpu].at_work[list] = false;
    if (interrupt == NULL)
        return GIC_INTERRUPTS;
    changed(gic);
    interrupt->list = GIC_NO_LIST;
    interrupt->active = false;
    return number;
}

bool gic_waits(const struct gic *gic, unsigned cpu)
{
    for (unsigned list = 0; list < GIC_LISTS; list++)
        if (gic->cpu[cpu].lists[list] != GIC_INTERRUPTS)
            return true;
    return best(gic, cpu) != GIC_INTERRUPTS;
}
