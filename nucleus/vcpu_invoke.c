/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/vcpu_invoke.c: operations on virtual CPUs (manual, seL4_ARM_VCPU).
 */
#include <sel4/constants.h>

#include <board_kernel.h>
#include "nucleus/operations.h"
#include "nucleus/vcpu.h"

#define VIRQ_MAX 1023
#define VIRQ_PRIORITY_MAX 31
#define VIRQ_GROUP_MAX 1

static struct vcpu *target_of(const struct invocation *invocation)
{
    return cap_object(&invocation->slot->cap);
}

int vcpu_set_tcb(struct invocation *invocation)
{
    const struct capability *thread = &invocation->caps[0]->cap;

    if (cap_type(thread) != CAP_THREAD)
        return refuse(seL4_IllegalOperation);
    vcpu_bind(target_of(invocation), cap_object(thread));
    return seL4_NoError;
}

/* The word packs number (16 bits), priority, group and index (8 each), from bit 0 upwards. */
int vcpu_inject_irq(struct invocation *invocation)
{
    struct vcpu *vcpu = target_of(invocation);
    uint64_t word = invocation_word(invocation, 0);
    unsigned irq = word & 0xffff;
    unsigned priority = word >> 16 & 0xff;
    unsigned group = word >> 24 & 0xff;
    unsigned index = word >> 32 & 0xff;
    bool loaded = vcpu_is_loaded(vcpu);

    if (irq > VIRQ_MAX)
        return refuse_range(0, VIRQ_MAX);
    if (priority > VIRQ_PRIORITY_MAX)
        return refuse_range(0, VIRQ_PRIORITY_MAX);
    if (group > VIRQ_GROUP_MAX)
        return refuse_range(0, VIRQ_GROUP_MAX);
    if (index >= vgic_lists())
        return refuse_range(0, vgic_lists() - 1);
    if (vgic_list_busy(&vcpu->vgic, index, loaded))
        return refuse(seL4_DeleteFirst);
    vgic_list_set(&vcpu->vgic, index, irq, priority, group, loaded);
    return seL4_NoError;
}

int vcpu_read_register(struct invocation *invocation)
{
    uint64_t field = invocation_word(invocation, 0);

    if (field >= seL4_VCPUReg_Num)
        return refuse_argument(1);
    invocation_answer(invocation, vcpu_get(target_of(invocation), (unsigned)field));
    return seL4_NoError;
}

int vcpu_write_register(struct invocation *invocation)
{
    uint64_t field = invocation_word(invocation, 0);

    if (field >= seL4_VCPUReg_Num)
        return refuse_argument(1);
    vcpu_set(target_of(invocation), (unsigned)field, invocation_word(invocation, 1));
    return seL4_NoError;
}

int vcpu_ack_vppi(struct invocation *invocation)
{
    uint64_t irq = invocation_word(invocation, 0);

    if (irq >= BOARD_IRQ_COUNT)
        return refuse_range(0, BOARD_IRQ_COUNT - 1);
    if (irq != BOARD_IRQ_VIRTUAL_TIMER)
        return refuse_argument(0);
    vcpu_timer_acknowledge(target_of(invocation));
    return seL4_NoError;
}
