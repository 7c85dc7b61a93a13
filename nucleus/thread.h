/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/thread.h: the TCB, and the states of a thread. thread.c has the table of states.
 *
 * The object has 2 KiB: the processor state, what the scheduler and IPC need, five capability
 * slots, and the floating point registers. It is all zero when it is made, which is a thread that
 * is inactive at priority 0 (object.c sets what is not zero).
 */
#pragma once

#include "nucleus/capability.h"
#include "nucleus/context.h"

enum thread_state {
    THREAD_INACTIVE,
    THREAD_RUNNING,
    THREAD_RESTART,   /* runnable; goes on at fault_pc */
    THREAD_RECEIVING, /* in an endpoint's queue */
    THREAD_SENDING,   /* in an endpoint's queue */
    THREAD_REPLY,     /* has called, waits for the answer */
    THREAD_WAITING,   /* in a notification's queue */
    THREAD_IDLE,
    THREAD_STATES,
};

enum thread_slot {
    THREAD_SLOT_CSPACE,
    THREAD_SLOT_VSPACE,
    THREAD_SLOT_CALLER, /* right to answer the last caller */
    THREAD_SLOT_BUFFER,
    THREAD_SLOTS,
};

/* Why a thread cannot find a capability; what error messages and fault messages tell. */
struct lookup_failure {
    uint64_t type; /* seL4_LookupFailureType */
    uint64_t bits_left;
    uint64_t found[2]; /* depth mismatch: bits; guard mismatch: guard, its bits */
};

/* A fault that was not answered yet; type seL4_Fault_NullFault: none. */
struct fault {
    uint64_t type;
    uint64_t word[2]; /* by type: address and status, syndrome, interrupt, number of system call… */
    bool fetch;       /* VM fault: of an instruction; capability fault: while receiving */
    struct lookup_failure lookup;
};

/* How far an operation came that was interrupted and will be made again (invocation_interrupted). It counts only for the next call:
 * if that does anything else, such as sending a message or being refused, it is forgotten. */
struct progress {
    uint64_t label; /* of the operation; 0: nothing was interrupted */
    uint64_t key[2];
    uint64_t done;
};

#define PRIORITIES 256

/* What matters when the processor goes to a thread, in one word; switch.h tells how it is compared with the
 * scheduler's. */
union switch_key {
    struct {
        uint8_t priority;
        uint8_t domain;
        uint8_t special; /* SPECIAL_ bits */
        uint8_t unused;
    };
    uint32_t word;
};

#define SWITCH_KEY_DOMAIN_SHIFT 8 /* priority below, domain and special from here on */
#define SWITCH_KEY_DOMAIN 0xff00

enum {
    SPECIAL_THREAD_VCPU = 1, /* it has a virtual CPU */
    SPECIAL_THREAD_FPU = 2,  /* its values are in the floating point unit, or shall be when it runs (fpu.c) */
};

struct thread {
    struct context context; /* first: the entry code has only the TCB's address */

    union {
        union switch_key key;
        struct {
            uint8_t priority;
            uint8_t domain;
            uint8_t special;
            uint8_t key_unused;
        };
    };
    uint8_t state;
    uint8_t queued;   /* in a ready queue */
    uint8_t mcp;      /* greatest priority it may give */
    uint8_t timeslice; /* ticks left */
    uint8_t flags;    /* seL4_TCBFlag */
    uint8_t fpu_eager; /* switches that load the unit without waiting for a trap (fpu.c) */
    uint8_t fpu_open;  /* switches that open the unit for its owner */
    uint8_t fpu_traps;

    /* Of the blocking operation: rights of the capability it used, and whether it is a call. A
     * receiver: grant says if it may answer with capabilities. */
    bool can_grant;
    bool may_be_answered;
    bool is_call;
    uint64_t badge;         /* of a sender */
    void *waits_on;         /* endpoint or notification */
    struct thread *queue_next; /* in that one's queue */
    struct thread *queue_previous;

    struct slot *reply_slot; /* THREAD_REPLY: where the right to answer lies; may be gone: null */

    struct thread *ready_next;
    struct thread *ready_previous;

    struct notification *notification; /* bound one */
    struct vcpu *vcpu;
    uint64_t fault_endpoint;  /* address in the thread's own CSpace */
    uint64_t buffer_address;  /* in the thread's address space */
    struct fault fault;
    struct progress progress;
    uint64_t vttbr;       /* of its address space; only if space_epoch is the present one (scheduler.h) */
    uint64_t space_epoch;
    struct slot slots[THREAD_SLOTS];
    struct fpu_state fpu;
    uint64_t ticks; /* of the timer at which it was the one that ran (abi/include/nucleus.h) */
#if NUCLEUS_DEBUG
    char name[64];
    struct thread *all_next;
    struct thread *all_previous;
#endif
};

_Static_assert(sizeof(struct thread) <= 2048, "a TCB has 2 KiB");

static inline bool thread_runnable(const struct thread *thread)
{
    return thread->state == THREAD_RUNNING || thread->state == THREAD_RESTART;
}

/* Changes the state; queues are the caller's matter. The current thread gives up the processor when
 * it is no longer runnable. */
void thread_set_state(struct thread *thread, enum thread_state state);

/* Ends what the thread waits for: leaves the queue, gives up the answer. It is then inactive, or
 * runs on if it did not wait. */
void thread_cancel(struct thread *thread);

/* Stops it: TCBSuspend, deletion. */
void thread_suspend(struct thread *thread);

/* Starts a stopped or waiting thread: TCBResume. */
void thread_resume(struct thread *thread);

/* Lets a thread that waited run again from the instruction that made it wait. */
void thread_restart(struct thread *thread);

/* Takes out a thread whose last capability goes. Its slots are emptied but for the CSpace's root,
 * which is the caller's (deletion.c). */
void thread_destroy(struct thread *thread);

/* A system call of the current thread could not be finished before an interrupt: it is made again. */
static inline void thread_repeat_call(struct thread *thread)
{
    thread->context.pc = thread->context.fault_pc;
}

/* The processor state that a thread may have, of the wanted one. */
static inline uint64_t thread_spsr(const struct thread *thread, uint64_t wanted)
{
    return thread->vcpu == NULL ? spsr_of_user(wanted) : spsr_of_guest(wanted);
}

/* Switches the processor to a thread: where it goes on, and all that switch.h does. */
void thread_switch(struct thread *thread);

/* The current thread's TPIDR_EL0 is in the register; stores it into the context. */
void thread_store_tls(struct thread *thread);
void thread_load_tls(struct thread *thread);

/* The table in thread.c, for the checked build and the debug calls. */
const char *thread_state_name(enum thread_state state);
