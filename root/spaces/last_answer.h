/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/spaces/last_answer.h: answering for a server that died.
 *
 * The reply capability of the request that a server has received sits in its
 * thread, where nobody else can reach it: deleting the thread would leave the
 * client waiting forever. So the stopped thread is made to run a trusted stub of
 * three instructions, in an address space and CSpace of the root task's: it
 * answers CELL_GONE and faults, by which the root task learns that it can go.
 */
#pragma once

#include "root/core/cpu.h"
#include "root/loop/request.h"

/* Makes what the stub needs; once, at start-up. */
void last_answer_init(void);

/* Lets the thread of a CPU give its last answer. Takes over the caller's
 * reference, which is given up when that is done. */
void last_answer_give(struct cpu *cpu);

/* Answers CELL_GONE to the callers saved in a CNode of CSPACE_REPLY_SLOTS, from slot `first` on. */
void last_answer_saved(struct cnode reply, unsigned first);

/* Is this fault the end of a stub? Then it is dealt with. */
bool last_answer_fault(struct request *request);
