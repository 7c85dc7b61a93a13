/* SPDX-License-Identifier: BSD-2-Clause */
/* root/pd/wait.c: see wait.h. */
#include "root/pd/wait.h"

#include "root/memory/heap.h"

struct waiter {
    struct list list; /* pd->waiters */
    bool quiet;       /* is not told how it ended */
    struct deferred deferred;
};

/* Units of work (reaper.h) of an answer. */
#define ANSWER_UNITS 3u

static void answer(const struct pd *pd, uint64_t words[2])
{
    words[0] = pd->cause;
    words[1] = pd->code;
}

/* It died before the PD that it waits for. */
static void gone(struct deferred *deferred)
{
    struct waiter *waiter = CONTAINER(deferred, struct waiter, deferred);

    list_remove(&waiter->list);
    heap_free(waiter, sizeof *waiter);
}

cell_error_t wait_for(struct request *request, struct pd *pd)
{
    if (pd->state == PD_DEAD) {
        answer(pd, request->answer);
        return CELL_OK;
    }
    struct waiter *waiter = heap_allocate(sizeof *waiter);

    if (waiter == NULL)
        return CELL_NO_MEMORY;
    waiter->deferred.gone = gone;
    cell_error_t error = request_defer(request, &waiter->deferred);

    if (error != CELL_OK) {
        heap_free(waiter, sizeof *waiter);
        return error;
    }
    list_append(&pd->waiters, &waiter->list);
    list_append(&request->caller->deferred, &waiter->deferred.of_pd);
    return CELL_OK;
}

void wait_instead(struct deferred *deferred, struct pd *pd)
{
    struct waiter *waiter = deferred->slot == 0 || pd->state == PD_DEAD ? NULL : heap_allocate(sizeof *waiter);

    if (waiter == NULL) {
        deferred_answer(deferred, CELL_OK, NULL, 0);
        return;
    }
    waiter->quiet = true;
    waiter->deferred = (struct deferred){.slot = deferred->slot, .gone = gone};
    list_insert(&deferred->of_pd, &waiter->deferred.of_pd);
    list_remove(&deferred->of_pd);
    deferred->slot = 0;
    list_append(&pd->waiters, &waiter->list);
}

bool wait_finish(struct pd *pd, uint32_t *units)
{
    uint64_t words[2];

    answer(pd, words);
    while (!list_empty(&pd->waiters)) {
        struct waiter *waiter = CONTAINER(pd->waiters.next, struct waiter, list);

        if (reap_take(units, ANSWER_UNITS) == 0)
            return false;
        list_remove(&waiter->list);
        deferred_answer(&waiter->deferred, CELL_OK, words, waiter->quiet ? 0 : 2);
        heap_free(waiter, sizeof *waiter);
    }
    return true;
}
