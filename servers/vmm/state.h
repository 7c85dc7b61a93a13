/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/state.h: the registers of a CPU. Those that no call of the kernel reaches (vector registers, the CPU interface of the
 * interrupt controller) it saves and loads itself: it runs code of the monitor's that lies behind the guest's memory, and what it
 * saves stays there.
 */
#pragma once

#include "servers/vmm/machine.h"

/* Bytes behind the guest's memory for that code, and for what CPUs save. */
#define STATE_AREA UINT64_C(8192)

#define STATE_REGISTERS 36u /* of seL4_UserContext, in its order */
#define STATE_SYSTEM 24u    /* of seL4_VCPUReg */

struct cpu_state {
    uint64_t registers[STATE_REGISTERS], system[STATE_SYSTEM];
    bool saves; /* else it loads */
};

/* Lets a CPU that is powered and stopped begin to save its state, or to load one, with another offset of its counter. */
cell_error_t state_save(struct cpu *cpu);
cell_error_t state_load(struct cpu *cpu, const struct cpu_state *state, uint64_t offset);
/* A CPU with cpu->state set has sent a message. True: it is done, stopped, and has the registers of its state, which is in *done,
 * owned by the caller. False: it is a message like others. */
bool state_done(struct cpu *cpu, struct server_request *request, uint64_t label, struct cpu_state **done);
