/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/handed.h: faults that would end a PD are handed to its handler, which its configuration names. The PD stands still
 * until that deals with them. If the handler ends before, the PD faults again, and ends as it does without a handler.
 */
#pragma once

#include "root/loop/request.h"
#include "root/pd/fault_text.h"

/* What the handler gets to know (idl/fault.idl, next). */
struct handed_told {
    uint64_t pd, badge, kind, address, access, why, syndrome, number;
    uint64_t bytes; /* of the registers */
    uint64_t registers[CPU_REGISTERS];
};

void handed_init(void);

/* The faults of a new PD are handed to its handler, which is set, with this badge; 0: with the PD's id. The record is charged
 * to the PD. CELL_QUOTA, CELL_NO_MEMORY. */
cell_error_t handed_begin(struct pd *pd, uint64_t badge);

/* Hands a fault of a PD, which is stopped, over. False: there is no handler, or the fault is forged. */
bool handed_over(struct pd *pd, const struct fault_facts *facts);
/* Does it stand still in a fault that its handler has? */
bool handed_stands(const struct pd *pd);

/* Tells the caller of its next fault, now or later; `again`: of all that are not dealt with once more. CELL_LATER: `signalled`, and
 * there is none; CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t handed_next(struct request *request, bool signalled, bool again, struct handed_told *told);

/* Deals with the fault of a PD by letting it go on, or end. CELL_NOT_FOUND: it has none that this is the handler of. */
cell_error_t handed_resume(const struct pd *handler, uint64_t id, const uint64_t registers[CPU_REGISTERS]);
cell_error_t handed_end(const struct pd *handler, uint64_t id);
