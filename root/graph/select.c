/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/select.c: see select.h. Choosing something chooses what it needs in a model: a resource its space, a space its
 * manager, a region its MO, a mapping its target. Every object is visited once. The root task's spaces are in every model.
 */
#include "root/graph/select.h"

#include "root/graph/pass.h"
#include "root/memory/heap.h"
#include "root/core/pd.h"
#include "root/spaces/resspc.h"

struct choice {
    struct id_entry entry; /* its id is the object's address */
    struct list list;
};

static const struct object_class *const classes[SELECT_CLASSES] = {
    &pd_class, &space_class, &ads_class, &cpu_class, &ep_class, &mo_class, &vmr_class,
    &resource_class, &ntfn_class};

static unsigned number_of(const struct object_class *class)
{
    unsigned number = 0;

    while (classes[number] != class)
        number++;
    return number;
}

/* ---- Choosing -------------------------------------------------------- */

/* One more is looked at; false: that was too many. */
static bool look(struct selection *selection, uint64_t weight)
{
    pass_take(2);
    if (selection->left < weight)
        selection->failed = CELL_TOO_LARGE;
    else
        selection->left -= (uint32_t)weight;
    return selection->failed == CELL_OK;
}

/* Adds an object; false: it is there already, no memory, or too many. */
static bool choose(struct selection *selection, struct object *object)
{
    if (!look(selection, 1) || id_table_find(&selection->chosen, (uintptr_t)object) != NULL)
        return false;
    struct choice *choice = heap_allocate(sizeof *choice);

    if (choice != NULL) {
        choice->entry.id = (uintptr_t)object;
        if (id_table_add(&selection->chosen, &choice->entry)) {
            list_append(&selection->of_class[number_of(object->class)], &choice->list);
            return true;
        }
        heap_free(choice, sizeof *choice);
    }
    selection->failed = CELL_NO_MEMORY;
    return false;
}

static void choose_pd(struct selection *selection, struct pd *pd)
{
    if (pd != NULL)
        choose(selection, &pd->object);
}

static void choose_space(struct selection *selection, struct space *space)
{
    if (space == NULL || !choose(selection, &space->object))
        return;
    choose_pd(selection, space->manager);
}

/* Pages of a copy are looked at one by one (cuts.h). */
#define SELECT_PAGES 16u

static void choose_vmr(struct selection *selection, struct vmr *vmr)
{
    if (!choose(selection, &vmr->object) || vmr->ads == NULL)
        return;
    choose(selection, &vmr->ads->object);
    if (vmr->mo != NULL && choose(selection, &vmr->mo->object)) {
        choose_space(selection, space_of_object(&vmr->mo->object));
        if ((vmr->mo->flags & MO_COPIED) != 0)
            look(selection, vmr->mo->pages / SELECT_PAGES);
    }
}

static void choose_regions(struct selection *selection, struct ads *ads)
{
    struct vmr *vmr = ads_next(ads, 0);

    choose(selection, &ads->object);
    for (; vmr != NULL && selection->failed == CELL_OK; vmr = ads_next(ads, vmr->start + 1))
        choose_vmr(selection, vmr);
}

/* Regions of an address space are held by those who run in it; by its holder if nobody
 * does. */
static void choose_object(struct selection *selection, struct object *object)
{
    if (object->class == &space_class) {
        choose_space(selection, CONTAINER(object, struct space, object));
        return;
    }
    if (object->class == &vmr_class) {
        choose_vmr(selection, vmr_of(object));
        return;
    }
    if (!choose(selection, object))
        return;
    choose_space(selection, space_of_object(object));
    if (object->class == &ads_class && !pd_any_runs_in(ads_of(object)))
        choose_regions(selection, ads_of(object));
    else if (object->class == &cpu_class && cpu_of(object)->ads != NULL)
        choose(selection, &cpu_of(object)->ads->object);
}

static struct object *object_of(const struct list *choice)
{
    return (struct object *)CONTAINER(choice, struct choice, list)->entry.id;
}

/* The mappings of the next chosen space or resource behind those; NULL: there is none. */
static const struct list *next_maps(struct selection *selection, struct list **space,
                                    struct list **resource)
{
    if ((*space)->next != &selection->of_class[number_of(&space_class)]) {
        *space = (*space)->next;
        return &CONTAINER(object_of(*space), struct space, object)->maps;
    }
    if ((*resource)->next == &selection->of_class[number_of(&resource_class)])
        return NULL;
    *resource = (*resource)->next;
    return &CONTAINER(object_of(*resource), struct resource, object)->maps;
}

/* What the chosen ones map onto, what that maps onto, and so on: in the order in which
 * they were chosen, so that a long row of mappings takes no stack. */
static void choose_targets(struct selection *selection)
{
    struct list *space = &selection->of_class[number_of(&space_class)];
    struct list *resource = &selection->of_class[number_of(&resource_class)];
    const struct list *maps;

    while (selection->failed == CELL_OK && (maps = next_maps(selection, &space, &resource)) != NULL)
        for (const struct list *at = maps->next; at != maps && selection->failed == CELL_OK; at = at->next)
            choose_object(selection, CONTAINER(at, struct map_edge, of_source)->target);
}

static void choose_table(struct selection *selection, const struct slot_table *table)
{
    cell_cap_t where = 0;
    uint32_t entry;

    while (selection->failed == CELL_OK && (entry = table_next(table, &where)) != SLOT_EMPTY)
        if (entry != SLOT_BARE)
            choose_object(selection, handle_by_index(entry)->object);
}

static void choose_served(struct selection *selection, const struct server *server)
{
    choose_object(selection, &server->endpoint->object);
    for (const struct list *at = server->spaces.next; at != &server->spaces && selection->failed == CELL_OK; at = at->next) {
        struct space *space = CONTAINER(at, struct space, of_server);
        const struct list *resource = space->all.next;

        choose_space(selection, space);
        for (; resource != &space->all && selection->failed == CELL_OK; resource = resource->next)
            choose_object(selection, &CONTAINER(resource, struct resource, of_space)->object);
    }
}

/* ---- The interface --------------------------------------------------- */

void select_all(struct selection *selection)
{
    select_none(selection);
    selection->all = true;
}

void select_none(struct selection *selection)
{
    *selection = (struct selection){.left = UINT32_MAX};
    for (unsigned i = 0; i < SELECT_CLASSES; i++)
        list_init(&selection->of_class[i]);
}

void select_pd(struct selection *selection, struct pd *pd)
{
    selection->about[selection->about[0] == NULL ? 0 : 1] = pd;
    for (type_t type = 0; type < CM_CORE_TYPES; type++)
        choose_space(selection, resspc_root(type));
    choose_pd(selection, pd);
    if (pd == &pd_root)
        return;
    choose_pd(selection, pd->handler);
    choose_pd(selection, pd->link);
    choose_pd(selection, pd->maker);
    choose_table(selection, pd->cspace.private);
    choose_table(selection, pd->cspace.common);
    if (pd->cpu != NULL)
        choose_object(selection, &pd->cpu->object);
    if (pd->cpu != NULL && pd->cpu->ntfn != NULL)
        choose_object(selection, &pd->cpu->ntfn->object);
    LIST_EACH (entry, &pd->places)
        if (CONTAINER(entry, struct place, of_pd)->ads != NULL)
            choose_regions(selection, CONTAINER(entry, struct place, of_pd)->ads);
    if (pd->server != NULL)
        choose_served(selection, pd->server);
    choose_targets(selection);
}

bool select_free(struct selection *selection, uint32_t *units)
{
    if (selection->of_class[0].next == NULL)
        return true;
    for (unsigned i = 0; i < SELECT_CLASSES; i++) {
        while (!list_empty(&selection->of_class[i])) {
            struct choice *choice = CONTAINER(selection->of_class[i].next, struct choice, list);

            if (reap_take(units, 1) == 0)
                return false;
            list_remove(&choice->list);
            id_table_remove(&selection->chosen, &choice->entry);
            heap_free(choice, sizeof *choice);
        }
    }
    return true;
}

/* ---- Walking --------------------------------------------------------- */

bool object_is_gone(const struct object *object)
{
    if (object->dead)
        return true;
    if (object->class == &pd_class)
        return !pd_alive(CONTAINER(object, struct pd, object)) && object->handles == 0 &&
               list_empty(&CONTAINER(object, struct pd, object)->made);
    if (object->class != &vmr_class)
        return false;
    const struct ads *ads = CONTAINER(object, struct vmr, object)->ads;

    return ads == NULL || ads->object.dead;
}

void select_each(const struct selection *selection, const struct object_class *class,
                 void (*visit)(void *context, struct object *object), void *context)
{
    if (selection->all) {
        LIST_EACH(entry, &class->all) {
            struct object *object = CONTAINER(entry, struct object, all);

            pass_take(1);
            if (!object_is_gone(object))
                visit(context, object);
        }
        return;
    }
    LIST_EACH(entry, &selection->of_class[number_of(class)]) {
        struct object *object = object_of(entry);

        pass_take(1);
        if (!object_is_gone(object))
            visit(context, object);
    }
}
