/* SPDX-License-Identifier: BSD-2-Clause */
/* root/pd/family.c: see family.h. Bottom-up: walking down from a PD, the two things to do on the way, the request. */
#include "root/pd/family.h"

#include "root/memory/heap.h"
#include "root/pd/cleanup.h"

/* PDs that one piece looks at, and of these, at most this many that it ends. */
#define PIECE 64u
#define PIECE_ENDS 2u

struct family {
    struct reap reap;
    struct deferred caller;
    struct account *account;  /* referred to */
    struct pd *top, *at;      /* referred to; `at` is the next to look at */
    bool ending;              /* this round ends them; else it stops them */
    bool found;               /* one was alive in this round */
    uint64_t ended;
};

/* ---- The walk -------------------------------------------------------- */

/* The one behind `pd` when makers come before those that they made; NULL: the last. The records
 * of makers stay as long as those below, so there is always a way back up. */
static struct pd *next_of(struct pd *top, struct pd *pd)
{
    if (!list_empty(&pd->made))
        return CONTAINER(pd->made.next, struct pd, of_maker);
    while (pd != top && pd->of_maker.next == &pd->maker->made)
        pd = pd->maker;
    return pd == top ? NULL : CONTAINER(pd->of_maker.next, struct pd, of_maker);
}

/* Goes on to the next one; false: the round is over. The record that was looked at may go. */
static bool step(struct family *family)
{
    struct pd *at = family->at, *next = next_of(family->top, at);

    if (next != NULL)
        object_refer(&next->object);
    object_release(&at->object);
    family->at = next;
    return next != NULL;
}

/* ---- What is done ---------------------------------------------------- */

static void finish(struct family *family)
{
    struct account *account = family->account;

    deferred_answer(&family->caller, CELL_OK, &family->ended, 1);
    object_release(&family->top->object);
    heap_free(family, sizeof *family);
    account_refund(account, ACCOUNT_OBJECTS, RECORD_OBJECTS(sizeof *family));
    account_release(account);
}

/* Returns whether it ended somebody. */
static bool look_at(struct family *family, struct pd *pd)
{
    if (pd->state != PD_RUNNING || pd->cpu == NULL)
        return false;
    family->found = true;
    if (!family->ending) {
        cpu_stop(pd->cpu);
        return false;
    }
    cleanup(pd, PD_TERMINATED, 0);
    family->ended++;
    return true;
}

/* Everyone is stopped, then everyone ended; a further round finds those that somebody let go
 * on meanwhile. The last one finds nobody. */
static bool run(struct reap *reap)
{
    struct family *family = CONTAINER(reap, struct family, reap);
    unsigned ends = 0;

    for (unsigned i = 0; i < PIECE && ends < PIECE_ENDS; i++) {
        ends += look_at(family, family->at);
        if (step(family))
            continue;
        if (!family->found) {
            finish(family);
            return true;
        }
        family->ending = !family->ending;
        family->found = false;
        family->at = family->top;
        object_refer(&family->top->object);
        break;
    }
    return false;
}

/* ---- The request ----------------------------------------------------- */

/* The PD that asked has ended, perhaps as one of the family: it goes on without it. */
static void caller_gone(struct deferred *deferred)
{
    (void)deferred;
}

cell_error_t family_end(struct request *request, struct pd *pd)
{
    struct account *account = request->caller->account;
    cell_error_t error = account_charge(account, ACCOUNT_OBJECTS,
                                        RECORD_OBJECTS(sizeof(struct family)));

    if (error != CELL_OK)
        return error;
    struct family *family = heap_allocate(sizeof *family);

    error = family == NULL ? CELL_NO_MEMORY : CELL_OK;
    if (error == CELL_OK) {
        family->caller.gone = caller_gone;
        error = request_defer(request, &family->caller);
    }
    if (error != CELL_OK) {
        heap_free(family, sizeof *family);
        account_refund(account, ACCOUNT_OBJECTS, RECORD_OBJECTS(sizeof *family));
        return error;
    }
    list_append(&request->caller->deferred, &family->caller.of_pd);
    family->account = account;
    account_refer(account);
    family->top = family->at = pd;
    object_refer(&pd->object);
    object_refer(&pd->object);
    reap_later(&family->reap, account, run);
    return CELL_OK;
}
