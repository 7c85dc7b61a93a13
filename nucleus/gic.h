/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/gic.h: Arm's Generic Interrupt Controller, version 2 (IHI 0048B): distributor and CPU
 * interface. The virtual interface is vgic.h.
 */
#pragma once

#include "nucleus/base.h"

/* All interrupts masked, level-sensitive, of equal priority, to this core; the controller enabled. */
void gic_boot(void);

/* What gic_take returns when there was nothing. */
#define GIC_NONE 1023

/* Takes the interrupt that waits: its number, with what gic_end wants in the upper bits. */
uint32_t gic_take(void);
static inline unsigned gic_number(uint32_t taken)
{
    return taken & 0x3ff;
}
void gic_end(uint32_t taken);

void gic_mask(unsigned irq);
void gic_unmask(unsigned irq);

/* Shared interrupts only: by edge, or by level. */
void gic_set_edge(unsigned irq, bool edge);

/* Software-generated interrupt 0 to 15 to the cores in `targets`, a bit each. */
void gic_raise_sgi(unsigned irq, unsigned targets);
