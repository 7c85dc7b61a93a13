/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/thread.c: the life of a thread.
 *
 * A thread is always in one state, and the state says what else is true of it; the table below is
 * the whole of it. Bottom-up: the table, changing the state, leaving the state (cancel), suspend
 * and resume, and the switch of the processor from one thread to another.
 */
#include <sel4/constants.h>

#include "nucleus/arch.h"
#include "nucleus/asid.h"
#include "nucleus/check.h"
#include "nucleus/debug.h"
#include "nucleus/deletion.h"
#include "nucleus/endpoint.h"
#include "nucleus/fpu.h"
#include "nucleus/notification.h"
#include "nucleus/reply.h"
#include "nucleus/scheduler.h"
#include "nucleus/switch.h"
#include "nucleus/vcpu.h"
#include "nucleus/vspace.h"

/*
 * The states. `leave`: how a thread gets out of what it waits for. `next`: the states that may
 * follow, a bit each.
 *
 *                 resume                      switch
 *    INACTIVE ---------------> RESTART -----------------> RUNNING
 *       ^  ^                      ^                        | | |
 *       |  |  suspend, fault      |  cancelled, answered   | | |  send, receive, wait, call
 *       |  +----------------------|------------------------+ | v
 *       |                         +------------------- SENDING, RECEIVING, WAITING, REPLY
 *       |            suspend                                |
 *       +---------------------------------------------------+
 */
#define TO(state) (1u << THREAD_##state)

static const struct thread_rule {
    const char *name;
    void (*leave)(struct thread *thread);
    unsigned next;
} rules[THREAD_STATES] = {
    [THREAD_INACTIVE] = {"inactive", NULL, TO(INACTIVE) | TO(RESTART) | TO(RUNNING)},
    [THREAD_RUNNING] = {"running", NULL, ~TO(IDLE)},
    [THREAD_RESTART] = {"restart", NULL, TO(RESTART) | TO(RUNNING) | TO(INACTIVE)},
    [THREAD_RECEIVING] = {"blocked on recv", endpoint_leave, TO(RUNNING) | TO(RESTART) | TO(INACTIVE)},
    [THREAD_SENDING] = {"blocked on send", endpoint_leave,
                        TO(RUNNING) | TO(RESTART) | TO(INACTIVE) | TO(REPLY)},
    [THREAD_REPLY] = {"blocked on reply", reply_leave, TO(RUNNING) | TO(RESTART) | TO(INACTIVE)},
    [THREAD_WAITING] = {"blocked on ntfn", notification_leave, TO(RUNNING) | TO(RESTART) | TO(INACTIVE)},
    [THREAD_IDLE] = {"idle", NULL, 0},
};

const char *thread_state_name(enum thread_state state)
{
    return rules[state].name;
}

void thread_set_state(struct thread *thread, enum thread_state state)
{
    check_that(rules[thread->state].next >> state & 1, "thread state");
    thread->state = state;
    if (thread == core.current && !thread_runnable(thread) && !core.choose && core.candidate == NULL)
        scheduler_request();
}

void thread_cancel(struct thread *thread)
{
    /* A fault that was not delivered yet stays, as on seL4: what the thread sends next is taken for it. */
    if (thread->state == THREAD_REPLY)
        thread->fault.type = seL4_Fault_NullFault;
    if (rules[thread->state].leave != NULL) {
        rules[thread->state].leave(thread);
        thread_set_state(thread, THREAD_INACTIVE);
    }
}

void thread_suspend(struct thread *thread)
{
    thread_cancel(thread);
    /* It was interrupted between two instructions, so it goes on there. (A thread that suspends itself makes
     * the call again when it is resumed.) */
    if (thread->state == THREAD_RUNNING && thread != core.current)
        thread->context.fault_pc = thread->context.pc;
    thread_set_state(thread, THREAD_INACTIVE);
    scheduler_forget(thread);
}

void thread_restart(struct thread *thread)
{
    thread_set_state(thread, THREAD_RESTART);
    scheduler_push_front(thread);
}

void thread_resume(struct thread *thread)
{
    if (thread->state == THREAD_IDLE || thread_runnable(thread))
        return;
    thread_cancel(thread);
    thread_restart(thread);
    scheduler_wake(thread);
}

void thread_destroy(struct thread *thread)
{
    if (thread->notification != NULL)
        notification_unbind(thread->notification);
    if (thread->vcpu != NULL)
        vcpu_unbind(thread->vcpu);
    thread_suspend(thread);
    fpu_release(thread);
    debug_thread_remove(thread);
    for (enum thread_slot i = THREAD_SLOT_VSPACE; i < THREAD_SLOTS; i++)
        slot_delete_simple(&thread->slots[i]);
}

void thread_store_tls(struct thread *thread)
{
    if (thread == core.current)
        thread->context.tls = READ_REGISTER(tpidr_el0);
}

void thread_load_tls(struct thread *thread)
{
    if (thread == core.current) {
        WRITE_REGISTER(tpidr_el0, thread->context.tls);
        WRITE_REGISTER(tpidrro_el0, thread->context.tls_readonly);
    }
}

/* A switch that changes more than registers, or whose address space has to be found. */
ASIDE struct thread *switch_with_units(struct thread *from, struct thread *to)
{
    from->context.tls = READ_REGISTER(tpidr_el0);
    vcpu_switch(from, to);
    fpu_switch(to);
    return switch_finish(to, to->space_epoch == core.space_epoch ? to->vttbr : vspace_find(to));
}

void thread_switch(struct thread *thread)
{
    if (thread->state == THREAD_RESTART) {
        thread->context.pc = thread->context.fault_pc;
        thread->state = THREAD_RUNNING;
    }
    if (thread != core.current)
        switch_processor(core.current, thread);
}
