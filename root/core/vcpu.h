/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/vcpu.h: elevated CPUs: threads with a virtual CPU, which run guests. A guest's exceptions, its
 * timer and the CPU interface of its interrupt controller are its own; what leaves it goes to the thread's
 * fault endpoint (seL4 manual, section 6.1.5 "Virtualisation", and the VCPU messages in its list of faults).
 */
#pragma once

#include "root/core/cpu.h"

/* Gives a CPU a virtual one, charged to the CPU's account. CELL_NO_MEMORY, CELL_QUOTA; CELL_UNSUPPORTED: the kernel
 * has none. */
cell_error_t cpu_elevate(struct cpu *cpu);

/* Gives it an address space, which is the guest's physical one, and a CSpace; it has no IPC buffer. References as
 * with cpu_configure(). */
void cpu_configure_guest(struct cpu *cpu, struct cspace *cspace, struct ads *ads);

/* As after a reset, whatever it did before. */
void vcpu_start(struct cpu *cpu, uint64_t entry, uint64_t argument);
/* Goes on `bytes` further, with `value` in register 0 to 30; another number: in none. It waits for the answer to its message. */
void vcpu_step(struct cpu *cpu, uint64_t bytes, uint64_t number, uint64_t value);

/* Goes on behind the instruction; returns the register `number`, 0 if there is none. */
uint64_t vcpu_take(struct cpu *cpu, uint64_t number);

/* `number`: seL4_VCPUReg. */
uint64_t vcpu_read(const struct cpu *cpu, uint64_t number);
void vcpu_write(const struct cpu *cpu, uint64_t number, uint64_t value);

/* CELL_BAD_ARGUMENT: there is no such list register; CELL_BUSY: it is in use. */
cell_error_t vcpu_inject(const struct cpu *cpu, uint64_t list, uint64_t interrupt, uint64_t priority);
/* CELL_BAD_ARGUMENT: there is no such interrupt. */
cell_error_t vcpu_acknowledge(const struct cpu *cpu, uint64_t interrupt);

static inline bool cpu_elevated(const struct cpu *cpu)
{
    return cpu->vcpu.slot != 0;
}
