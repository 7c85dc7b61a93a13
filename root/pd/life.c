/* SPDX-License-Identifier: BSD-2-Clause */
/* root/pd/life.c: see life.h. Bottom-up: beginning a PD, taking everything from it. */
#include "root/pd/life.h"

#include <string.h>

#include "root/core/events.h"
#include "root/loop/piece.h"
#include "root/memory/heap.h"
#include "root/pd/context.h"
#include "root/pd/library.h"
#include "root/pd/serves.h"
#include "root/pd/wait.h"
#include "root/spaces/last_answer.h"
#include "root/spaces/resspc.h"

/* The record, with nothing in it. */
static cell_error_t enter(struct pd *maker, struct budget *budget, struct pd **made)
{
    struct account *account = account_create(budget);
    struct pd *pd = account == NULL ? NULL : heap_allocate(sizeof *pd);
    cell_error_t error = pd == NULL ? CELL_NO_MEMORY : pd_enter(pd, maker, account);

    if (error == CELL_OK)
        *made = pd;
    else if (account != NULL)
        account_release(account);
    return error;
}

cell_error_t pd_begin(struct pd *maker, struct budget *founded, const char *name, size_t length,
                      struct pd *common, struct pd **made)
{
    struct pd *pd;
    cell_error_t error = enter(maker, founded != NULL ? founded : maker->account->budget, &pd);

    if (error != CELL_OK)
        return error;
    pd->account->priority = maker->account->priority;
    pd_set_name(pd, name, length);
    pd->founded = founded;
    if (founded != NULL)
        budget_refer(founded);
    error = cspace_create(&pd->cspace, pd, pd->account,
                          common == NULL ? NULL : common->cspace.common);
    if (error == CELL_OK)
        *made = pd;
    else
        pd_finish(pd);
    return error;
}

/* ---- Taking everything ----------------------------------------------- */

/*
 * What a PD has is taken in stages, and each of them in pieces. Those that die with it come
 * first: their CPUs stop before anything is given back.
 */

/* Units of work (reaper.h) of ending a PD that is linked, of an answer that is owed, of a TCB, of
 * the rest. */
#define END_UNITS 8u
#define ANSWER_UNITS 5u
#define CPU_UNITS 15u
#define REST_UNITS 10u

static bool end_linked(struct pd *pd, uint32_t *units)
{
    while (!list_empty(&pd->linked)) {
        struct pd *linked = CONTAINER(pd->linked.next, struct pd, of_link);

        if (reap_take(units, END_UNITS) == 0)
            return false;
        list_remove(&linked->of_link);
        linked->link = NULL;
        if (linked->state == PD_RUNNING)
            pd_end(linked, PD_WITH_ANOTHER, 0);
    }
    return true;
}

static bool drop_deferred(struct pd *pd, uint32_t *units)
{
    while (!list_empty(&pd->deferred)) {
        struct deferred *deferred = CONTAINER(pd->deferred.next, struct deferred, of_pd);

        if (reap_take(units, ANSWER_UNITS) == 0)
            return false;
        deferred_drop(deferred);
        if (deferred->gone != NULL)
            deferred->gone(deferred);
    }
    return pieces_undo(&pd->pieces, units) && event_gone(pd, units);
}

static bool tell_servers(struct pd *pd, uint32_t *units)
{
    return servers_client_gone(pd, units);
}

/* A server's thread has an answer to give before it goes. */
static bool drop_cpu(struct pd *pd, uint32_t *units)
{
    bool served = pd->server != NULL;

    if (served && !server_finish(pd, units))
        return false;
    if (pd->cpu == NULL)
        return true;
    reap_take(units, CPU_UNITS);
    if (served) {
        last_answer_give(pd->cpu);
    } else {
        /* When nobody else has it, all goes with the TCB. */
        if (pd->cpu->object.references > 1)
            cpu_unconfigure(pd->cpu);
        object_release(&pd->cpu->object);
    }
    pd->cpu = NULL;
    return true;
}

/* Regions of its own in an address space that others may go on running in. */
static bool drop_region(struct vmr **vmr, uint32_t *units)
{
    if (*vmr == NULL)
        return true;
    if ((*vmr)->ads != NULL && !ads_remove_some(*vmr, units))
        return false;
    object_release(&(*vmr)->object);
    *vmr = NULL;
    return true;
}

static bool drop_regions(struct pd *pd, uint32_t *units)
{
    return drop_region(&pd->first.stack, units) && drop_region(&pd->first.buffer, units) &&
           drop_region(&pd->first.start, units) && drop_region(&pd->first.heap, units);
}

static bool drop_handles(struct pd *pd, uint32_t *units)
{
    return pd->cspace.private == NULL && pd->cspace.common == NULL
               ? true
               : cspace_destroy(&pd->cspace, units);
}

static bool drop_rest(struct pd *pd, uint32_t *units)
{
    reap_take(units, REST_UNITS);
    place_leave(&pd->first);
    heap_free(pd->irqs, pd->irq_count * sizeof *pd->irqs);
    pd->irqs = NULL;
    pd->irq_count = 0;
    serves_clear(pd);
    library_free(pd);
    pd->state = PD_DEAD;
    pd->object.dead = false; /* handles on it still tell why it ended */
    return true;
}

static bool (*const stages[])(struct pd *pd, uint32_t *units) = {
    end_linked,
    drop_deferred,
    pd_cut_ties,
    tell_servers,
    drop_cpu,
    contexts_free,
    drop_regions,
    drop_handles,
    drop_rest,
    wait_finish,
};

static bool take_some(struct reap *reap)
{
    struct pd *pd = CONTAINER(reap, struct pd, reap);
    struct account *account = pd->account;
    bool alone = list_empty(&pd->linked) || pd->stage > 0;

    for (; pd->stage < sizeof stages / sizeof *stages; pd->stage++)
        if (reap_left == 0 || (pd->stage == 1 && !alone) || !stages[pd->stage](pd, &reap_left))
            return false;
    account_release(account);
    object_release(&pd->object);
    return true;
}

void pd_stop(struct pd *pd)
{
    if (pd->cpu != NULL)
        cpu_stop(pd->cpu);
}

/* It is about to end, for a reason. */
static void leave(struct pd *pd, enum pd_cause cause, uint64_t code)
{
    pd->cause = (uint8_t)cause;
    pd->code = code;
    pd_stop(pd);
    event_happened(EVENT_PD_ENDS, pd);
    pd->state = PD_ENDING;
    pd_essentials -= pd->essential;
}

/* Gives a library's caller the CPU back, and ends what it has called, one in the other. */
static void leave_calls(struct pd *pd)
{
    while ((pd = library_unwind(pd)) != NULL) {
        leave(pd, PD_WITH_ANOTHER, 0);
        reap_later(&pd->reap, pd->account, take_some);
    }
}

void pd_finish(struct pd *pd)
{
    pd_stop(pd);
    pd->state = PD_ENDING;
    pd_essentials -= pd->essential;
    leave_calls(pd);
    if (!take_some(&pd->reap))
        reap_later(&pd->reap, pd->account, take_some);
}

void pd_leave(struct pd *pd, enum pd_cause cause, uint64_t code)
{
    leave(pd, cause, code);
    leave_calls(pd);
}

void pd_take(struct pd *pd)
{
    reap_later(&pd->reap, pd->account, take_some);
}

void pd_end(struct pd *pd, enum pd_cause cause, uint64_t code)
{
    pd_leave(pd, cause, code);
    pd_take(pd);
}
