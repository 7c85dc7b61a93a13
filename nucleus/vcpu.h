/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/vcpu.h: virtual CPUs: what a thread needs to run a guest at EL1 (manual 6.6.1).
 */
#ifndef NUCLEUS_VCPU_H
#define NUCLEUS_VCPU_H

#include "nucleus/core.h"
#include "nucleus/vgic.h"

struct vcpu {
    struct thread *thread; /* bound one */
    uint64_t registers[seL4_VCPUReg_Num];
    struct vgic vgic;
    bool timer_masked; /* a VPPI event of the virtual timer was not acknowledged yet */
};

_Static_assert(sizeof(struct vcpu) <= 1 << seL4_VCPUBits, "size of a VCPU");

void vcpu_boot(void);
void vcpu_create(struct vcpu *vcpu);

/* The processor goes from thread `from` to thread `to`. */
void vcpu_switch_guest(struct thread *to);
static inline void vcpu_switch(const struct thread *from, struct thread *to)
{
    (void)from;
    if (UNLIKELY(core.vcpu_running || to->vcpu != NULL))
        vcpu_switch_guest(to);
}

void vcpu_bind(struct vcpu *vcpu, struct thread *thread);
void vcpu_unbind(struct vcpu *vcpu);

/* The last capability goes. */
void vcpu_end(struct vcpu *vcpu);

/* Registers by seL4_VCPUReg; the field is valid. */
uint64_t vcpu_get(struct vcpu *vcpu, unsigned field);
void vcpu_set(struct vcpu *vcpu, unsigned field, uint64_t value);

/* The registers are the processor's now, or else the structure's. */
static inline bool vcpu_is_loaded(const struct vcpu *vcpu)
{
    return vcpu == core.vcpu_loaded;
}

/* The intermediate physical address of the guest's abort that is being handled. */
uint64_t vcpu_fault_address(void);

/* Maintenance interrupt of the virtual interface, or the virtual timer's. */
void vcpu_interrupt(unsigned irq);

/* The guest may get its timer's interrupt again. */
void vcpu_timer_acknowledge(struct vcpu *vcpu);

#endif
