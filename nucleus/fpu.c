/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/fpu.c: floating point and SIMD registers are switched when they are used, not with every
 * thread: the unit is closed for all but its owner, and the first access traps.
 *
 * Threads that use it all the time would trap after every switch, so whoever has trapped several
 * times gets the registers with the processor from then on (`fpu_eager`), for a number of switches;
 * then it has to show again that it uses them.
 */
#include "nucleus/fpu.h"

struct thread *fpu_owner;
bool fpu_open = true; /* boot.c closes it */

enum {
    TRAPS_BEFORE_EAGER = 3,
    EAGER_SWITCHES = 64,
};

/* In vectors.S, since C is compiled without these registers. */
void fpu_store(struct fpu_state *state);
void fpu_load(const struct fpu_state *state);

void fpu_give(struct thread *thread)
{
    fpu_set_open(true);
    isb();
    if (fpu_owner != NULL)
        fpu_store(&fpu_owner->fpu);
    fpu_load(&thread->fpu);
    fpu_owner = thread;
}

void fpu_switch_eager(struct thread *thread)
{
    thread->fpu_eager--;
    fpu_give(thread);
}

bool fpu_trap(struct thread *thread)
{
    if ((thread->flags & seL4_TCBFlag_fpuDisabled) != 0)
        return false;
    fpu_give(thread);
    if (thread->fpu_traps < TRAPS_BEFORE_EAGER)
        thread->fpu_traps++;
    else
        thread->fpu_eager = EAGER_SWITCHES;
    return true;
}

void fpu_release(struct thread *thread)
{
    if (fpu_owner != thread)
        return;
    fpu_set_open(true);
    isb();
    fpu_store(&thread->fpu);
    fpu_owner = NULL;
    fpu_set_open(false);
}

void fpu_flags_changed(struct thread *thread)
{
    if ((thread->flags & seL4_TCBFlag_fpuDisabled) == 0)
        return;
    thread->fpu_eager = 0;
    fpu_release(thread);
}
