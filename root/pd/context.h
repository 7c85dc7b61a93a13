/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/context.h: further address spaces of one PD, its contexts. The PD's CPU runs in one of them
 * at a time; it goes from one to the other by a request, and on with the registers that it has. A
 * context that is a snapshot has the registers of when it was made, and is gone back to instead.
 */
#pragma once

#include "root/core/pd.h"
#include "root/loop/request.h"

struct context {
    struct place place;
    struct id_entry entry; /* by number, which is never used again */
    struct pd *pd;         /* NULL: it is being made */
    struct account *account;
    bool saved; /* a snapshot: */
    uint64_t registers[CPU_REGISTERS];
};

/* An empty one, which `account` pays for. CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t context_create(struct account *account, struct context **context);
/* The PD does not run in it. Its address space goes when nobody else has it. */
void context_free(struct context *context);
/* It is ready, and the PD's. */
void context_enter(struct context *context, struct pd *pd);
/* The same for a snapshot: the registers are those of the PD's CPU, which waits for an answer. */
cell_error_t context_save(struct context *context, struct pd *pd);

/* Number 0 is the context that a PD began in. CELL_NOT_FOUND: it has none with that number. */
cell_error_t context_switch(struct pd *pd, uint64_t number);
/* The PD goes on in a snapshot, which ceases to be one; the context that it leaves goes, unless other
 * PDs run in it. */
cell_error_t context_roll_back(struct request *request, uint64_t number);
/* CELL_BUSY: the PD runs in it. */
cell_error_t context_drop(struct pd *pd, uint64_t number);
uint64_t context_current(const struct pd *pd);

/* A PD ends: its contexts go, as far as *units (reaper.h) reach; true: all. */
bool contexts_free(struct pd *pd, uint32_t *units);
