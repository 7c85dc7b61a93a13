/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/fault.h: telling a thread's fault to its handler (manual, section "Faults").
 */
#pragma once

#include "nucleus/thread.h"

/* The current thread did something that it cannot do; `thread->fault` says what. Its handler gets a
 * message; without a handler the thread stops. */
void fault_raise(struct thread *thread);

/* The same, for the kinds of fault. */
void fault_raise_capability(struct thread *thread, uint64_t address, bool receiving);
void fault_raise_simple(struct thread *thread, uint64_t type, uint64_t word0, uint64_t word1);

/* Writes the message about the sender's fault into the receiver. */
void fault_put_message(struct thread *sender, struct thread *receiver, uint64_t badge);

/* The answer to a fault is the message of `handler`. True: the thread goes on. */
bool fault_take_answer(struct thread *thread, struct thread *handler);
