/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/fpu.c: floating point and SIMD registers are switched when they are used, not with every
 * thread: the unit is closed for all but its owner, and the first access traps.
 *
 * Threads that use it all the time would trap after every switch, so a thread that has trapped several
 * times gets the registers with the processor from then on (`fpu_eager`), for a number of switches;
 * then it has to show again that it uses them. So does the owner, for whom the unit opens with the
 * processor only for a number of switches (`fpu_open`): opening and closing it costs each switch,
 * there and back, and most owners have used it once and not since.
 */
#include "nucleus/fpu.h"

#include "nucleus/arch.h"
#include "nucleus/scheduler.h"

enum {
    TRAPS_BEFORE_EAGER = 3,
    EAGER_SWITCHES = 64,
    OPEN_SWITCHES = 8,
};

/* In fpu_registers.S. */
void fpu_store(struct fpu_state *state);
void fpu_load(const struct fpu_state *state);

void fpu_boot(void)
{
    WRITE_REGISTER(cptr_el2, CPTR_RES1 | CPTR_TFP);
}

/* Lets user level use the unit, or not. */
static void set_open(bool open)
{
    if (open == ((core.special & SPECIAL_PROCESSOR_FPU) != 0))
        return;
    core.special ^= SPECIAL_PROCESSOR_FPU;
    WRITE_REGISTER(cptr_el2, open ? CPTR_RES1 : CPTR_RES1 | CPTR_TFP);
}

/* The thread lost the registers, or need not be given them any more: perhaps a switch to it has nothing to do with the
 * unit. */
static void unmark(struct thread *thread)
{
    if ((thread != core.fpu_owner || thread->fpu_open == 0) && thread->fpu_eager == 0)
        thread->special &= (uint8_t)~SPECIAL_THREAD_FPU;
}

/* The unit is open for the thread, and will be for some time when it runs. */
static void open_for(struct thread *thread)
{
    set_open(true);
    thread->fpu_open = OPEN_SWITCHES;
    thread->special |= SPECIAL_THREAD_FPU;
}

/* Gives the unit to the thread: saves its owner's values, loads the thread's. */
static void fpu_give(struct thread *thread)
{
    struct thread *before = core.fpu_owner;

    open_for(thread);
    isb();
    core.fpu_owner = thread;
    if (before != NULL) {
        fpu_store(&before->fpu);
        unmark(before);
    }
    fpu_load(&thread->fpu);
}

void fpu_switch(struct thread *thread)
{
    bool owns = thread == core.fpu_owner;

    if (owns && thread->fpu_open != 0) {
        thread->fpu_open--;
        set_open(true);
    } else if (!owns && thread->fpu_eager != 0) {
        thread->fpu_eager--;
        fpu_give(thread);
    } else {
        set_open(false);
        unmark(thread);
    }
}

bool fpu_trap(struct thread *thread)
{
    if ((thread->flags & seL4_TCBFlag_fpuDisabled) != 0)
        return false;
    if (thread == core.fpu_owner) {
        open_for(thread);
        return true;
    }
    fpu_give(thread);
    if (thread->fpu_traps < TRAPS_BEFORE_EAGER)
        thread->fpu_traps++;
    else
        thread->fpu_eager = EAGER_SWITCHES;
    return true;
}

void fpu_release(struct thread *thread)
{
    if (core.fpu_owner != thread)
        return;
    set_open(true);
    isb();
    fpu_store(&thread->fpu);
    core.fpu_owner = NULL;
    unmark(thread);
    set_open(false);
}

void fpu_flags_changed(struct thread *thread)
{
    if ((thread->flags & seL4_TCBFlag_fpuDisabled) == 0)
        return;
    thread->fpu_eager = 0;
    fpu_release(thread);
    unmark(thread);
}
