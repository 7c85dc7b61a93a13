/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/vcpu.h: virtual CPUs: what a thread needs to run a guest at EL1 (manual 6.6.1).
 */
#pragma once

#include "nucleus/core.h"
#include "nucleus/vgic.h"

/* Registers of a guest that user level does not see (seL4_VCPUReg has no names for them). */
enum vcpu_hidden {
    HIDDEN_CSSELR,
    HIDDEN_MDSCR,
    HIDDEN_MDCCINT,
    HIDDEN_OSLSR,
    HIDDEN_PMUSERENR,
    HIDDEN_PMINTENSET,
    HIDDEN_REGISTERS,
};

/* Breakpoints or watchpoints that the architecture allows; how many there are, the processor tells. */
#define DEBUG_POINTS_MAX 16

struct debug_point {
    uint64_t value;
    uint64_t control;
};

struct vcpu {
    struct thread *thread; /* bound one */
    uint64_t registers[seL4_VCPUReg_Num];
    uint64_t hidden[HIDDEN_REGISTERS];
    struct debug_point breakpoints[DEBUG_POINTS_MAX];
    struct debug_point watchpoints[DEBUG_POINTS_MAX];
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

/* vcpu_debug.c: breakpoints and watchpoints, between the structure and the processor. */
void vcpu_debug_store(struct vcpu *vcpu);
void vcpu_debug_load(const struct vcpu *vcpu);

/* The intermediate physical address of the guest's abort that is being handled. */
uint64_t vcpu_fault_address(void);

/* Maintenance interrupt of the virtual interface, or the virtual timer's. */
void vcpu_interrupt(unsigned irq);

/* The guest may get its timer's interrupt again. */
void vcpu_timer_acknowledge(struct vcpu *vcpu);
