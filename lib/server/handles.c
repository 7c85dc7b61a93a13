/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/server/handles.c: badges and clients that the server knows. A badge that
 * is new costs one request to the root task. It may be forgotten only when the
 * root task says that it is freed, and then no message with it can come any more.
 */
#include <lib/server/parts.h>

#include <cell/idl/resspc.h>
#include <stdlib.h>

static struct id_table badges, clients;
struct server_handle *handles_latest;

static struct server_client *client_of(uint64_t id)
{
    struct id_entry *entry = id_table_find(&clients, id);

    if (entry != NULL)
        return ID_RECORD(entry, struct server_client, entry);
    unsigned types = 0;

    while (server_running->types[types] != NULL)
        types++;
    struct server_client *client = calloc(1, sizeof *client + types * sizeof client->data[0]);

    if (client == NULL)
        return NULL;
    client->entry.id = id;
    if (!id_table_add(&clients, &client->entry)) {
        free(client);
        return NULL;
    }
    return client;
}

void **server_client_data(struct server_client *client, const struct server_type *type)
{
    unsigned at = 0;

    while (server_running->types[at] != type)
        at++;
    return &client->data[at];
}

static void join_client(struct server_handle *new, struct server_handle **first)
{
    new->next_of_client = *first;
    new->link_of_client = first;
    if (*first != NULL)
        (*first)->link_of_client = &new->next_of_client;
    *first = new;
}

static void join_space(struct server_handle *new, struct server_handle **first)
{
    new->next_of_space = *first;
    new->link_of_space = first;
    if (*first != NULL)
        (*first)->link_of_space = &new->next_of_space;
    *first = new;
}

static cell_error_t add(struct server_handle *new, uint64_t client)
{
    struct server_handle **of_space = spaces_handles(new->space);

    if (of_space == NULL)
        return CELL_GONE;
    new->type = spaces_type(new->space);
    new->client = client_of(client);
    if (new->client == NULL || !id_table_add(&badges, &new->entry))
        return CELL_NO_MEMORY;
    join_client(new, &new->client->handles);
    join_space(new, of_space);
    return CELL_OK;
}

cell_error_t handles_look_up(uint64_t badge, struct server_handle **handle)
{
    struct id_entry *entry = id_table_find(&badges, badge);
    uint64_t client, rights;

    if (entry != NULL) {
        *handle = handles_latest = ID_RECORD(entry, struct server_handle, entry);
        return CELL_OK;
    }
    struct server_handle known = {.entry.id = badge};
    cell_error_t error = resspc_identify(spaces_any(), badge, &client, &known.object, &rights, &known.space);

    if (error != CELL_OK)
        return error == CELL_BAD_HANDLE ? CELL_GONE : error;
    memory_payer(client);
    struct server_handle *new = malloc(sizeof *new);

    if (new == NULL)
        return CELL_NO_MEMORY;
    *new = known;
    new->rights = (uint8_t)rights;
    error = add(new, client);
    if (error != CELL_OK) {
        free(new);
        return error;
    }
    *handle = handles_latest = new;
    return CELL_OK;
}

static void forget(struct server_handle *handle)
{
    if (handle->type->handle_gone != NULL)
        handle->type->handle_gone(handle);
    if (handle->ring != NULL)
        ring_handle_gone(handle);
    *handle->link_of_client = handle->next_of_client;
    if (handle->next_of_client != NULL)
        handle->next_of_client->link_of_client = handle->link_of_client;
    *handle->link_of_space = handle->next_of_space;
    if (handle->next_of_space != NULL)
        handle->next_of_space->link_of_space = handle->link_of_space;
    id_table_remove(&badges, &handle->entry);
    if (handles_latest == handle)
        handles_latest = NULL;
    free(handle);
}

void handles_space_gone(struct server_handle *first)
{
    for (struct server_handle *next; first != NULL; first = next) {
        next = first->next_of_space;
        forget(first);
    }
}

void handles_freed(uint64_t badge)
{
    struct id_entry *entry = id_table_find(&badges, badge);

    if (entry != NULL)
        forget(ID_RECORD(entry, struct server_handle, entry));
}

struct server_client *handles_client(uint64_t id)
{
    struct id_entry *entry = id == 0 ? NULL : id_table_find(&clients, id);

    return entry == NULL ? NULL : ID_RECORD(entry, struct server_client, entry);
}

void handles_client_gone(uint64_t id)
{
    struct server_client *client = handles_client(id);

    if (client == NULL)
        return;
    while (client->handles != NULL)
        forget(client->handles);
    for (const struct server_type *const *type = server_running->types; *type != NULL; type++)
        if ((*type)->client_gone != NULL)
            (*type)->client_gone(client);
    bulk_client_gone(client);
    replies_client_gone(client);
    id_table_remove(&clients, &client->entry);
    free(client);
}

cell_error_t server_charge(struct server_client *client)
{
    cell_error_t error = client->kept < client->charged ? CELL_OK : resspc_keep_for(client->entry.id);

    if (error != CELL_OK)
        return error;
    client->kept++;
    if (client->charged < client->kept)
        client->charged = client->kept;
    return CELL_OK;
}

void server_discharge(struct server_client *client)
{
    client->kept--;
}
