/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/context.h: what the kernel keeps of a thread's processor state. The entry code
 * (vectors.S) stores it at the start of the TCB.
 */
#pragma once

#include "nucleus/base.h"
#include "nucleus/layout.h"

struct context {
    uint64_t x[31];
    uint64_t sp;
    uint64_t pc;       /* where the thread goes on */
    uint64_t spsr;
    uint64_t fault_pc; /* the instruction that entered the kernel: a thread restarts there */
    uint64_t tls;      /* TPIDR_EL0; in the register while the thread is current */
    uint64_t tls_readonly; /* TPIDRRO_EL0; likewise */
};

_Static_assert(offsetof(struct context, x[30]) == CONTEXT_X30, "vectors.S");
_Static_assert(offsetof(struct context, sp) == CONTEXT_SP, "vectors.S");
_Static_assert(offsetof(struct context, pc) == CONTEXT_PC, "vectors.S");
_Static_assert(offsetof(struct context, spsr) == CONTEXT_SPSR, "vectors.S");
_Static_assert(offsetof(struct context, fault_pc) == CONTEXT_FAULT_PC, "vectors.S");

/* Floating point and SIMD state; only held by the processor's owner of the unit (fpu.c). */
struct fpu_state {
    unsigned __int128 q[32];
    uint64_t fpsr;
    uint64_t fpcr;
};

/* Registers by their roles at `svc` (libsel4 for AArch64). */
enum {
    REG_CAP = 0,    /* capability in, badge out */
    REG_INFO = 1,   /* message information */
    REG_MESSAGE = 2, /* first of the message registers */
    REG_NUMBER = 7, /* of the system call */
};

/* The bits of SPSR that user level chooses: the condition flags. The rest is EL0, AArch64,
 * FIQ and D masked, IRQ and SError not (0x140, as observed). */
#define SPSR_USER_BITS 0xf0000000
#define SPSR_USER_FIXED 0x140

static inline uint64_t spsr_of_user(uint64_t wanted)
{
    return (wanted & SPSR_USER_BITS) | SPSR_USER_FIXED;
}

/* A thread with a virtual CPU also chooses between EL0 and EL1, and what interrupts are masked. */
#define SPSR_GUEST_BITS UINT64_C(0xf03003ff)

static inline uint64_t spsr_of_guest(uint64_t wanted)
{
    uint64_t mode = wanted & 0x1f;

    if (mode == 0 || mode == 4 || mode == 5) /* EL0t, EL1t, EL1h */
        return wanted & SPSR_GUEST_BITS;
    return spsr_of_user(wanted);
}
