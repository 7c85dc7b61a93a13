/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/handle.c: requests about handles and request edges (idl/handle.idl). Giving is the only way in which
 * one comes from one PD to another. Bottom-up: telling, giving, giving up.
 */
#include <cell/idl/handle_server.h>

#include <string.h>

#include "root/core/ads.h"
#include "root/core/gift.h"
#include "root/serve/pd.h"
#include "root/spaces/resspc.h"

struct pd *serve_holder(const struct handle *handle)
{
    struct pd *pd = handle_pd(handle);

    /* A common table that survived its maker: all who share it. */
    if (pd == NULL && !list_empty(&handle->holder->users))
        pd = CONTAINER(handle->holder->users.next, struct cspace_link, list)->cspace->pd;
    return pd == NULL ? &pd_root : pd;
}

/* ---- Telling ------------------------------------------------------------- */

static void put_name(char to[32], const char *name)
{
    memset(to, 0, 32);
    strncpy(to, name, 31);
}

/* Space and number of what a handle denotes, as the model counts them. */
static void identify(const struct handle *handle, uint64_t *space_id, uint64_t *number)
{
    struct object *object = handle->object;
    struct space *space = space_of_object(object);

    *number = object->id;
    if (object->class == &ads_class) {
        *space_id = object->id;
        *number = SPACE_ITSELF;
    } else if (object->class == &vmr_class) {
        *space_id = vmr_of(object)->ads == NULL ? 0 : vmr_of(object)->ads->object.id;
    } else if (handle->type == TYPE_RESSPC) {
        *space_id = resspc_root(TYPE_RESSPC)->object.id;
    } else {
        *space_id = space->object.id;
        if (object->class == &resource_class)
            *number = CONTAINER(object, struct resource, object)->entry.id;
        else if (object->class == &space_class)
            *number = SPACE_ITSELF;
    }
}

/* The next handle of a table behind `after` of one sort; NULL: there is none. */
static struct handle *next_handle(const struct slot_table *table, uint64_t after, bool edges)
{
    cell_cap_t where = after;
    uint32_t entry;

    while ((entry = table_next(table, &where)) != SLOT_EMPTY) {
        struct handle *handle = entry == SLOT_BARE ? NULL : handle_by_index(entry);

        if (handle != NULL && (handle->kind == HANDLE_SPACE) == edges)
            return handle;
    }
    return NULL;
}

/* The tables of the root task, and of a PD that has ended, are not to be walked. */
static bool has_tables(const struct pd *pd)
{
    return pd != &pd_root && pd_alive(pd);
}

cell_error_t handle_held_serve(void *context, const struct handle_held_in *in,
                               struct handle_held_out *out)
{
    const struct pd *pd = ((struct request *)context)->other;
    struct handle *handle =
        has_tables(pd) ? next_handle(pd->cspace.common, in->after, false) : NULL;

    if (handle == NULL)
        return CELL_NOT_FOUND;
    out->where = handle->where;
    identify(handle, &out->space, &out->object);
    out->rights = handle->rights;
    out->kind = handle->object->class == &ads_class;
    put_name(out->type, type_name(handle->type));
    return CELL_OK;
}

cell_error_t handle_edge_serve(void *context, const struct handle_edge_in *in,
                               struct handle_edge_out *out)
{
    const struct pd *pd = ((struct request *)context)->other;
    struct handle *handle =
        has_tables(pd) ? next_handle(pd->cspace.private, in->after, true) : NULL;

    if (handle == NULL)
        return CELL_NOT_FOUND;
    struct space *space = space_of_object(handle->object);

    out->where = handle->where;
    out->space = handle->type == TYPE_ADS ? 0 : space->object.id;
    out->server = space->manager == NULL ? 0 : space->manager->object.id;
    put_name(out->type, type_name(handle->type));
    return CELL_OK;
}

cell_error_t handle_about_serve(void *context, const struct handle_about_in *in,
                                struct handle_about_out *out)
{
    const struct request *request = context;
    struct handle *handle = request->named[0];

    (void)in;
    out->giver = handle->giver != 0 ? handle->giver - 1 : request->caller->object.id;
    identify(handle, &out->space, &out->object);
    out->rights = handle->rights;
    put_name(out->type, type_name(handle->type));
    return CELL_OK;
}

/* Can the PD send what comes with a badge? All who share a common table can. */
static bool can_send(const struct pd *pd, const struct handle *badge)
{
    return badge->holder != NULL &&
           (badge->holder == pd->cspace.private || badge->holder == pd->cspace.common);
}

cell_error_t handle_given_serve(void *context, const struct handle_given_in *in,
                                struct handle_given_out *out)
{
    const struct request *request = context;
    const struct handle *handle = request->named[0], *badge = handle_by_id(in->badge);
    const struct pd *giver = handle->giver == 0 ? NULL : pd_by_id(handle->giver - 1);

    if (badge == NULL || space_server(badge) != request->caller || giver == NULL ||
        !can_send(giver, badge))
        return CELL_BAD_HANDLE;
    out->rights = handle->rights;
    put_name(out->type, type_name(handle->type));
    return CELL_OK;
}

/* ---- Giving -------------------------------------------------------------- */

/* Gives `to` a handle like `handle` with some of its rights, which were checked. */
static cell_error_t give(const struct pd *giver, const struct handle *handle, struct pd *to,
                         uint64_t rights, struct handle **made)
{
    struct slot_table *table = handle->kind == HANDLE_SPACE ? to->cspace.private : to->cspace.common;

    if (to == &pd_root)
        return CELL_UNSUPPORTED;
    if (!pd_alive(to))
        return CELL_GONE;
    cell_error_t error = space_copy(handle, table, (unsigned)rights, made);

    if (error == CELL_OK)
        (*made)->giver = (uint32_t)giver->object.id + 1;
    return error;
}

cell_error_t handle_give_serve(void *context, const struct handle_give_in *in,
                               struct handle_give_out *out)
{
    const struct request *request = context;
    struct handle *made;
    cell_error_t error = give(request->caller, request->named[1], request->other, in->rights, &made);

    if (error == CELL_OK)
        out->there = made->where;
    return error;
}

cell_error_t handle_give_edge_serve(void *context, const struct handle_give_edge_in *in,
                                    struct handle_give_edge_out *out)
{
    const struct request *request = context;
    const struct handle *edge = request->named[1];
    struct handle *made;
    cell_error_t error = give(request->caller, edge, request->other, edge->rights, &made);

    (void)in;
    if (error == CELL_OK)
        out->there = made->where;
    return error;
}

/* The same, where the giver lends what the server's table needs to grow. */
static cell_error_t give_lending(const struct request *request, struct pd *server, uint64_t rights, struct handle **made)
{
    static const uint32_t lent[] = {[ACCOUNT_OBJECTS] = 4, [ACCOUNT_SLOTS] = 1};
    struct gift *gift;
    cell_error_t error = server->server == NULL ? CELL_GONE
                                                : gift_lend(request->named[0], request->caller, server->account->budget, lent, &gift);

    if (error != CELL_OK)
        return error;
    error = give(request->caller, request->named[1], server, rights, made);
    if (error == CELL_OK)
        list_append(&server->server->kept, &gift->of_server);
    else
        gift_end(gift);
    return error;
}

cell_error_t handle_give_to_server_serve(void *context, const struct handle_give_to_server_in *in,
                                         struct handle_give_to_server_out *out)
{
    const struct request *request = context;
    struct pd *server = space_server(request->named[0]);
    struct handle *made;
    struct gift *gift;

    if (server == NULL)
        return CELL_GONE;
    cell_error_t error = gift_begin(request->named[0], request->caller, &gift);

    if (error != CELL_OK)
        return error;
    error = give(request->caller, request->named[1], server, in->rights, &made);
    if (error == CELL_QUOTA || error == CELL_NO_MEMORY)
        error = give_lending(request, server, in->rights, &made);
    if (error != CELL_OK) {
        gift_end(gift);
        return error;
    }
    gift_is(gift, made);
    out->there = made->where;
    return CELL_OK;
}

cell_error_t handle_give_to_client_serve(void *context, const struct handle_give_to_client_in *in,
                                         struct handle_give_to_client_out *out)
{
    const struct request *request = context;
    struct pd *client = pd_by_id(in->client);
    struct handle *made, *edge;
    cell_error_t error = serve_take(request, client, request->caller->server, &edge);

    if (error != CELL_OK)
        return error;
    error = give(request->caller, request->named[0], client, in->rights, &made);
    if (error == CELL_OK) {
        serve_taken(made, edge);
        out->there = made->where;
    } else if (edge != NULL) {
        handle_untake(handle_id(edge));
    }
    return error;
}

cell_error_t handle_allow_serve(void *context, const struct handle_allow_in *in,
                                struct handle_allow_out *out)
{
    const struct request *request = context;

    (void)out;
    request->named[0]->allowance = (uint32_t)in->count;
    return CELL_OK;
}

cell_error_t handle_edge_to_serve(void *context, const struct handle_edge_to_in *in, struct handle_edge_to_out *out)
{
    const struct request *request = context;
    struct pd *server = request->other;
    type_t type = type_find(in->type, (uint32_t)strnlen(in->type, sizeof in->type));
    struct space *space = type == TYPE_NONE || server == &pd_root || !pd_alive(server) ? NULL : space_of_type(type, server);
    struct handle *edge;

    if (space == NULL)
        return CELL_NOT_FOUND;
    cell_error_t error = handle_create(request->caller->cspace.private, &space->object, HANDLE_SPACE, type,
                                       HANDLE_READ | HANDLE_WRITE | HANDLE_EXECUTE, space_endpoint(space), 0, &edge);

    if (error != CELL_OK)
        return error;
    edge->use = HANDLE_IS_PASS_ON;
    out->edge = edge->where;
    return CELL_OK;
}

/* ---- Giving up ------------------------------------------------------------ */

static bool is_in_a_table(const struct handle *handle)
{
    return handle->holder != NULL && (handle->kind == HANDLE_SPACE || handle->kind == HANDLE_RESOURCE);
}

cell_error_t handle_take_back_serve(void *context, const struct handle_take_back_in *in,
                                    struct handle_take_back_out *out)
{
    const struct request *request = context;
    struct pd *pd = request->other;
    uint32_t entry = has_tables(pd) ? cspace_entry(&pd->cspace, in->where) : SLOT_EMPTY;
    struct handle *handle = entry == SLOT_EMPTY || entry == SLOT_BARE ? NULL : handle_by_index(entry);

    (void)out;
    if (handle == NULL || !is_in_a_table(handle))
        return CELL_NOT_FOUND;
    servers_freed(handle);
    handle_free(handle);
    return CELL_OK;
}

cell_error_t handle_drop_serve(void *context, const struct handle_drop_in *in,
                               struct handle_drop_out *out)
{
    struct request *request = context;

    (void)in;
    (void)out;
    servers_freed(request->named[0]);
    handle_free(request->named[0]);
    return CELL_OK;
}

cell_error_t serve_handle(struct request *request)
{
    return serve_request(request, &handle_interface, TYPE_PD);
}
