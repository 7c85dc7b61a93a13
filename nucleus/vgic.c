/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/vgic.c: the virtual interface control registers. Offsets: IHI 0048B, 5.3.
 */
#include "nucleus/vgic.h"

#include "nucleus/device.h"

enum {
    GICH_HCR = 0x000,
    GICH_VTR = 0x004,
    GICH_VMCR = 0x008,
    GICH_MISR = 0x010,
    GICH_EISR0 = 0x020,
    GICH_EISR1 = 0x024,
    GICH_APR = 0x0f0,
    GICH_LR0 = 0x100,

    HCR_ENABLE = 1 << 0,
    MISR_ENDED = 1 << 0,
};

/* List registers. */
#define LIST_GROUP_1 (1u << 30)
#define LIST_PENDING (1u << 28)
#define LIST_ACTIVE (1u << 29)
#define LIST_PRIORITY_SHIFT 23
#define LIST_MAINTENANCE (1u << 19) /* a maintenance interrupt when the guest ends it */

static unsigned lists;

static volatile uint32_t *interface(unsigned offset)
{
    return (volatile uint32_t *)(DEVICE_GIC_VIRTUAL + offset);
}

static volatile uint32_t *list(unsigned index)
{
    return interface(GICH_LR0 + 4 * index);
}

void vgic_boot(void)
{
    lists = (*interface(GICH_VTR) & 0x3f) + 1;
    *interface(GICH_HCR) = 0;
    for (unsigned i = 0; i < lists; i++)
        *list(i) = 0;
}

void vgic_create(struct vgic *vgic)
{
    vgic->control = HCR_ENABLE;
}

unsigned vgic_lists(void)
{
    return lists;
}

void vgic_store(struct vgic *vgic)
{
    vgic->machine_control = *interface(GICH_VMCR);
    vgic->active_priorities = *interface(GICH_APR);
    for (unsigned i = 0; i < lists; i++)
        vgic->list[i] = *list(i);
}

void vgic_load(const struct vgic *vgic)
{
    *interface(GICH_VMCR) = vgic->machine_control;
    *interface(GICH_APR) = vgic->active_priorities;
    for (unsigned i = 0; i < lists; i++)
        *list(i) = vgic->list[i];
}

void vgic_disable(struct vgic *vgic)
{
    vgic->control = *interface(GICH_HCR);
    *interface(GICH_HCR) = 0;
}

void vgic_enable(const struct vgic *vgic)
{
    *interface(GICH_HCR) = vgic->control;
}

bool vgic_list_busy(const struct vgic *vgic, unsigned index, bool loaded)
{
    uint32_t value = loaded ? *list(index) : vgic->list[index];

    return (value & (LIST_PENDING | LIST_ACTIVE)) == LIST_ACTIVE;
}

void vgic_list_set(struct vgic *vgic, unsigned index, unsigned irq, unsigned priority, unsigned group, bool loaded)
{
    uint32_t value = LIST_PENDING | LIST_MAINTENANCE | priority << LIST_PRIORITY_SHIFT | irq;

    if (group != 0)
        value |= LIST_GROUP_1;
    if (loaded)
        *list(index) = value;
    else
        vgic->list[index] = value;
}

int vgic_ended_list(void)
{
    uint64_t ended;

    if ((*interface(GICH_MISR) & MISR_ENDED) == 0)
        return -1;
    ended = *interface(GICH_EISR0) | (uint64_t)*interface(GICH_EISR1) << 32;
    if (ended == 0)
        return -1;
    unsigned index = (unsigned)__builtin_ctzll(ended);
    /* Each is reported once. */
    *list(index) &= ~LIST_MAINTENANCE;
    return (int)index;
}
