/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/gic.c: GICv2. Register offsets: IHI 0048B, chapter 4.
 */
#include "nucleus/gic.h"

#include <board_kernel.h>
#include "nucleus/device.h"

enum {
    GICD_CTLR = 0x000,
    GICD_TYPER = 0x004,
    GICD_IGROUPR = 0x080,
    GICD_ISENABLER = 0x100,
    GICD_ICENABLER = 0x180,
    GICD_ICPENDR = 0x280,
    GICD_ICACTIVER = 0x380,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICD_ICFGR = 0xc00,
    GICD_SGIR = 0xf00,

    GICC_CTLR = 0x000,
    GICC_PMR = 0x004,
    GICC_IAR = 0x00c,
    GICC_EOIR = 0x010,

    FIRST_SHARED = 32,
    PER_WORD = 32, /* interrupts in a word of enable bits */
};

static volatile uint32_t *distributor(unsigned offset)
{
    return (volatile uint32_t *)(DEVICE_GIC_DISTRIBUTOR + offset);
}

static volatile uint32_t *cpu_interface(unsigned offset)
{
    return (volatile uint32_t *)(DEVICE_GIC_CPU + offset);
}

void gic_boot(void)
{
    *distributor(GICD_CTLR) = 0;
    for (unsigned irq = 0; irq < BOARD_IRQ_COUNT; irq += PER_WORD) {
        *distributor(GICD_ICENABLER + irq / 8) = ~0u;
        *distributor(GICD_ICPENDR + irq / 8) = ~0u;
        *distributor(GICD_ICACTIVER + irq / 8) = ~0u;
        *distributor(GICD_IGROUPR + irq / 8) = 0;
    }
    for (unsigned irq = 0; irq < BOARD_IRQ_COUNT; irq += 4)
        *distributor(GICD_IPRIORITYR + irq) = 0x80808080;
    for (unsigned irq = FIRST_SHARED; irq < BOARD_IRQ_COUNT; irq += 4)
        *distributor(GICD_ITARGETSR + irq) = 0x01010101;
    for (unsigned irq = FIRST_SHARED; irq < BOARD_IRQ_COUNT; irq += 16)
        *distributor(GICD_ICFGR + irq / 4) = 0;
    *distributor(GICD_CTLR) = 1;
    *cpu_interface(GICC_PMR) = 0xf0;
    *cpu_interface(GICC_CTLR) = 1;
}

uint32_t gic_take(void)
{
    return *cpu_interface(GICC_IAR);
}

void gic_end(uint32_t taken)
{
    *cpu_interface(GICC_EOIR) = taken;
}

void gic_mask(unsigned irq)
{
    *distributor(GICD_ICENABLER + irq / PER_WORD * 4) = 1u << irq % PER_WORD;
}

void gic_unmask(unsigned irq)
{
    *distributor(GICD_ISENABLER + irq / PER_WORD * 4) = 1u << irq % PER_WORD;
}

void gic_set_edge(unsigned irq, bool edge)
{
    volatile uint32_t *word = distributor(GICD_ICFGR + irq / 16 * 4);
    uint32_t bit = 2u << irq % 16 * 2;

    if (irq < FIRST_SHARED)
        return;
    *word = edge ? *word | bit : *word & ~bit;
}

void gic_raise_sgi(unsigned irq, unsigned targets)
{
    *distributor(GICD_SGIR) = targets << 16 | irq;
}
