/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/word.c: waiting and waking (idl/word.idl). Bottom-up: words and their waiters, the
 * end of a wait, requests.
 *
 * A PD has one thread, so it has one sleeper, made at its first wait and kept until its end. The one that has
 * waited longest for a word is in a table by memory object and offset, the others are in a ring behind it: to
 * wait or to wake costs nothing for others who wait. If they wait for a lock, the first is in the list of the PD that
 * has it, too, which wakes it when it ends. A PD that is woken is about to have the lock, so the next first waits for that one.
 */
#include <cell/idl/word_server.h>

#include "lib/client/signals.h"
#include "root/core/ads.h"
#include "root/core/events.h"
#include "root/core/pd.h"
#include "root/loop/clock.h"
#include "root/memory/heap.h"
#include "root/pd/upcall.h"
#include "root/serve/serve.h"

struct word {
    struct mo *mo; /* NULL: none, only time passes */
    uint64_t offset;
};

struct sleeper {
    struct id_entry entry; /* in `sleepers`, if it is the first of its word */
    struct list same;      /* those who wait for the same word, in their order */
    struct word word;      /* the memory object is referred to while it waits */
    struct timeout timeout;
    struct deferred deferred;
    struct pd *pd;
    struct pd *owner;     /* of the lock, if it is the first that waits for one; else NULL */
    struct list of_owner; /* in owner->awaited */
    bool waits, first, signalled, woken;
    struct timeout alarm; /* for the PD */
    uint64_t below;
};

/* How a wait ends well, as the answer says. */
enum { NOT_WAITED,
       WOKEN,
       OWNER_ENDED };

/* The part of a PD's id that is in the word of a lock. */
#define OWNER_BITS 30u

static struct id_table sleepers;

/* ---- Words ----------------------------------------------------------- */

/* Different words may have the same. */
static uint64_t id_of(struct word word)
{
    return word.mo->object.id << 38 ^ word.offset / 4;
}

/* The sleeper that has waited longest for a word; NULL: nobody waits. */
static struct sleeper *first_of(struct word word)
{
    uint64_t id = id_of(word);

    for (struct id_entry *at = id_table_find(&sleepers, id); at != NULL; at = at->next) {
        struct sleeper *sleeper = CONTAINER(at, struct sleeper, entry);

        if (at->id == id && sleeper->word.mo == word.mo && sleeper->word.offset == word.offset)
            return sleeper;
    }
    return NULL;
}

static void await(struct sleeper *sleeper, struct pd *owner)
{
    list_remove(&sleeper->of_owner);
    sleeper->owner = owner;
    if (owner != NULL)
        list_append(&owner->awaited, &sleeper->of_owner);
}

/* `owner`: of the lock that it waits for; NULL: it waits for none. */
static bool join(struct sleeper *sleeper, struct word word, struct pd *owner)
{
    struct sleeper *first = word.mo == NULL ? NULL : first_of(word);

    sleeper->word = word;
    list_init(&sleeper->same);
    if (first != NULL) {
        list_append(&first->same, &sleeper->same);
    } else if (word.mo != NULL) {
        sleeper->entry.id = id_of(word);
        sleeper->first = id_table_add(&sleepers, &sleeper->entry);
    }
    sleeper->waits = word.mo == NULL || first != NULL || sleeper->first;
    if (word.mo != NULL && sleeper->waits)
        object_refer(&word.mo->object);
    if (owner != NULL && sleeper->waits)
        await(first != NULL ? first : sleeper, owner);
    return sleeper->waits;
}

/* `next_owner`: of the lock, for those who go on waiting. */
static void leave(struct sleeper *sleeper, struct pd *next_owner)
{
    struct mo *mo = sleeper->word.mo;

    timeout_cancel(&sleeper->timeout);
    if (sleeper->first && !list_empty(&sleeper->same)) {
        struct sleeper *next = CONTAINER(sleeper->same.next, struct sleeper, same);

        id_table_replace(&sleepers, &sleeper->entry, &next->entry);
        next->first = true;
        await(next, next_owner);
    } else if (sleeper->first) {
        id_table_remove(&sleepers, &sleeper->entry);
    }
    await(sleeper, NULL);
    list_remove(&sleeper->same);
    if (mo != NULL)
        object_release(&mo->object);
    sleeper->waits = sleeper->first = false;
    sleeper->word.mo = NULL;
}

/* ---- The end of a wait ------------------------------------------------ */

static void finish(struct sleeper *sleeper, cell_error_t error, uint64_t woken)
{
    leave(sleeper, sleeper->owner != NULL && error == CELL_OK ? sleeper->pd : sleeper->owner);
    sleeper->woken = error == CELL_OK;
    if (sleeper->signalled)
        ntfn_signal(sleeper->pd->cpu->ntfn, SIGNAL_WOKEN_BIT);
    else
        deferred_answer(&sleeper->deferred, error, &woken, error == CELL_OK);
}

static void too_late(struct timeout *timeout)
{
    finish(CONTAINER(timeout, struct sleeper, timeout), CELL_TIMEOUT, NOT_WAITED);
}

static void forget_sleeper(struct pd *pd, struct sleeper *sleeper)
{
    if (sleeper->waits)
        leave(sleeper, sleeper->owner);
    timeout_cancel(&sleeper->alarm);
    pd->sleeper = NULL;
    heap_free(sleeper, sizeof *sleeper);
    account_refund(pd->account, ACCOUNT_OBJECTS, RECORD_OBJECTS(sizeof *sleeper));
}

/* Units of work (reaper.h) of the end of a wait. */
#define FINISH_UNITS 3u

/* Its own wait ends, and one of those for each lock that it has, or was about to have: the woken thread looks which one has it now, and
 * learns by its next wait that this one has ended. */
static bool forget(struct pd *pd, uint32_t *units)
{
    if (pd->sleeper != NULL) {
        reap_take(units, FINISH_UNITS);
        forget_sleeper(pd, pd->sleeper);
    }
    while (!list_empty(&pd->awaited)) {
        if (reap_take(units, FINISH_UNITS) == 0)
            return false;
        finish(CONTAINER(pd->awaited.next, struct sleeper, of_owner), CELL_OK, WOKEN);
    }
    return true;
}

static cell_error_t sleeper_of(struct pd *pd, struct sleeper **found)
{
    cell_error_t error = CELL_OK;

    if (pd->sleeper == NULL) {
        error = account_charge(pd->account, ACCOUNT_OBJECTS, RECORD_OBJECTS(sizeof **found));
        if (error != CELL_OK)
            return error;
        pd->sleeper = heap_allocate(sizeof *pd->sleeper);
        if (pd->sleeper == NULL) {
            account_refund(pd->account, ACCOUNT_OBJECTS, RECORD_OBJECTS(sizeof **found));
            return CELL_NO_MEMORY;
        }
        pd->sleeper->pd = pd;
        list_init(&pd->sleeper->of_owner);
    }
    *found = pd->sleeper;
    return error;
}

/* ---- Requests ---------------------------------------------------------- */

/* The word that a request names; the caller has `right` on it. */
static cell_error_t find_word(const struct request *request, uint64_t offset, unsigned right,
                              struct word *word)
{
    const struct handle *where = request->named[0];

    if (offset % 4 != 0)
        return CELL_BAD_ARGUMENT;
    if (where->kind == HANDLE_SELF) {
        const struct vmr *vmr = ads_find(request->caller->place->ads, offset);

        if (vmr == NULL || vmr->mo == NULL || offset < vmr->start)
            return CELL_BAD_ARGUMENT;
        if ((vmr->rights & right) == 0)
            return CELL_DENIED;
        *word = (struct word){vmr->mo, vmr_offset(vmr, offset)};
    } else {
        *word = (struct word){mo_of(where->object), offset};
    }
    if ((word->mo->flags & MO_DEVICE) != 0)
        return CELL_DENIED;
    return word->offset / PAGE_SIZE < word->mo->pages ? CELL_OK : CELL_BAD_ARGUMENT;
}

/* A page that is not there yet is not made for this: what stands there is 0. */
static cell_error_t has_value(struct word word, uint64_t value, bool *has)
{
    uint32_t there = 0;
    cell_error_t error = CELL_OK;

    if (mo_page(word.mo, word.offset / PAGE_SIZE) != 0)
        error = mo_read(word.mo, word.offset, &there, sizeof there);
    *has = there == value;
    return error;
}

/* How the caller gets to know that the wait is over. */
static cell_error_t begin(struct request *request, struct sleeper *sleeper, bool signalled)
{
    sleeper->signalled = signalled;
    if (signalled)
        return pd_notification(request->caller);
    cell_error_t error = request_defer(request, &sleeper->deferred);

    if (error == CELL_OK)
        list_append(&request->caller->deferred, &sleeper->deferred.of_pd);
    return error;
}

static cell_error_t wait(struct request *request, struct word word, struct pd *owner, uint64_t nanoseconds, bool signalled)
{
    uint64_t end = clock_after(nanoseconds);
    struct sleeper *sleeper;
    cell_error_t error = sleeper_of(request->caller, &sleeper);

    if (error != CELL_OK)
        return error;
    if (sleeper->waits)
        leave(sleeper, sleeper->owner);
    sleeper->woken = false;
    if (!join(sleeper, word, owner))
        return CELL_NO_MEMORY;
    if (end != UINT64_MAX)
        error = timeout_set(&sleeper->timeout, end, request->caller->account->priority, too_late);
    if (error == CELL_OK)
        error = begin(request, sleeper, signalled);
    if (error != CELL_OK)
        leave(sleeper, sleeper->owner);
    return error == CELL_OK && signalled ? CELL_LATER : error;
}

cell_error_t word_wait_serve(void *context, const struct word_wait_in *in, struct word_wait_out *out)
{
    struct request *request = context;
    struct word word = {NULL, 0};
    bool is_self = request->named[0]->kind == HANDLE_SELF, has = true;

    (void)out;
    if (!is_self || in->offset != 0) {
        cell_error_t error = find_word(request, in->offset, HANDLE_READ, &word);

        if (error == CELL_OK)
            error = has_value(word, in->value, &has);
        if (error != CELL_OK)
            return error;
    }
    return has ? wait(request, word, NULL, in->nanoseconds, in->flags != 0) : CELL_OK;
}

/* The PD that is alive and has an id with these lower bits; NULL: there is none. */
static struct pd *owner_of(uint64_t value)
{
    const uint64_t step = UINT64_C(1) << OWNER_BITS;
    struct pd *pd = NULL;

    for (uint64_t id = value % step; pd == NULL && id <= pd_class.next_id; id += step)
        pd = pd_by_id(id);
    return pd;
}

cell_error_t word_wait_lock_serve(void *context, const struct word_wait_lock_in *in, struct word_wait_lock_out *out)
{
    struct request *request = context;
    struct pd *owner = owner_of(in->value);
    struct word word;
    bool has;
    cell_error_t error = find_word(request, in->offset, HANDLE_READ, &word);

    if (error == CELL_OK)
        error = has_value(word, in->value, &has);
    if (error != CELL_OK)
        return error;
    out->woken = has ? OWNER_ENDED : NOT_WAITED;
    return has && owner != NULL ? wait(request, word, owner, in->nanoseconds, false) : CELL_OK;
}

cell_error_t word_wake_serve(void *context, const struct word_wake_in *in, struct word_wake_out *out)
{
    struct word word;
    struct sleeper *sleeper;
    cell_error_t error = find_word(context, in->offset, HANDLE_WRITE, &word);

    while (error == CELL_OK && out->woken < in->count && (sleeper = first_of(word)) != NULL) {
        finish(sleeper, CELL_OK, WOKEN);
        out->woken++;
    }
    return error;
}

cell_error_t word_leave_serve(void *context, const struct word_leave_in *in, struct word_leave_out *out)
{
    const struct request *request = context;
    struct sleeper *sleeper = request->caller->sleeper;

    (void)in;
    out->woken = sleeper != NULL && sleeper->woken;
    if (sleeper != NULL && sleeper->waits)
        leave(sleeper, sleeper->owner);
    return CELL_OK;
}

/* ---- Interrupting ------------------------------------------------------ */

/* A PD that runs where the caller does; NULL: there is none with this id. */
static struct pd *neighbour(const struct request *request, uint64_t id)
{
    struct pd *pd = pd_by_id(id);

    return pd != NULL && pd_alive(pd) && pd->place->ads == request->caller->place->ads ? pd : NULL;
}

cell_error_t word_interrupt_serve(void *context, const struct word_interrupt_in *in, struct word_interrupt_out *out)
{
    struct pd *pd = neighbour(context, in->pd);

    (void)out;
    return pd == NULL ? CELL_NOT_FOUND : upcall_interrupt(pd, in->below);
}

static void ring(struct timeout *timeout)
{
    struct sleeper *sleeper = CONTAINER(timeout, struct sleeper, alarm);

    upcall_interrupt(sleeper->pd, sleeper->below);
}

cell_error_t word_alarm_serve(void *context, const struct word_alarm_in *in, struct word_alarm_out *out)
{
    struct pd *pd = neighbour(context, in->pd);
    struct sleeper *sleeper;
    uint64_t end = clock_after(in->nanoseconds);
    cell_error_t error = pd == NULL ? CELL_NOT_FOUND : sleeper_of(pd, &sleeper);

    (void)out;
    if (error != CELL_OK)
        return error;
    timeout_cancel(&sleeper->alarm);
    sleeper->below = in->below;
    return end == UINT64_MAX ? CELL_OK : timeout_set(&sleeper->alarm, end, pd->account->priority, ring);
}

void serve_word_start(void)
{
    event_listen_gone(forget);
}

cell_error_t serve_word(struct request *request)
{
    return serve_request(request, &word_interface, TYPE_PD);
}
