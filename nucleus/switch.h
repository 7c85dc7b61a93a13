/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/switch.h: the processor goes from one thread to another.
 *
 * Most switches are between two threads that differ in registers and address space only. The switch keys say
 * what else there is: the thread's, whether it has a virtual CPU or floating point values
 * (SPECIAL_THREAD_), the scheduler's, whether the processor is set up for such a thread now (SPECIAL_PROCESSOR_). The bits of both are
 * different ones, so that two keys are equal above the priority only if the domain is the same and nothing special is
 * to be done: one comparison on the way of every switch.
 */
#pragma once

#include "nucleus/arch.h"
#include "nucleus/scheduler.h"
#include "nucleus/thread.h"
#include "nucleus/vspace.h"

/* The thread, if it were ready now, would run next: of the present domain, and none that is ready is above it. The
 * current thread does not count. */
INLINE bool switch_possible(const struct thread *thread)
{
    uint32_t theirs = thread->key.word;
    uint32_t ours = core.key.word;

    return ((theirs ^ ours) & SWITCH_KEY_DOMAIN) == 0 && (uint8_t)theirs >= (uint8_t)ours;
}

INLINE struct thread *switch_finish(struct thread *to, uint64_t vttbr)
{
    if (vttbr != core.vttbr) {
        core.vttbr = vttbr;
        WRITE_REGISTER(vttbr_el2, vttbr);
    }
    WRITE_REGISTER(tpidr_el0, to->context.tls);
    WRITE_REGISTER(tpidrro_el0, to->context.tls_readonly);
    core.current = to;
    return to;
}

/* `to` gets the processor; it is in no ready queue and goes on at its context's pc. Returns it. */
struct thread *switch_with_units(struct thread *from, struct thread *to);
INLINE struct thread *switch_processor(struct thread *from, struct thread *to)
{
    if (UNLIKELY((to->key.word ^ core.key.word) >> SWITCH_KEY_DOMAIN_SHIFT != 0 ||
                 to->space_epoch != core.space_epoch))
        return switch_with_units(from, to);
    from->context.tls = READ_REGISTER(tpidr_el0);
    return switch_finish(to, to->vttbr);
}
