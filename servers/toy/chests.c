/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/toy/chests.c: chests (idl/chest.idl), the server's second type: toys that are kept
 * together. A chest holds the handle of each toy that its client gave, so the toy lasts while
 * the chest or its giver does; the model shows CHEST -> TOY.
 */
#include <cell/idl/chest_server.h>
#include <cell/idl/handle.h>
#include <stdlib.h>

#include "servers/toy/toys.h"

struct chest {
    struct id_entry entry;    /* its id is the resource's number */
    struct toy *toys;         /* by next_in_chest */
};

static struct id_table chests;

/* ---- What is in a chest --------------------------------------------------- */

void chest_forget(struct toy *toy)
{
    struct toy **at = &toy->chest->toys;

    while (*at != toy)
        at = &(*at)->next_in_chest;
    *at = toy->next_in_chest;
    toy->chest = NULL;
    *toy->link_given = toy->next_given;
    if (toy->next_given != NULL)
        toy->next_given->link_given = toy->link_given;
}

/* The list of the toys that a client has put into chests. */
static struct toy **given_by(struct server_client *client)
{
    return (struct toy **)server_client_data(client, &chest_type);
}

static void put(struct toy *toy, cell_cap_t handle, struct chest *chest, struct toy **given)
{
    toy->chest = chest;
    toy->in_chest = handle;
    toy->next_in_chest = chest->toys;
    chest->toys = toy;
    toy->next_given = *given;
    toy->link_given = given;
    if (*given != NULL)
        (*given)->link_given = &toy->next_given;
    *given = toy;
}

static struct chest *find(uint64_t number)
{
    struct id_entry *entry = id_table_find(&chests, number);

    return entry == NULL ? NULL : ID_RECORD(entry, struct chest, entry);
}

/* ---- Requests -------------------------------------------------------------- */

cell_error_t chest_create_serve(void *context, const struct chest_create_in *in,
                                struct chest_create_out *out)
{
    static uint64_t number;
    const struct server_request *request = context;
    struct chest *chest = calloc(1, sizeof *chest);

    (void)in;
    if (chest == NULL)
        return CELL_NO_MEMORY;
    chest->entry.id = ++number;
    cell_error_t error = id_table_add(&chests, &chest->entry) ? CELL_OK : CELL_NO_MEMORY;

    if (error == CELL_OK) {
        error = server_create_resource(request->handle->space, number, "", request->handle->client,
                                       &out->chest);
        if (error != CELL_OK)
            id_table_remove(&chests, &chest->entry);
    }
    if (error != CELL_OK)
        free(chest);
    return error;
}

/* The toy behind a handle that was given; NULL: the handle is on another server's resource, or the toy is gone. */
static struct toy *toy_behind(cell_cap_t handle)
{
    uint64_t giver, space, object, rights;
    char type[32];

    if (handle_about(handle, &giver, &space, &object, &rights, type) != CELL_OK ||
        space != server_space(&toy_type))
        return NULL;
    return toy_find(object);
}

cell_error_t chest_put_serve(void *context, const struct chest_put_in *in, struct chest_put_out *out)
{
    const struct server_request *request = context;
    struct chest *chest = find(request->handle->object);
    struct toy *toy = toy_behind(in->toy);

    (void)out;
    if (chest == NULL || toy == NULL)
        return CELL_NOT_FOUND;
    if (toy->chest != NULL)
        return CELL_EXISTS;
    cell_error_t error = server_map(request->handle->space, chest->entry.id, in->toy);

    /* The chest may have had this toy before. */
    if (error != CELL_OK && error != CELL_EXISTS)
        return error;
    put(toy, in->toy, chest, given_by(request->handle->client));
    return CELL_OK;
}

cell_error_t chest_look_serve(void *context, const struct chest_look_in *in, struct chest_look_out *out)
{
    const struct server_request *request = context;
    const struct chest *chest = find(request->handle->object);

    (void)in;
    if (chest == NULL)
        return CELL_NOT_FOUND;
    for (const struct toy *toy = chest->toys; toy != NULL; toy = toy->next_in_chest) {
        out->toys++;
        out->sum += toy->value;
    }
    return CELL_OK;
}

/* ---- Work ------------------------------------------------------------------- */

static void freed(uint64_t space, uint64_t object)
{
    struct chest *chest = find(object);

    (void)space;
    if (chest == NULL)
        return;
    while (chest->toys != NULL) {
        cell_cap_t handle = chest->toys->in_chest;

        chest_forget(chest->toys);
        handle_drop(handle);
    }
    id_table_remove(&chests, &chest->entry);
    free(chest);
}

/* Handles that the client gave are gone with it. */
static void client_gone(struct server_client *client)
{
    while (*given_by(client) != NULL)
        chest_forget(*given_by(client));
}

const struct server_type chest_type = {
    .name = "CHEST",
    .interface = &chest_interface,
    .freed = freed,
    .client_gone = client_gone,
};
