/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/state.h: what a CPU has in its registers. Those that no call of the kernel reaches (vectors, the CPU interface of the
 * interrupt controller) it saves and loads itself, by instructions of the monitor's behind the guest's memory; what it
 * saves stays there.
 */
#pragma once

#include "servers/vmm/machine.h"

/* Behind the guest's memory: instructions, and what CPUs save. */
#define STATE_AREA UINT64_C(8192)

#define STATE_REGISTERS 36u /* of seL4_UserContext, in its order */
#define STATE_SYSTEM 24u    /* of seL4_VCPUReg */

struct cpu_state {
    uint64_t registers[STATE_REGISTERS], system[STATE_SYSTEM];
    bool saves; /* else it loads */
};

/* A CPU that is powered and stopped begins to save its state, or to load one, with another offset of its counter. */
cell_error_t state_save(struct cpu *cpu);
cell_error_t state_load(struct cpu *cpu, const struct cpu_state *state, uint64_t offset);
/* It has sent a message, with cpu->state set. True: it is done and stopped, with the registers of its state; the state is in
 * *done, owned by the caller. False: the message is like others. */
bool state_done(struct cpu *cpu, struct server_request *request, uint64_t label, struct cpu_state **done);
