/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/switch.h: the processor goes from one thread to another.
 *
 * Most switches are between two threads that differ in registers and address space only. What else there may be
 * is told by the switch keys: the thread's says whether it has a virtual CPU or floating point values (SPECIAL_THREAD_),
 * the scheduler's whether the processor is set up for such a thread now (SPECIAL_PROCESSOR_). The bits of both are
 * different ones, so that two keys are equal above the priority only if the domain is the same and nothing special is
 * to be done: one comparison on the way of every switch.
 */
#ifndef NUCLEUS_SWITCH_H
#define NUCLEUS_SWITCH_H

#include "nucleus/arch.h"
#include "nucleus/scheduler.h"
#include "nucleus/thread.h"
#include "nucleus/vspace.h"

/* The thread, if it were ready now, would run next: of the present domain, and none that is ready is above it. The
 * current thread does not count. */
static inline bool switch_possible(const struct thread *thread)
{
    union switch_key theirs = thread->key;
    union switch_key ours = scheduler.key;

    return (LIKELY(theirs.word >> 8 == ours.word >> 8) || theirs.domain == ours.domain) &&
           theirs.priority >= ours.priority;
}

/* `to` gets the processor; it is in no ready queue and goes on at its context's pc. */
static inline void switch_processor(struct thread *from, struct thread *to)
{
    from->context.tls = READ_REGISTER(tpidr_el0);
    if (UNLIKELY(to->key.word >> 8 != scheduler.key.word >> 8))
        thread_switch_special(to);
    vspace_activate(to);
    WRITE_REGISTER(tpidr_el0, to->context.tls);
    WRITE_REGISTER(tpidrro_el0, to->context.tls_readonly);
    current = to;
}

#endif
