/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/spaces/resspc.c: see resspc.h. Bottom-up: finding, mappings, resources, spaces,
 * giving. Servers are in server.c, their work in work.c.
 */
#include "root/spaces/resspc.h"

#include <string.h>

#include "model/core/fields.h"
#include "root/base/bug.h"
#include "root/core/ads.h"
#include "root/core/ep.h"
#include "root/loop/request.h"
#include "root/memory/heap.h"

static struct id_table spaces;
static struct space *root_spaces[CM_CORE_TYPES];

/* ---- Finding --------------------------------------------------------- */

struct space *space_by_id(uint64_t id)
{
    struct id_entry *entry = id_table_find(&spaces, id);

    return entry == NULL ? NULL : CONTAINER(entry, struct space, entry);
}

struct space *resspc_root(type_t type)
{
    return type < CM_CORE_TYPES ? root_spaces[type] : NULL;
}

static struct space *of_server(const struct server *server, type_t type)
{
    LIST_EACH(entry, &server->spaces) {
        struct space *space = CONTAINER(entry, struct space, of_server);

        if (space->object.type == type)
            return space;
    }
    return NULL;
}

struct space *space_of_type(type_t type, const struct pd *manager)
{
    if (manager == &pd_root)
        return resspc_root(type);
    if (manager != NULL)
        return manager->server == NULL ? NULL : of_server(manager->server, type);
    if (resspc_root(type) != NULL)
        return resspc_root(type);
    LIST_EACH(entry, &space_class.all) {
        struct space *space = CONTAINER(CONTAINER(entry, struct object, all), struct space, object);

        if (space->object.type == type && space->manager != NULL)
            return space;
    }
    return NULL;
}

struct space *space_of_object(struct object *object)
{
    if (object->class == &resource_class)
        return CONTAINER(object, struct resource, object)->space;
    if (object->class == &space_class)
        return CONTAINER(object, struct space, object);
    return object->type == TYPE_ADS || object->type == TYPE_VMR ? NULL : resspc_root(object->type);
}

slot_t space_endpoint(const struct space *space)
{
    return space->server == NULL ? root_endpoint : space->server->endpoint->endpoint.slot;
}

struct pd *space_server(const struct handle *handle)
{
    if ((handle->kind & (HANDLE_SPACE | HANDLE_RESOURCE)) == 0 || handle->type == TYPE_RESSPC)
        return NULL;
    const struct space *space = space_of_object(handle->object);

    return space == NULL || space->server == NULL ? NULL : space->manager;
}

#define EDGES_PIECE 400u

cell_error_t server_edge(const struct server *server, const struct pd *client, cell_cap_t *where, struct handle **edge)
{
    uint32_t entry = SLOT_EMPTY;

    for (unsigned i = 0; i < EDGES_PIECE && server != NULL; i++) {
        entry = table_next(client->cspace.private, where);
        if (entry == SLOT_EMPTY)
            break;
        if (entry != SLOT_BARE && space_server(handle_by_index(entry)) == server->pd) {
            *edge = handle_by_index(entry);
            return CELL_OK;
        }
    }
    return entry == SLOT_EMPTY ? CELL_DENIED : CELL_AGAIN;
}

/* ---- Mappings -------------------------------------------------------- */

uint32_t map_edges_gone;

static void map_free(struct map_edge *edge)
{
    map_edges_gone++;
    list_remove(&edge->of_source);
    list_remove(&edge->of_target);
    account_refund(edge->account, ACCOUNT_OBJECTS, 1);
    account_release(edge->account);
    object_release(edge->target);
    heap_free(edge, sizeof *edge);
}

static bool maps_free(struct list *maps, uint32_t *units)
{
    while (!list_empty(maps)) {
        if (reap_take(units, 1) == 0)
            return false;
        map_free(CONTAINER(maps->next, struct map_edge, of_source));
    }
    return true;
}

/* A walk along mappings. */
struct map_walk {
    uint64_t number; /* of the walk, which marks what it has visited */
    uint32_t left;   /* mappings that it may look at yet */
};

static struct map_walk begin_walk(void)
{
    static uint64_t walks;

    return (struct map_walk){++walks, MAP_LOOKS};
}

static bool look(struct map_walk *walk)
{
    walk->left -= walk->left != 0;
    return walk->left != 0;
}

/* The mappings of what can have some, and was not visited by this walk; else NULL. */
static const struct list *visit(struct object *object, const struct map_walk *walk)
{
    struct list *maps;
    uint64_t *seen;

    if (object->class == &space_class) {
        maps = &CONTAINER(object, struct space, object)->maps;
        seen = &CONTAINER(object, struct space, object)->seen;
    } else if (object->class == &resource_class) {
        maps = &CONTAINER(object, struct resource, object)->maps;
        seen = &CONTAINER(object, struct resource, object)->seen;
    } else {
        return NULL;
    }
    if (*seen == walk->number)
        return NULL;
    *seen = walk->number;
    return maps;
}

/* Is `to` not to be reached from `from` along mappings? CELL_OK; CELL_LOOP: it is;
 * CELL_TOO_LARGE: MAP_DEPTH mappings on, there are more, or MAP_LOOKS were looked at. Visits everything once. */
static cell_error_t leads_not_to(struct object *from, const struct object *to, struct map_walk *walk,
                                 unsigned depth)
{
    const struct list *maps = from == to ? NULL : visit(from, walk);

    if (from == to)
        return CELL_LOOP;
    if (maps == NULL)
        return CELL_OK;
    LIST_EACH(entry, maps) {
        struct object *target = CONTAINER(entry, struct map_edge, of_source)->target;
        cell_error_t error = depth == MAP_DEPTH || !look(walk) ? CELL_TOO_LARGE
                                                               : leads_not_to(target, to, walk, depth + 1);

        if (error != CELL_OK)
            return error;
    }
    return CELL_OK;
}

/* Mappings of one thing that are looked at in the time of following one. */
#define MAPS_PER_LOOK 8u

static cell_error_t is_not_mapped(const struct list *maps, const struct object *target, bool meta, struct map_walk *walk)
{
    unsigned seen = 0;

    LIST_EACH(entry, maps) {
        const struct map_edge *edge = CONTAINER(entry, struct map_edge, of_source);

        if (edge->target == target && edge->meta == meta)
            return CELL_EXISTS;
        if (++seen % MAPS_PER_LOOK == 0 && !look(walk))
            return CELL_TOO_LARGE;
    }
    return CELL_OK;
}

#define FORGET_PIECE 200u

cell_error_t map_forget(struct resource *resource)
{
    uint32_t units = FORGET_PIECE;

    return maps_free(&resource->maps, &units) ? CELL_OK : CELL_AGAIN;
}

cell_error_t map_create(struct space *from, struct resource *resource, const struct map_target *target)
{
    struct object *source = resource == NULL ? &from->object : &resource->object;
    struct list *maps = resource == NULL ? &from->maps : &resource->maps;
    struct space *below = space_of_object(target->object);
    struct account *account = source->account;

    struct map_walk walk = begin_walk();
    cell_error_t error = target->blocks == 0 ? is_not_mapped(maps, target->object, target->meta, &walk) : CELL_OK;

    if (error == CELL_OK)
        error = leads_not_to(target->object, source, &walk, 1);

    /* What a server tells of a client's resource must not fail by the client's limits. */
    if (error == CELL_OK && account != from->object.account)
        account_charge_anyway(account, ACCOUNT_OBJECTS, 1);
    else if (error == CELL_OK)
        error = account_charge(account, ACCOUNT_OBJECTS, 1);
    if (error != CELL_OK)
        return error;
    struct map_edge *edge = heap_allocate(sizeof *edge);

    if (edge == NULL) {
        account_refund(account, ACCOUNT_OBJECTS, 1);
        return CELL_NO_MEMORY;
    }
    *edge = (struct map_edge){.from = from,
                              .target = target->object,
                              .first = target->first,
                              .blocks = target->blocks,
                              .meta = target->meta,
                              .whole = resource == NULL,
                              .account = account};
    account_refer(account);
    object_refer(target->object);
    list_append(maps, &edge->of_source);
    list_init(&edge->of_target);
    if (below != NULL)
        list_append(&below->mapped, &edge->of_target);
    return CELL_OK;
}

/* ---- Resources ------------------------------------------------------- */

static void resource_destroy(struct object *object)
{
    struct resource *resource = CONTAINER(object, struct resource, object);

    object_release(&resource->space->object);
    object_finish(object, 0);
    heap_free(resource, sizeof *resource);
}

/* Nobody holds it any more: it goes, and its server gets work that says so. */
static void resource_unheld(struct object *object)
{
    struct resource *resource = CONTAINER(object, struct resource, object);
    struct space *space = resource->space;

    if (object->dead)
        return;
    if (space->server != NULL)
        work_queue(space->server, object->account, WORK_FREED, space->object.id, resource->entry.id,
                   0);
    resource_delete(resource);
}

struct object_class resource_class = {
    .name = "resource", .all = LIST_EMPTY(resource_class.all),
    .destroy = resource_destroy,
    .unheld = resource_unheld,
    .objects = RECORD_OBJECTS(sizeof(struct resource))};

struct resource *resource_find(const struct space *space, uint64_t number)
{
    struct id_entry *entry = id_table_find(&space->resources, number);

    return entry == NULL ? NULL : CONTAINER(entry, struct resource, entry);
}

static bool read_range(const char *name, uint64_t *first, uint64_t *count)
{
    return cm_field_blocks((struct cm_text){name, strnlen(name, RESOURCE_NAME_SIZE)}, first, count) == CM_FIELD_OK;
}

bool resource_range(const struct resource *resource, uint64_t *first, uint64_t *count)
{
    return resource->object.type == TYPE_BLOCK && read_range(resource->name, first, count);
}

cell_error_t resource_create(struct space *space, struct account *account, uint64_t number,
                             const char *name, struct resource **made)
{
    uint64_t first, count;

    if (number == SPACE_ITSELF || (space->object.type == TYPE_BLOCK && !read_range(name, &first, &count)))
        return CELL_BAD_ARGUMENT;
    if (resource_find(space, number) != NULL)
        return CELL_EXISTS;
    struct resource *resource = heap_allocate(sizeof *resource);
    cell_error_t error = resource == NULL ? CELL_NO_MEMORY
                                          : object_init(&resource->object, &resource_class,
                                                        space->object.type, account, 0);

    if (error != CELL_OK) {
        heap_free(resource, sizeof *resource);
        return error;
    }
    resource->space = space;
    object_refer(&space->object);
    resource->entry.id = number;
    if (!id_table_add(&space->resources, &resource->entry)) {
        object_release(&resource->object);
        return CELL_NO_MEMORY;
    }
    list_init(&resource->maps);
    list_append(&space->all, &resource->of_space);
    memcpy(resource->name, name, strnlen(name, sizeof resource->name - 1));
    *made = resource;
    return CELL_OK;
}

/* What it maps onto, and its holders, in pieces. */
static bool take_resource(struct reap *reap)
{
    struct resource *resource = CONTAINER(reap, struct resource, reap);

    if (!maps_free(&resource->maps, &reap_left) || !handle_free_all(&resource->object, &reap_left))
        return false;
    object_release(&resource->object);
    return true;
}

void resource_delete(struct resource *resource)
{
    resource->object.dead = true;
    id_table_remove(&resource->space->resources, &resource->entry);
    list_remove(&resource->of_space);
    if (!take_resource(&resource->reap))
        reap_later(&resource->reap, resource->object.account, take_resource);
}

/* ---- Spaces ---------------------------------------------------------- */

/* Units of work of a resource with a few handles. */
#define RESOURCE_UNITS 10u

static void space_destroy(struct object *object)
{
    struct space *space = CONTAINER(object, struct space, object);

    if (space->taken != 0)
        handle_untake(space->taken);
    type_release(object->type);
    object_finish(object, 0);
    heap_free(space, sizeof *space);
}

struct object_class space_class = {
    .name = "space",
    .all = LIST_EMPTY(space_class.all),
    .destroy = space_destroy,
    .objects = RECORD_OBJECTS(sizeof(struct space) + TYPE_BYTES)};

cell_error_t space_create(struct pd *manager, struct account *account, type_t type, struct space **made)
{
    struct space *space = heap_allocate(sizeof *space);
    cell_error_t error = space == NULL ? CELL_NO_MEMORY
                                       : object_init(&space->object, &space_class, type,
                                                     account, 0);

    if (error != CELL_OK) {
        heap_free(space, sizeof *space);
        return error;
    }
    type_refer(type);
    space->entry.id = space->object.id;
    if (!id_table_add(&spaces, &space->entry)) {
        object_release(&space->object);
        return CELL_NO_MEMORY;
    }
    space->manager = manager;
    space->server = manager == &pd_root ? NULL : manager->server;
    struct list *lists[] = {&space->of_server, &space->all, &space->maps, &space->mapped};

    for (unsigned i = 0; i < sizeof lists / sizeof lists[0]; i++)
        list_init(lists[i]);
    if (space->server != NULL)
        list_append(&space->server->spaces, &space->of_server);
    *made = space;
    return CELL_OK;
}

cell_error_t space_map_like(struct space *space, const struct space *other)
{
    cell_error_t error = CELL_OK;

    for (const struct list *entry = other->maps.next; error == CELL_OK && entry != &other->maps; entry = entry->next) {
        const struct map_edge *edge = CONTAINER(entry, struct map_edge, of_source);

        if (!edge->meta)
            error = map_create(space, NULL, &(struct map_target){.object = edge->target});
    }
    return error;
}

/* Its resources, what it maps onto, and its holders, in pieces. */
static bool take_space(struct reap *reap)
{
    struct space *space = CONTAINER(reap, struct space, reap);

    while (!list_empty(&space->all)) {
        if (reap_take(&reap_left, RESOURCE_UNITS) == 0)
            return false;
        resource_delete(CONTAINER(space->all.next, struct resource, of_space));
    }
    while (!list_empty(&space->mapped)) {
        if (reap_take(&reap_left, 1) == 0)
            return false;
        map_edges_gone++;
        list_remove(space->mapped.next);
    }
    if (!maps_free(&space->maps, &reap_left) ||
        (!space->keeps_edges && !handle_free_all(&space->object, &reap_left)))
        return false;
    object_release(&space->object);
    return true;
}

void space_delete(struct space *space)
{
    space->object.dead = true;
    space->manager = NULL;
    space->server = NULL;
    id_table_remove(&spaces, &space->entry);
    list_remove(&space->of_server);
    if (!take_space(&space->reap))
        reap_later(&space->reap, space->object.account, take_space);
}

void resspc_init(void)
{
    static const type_t types[] = {TYPE_MO, TYPE_CPU,  TYPE_PCPU,  TYPE_EP,
                                   TYPE_PD, TYPE_RESSPC, TYPE_ADS,  TYPE_NTFN,
                                   TYPE_IRQ, TYPE_IMAGE};

    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++)
        if (space_create(&pd_root, pd_root.account, types[i], &root_spaces[types[i]]) != CELL_OK)
            root_bug("no memory for the first spaces");
}

/* ---- Giving ---------------------------------------------------------- */

cell_error_t space_give(struct space *space, struct object *object, enum handle_kind kind,
                        struct slot_table *table, unsigned rights, struct handle **handle)
{
    return handle_create(table, object, kind, space->object.type, rights, space_endpoint(space),
                         RIGHTS_CLIENT, handle);
}

cell_error_t space_copy(const struct handle *handle, struct slot_table *table, unsigned rights,
                        struct handle **copy)
{
    struct space *space = space_of_object(handle->object);
    bool ours = space == NULL || space->server == NULL || handle->type == TYPE_RESSPC;

    rights &= handle->rights;
    if (handle->object->class == &ntfn_class)
        return handle_create_signal(table, ntfn_of(handle->object), rights, handle->bit, copy);
    if (handle->object->class == &ep_class)
        return handle_create_ep(table, ep_of(handle->object), rights, copy);
    return handle_create(table, handle->object, (enum handle_kind)handle->kind, handle->type, rights,
                         ours ? root_endpoint : space_endpoint(space), RIGHTS_CLIENT, copy);
}
