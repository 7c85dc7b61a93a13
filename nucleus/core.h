/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/core.h: what belongs to a core of the processor: its stack, the thread on it, the threads that are ready to
 * run there, whose state is in its registers. All else in the kernel is there once. There is one core.
 */
#pragma once

#include <sel4/constants.h>

#include "nucleus/thread.h"

struct ready_queue {
    struct thread *first;
    struct thread *last;
};

/* Of `special` in the core's key; the thread's bits are others. */
enum {
    SPECIAL_PROCESSOR_VCPU = 16, /* the processor is set up for a guest */
    SPECIAL_PROCESSOR_FPU = 32,  /* the floating point unit is open */
};

/* The words of an error message (invocation.h). */
struct refusal {
    unsigned length;
    uint64_t word[5];
};

struct core {
    struct thread *current;

    /* Scheduling. scheduler.c tells the rules. */
    union {
        union switch_key key;
        struct {
            uint8_t top;     /* greatest priority with a thread in the queues of this domain; 0 also if there is none */
            uint8_t domain;  /* whose threads run now */
            uint8_t special; /* how the processor is set up */
            uint8_t key_unused;
        };
    };
    bool unsettled;           /* the next thread is yet to be chosen: one of the next two is set */
    bool choose;              /* pick from the queues */
    struct thread *candidate; /* else: the thread that was made ready just now */

    /* What is in the registers. */
    uint64_t vttbr;            /* VTTBR_EL2: the address space */
    uint64_t vttbr_before;     /* while asid_enter() has changed it */
    uint64_t space_epoch;      /* changes with everything that could change what a thread's VSpace capability stands
                                * for; what a thread remembers (vttbr) counts as long as this is the same */
    /* The table that the last page went into: what is at `part` (2 MiB) of the space that a capability with this first
     * word stands for, as long as space_epoch is the same. */
    struct {
        uint64_t *table;
        uint64_t space, part, epoch;
    } mapped;
    struct thread *fpu_owner;  /* whose values are in the floating point unit; null: nobody's */
    struct vcpu *vcpu_loaded;  /* whose EL1 registers these are; may be another's than the current thread's */
    bool vcpu_running;         /* set up for a guest: the current thread has `vcpu_loaded` */

    /* Why the present system call fails. */
    struct lookup_failure lookup_failure;
    struct refusal refusal;

    uint8_t summary[CONFIG_NUM_DOMAINS];                    /* a bit for each word of those below */
    uint64_t occupied[CONFIG_NUM_DOMAINS][PRIORITIES / 64]; /* a bit for each queue with threads */
    struct ready_queue queues[CONFIG_NUM_DOMAINS][PRIORITIES];
    struct thread idle; /* runs when nobody else does */
    uint8_t stack[KERNEL_STACK_SIZE] __attribute__((aligned(4096))); /* empty between two entries to the kernel */
};

_Static_assert(sizeof(struct core) == CORE_SIZE, "vectors.S takes the stack from the end of it");

extern struct core core;

/* At boot: the idle thread is on the processor. */
void core_boot(void);
