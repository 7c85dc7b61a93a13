/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/vgic.h: GICv2's virtual interface: interrupts for the guest of a virtual CPU (IHI 0048B,
 * chapter 5).
 */
#pragma once

#include "nucleus/base.h"

/* List registers that the architecture allows; how many there are, the hardware tells. */
#define VGIC_LISTS_MAX 64

/* The state of the interface while its virtual CPU does not run. Zero when new, but for vgic_create. */
struct vgic {
    uint32_t control;
    uint32_t machine_control;
    uint32_t active_priorities;
    uint32_t list[VGIC_LISTS_MAX];
};

void vgic_boot(void);
void vgic_create(struct vgic *vgic);

/* Number of list registers. */
unsigned vgic_lists(void);

/* Between the structure and the hardware. */
void vgic_store(struct vgic *vgic);
void vgic_load(const struct vgic *vgic);

/* Stops and starts delivery, with what is loaded. */
void vgic_disable(struct vgic *vgic);
void vgic_enable(const struct vgic *vgic);

/* The guest handles the interrupt in a list register (one that is only pending can be replaced).
 * `loaded`: look in the hardware. */
bool vgic_list_busy(const struct vgic *vgic, unsigned index, bool loaded);

/* Puts an interrupt, pending, into a list register. */
void vgic_list_set(struct vgic *vgic, unsigned index, unsigned irq, unsigned priority, unsigned group, bool loaded);

/* What a maintenance interrupt was about: a list register whose interrupt the guest has ended; -1 if
 * there is none. */
int vgic_ended_list(void);
