/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/upcall.h: faults that a PD wants to handle itself. It learns nothing but its own registers, and sets
 * nothing but these; the memory that they are kept in is its own.
 */
#pragma once

#include "root/pd/fault_text.h"

/* Hands a fault of a PD, which is stopped, to itself, and lets it go on. False: it does not want that, or its frame cannot
 * be written. */
bool upcall_deliver(struct pd *pd, const struct fault_facts *facts);

/* Sets the registers of a PD as its frame says and lets it go on. CELL_NOT_FOUND; CELL_INTERRUPTED: the mark behind
 * the frame says that it should look first. */
cell_error_t upcall_resume(struct pd *pd);

/* Has a PD take its upcall, with no fault, if its program counter is below an address; else notes behind its frame that it should
 * look, and signals its notification. CELL_NOT_FOUND: it asked for no upcalls, or its frame is not there. */
cell_error_t upcall_interrupt(struct pd *pd, uint64_t below);
