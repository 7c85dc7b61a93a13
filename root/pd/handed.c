/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/handed.c: see handed.h. Bottom-up: the record, telling the handler, what that does, the end of either.
 *
 * A PD with a handler has a record from its beginning, so that a fault cannot fail for want of memory. Faults come to the root
 * task first: pages that are made when touched are none of the handler's business, and what the PD sends itself as a
 * message is no fault.
 */
#include "root/pd/handed.h"

#include <sel4/types.h>
#include <string.h>

#include "lib/client/signals.h"
#include "root/core/events.h"
#include "root/memory/heap.h"
#include "root/pd/fault.h"

struct handed {
    struct pd *pd;
    struct list of_handler; /* in its `faulted` or `faults_told`; by itself: there is no fault */
    uint64_t badge;
    struct fault_facts facts; /* of the fault that is not dealt with */
};

#define HANDED_OBJECTS RECORD_OBJECTS(sizeof(struct handed))

struct fault_wait {
    struct deferred deferred;
    struct pd *pd; /* that waits */
};

cell_error_t handed_begin(struct pd *pd, uint64_t badge)
{
    cell_error_t error = account_charge(pd->account, ACCOUNT_OBJECTS, HANDED_OBJECTS);

    if (error != CELL_OK)
        return error;
    pd->handed = heap_allocate(sizeof *pd->handed);
    if (pd->handed == NULL) {
        account_refund(pd->account, ACCOUNT_OBJECTS, HANDED_OBJECTS);
        return CELL_NO_MEMORY;
    }
    pd->handed->pd = pd;
    pd->handed->badge = badge != 0 ? badge : pd->object.id;
    list_init(&pd->handed->of_handler);
    return CELL_OK;
}

/* ---- Telling ---------------------------------------------------------- */

static void forget_wait(struct deferred *deferred)
{
    struct fault_wait *wait = CONTAINER(deferred, struct fault_wait, deferred);

    wait->pd->fault_wait = NULL;
    heap_free(wait, sizeof *wait);
}

/* The first fault that a handler was not told of; there is one. */
static void tell(struct pd *handler, struct handed_told *told)
{
    struct handed *handed = CONTAINER(handler->faulted.next, struct handed, of_handler);
    const struct fault_facts *facts = &handed->facts;

    list_remove(&handed->of_handler);
    list_append(&handler->faults_told, &handed->of_handler);
    *told = (struct handed_told){.pd = handed->pd->object.id,
                                 .badge = handed->badge,
                                 .kind = facts->label,
                                 .address = facts->address,
                                 .access = facts->access,
                                 .why = facts->region,
                                 .syndrome = facts->syndrome,
                                 .number = facts->number,
                                 .bytes = sizeof told->registers};
    memcpy(told->registers, facts->registers, sizeof told->registers);
}

static void tell_who_waits(struct pd *handler)
{
    static struct handed_told told;
    struct fault_wait *wait = handler->fault_wait;

    if (wait != NULL) {
        tell(handler, &told);
        deferred_answer(&wait->deferred, CELL_OK, (const uint64_t *)&told, sizeof told / sizeof(uint64_t));
        forget_wait(&wait->deferred);
    } else if (handler->fault_signal) {
        handler->fault_signal = false;
        ntfn_signal(handler->cpu->ntfn, SIGNAL_WORK_BIT);
    }
}

bool handed_over(struct pd *pd, const struct fault_facts *facts)
{
    struct handed *handed = pd->handed;

    if (handed == NULL || facts->forged || pd->handler == NULL || !pd_alive(pd->handler))
        return false;
    handed->facts = *facts;
    list_remove(&handed->of_handler);
    list_append(&pd->handler->faulted, &handed->of_handler);
    tell_who_waits(pd->handler);
    return true;
}

/* Somebody with authority over its CPU can have it go on, too. */
bool handed_stands(const struct pd *pd)
{
    return pd->handed != NULL && !list_empty(&pd->handed->of_handler) && pd->state == PD_RUNNING && pd->cpu != NULL && !pd->cpu->running;
}

/* ---- The handler ------------------------------------------------------ */

static cell_error_t wait(struct request *request)
{
    struct fault_wait *wait = heap_allocate(sizeof *wait);

    if (wait == NULL)
        return CELL_NO_MEMORY;
    wait->pd = request->caller;
    wait->deferred.gone = forget_wait;
    cell_error_t error = request_defer(request, &wait->deferred);

    if (error != CELL_OK) {
        heap_free(wait, sizeof *wait);
        return error;
    }
    list_append(&request->caller->deferred, &wait->deferred.of_pd);
    request->caller->fault_wait = wait;
    return CELL_OK;
}

static cell_error_t wait_for_signal(struct pd *handler)
{
    cell_error_t error = pd_notification(handler);

    if (error != CELL_OK)
        return error;
    handler->fault_signal = true;
    return CELL_LATER;
}

cell_error_t handed_next(struct request *request, bool signalled, bool again, struct handed_told *told)
{
    struct pd *handler = request->caller;

    /* A request that waits was interrupted. */
    if (handler->fault_wait != NULL) {
        deferred_drop(&handler->fault_wait->deferred);
        forget_wait(&handler->fault_wait->deferred);
    }
    if (again) {
        list_append_all(&handler->faults_told, &handler->faulted);
        list_append_all(&handler->faulted, &handler->faults_told);
    }
    if (list_empty(&handler->faulted))
        return signalled ? wait_for_signal(handler) : wait(request);
    tell(handler, told);
    return CELL_OK;
}

/* The fault of a PD that stands in it, of which this is the handler; NULL: there is none. */
static struct handed *find(const struct pd *handler, uint64_t id)
{
    struct pd *pd = pd_by_id(id);

    return pd != NULL && pd->handler == handler && handed_stands(pd) ? pd->handed : NULL;
}

cell_error_t handed_resume(const struct pd *handler, uint64_t id, const uint64_t registers[CPU_REGISTERS])
{
    struct handed *handed = find(handler, id);
    seL4_UserContext context;

    if (handed == NULL)
        return CELL_NOT_FOUND;
    memcpy(&context, registers, sizeof context);
    context.tpidrro_el0 = handed->pd->cpu->buffer;
    cell_error_t error = cpu_write(handed->pd->cpu, (const uint64_t *)&context, true);

    if (error == CELL_OK)
        list_remove(&handed->of_handler);
    return error;
}

cell_error_t handed_end(const struct pd *handler, uint64_t id)
{
    struct handed *handed = find(handler, id);

    if (handed == NULL)
        return CELL_NOT_FOUND;
    list_remove(&handed->of_handler);
    fault_ends(handed->pd, &handed->facts);
    return CELL_OK;
}

/* ---- The end ---------------------------------------------------------- */

/* Units of work (reaper.h) of letting a PD go on. */
#define RESUME_UNITS 4u

static void forget(struct pd *pd)
{
    if (pd->handed == NULL)
        return;
    list_remove(&pd->handed->of_handler);
    heap_free(pd->handed, sizeof *pd->handed);
    pd->handed = NULL;
    account_refund(pd->account, ACCOUNT_OBJECTS, HANDED_OBJECTS);
}

/* Those that it had to deal with do once more what they faulted at, which the root task sees to now. */
static bool gone(struct pd *pd, uint32_t *units)
{
    forget(pd);
    list_append_all(&pd->faults_told, &pd->faulted);
    while (!list_empty(&pd->faults_told)) {
        struct handed *handed = CONTAINER(pd->faults_told.next, struct handed, of_handler);

        if (reap_take(units, RESUME_UNITS) == 0)
            return false;
        if (handed_stands(handed->pd))
            cpu_resume(handed->pd->cpu);
        list_remove(&handed->of_handler);
    }
    return true;
}

void handed_init(void)
{
    event_listen_gone(gone);
}
