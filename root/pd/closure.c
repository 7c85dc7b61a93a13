/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/closure.c: see closure.h. Bottom-up: reaching, the lists that lead on, looking through what was reached.
 *
 * All that was reached is in a list by hops, behind which comes what is one hop farther. A list that leads on is left when
 * the piece is over, and goes on with the entry that is noted; if that is not in it any more, at the beginning, as what was
 * reached is known.
 */
#include "root/pd/closure.h"

#include "root/memory/heap.h"
#include "root/pd/authority.h"
#include "root/spaces/resspc.h"

/* ---- Reaching ---------------------------------------------------------- */

/* Addresses of records end in zeroes. */
static uint64_t id_of(const struct object *object, enum reached_kind kind)
{
    return (uintptr_t)object | kind;
}

bool closure_has(const struct closure *closure, const struct pd *pd)
{
    return id_table_find(&closure->reached, id_of(&pd->object, REACHED_PD)) != NULL;
}

static cell_error_t pay(struct closure *closure)
{
    if (closure->by != NULL)
        return account_charge(closure->account, ACCOUNT_OBJECTS, 1);
    account_charge_anyway(closure->account, ACCOUNT_OBJECTS, 1);
    return CELL_OK;
}

static struct reached *make(struct closure *closure, uint64_t id)
{
    closure->error = pay(closure);
    if (closure->error != CELL_OK)
        return NULL;
    struct reached *reached = heap_allocate(sizeof *reached);

    if (reached != NULL) {
        reached->entry.id = id;
        if (id_table_add(&closure->reached, &reached->entry))
            return reached;
        heap_free(reached, sizeof *reached);
    }
    account_refund(closure->account, ACCOUNT_OBJECTS, 1);
    closure->error = CELL_NO_MEMORY;
    return NULL;
}

/* False: the piece is over, or an error. */
static bool reach(struct closure *closure, uint64_t id, struct object *object, uint32_t hops, enum reached_kind kind)
{
    struct id_entry *known = id_table_find(&closure->reached, id);
    struct reached *reached = known == NULL ? NULL : ID_RECORD(known, struct reached, entry);
    bool now = hops <= closure->level;

    if (reached != NULL && hops >= reached->hops)
        return true;
    if (reached == NULL) {
        reached = closure_spend(closure, CLOSURE_NODE) ? make(closure, id) : NULL;
        if (reached == NULL)
            return false;
        object_refer(object);
        reached->object = object;
        reached->kind = (uint8_t)kind;
        list_init(&reached->list);
        closure->grew = true;
    }
    list_remove(&reached->list);
    reached->hops = hops;
    list_append(now ? &closure->found : &closure->next, &reached->list);
    return true;
}

/* Does nobody need authority over a PD, or is it there? A first round ends where it is not. */
static bool may_reach(struct closure *closure, struct pd *pd, bool is_free, bool *goes_on)
{
    bool may = is_free || closure->by == NULL || (authority_over(closure->by, pd) & HANDLE_WRITE) != 0;

    *goes_on = may || closure->again;
    if (!*goes_on)
        closure->error = CELL_DENIED;
    return may;
}

static bool reach_pd(struct closure *closure, struct pd *pd, uint32_t hops)
{
    bool goes_on = true;

    if (pd == NULL || pd == &pd_root || pd->state != PD_RUNNING || hops > closure->pd_depth ||
        (!closure_has(closure, pd) && !may_reach(closure, pd, hops <= closure->free_pds, &goes_on)))
        return goes_on;
    return reach(closure, id_of(&pd->object, REACHED_PD), &pd->object, hops, REACHED_PD);
}

static bool reach_space(struct closure *closure, struct space *space, uint32_t hops)
{
    bool goes_on = true;

    if (space->server == NULL || space->manager == NULL || hops > closure->space_depth ||
        !may_reach(closure, space->manager, hops <= closure->free_spaces, &goes_on))
        return goes_on;
    return reach(closure, id_of(&space->object, REACHED_SPACE), &space->object, hops, REACHED_SPACE);
}

static struct pd *user_of(const struct list *entry)
{
    return CONTAINER(entry, struct cspace_link, list)->cspace->pd;
}

/* Who has a handle in a table. */
static bool reach_table(struct closure *closure, const struct slot_table *table, uint32_t hops)
{
    if (table == NULL || list_empty(&table->users))
        return true;
    struct pd *first = user_of(table->users.next);

    if (table->users.next->next == &table->users)
        return reach_pd(closure, first, hops);
    return reach(closure, (uint64_t)table->number << 4 | REACHED_TABLE, &first->object, hops, REACHED_TABLE);
}

/* ---- Lists that lead on ------------------------------------------------ */

/* Steps of an entry that leads to what is known. */
#define STEPS 3u

/* A list is at this entry. */
static void note_place(struct closure *closure, struct object *object)
{
    if (object != NULL)
        object_refer(object);
    if (closure->object != NULL)
        object_release(closure->object);
    closure->object = object;
}

/* PDs that are linked to one, or whose faults it handles. */
static bool look_at_pds(struct closure *closure, struct pd *pd, bool handled, uint32_t hops)
{
    struct list *head = handled ? &pd->handled : &pd->linked, *at = head->next;
    struct pd *place = closure->object == NULL ? NULL : pd_of(closure->object);

    if (place != NULL && (handled ? place->handler : place->link) == pd)
        at = handled ? &place->of_handler : &place->of_link;
    for (; at != head && hops <= closure->pd_depth; at = at->next) {
        place = handled ? CONTAINER(at, struct pd, of_handler) : CONTAINER(at, struct pd, of_link);
        note_place(closure, &place->object);
        if (!closure_spend(closure, STEPS) || !reach_pd(closure, place, hops))
            return false;
    }
    return true;
}

/* Spaces of a server: who holds them depends on it; of one that the closure begins with, those that map onto them, too. */
static bool look_at_spaces(struct closure *closure, struct pd *pd, uint32_t hops)
{
    struct space *place = closure->object == NULL ? NULL : CONTAINER(closure->object, struct space, object);

    if (pd->server == NULL)
        return true;
    struct list *at = place != NULL && place->server == pd->server ? &place->of_server : pd->server->spaces.next;

    for (; at != &pd->server->spaces; at = at->next) {
        place = CONTAINER(at, struct space, of_server);
        note_place(closure, &place->object);
        if (!closure_spend(closure, STEPS) || (hops == 0 && !reach_space(closure, place, 0)))
            return false;
        if (hops < closure->pd_depth && !reach(closure, id_of(&place->object, REACHED_HOLDERS), &place->object, hops + 1,
                                               REACHED_HOLDERS))
            return false;
    }
    return true;
}

static bool look_at_handles(struct closure *closure, const struct object *object, uint32_t hops)
{
    struct handle *handle = closure->handle == 0 ? NULL : handle_by_id(closure->handle);

    if (handle == NULL || handle->object != object)
        handle = handle_first(object);
    for (; handle != NULL; handle = handle_next(handle)) {
        closure->handle = handle_id(handle);
        if (!closure_spend(closure, STEPS) || !reach_table(closure, handle->holder, hops))
            return false;
    }
    closure->handle = 0;
    return true;
}

static bool look_at_resources(struct closure *closure, struct space *space, uint32_t hops)
{
    struct resource *place = closure->object == NULL ? NULL : CONTAINER(closure->object, struct resource, object);
    bool there = place != NULL && place->space == space && !list_empty(&place->of_space);
    struct list *at = there ? &place->of_space : space->all.next;

    for (; at != &space->all; at = at->next) {
        place = CONTAINER(at, struct resource, of_space);
        note_place(closure, &place->object);
        if (!closure_spend(closure, 1) || !look_at_handles(closure, &place->object, hops))
            return false;
    }
    return true;
}

/* A table of which the PD that is noted has gone is found again in the next round. */
static bool look_at_users(struct closure *closure, const struct reached *reached)
{
    const struct slot_table *table = pd_of(reached->object)->cspace.common;
    struct pd *place = closure->object == NULL ? NULL : pd_of(closure->object);

    if (table == NULL || table->number != (uint32_t)(reached->entry.id >> 4))
        return true;
    const struct list *at = place != NULL && place->cspace.common == table ? &place->cspace.common_link.list
                                                                           : table->users.next;

    for (; at != &table->users; at = at->next) {
        place = user_of(at);
        note_place(closure, &place->object);
        if (!closure_spend(closure, STEPS) || !reach_pd(closure, place, reached->hops))
            return false;
    }
    return true;
}

/* Only mappings of whole spaces count; resources go by their space. */
static bool look_at_maps(struct closure *closure, const struct space *space, uint32_t hops)
{
    bool there = closure->edge != NULL && closure->edges_gone == map_edges_gone;
    const struct list *at = there ? &closure->edge->of_target : space->mapped.next;

    for (; at != &space->mapped; at = at->next) {
        closure->edge = CONTAINER(at, struct map_edge, of_target);
        closure->edges_gone = map_edges_gone;
        if (!closure_spend(closure, STEPS) || (closure->edge->whole && !reach_space(closure, closure->edge->from, hops)))
            return false;
    }
    return true;
}

/* ---- Looking through what was reached ---------------------------------- */

/* One of the lists of something; those beyond the last are empty. */
static bool look_at_part(struct closure *closure, const struct reached *reached)
{
    struct object *object = reached->object;
    uint32_t hops = reached->hops;

    switch (reached->kind << 2 | closure->part) {
    case REACHED_PD << 2:
        return look_at_pds(closure, pd_of(object), false, hops);
    case REACHED_PD << 2 | 1:
        return look_at_pds(closure, pd_of(object), true, hops + 1);
    case REACHED_PD << 2 | 2:
        return look_at_spaces(closure, pd_of(object), hops);
    case REACHED_SPACE << 2:
        return look_at_maps(closure, CONTAINER(object, struct space, object), hops + 1);
    case REACHED_HOLDERS << 2:
        return look_at_handles(closure, object, hops);
    case REACHED_HOLDERS << 2 | 1:
        return look_at_resources(closure, CONTAINER(object, struct space, object), hops);
    case REACHED_TABLE << 2:
        return look_at_users(closure, reached);
    default:
        return true;
    }
}

#define PARTS 3u

static void begin_list(struct closure *closure)
{
    note_place(closure, NULL);
    closure->handle = 0;
    closure->edge = NULL;
}

static bool look_through(struct closure *closure, const struct reached *reached)
{
    for (; closure->part < PARTS; closure->part++) {
        if (!closure_spend(closure, 1) || !look_at_part(closure, reached))
            return false;
        begin_list(closure);
    }
    closure->part = 0;
    return true;
}

/* The next that is to be looked through; false: all was. */
static bool step(struct closure *closure)
{
    if (closure->at->next == &closure->found && !list_empty(&closure->next)) {
        list_append_all(&closure->found, &closure->next);
        closure->level++;
    }
    closure->at = closure->at->next;
    return closure->at != &closure->found;
}

bool closure_go_on(struct closure *closure)
{
    do {
        if (closure->error == CELL_OK && closure->at != &closure->found &&
            !look_through(closure, CONTAINER(closure->at, struct reached, list)))
            return closure->error != CELL_OK;
    } while (closure->error == CELL_OK && step(closure));
    return true;
}

void closure_begin(struct closure *closure, struct account *account, struct pd *by, struct pd *first)
{
    account_refer(account);
    closure->account = account;
    closure->by = by;
    if (by != NULL)
        object_refer(&by->object);
    list_init(&closure->found);
    list_init(&closure->next);
    closure->at = &closure->found;
    closure->left = CLOSURE_PIECE;
    (void)reach(closure, id_of(&first->object, REACHED_PD), &first->object, 0, REACHED_PD);
}

void closure_again(struct closure *closure)
{
    closure->again = true;
    closure->grew = false;
    closure->at = &closure->found;
}

static bool forget(struct closure *closure, struct list *list)
{
    while (!list_empty(list)) {
        struct reached *reached = CONTAINER(list->next, struct reached, list);

        if (!closure_spend(closure, CLOSURE_NODE))
            return false;
        list_remove(&reached->list);
        id_table_remove(&closure->reached, &reached->entry);
        object_release(reached->object);
        heap_free(reached, sizeof *reached);
        account_refund(closure->account, ACCOUNT_OBJECTS, 1);
    }
    return true;
}

bool closure_free(struct closure *closure)
{
    begin_list(closure);
    if (!forget(closure, &closure->found) || !forget(closure, &closure->next))
        return false;
    id_table_clear(&closure->reached);
    if (closure->by != NULL)
        object_release(&closure->by->object);
    account_release(closure->account);
    return true;
}
