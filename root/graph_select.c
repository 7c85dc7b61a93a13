/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph_select.c: see graph_select.h. Choosing something chooses what it
 * cannot stand without: a resource its space, a space its manager, a region its
 * MO, a mapping its target. Every object is visited once.
 */
#include "root/graph_select.h"

#include "root/heap.h"
#include "root/pd.h"
#include "root/resspc.h"

/* Adds an address; false: it is there already, or no memory. */
static bool choose(struct selection *selection, const void *object)
{
    if (object == NULL || id_table_find(&selection->chosen, (uintptr_t)object) != NULL)
        return false;
    struct id_entry *entry = heap_allocate(sizeof *entry);

    if (entry != NULL) {
        entry->id = (uintptr_t)object;
        if (id_table_add(&selection->chosen, entry))
            return true;
        heap_free(entry, sizeof *entry);
    }
    selection->failed = true;
    return false;
}

static void choose_object(struct selection *selection, struct object *object);

static void choose_space(struct selection *selection, struct space *space)
{
    if (space == NULL || !choose(selection, space))
        return;
    choose(selection, space->manager);
    LIST_EACH(entry, &space->maps)
        choose_object(selection, CONTAINER(entry, struct map_edge, of_source)->target);
}

static void choose_ads(struct selection *selection, struct ads *ads)
{
    struct vmr *vmr = ads_next(ads, 0);

    for (; vmr != NULL; vmr = ads_next(ads, vmr->start + 1)) {
        choose(selection, vmr);
        if (vmr->mo != NULL)
            choose_object(selection, &vmr->mo->object);
    }
}

static void choose_object(struct selection *selection, struct object *object)
{
    if (object->class == &space_class) {
        choose_space(selection, CONTAINER(object, struct space, object));
        return;
    }
    if (!choose(selection, object))
        return;
    choose_space(selection, space_of_object(object));
    if (object->class == &ads_class) {
        choose_ads(selection, ads_of(object));
    } else if (object->class == &cpu_class) {
        choose_space(selection, resspc_root(TYPE_PCPU));
        if (cpu_of(object)->ads != NULL)
            choose_object(selection, &cpu_of(object)->ads->object);
    } else if (object->class == &resource_class) {
        LIST_EACH(entry, &CONTAINER(object, struct resource, object)->maps)
            choose_object(selection, CONTAINER(entry, struct map_edge, of_source)->target);
    }
}

static void choose_table(struct selection *selection, const struct slot_table *table)
{
    cell_cap_t where = 0;
    uint32_t entry;

    while ((entry = table_next(table, &where)) != SLOT_EMPTY) {
        if (entry == SLOT_BARE)
            continue;
        struct handle *handle = handle_by_index(entry);

        if (handle->type == TYPE_RESSPC)
            choose_space(selection, resspc_root(TYPE_RESSPC));
        choose_object(selection, handle->object);
    }
}

void select_pd(struct selection *selection, struct pd *pd)
{
    choose(selection, pd);
    choose(selection, &pd->cspace); /* its own edges are wanted */
    choose(selection, &pd_root);
    choose(selection, pd->handler);
    choose(selection, pd->link);
    if (pd == &pd_root)
        return;
    choose_table(selection, pd->cspace.private);
    choose_table(selection, pd->cspace.common);
    if (pd->cpu != NULL)
        choose_object(selection, &pd->cpu->object);
    if (pd->ads != NULL)
        choose_object(selection, &pd->ads->object);
    if (pd->server == NULL)
        return;
    choose_object(selection, &pd->server->endpoint->object);
    LIST_EACH(entry, &pd->server->spaces) {
        struct space *space = CONTAINER(entry, struct space, of_server);

        choose_space(selection, space);
        choose_space(selection, resspc_root(TYPE_RESSPC));
        LIST_EACH(resource, &space->all)
            choose_object(selection, &CONTAINER(resource, struct resource, of_space)->object);
    }
}

void select_free(struct selection *selection)
{
    for (uint32_t i = 0; i < selection->chosen.size; i++) {
        for (struct id_entry *entry = selection->chosen.places[i]; entry != NULL;) {
            struct id_entry *next = entry->next;

            heap_free(entry, sizeof *entry);
            entry = next;
        }
    }
    id_table_clear(&selection->chosen);
}
