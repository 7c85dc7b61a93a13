/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/resspc.c: requests of resource servers (idl/resspc.idl). */
#include <cell/idl/resspc_server.h>

#include <string.h>

#include "root/core/events.h"
#include "root/loop/piece.h"
#include "root/pd/authority.h"
#include "root/pd/serves.h"
#include "root/serve/pd.h"
#include "root/spaces/resspc.h"

/* The space that the request names first. */
static struct space *target(const struct request *request)
{
    return CONTAINER(request->named[0]->object, struct space, object);
}

/* A space of a type for a PD, which makes it a server if it was not one; `account` pays. */
static cell_error_t create(struct pd *pd, struct account *account, type_t type, struct space **space,
                           struct handle **handle)
{
    cell_error_t error = server_ensure(pd);

    if (error == CELL_OK)
        error = space_create(pd, account, type, space);
    if (error != CELL_OK)
        return error;
    error = handle_create(pd->cspace.common, &(*space)->object, HANDLE_RESOURCE, TYPE_RESSPC,
                          HANDLE_ALL, root_endpoint, RIGHTS_CLIENT, handle);
    if (error != CELL_OK)
        space_delete(*space);
    return error;
}

cell_error_t resspc_create_serve(void *context, const struct resspc_create_in *in,
                                 struct resspc_create_out *out)
{
    struct request *request = context;
    struct pd *pd = request->caller;
    struct space *space;
    struct handle *handle;
    type_t type;

    size_t length = strnlen(in->type, sizeof in->type);

    if (!serves_allowed(pd, in->type, length))
        return CELL_DENIED;
    cell_error_t error = type_add(in->type, (uint32_t)length, &type);

    if (error == CELL_BAD_ARGUMENT)
        request->answer[0] = 1;
    if (error != CELL_OK)
        return error;
    error = create(pd, pd->account, type, &space, &handle);
    type_release(type);
    if (error != CELL_OK)
        return error;
    out->handle = handle->where;
    out->id = space->object.id;
    event_happened(EVENT_SPACE_MADE, pd);
    return CELL_OK;
}

cell_error_t resspc_create_resource_serve(void *context,
                                          const struct resspc_create_resource_in *in,
                                          struct resspc_create_resource_out *out)
{
    const struct request *request = context;
    struct resource *resource;
    char name[sizeof in->name + 1] = {0};

    (void)out;
    memcpy(name, in->name, sizeof in->name);
    return resource_create(target(request), request->caller->account, in->object, name, &resource);
}

/* The client's edge to the server, which the request goes on looking for. */
static cell_error_t find_edge(const struct request *request, const struct server *server, const struct pd *client,
                              struct handle **edge)
{
    struct progress progress = progress_of(request, (struct progress){0});

    return progress_note(request, &progress, server_edge(server, client, &progress.from, edge));
}

cell_error_t serve_take(const struct request *request, struct pd *client, const struct server *server, struct handle **edge)
{
    struct handle *found;

    *edge = NULL;
    if (client == request->caller)
        return CELL_OK;
    if (client == NULL || client == &pd_root)
        return CELL_DENIED;
    cell_error_t error = find_edge(request, server, client, &found);

    if (error == CELL_OK)
        error = handle_take(found);
    if (error == CELL_OK)
        *edge = found;
    else if (error != CELL_AGAIN && (authority_over(request->caller, client) & HANDLE_GRANT) != 0)
        error = CELL_OK;
    return error;
}

void serve_taken(struct handle *handle, struct handle *edge)
{
    if (edge != NULL) {
        handle->use = HANDLE_IS_TAKEN;
        handle->edge = handle_id(edge);
    }
}

/* Gives the client a handle of the resource, which `edge` counts. */
static cell_error_t give(struct space *space, struct resource *resource, struct pd *client,
                         struct handle *edge, uint64_t rights, struct handle **handle)
{
    cell_error_t error = space_give(space, &resource->object, HANDLE_RESOURCE,
                                    client->cspace.common, (unsigned)rights, handle);

    if (error != CELL_OK)
        return error;
    (*handle)->giver = (uint32_t)space->manager->object.id + 1;
    serve_taken(*handle, edge);
    return CELL_OK;
}

cell_error_t resspc_give_serve(void *context, const struct resspc_give_in *in,
                               struct resspc_give_out *out)
{
    struct request *request = context;
    struct space *space = target(request);
    struct resource *resource = resource_find(space, in->object);
    struct pd *client = pd_by_id(in->client);
    struct handle *handle, *edge;
    cell_error_t error = serve_take(request, client, space->server, &edge);

    if (error != CELL_OK)
        return error;
    error = resource == NULL ? CELL_NOT_FOUND
                             : give(space, resource, client, edge, in->rights, &handle);
    if (error != CELL_OK) {
        if (edge != NULL)
            handle_untake(handle_id(edge));
        return error;
    }
    out->id = handle_id(handle);
    out->there = handle->where;
    return CELL_OK;
}

cell_error_t resspc_make_for_serve(void *context, const struct resspc_make_for_in *in,
                                   struct resspc_make_for_out *out)
{
    const struct request *request = context;
    struct space *space = target(request);
    struct pd *client = pd_by_id(in->client);
    struct handle *handle, *edge;
    struct resource *resource;
    char name[sizeof in->name + 1] = {0};
    cell_error_t error = serve_take(request, client, space->server, &edge);

    if (error != CELL_OK)
        return error;
    memcpy(name, in->name, sizeof in->name);
    error = resource_create(space, client->account, in->object, name, &resource);
    if (error == CELL_OK) {
        error = give(space, resource, client, edge, in->rights, &handle);
        if (error != CELL_OK)
            resource_delete(resource);
    }
    if (error == CELL_OK)
        out->there = handle->where;
    else if (edge != NULL)
        handle_untake(handle_id(edge));
    return error;
}

/* The edge of the client for whom a space was made, which `edge` counts as long as the space is there. */
static cell_error_t give_edge(struct space *space, struct pd *client, struct handle *edge, uint64_t rights,
                              uint64_t *there)
{
    struct handle *handle;
    cell_error_t error = space_give(space, &space->object, HANDLE_SPACE, client->cspace.private,
                                    (unsigned)rights, &handle);

    if (error != CELL_OK)
        return error;
    handle->giver = (uint32_t)space->manager->object.id + 1;
    space->taken = edge == NULL ? 0 : handle_id(edge);
    *there = handle->where;
    return CELL_OK;
}

cell_error_t resspc_create_for_serve(void *context, const struct resspc_create_for_in *in,
                                     struct resspc_create_for_out *out)
{
    const struct request *request = context;
    const struct space *like = target(request);
    struct pd *server = request->caller, *client = in->client == 0 ? NULL : pd_by_id(in->client);
    struct handle *handle, *edge = NULL;
    struct space *space;
    cell_error_t error = in->client == 0 ? CELL_OK : serve_take(request, client, like->server, &edge);

    if (error != CELL_OK)
        return error;
    error = create(server, client == NULL ? server->account : client->account, like->object.type, &space, &handle);
    if (error == CELL_OK) {
        memcpy(space->name, in->name, sizeof space->name - 1);
        error = space_map_like(space, like);
        if (error == CELL_OK && client != NULL)
            error = give_edge(space, client, edge, in->rights, &out->there);
        if (error != CELL_OK)
            space_delete(space);
    }
    if (error != CELL_OK) {
        if (edge != NULL)
            handle_untake(handle_id(edge));
        return error;
    }
    out->handle = handle->where;
    out->id = space->object.id;
    if (client == NULL)
        event_happened(EVENT_SPACE_MADE, server);
    return CELL_OK;
}

cell_error_t resspc_identify_serve(void *context, const struct resspc_identify_in *in,
                                   struct resspc_identify_out *out)
{
    const struct space *own = target(context);
    struct handle *handle = handle_by_id(in->id);

    if (handle == NULL || own->manager == NULL || space_server(handle) != own->manager)
        return CELL_BAD_HANDLE;
    handle->known = true;
    out->client = serve_holder(handle)->object.id;
    out->object = handle->kind == HANDLE_SPACE
                      ? SPACE_ITSELF
                      : CONTAINER(handle->object, struct resource, object)->entry.id;
    out->rights = handle->rights;
    out->space_id = space_of_object(handle->object)->object.id;
    return CELL_OK;
}

cell_error_t resspc_map_serve(void *context, const struct resspc_map_in *in,
                              struct resspc_map_out *out)
{
    struct request *request = context;
    struct space *space = target(request);
    struct resource *resource =
        in->object == SPACE_ITSELF ? NULL : resource_find(space, in->object);
    struct handle *handle = request->named[1];

    (void)out;
    if (resource == NULL && in->object != SPACE_ITSELF)
        return CELL_NOT_FOUND;
    bool whole = handle->kind == HANDLE_SPACE;

    /* MAP joins resources with resources and spaces with spaces; META ends at a
     * resource. */
    if (handle->type == TYPE_ADS || (in->meta != 0 ? whole : whole != (resource == NULL)))
        return CELL_WRONG_TYPE;
    return map_create(space, resource, &(struct map_target){.object = handle->object, .meta = in->meta != 0});
}

cell_error_t resspc_map_part_serve(void *context, const struct resspc_map_part_in *in, struct resspc_map_part_out *out)
{
    struct request *request = context;
    struct space *space = target(request);
    bool whole = in->object == SPACE_ITSELF;
    struct resource *resource = whole ? NULL : resource_find(space, in->object);
    const struct resource *range = CONTAINER(request->named[1]->object, struct resource, object);
    uint64_t first, blocks;

    (void)out;
    if (resource == NULL && !whole)
        return CELL_NOT_FOUND;
    if (whole && in->meta == 0)
        return CELL_WRONG_TYPE;
    if (!resource_range(range, &first, &blocks) || in->first >= blocks || in->count > blocks - in->first)
        return CELL_BAD_ARGUMENT;
    return map_create(space, resource,
                      &(struct map_target){request->named[1]->object, in->first, in->count, in->meta != 0});
}

cell_error_t resspc_map_own_serve(void *context, const struct resspc_map_own_in *in, struct resspc_map_own_out *out)
{
    const struct request *request = context;
    struct space *space = target(request), *onto = CONTAINER(request->named[1]->object, struct space, object);
    struct resource *resource = resource_find(space, in->object), *other = resource_find(onto, in->onto_object);

    (void)out;
    return resource == NULL || other == NULL ? CELL_NOT_FOUND
                                             : map_create(space, resource, &(struct map_target){.object = &other->object});
}

cell_error_t resspc_unmap_serve(void *context, const struct resspc_unmap_in *in, struct resspc_unmap_out *out)
{
    struct resource *resource = resource_find(target(context), in->object);

    (void)out;
    return resource == NULL ? CELL_NOT_FOUND : map_forget(resource);
}

cell_error_t resspc_revoke_serve(void *context, const struct resspc_revoke_in *in,
                                 struct resspc_revoke_out *out)
{
    struct resource *resource = resource_find(target(context), in->object);

    (void)out;
    if (resource == NULL)
        return CELL_NOT_FOUND;
    resource_delete(resource);
    return CELL_OK;
}

cell_error_t resspc_delete_serve(void *context, const struct resspc_delete_in *in,
                                 struct resspc_delete_out *out)
{
    (void)in;
    (void)out;
    space_delete(target(context));
    return CELL_OK;
}

cell_error_t resspc_next_work_serve(void *context, const struct resspc_next_work_in *in,
                                    struct resspc_next_work_out *out)
{
    struct request *request = context;
    struct server *server = request->caller->server;
    struct work *work = server == NULL ? NULL : work_next(server);

    (void)in;
    if (work == NULL)
        return CELL_OK;
    out->kind = work->kind;
    out->item = work->item;
    out->space = work->space;
    out->object = work->object;
    out->badge = work->badge;
    out->more = work_waits(server);
    if (work->kind == WORK_FREED) {
        out->item = 0;
        work_drop(work);
    }
    return CELL_OK;
}

cell_error_t resspc_done_serve(void *context, const struct resspc_done_in *in,
                               struct resspc_done_out *out)
{
    struct request *request = context;
    struct server *server = request->caller->server;

    (void)out;
    return server == NULL ? CELL_NOT_FOUND
                          : work_done(server, in->item, (cell_error_t)in->result);
}

cell_error_t resspc_more_replies_serve(void *context, const struct resspc_more_replies_in *in,
                                       struct resspc_more_replies_out *out)
{
    const struct request *request = context;
    struct server *server = request->caller->server;
    cell_error_t error =
        server == NULL ? CELL_NOT_FOUND : replies_grow(&server->replies, request->caller);

    (void)in;
    if (error == CELL_OK)
        out->slots = replies_slots(&server->replies);
    return error;
}

/* Of a client that pays for something, its edge to the server that asks. */
static cell_error_t find_payer(const struct request *request, uint64_t id, struct pd **client, struct handle **edge)
{
    struct server *server = request->caller->server;

    *client = pd_by_id(id);
    if (server == NULL)
        return CELL_NOT_FOUND;
    if (*client == NULL || *client == &pd_root)
        return CELL_DENIED;
    return find_edge(request, server, *client, edge);
}

cell_error_t resspc_keep_for_serve(void *context, const struct resspc_keep_for_in *in, struct resspc_keep_for_out *out)
{
    const struct request *request = context;
    struct pd *client;
    struct handle *edge;
    struct gift *kept;
    cell_error_t error = find_payer(request, in->client, &client, &edge);

    (void)out;
    if (error == CELL_OK)
        error = gift_begin(edge, client, &kept);
    if (error == CELL_OK)
        list_append(&request->caller->server->kept, &kept->of_server);
    return error;
}

cell_error_t resspc_lend_serve(void *context, const struct resspc_lend_in *in, struct resspc_lend_out *out)
{
    const struct request *request = context;
    struct pd *client;
    struct handle *edge;
    struct gift *gift;
    const uint32_t lent[] = {(uint32_t)in->pages, (uint32_t)in->objects, (uint32_t)in->slots};
    cell_error_t error = find_payer(request, in->client, &client, &edge);

    (void)out;
    if (error == CELL_OK)
        error = gift_lend(edge, client, request->caller->account->budget, lent, &gift);
    if (error == CELL_OK)
        list_append(&request->caller->server->kept, &gift->of_server);
    return error;
}

cell_error_t serve_resspc(struct request *request)
{
    return serve_request(request, &resspc_interface, TYPE_RESSPC);
}
