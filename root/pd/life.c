/* SPDX-License-Identifier: BSD-2-Clause */
/* root/pd/life.c: see life.h. Bottom-up: beginning a PD, taking everything from it. */
#include "root/pd/life.h"

#include <string.h>

#include "root/core/events.h"
#include "root/loop/request.h"
#include "root/memory/heap.h"
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

/* Regions of its own in an address space that others may go on running in. */
static void drop_region(struct vmr **vmr)
{
    if (*vmr == NULL)
        return;
    if ((*vmr)->ads != NULL)
        ads_remove(*vmr);
    object_release(&(*vmr)->object);
    *vmr = NULL;
}

static void drop_deferred(struct pd *pd)
{
    while (!list_empty(&pd->deferred)) {
        struct deferred *deferred = CONTAINER(pd->deferred.next, struct deferred, of_pd);

        deferred_drop(deferred);
        if (deferred->gone != NULL)
            deferred->gone(deferred);
    }
}

/* A server's thread has an answer to give before it goes. */
static void drop_cpu(struct pd *pd)
{
    bool served = pd->server != NULL;

    servers_client_gone(pd);
    if (served)
        server_finish(pd);
    if (pd->cpu == NULL)
        return;
    if (served) {
        last_answer_give(pd->cpu);
    } else {
        /* When nobody else has it, all goes with the TCB. */
        if (pd->cpu->object.references > 1)
            cpu_unconfigure(pd->cpu);
        object_release(&pd->cpu->object);
    }
    pd->cpu = NULL;
}

void pd_finish(struct pd *pd)
{
    struct account *account = pd->account;

    if (pd->cpu != NULL)
        cpu_stop(pd->cpu);
    pd->state = PD_ENDING;
    drop_deferred(pd);
    event_happened(EVENT_PD_GONE, pd);
    pd_cut_ties(pd);
    drop_cpu(pd);
    drop_region(&pd->stack);
    drop_region(&pd->buffer);
    drop_region(&pd->start);
    drop_region(&pd->heap);
    if (pd->cspace.private != NULL)
        cspace_destroy(&pd->cspace);
    if (pd->ads != NULL)
        object_release(&pd->ads->object);
    pd->ads = NULL;
    heap_free(pd->irqs, pd->irq_count * sizeof *pd->irqs);
    pd->irqs = NULL;
    pd->irq_count = 0;
    serves_clear(pd);
    pd->state = PD_DEAD;
    list_remove(&pd->of_name);
    pd->object.dead = false; /* handles on it still tell why it ended */
    wait_finish(pd);
    account_release(account);
    object_release(&pd->object);
}
