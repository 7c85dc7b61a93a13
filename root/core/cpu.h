/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/cpu.h: CPU objects: a kernel thread and what it runs with.
 */
#pragma once

#include "root/core/ads.h"
#include "root/core/cspace.h"
#include "root/core/ntfn.h"

/* Highest priority that a PD may have; the root task's is above. */
#define CPU_PRIORITY_HIGHEST 200u
#define CPU_PRIORITY_DEFAULT 100u

/* seL4_UserContext: pc, sp, spsr, x0 … in the kernel's order. */
#define CPU_REGISTERS 36u

/* The guard of a PD's root CNode: what a 64-bit address has above its 32 bits. */
#define CPU_ROOT_GUARD seL4_CNode_CapData_new(0, 64 - CSPACE_ADDRESS_BITS).words[0]

struct cpu {
    struct object object;
    struct kernel_object tcb;
    struct kernel_object vcpu; /* slot 0: it has none (vcpu.h) */
    struct ntfn *ntfn;     /* bound to it; referred to; NULL: nobody asked for it */
    struct ads *ads;       /* referred to; NULL: not configured */
    struct mo *ipc_buffer; /* referred to */
    uint64_t buffer;       /* its address */
    struct cspace *cspace;
    uint8_t priority;
    bool scheduled; /* the kernel knows the priority */
    bool running;   /* started and not stopped */
};

extern struct object_class cpu_class;

/* Makes a CPU that runs nothing yet. CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t cpu_create(struct account *account, struct cpu **cpu);

/*
 * Gives it an address space, a CSpace and an IPC buffer, which lies at `address`
 * in `ads` (1 KiB aligned). Its fault endpoint is slot CSPACE_SELF. References
 * are taken on the ADS and the MO there. `cspace` must outlive the CPU's running.
 * CELL_BAD_ARGUMENT: no present page of an MO at `address`.
 */
cell_error_t cpu_configure(struct cpu *cpu, struct cspace *cspace, struct ads *ads,
                           uint64_t address);

/* Starts at `entry` with x0 … x3 and the thread pointer; TPIDRRO_EL0 has the address of the IPC buffer from then on, which
 * a program cannot change. CELL_BUSY: it runs. */
cell_error_t cpu_start(struct cpu *cpu, uint64_t entry, uint64_t stack, const uint64_t arguments[4],
                       uint64_t thread_pointer);
void cpu_stop(struct cpu *cpu);
/* Goes on after cpu_stop(). */
void cpu_resume(struct cpu *cpu);

/* Registers of a CPU that waits for an answer: it goes on as if that had come, with this label and this many words, all zero but
 * the first. */
void cpu_answer(uint64_t registers[CPU_REGISTERS], cell_error_t label, unsigned words, uint64_t first);

/* From now on it runs in another address space with another CSpace; its IPC buffer stays. It
 * stands still meanwhile. */
void cpu_move(struct cpu *cpu, struct cspace *cspace, struct ads *ads);
/* Goes on at `entry` with x0 … x3, its other registers as they are, whatever it waits for. */
void cpu_jump(struct cpu *cpu, uint64_t entry, uint64_t stack, const uint64_t arguments[4]);

/* Stops it and takes everything away from it; it can be configured again. */
void cpu_unconfigure(struct cpu *cpu);

/* All registers; `resume`: run with them. */
cell_error_t cpu_read(struct cpu *cpu, uint64_t registers[CPU_REGISTERS]);
cell_error_t cpu_write(struct cpu *cpu, const uint64_t registers[CPU_REGISTERS], bool resume);

/* CELL_BAD_ARGUMENT above CPU_PRIORITY_HIGHEST. */
cell_error_t cpu_set_priority(struct cpu *cpu, unsigned priority);

/* Makes cpu->ntfn, the notification bound to the CPU, at the first call: what wakes a server
 * in its receive loop. CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t cpu_notification(struct cpu *cpu);

/* Nanoseconds of the processor so far, counted in ticks of the kernel's timer;
 * UINT64_MAX: the kernel does not tell (seL4). */
uint64_t cpu_time(const struct cpu *cpu);
/* The same for the root task's main thread. */
uint64_t cpu_time_of_root(void);

static inline struct cpu *cpu_of(struct object *object)
{
    return CONTAINER(object, struct cpu, object);
}
