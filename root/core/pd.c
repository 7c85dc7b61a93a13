/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/pd.c: see pd.h. Bottom-up: the table of living PDs, finding one, links, the record.
 */
#include "root/core/pd.h"

#include <string.h>

#include "root/memory/heap.h"

static struct id_table table;
static struct pd *last_known; /* the last one that was found */

struct pd pd_root = {.name = "ROOT_TASK", .state = PD_ROOT, .ceiling = CPU_PRIORITY_HIGHEST};
uint32_t pd_essentials;

/* ---- Finding --------------------------------------------------------- */

struct pd *pd_known(uint64_t id)
{
    /* Several questions about one follow one another, with some about the root task between. */
    if (last_known != NULL && last_known->entry.id == id)
        return last_known;
    if (id == pd_root.entry.id)
        return &pd_root;
    struct id_entry *entry = id_table_find(&table, id);

    last_known = entry == NULL ? NULL : CONTAINER(entry, struct pd, entry);
    return last_known;
}

struct pd *pd_by_id(uint64_t id)
{
    struct pd *pd = pd_known(id);

    return pd != NULL && pd_alive(pd) ? pd : NULL;
}

cell_error_t pd_notification(struct pd *pd)
{
    /* A library runs on the CPU of its caller, and has the notification of that one. */
    if (pd->cpu == NULL || pd->library != NULL)
        return CELL_BUSY;
    cell_error_t error = cpu_notification(pd->cpu);

    if (error != CELL_OK || pd->cspace.direct[CSPACE_SLOT_NOTIFICATION] != SLOT_EMPTY)
        return error;
    return cspace_put_direct(&pd->cspace, CSPACE_SLOT_NOTIFICATION, pd->cpu->ntfn->notification.slot,
                             RIGHT_RECEIVE, 0);
}

bool pd_runs_in(const struct pd *pd, const struct ads *ads)
{
    LIST_EACH (entry, &pd->places)
        if (CONTAINER(entry, struct place, of_pd)->ads == ads)
            return true;
    return false;
}

bool pd_any_runs_in(const struct ads *ads)
{
    LIST_EACH (entry, &ads->places)
        if (!list_empty(&CONTAINER(entry, struct place, of_ads)->of_pd))
            return true;
    return false;
}

void place_enter(struct place *place, struct ads *ads)
{
    place->ads = ads;
    list_append(&ads->places, &place->of_ads);
}

void place_leave(struct place *place)
{
    if (place->ads == NULL)
        return;
    list_remove(&place->of_ads);
    object_release(&place->ads->object);
    place->ads = NULL;
}

/* Numbers only grow and new PDs are appended, so the list is in order. */
struct pd *pd_next(uint64_t after)
{
    struct pd *pd = after == UINT64_MAX ? &pd_root : pd_by_id(after);

    if (after == UINT64_MAX)
        return pd;
    if (pd != NULL) {
        struct list *next = pd->object.all.next;

        while (next != &pd_class.all && !pd_alive(pd_of(CONTAINER(next, struct object, all))))
            next = next->next;
        return next == &pd_class.all ? NULL : pd_of(CONTAINER(next, struct object, all));
    }
    LIST_EACH(entry, &pd_class.all) {
        pd = pd_of(CONTAINER(entry, struct object, all));
        if (pd->object.id > after && pd_alive(pd))
            return pd;
    }
    return NULL;
}

/* ---- Names ----------------------------------------------------------- */

#define NAME_PLACES 4096u

/* Living PDs by the hash of their names. */
static struct list names[NAME_PLACES];

static struct list *place_of(const char *name, size_t length)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)name[i]) * 16777619u;
    return &names[hash % NAME_PLACES];
}

struct pd *pd_next_named(const struct pd *after, const char *name, size_t length)
{
    struct list *place = place_of(name, length);

    for (struct list *at = after == NULL ? place->next : after->of_name.next; at != place;
         at = at->next) {
        struct pd *pd = CONTAINER(at, struct pd, of_name);

        /* Of an ended one there may be something that a server does not know yet. */
        if (pd_alive(pd) && strncmp(pd->name, name, length) == 0 && pd->name[length] == 0)
            return pd;
    }
    return NULL;
}

cell_error_t pd_by_name(const char *name, size_t length, struct pd **found)
{
    *found = pd_next_named(NULL, name, length);
    if (*found == NULL)
        return CELL_NOT_FOUND;
    return pd_next_named(*found, name, length) == NULL ? CELL_OK : CELL_EXISTS;
}

void pd_set_name(struct pd *pd, const char *name, size_t length)
{
    if (length >= PD_NAME_SIZE)
        length = PD_NAME_SIZE - 1;
    memmove(pd->name, name, length);
    memset(pd->name + length, 0, sizeof pd->name - length);
    list_remove(&pd->of_name);
    list_append(place_of(pd->name, length), &pd->of_name);
}

/* ---- Links ----------------------------------------------------------- */

cell_error_t pd_set_link(struct pd *pd, struct pd *to)
{
    unsigned links = 0;

    if (pd->link != NULL)
        return CELL_EXISTS;
    if (pd == to)
        return CELL_LOOP;
    /* Nobody dies with it yet, as a rule: it is a new one. */
    for (const struct pd *at = to; at != NULL && !list_empty(&pd->linked); at = at->link) {
        if (at == pd)
            return CELL_LOOP;
        if (++links == PD_LINKS_MOST)
            return CELL_TOO_LARGE;
    }
    pd->link = to;
    list_append(&to->linked, &pd->of_link);
    return CELL_OK;
}

void pd_set_handler(struct pd *pd, struct pd *handler)
{
    list_remove(&pd->of_handler);
    pd->handler = handler == &pd_root ? NULL : handler;
    if (pd->handler != NULL)
        list_append(&handler->handled, &pd->of_handler);
}

bool pd_cut_ties(struct pd *pd, uint32_t *units)
{
    list_remove(&pd->of_link);
    pd->link = NULL;
    pd_set_handler(pd, &pd_root);
    while (!list_empty(&pd->handled)) {
        if (reap_take(units, 1) == 0)
            return false;
        pd_set_handler(CONTAINER(pd->handled.next, struct pd, of_handler), &pd_root);
    }
    return true;
}

/* ---- The record ---------------------------------------------------------- */

/* Units of work (reaper.h) of a record. */
#define RECORD_UNITS 10u

static void free_record(struct pd *pd)
{
    if (pd->entry.id != UINT64_MAX)
        id_table_remove(&table, &pd->entry);
    if (last_known == pd)
        last_known = NULL;
    list_remove(&pd->of_maker);
    list_remove(&pd->of_name);
    if (pd->founded != NULL)
        budget_release(pd->founded);
    object_finish(&pd->object, 0);
    heap_free(pd, sizeof *pd);
}

static bool release_maker(struct reap *reap)
{
    object_release(&CONTAINER(reap, struct pd, reap)->object);
    return true;
}

/* Frees the record, and those of makers that were kept only for it: one after the
 * other, as a chain of makers may be long, and in pieces. */
static void destroy(struct object *object)
{
    struct pd *pd = pd_of(object);

    while (pd != NULL) {
        struct pd *maker = pd->maker;

        free_record(pd);
        reap_take(&reap_left, RECORD_UNITS);
        if (maker->object.references == 1 && reap_left == 0) {
            reap_later(&maker->reap, maker->object.account, release_maker);
            return;
        }
        pd = --maker->object.references == 0 ? maker : NULL;
    }
}

struct object_class pd_class = {
    .name = "PD",
    .all = LIST_EMPTY(pd_class.all),
    .destroy = destroy,
    .objects = RECORD_OBJECTS(sizeof(struct pd) + sizeof(struct account) + 2 * sizeof(struct slot_table))};

static void init_lists(struct pd *pd)
{
    struct list *lists[] = {&pd->of_link, &pd->linked, &pd->of_handler, &pd->handled, &pd->faulted, &pd->faults_told,
                            &pd->waiters, &pd->deferred, &pd->pieces,
                            &pd->of_maker, &pd->made, &pd->of_name, &pd->snapshots,
                            &pd->gifts, &pd->told_gifts, &pd->awaited, &pd->places, &pd->first.of_pd};

    for (unsigned i = 0; i < sizeof lists / sizeof lists[0]; i++)
        list_init(lists[i]);
    pd->place = &pd->first;
    list_append(&pd->places, &pd->first.of_pd);
}

void pd_init(void)
{
    pd_class.next_id = UINT64_MAX;
    /* Cannot fail: the root task has no limits. */
    (void)object_init(&pd_root.object, &pd_class, TYPE_PD, &root_account, 0);
    pd_root.account = &root_account;
    pd_root.entry.id = pd_root.object.id;
    init_lists(&pd_root);
    for (unsigned i = 0; i < NAME_PLACES; i++)
        list_init(&names[i]);
    pd_set_name(&pd_root, pd_root.name, strlen(pd_root.name));
    id_table_add(&table, &pd_root.entry);
}

cell_error_t pd_enter(struct pd *pd, struct pd *maker, struct account *account)
{
    cell_error_t error = object_init(&pd->object, &pd_class, TYPE_PD, account, 0);

    if (error != CELL_OK) {
        heap_free(pd, sizeof *pd);
        return error;
    }
    pd->account = account;
    pd->entry.id = pd->object.id;
    init_lists(pd);
    pd->maker = pd->above = maker;
    object_refer(&maker->object);
    list_append(&maker->made, &pd->of_maker);
    if (!id_table_add(&table, &pd->entry)) {
        pd->entry.id = UINT64_MAX;
        object_release(&pd->object);
        return CELL_NO_MEMORY;
    }
    return CELL_OK;
}
