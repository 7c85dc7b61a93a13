/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/server/bulk.c: memory objects that clients gave and requests name (server_bulk()). One is mapped as a whole when it is
 * named first, which the client pays for, and stays: a request that names it again costs nothing. A client cannot take pages
 * away from under the server, as the root task made all of them present; only what is in them changes at any time. That it
 * is mapped keeps the handle, too, so its address means the same memory for as long as the record is here.
 */
#include <lib/server/parts.h>

#include <cell/idl/ads.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/server_server.h>
#include <stdlib.h>

struct server_bulk {
    struct id_entry entry; /* its id is the handle's address */
    struct server_client *client;
    struct server_bulk *next, **link; /* of the client */
    char *memory;
    uint64_t bytes;
    unsigned rights;
    unsigned uses;      /* server_bulk_keep() */
    uint64_t *physical; /* of its pages, 0: not known; NULL: of none */
};

static struct id_table bulks;
static struct server_bulk *last; /* that was found: a request asks twice, and the next one most likely for the same */

static struct server_bulk *find(cell_cap_t mo)
{
    if (last != NULL && last->entry.id == mo)
        return last;
    struct id_entry *entry = id_table_find(&bulks, mo);

    if (entry != NULL)
        last = ID_RECORD(entry, struct server_bulk, entry);
    return entry == NULL ? NULL : last;
}

const struct server_bulk *bulk_of(cell_cap_t mo, const struct server_client *client)
{
    const struct server_bulk *bulk = find(mo);

    return bulk != NULL && bulk->client == client ? bulk : NULL;
}

unsigned bulk_rights(const struct server_bulk *bulk)
{
    return bulk->rights;
}

/* ---- Attaching ----------------------------------------------------------- */

static void link_to_client(struct server_bulk *bulk)
{
    struct server_bulk **first = &bulk->client->bulks;

    bulk->next = *first;
    bulk->link = first;
    if (*first != NULL)
        (*first)->link = &bulk->next;
    *first = bulk;
}

static void unlink_from_client(struct server_bulk *bulk)
{
    *bulk->link = bulk->next;
    if (bulk->next != NULL)
        bulk->next->link = bulk->link;
    bulk->client = NULL;
}

static void drop(struct server_bulk *bulk)
{
    if (bulk->client != NULL)
        unlink_from_client(bulk);
    ads_remove(CSPACE_SELF, (uint64_t)bulk->memory);
    handle_drop(bulk->entry.id);
    id_table_remove(&bulks, &bulk->entry);
    if (bulk == last)
        last = NULL;
    free(bulk->physical);
    free(bulk);
}

static cell_error_t map(struct server_bulk *bulk)
{
    uint64_t giver, space, object, rights = 0, start = 0, pages = 0;
    char type[32];
    cell_error_t error = handle_about(bulk->entry.id, &giver, &space, &object, &rights, type);

    if (error == CELL_OK)
        error = mo_size(bulk->entry.id, &pages);
    if (error == CELL_OK && pages > SERVER_BULK_PAGES)
        error = CELL_TOO_LARGE;
    bulk->rights = (unsigned)rights;
    if (error == CELL_OK && (rights & CELL_READ) == 0)
        error = CELL_DENIED;
    if (error == CELL_OK)
        error = ads_attach(CSPACE_SELF, bulk->entry.id, 0, CELL_REGION_SHARED_FRAMES,
                           rights & (CELL_READ | CELL_WRITE), SERVER_ATTACH_FOR_GIVER, &start);
    bulk->memory = (char *)start;
    bulk->bytes = pages * CELL_PAGE;
    return error;
}

static cell_error_t attach(cell_cap_t mo, struct server_client *client, struct server_bulk **made)
{
    struct server_bulk *bulk = calloc(1, sizeof *bulk);

    if (bulk == NULL)
        return CELL_NO_MEMORY;
    bulk->entry.id = mo;
    bulk->client = client;
    cell_error_t error = id_table_add(&bulks, &bulk->entry) ? CELL_OK : CELL_NO_MEMORY;

    if (error == CELL_OK) {
        error = map(bulk);
        if (error != CELL_OK)
            id_table_remove(&bulks, &bulk->entry);
    }
    if (error != CELL_OK) {
        free(bulk);
        return error;
    }
    link_to_client(bulk);
    *made = bulk;
    return CELL_OK;
}

/* ---- For handlers ---------------------------------------------------------- */

cell_error_t server_bulk(const struct server_request *request, cell_cap_t mo, uint64_t at, uint64_t length,
                         unsigned rights, void **memory)
{
    struct server_bulk *bulk = find(mo);
    cell_error_t error = CELL_OK;

    if (bulk == NULL)
        error = attach(mo, request->handle->client, &bulk);
    else if (bulk->client != request->handle->client)
        error = CELL_BAD_HANDLE;
    if (error != CELL_OK)
        return error;
    if ((rights & ~bulk->rights) != 0)
        return CELL_DENIED;
    if (at > bulk->bytes || length > bulk->bytes - at)
        return CELL_BAD_ARGUMENT;
    *memory = bulk->memory + at;
    return CELL_OK;
}

struct server_bulk *server_bulk_keep(cell_cap_t mo)
{
    struct server_bulk *bulk = find(mo);

    bulk->uses++;
    return bulk;
}

void server_bulk_release(struct server_bulk *bulk)
{
    if (--bulk->uses == 0 && bulk->client == NULL)
        drop(bulk);
}

cell_error_t server_bulk_physical(struct server_bulk *bulk, uint64_t page, uint64_t *physical)
{
    cell_error_t error = CELL_OK;

    if (bulk->physical == NULL)
        bulk->physical = calloc(bulk->bytes / CELL_PAGE, sizeof *bulk->physical);
    if (bulk->physical == NULL)
        return CELL_NO_MEMORY;
    if (bulk->physical[page] == 0)
        error = mo_physical(bulk->entry.id, page, &bulk->physical[page]);
    *physical = bulk->physical[page];
    return error;
}

/* ---- Forgetting ------------------------------------------------------------- */

void bulk_client_gone(struct server_client *client)
{
    while (client->bulks != NULL) {
        struct server_bulk *bulk = client->bulks;

        if (bulk->uses == 0)
            drop(bulk);
        else
            unlink_from_client(bulk);
    }
}

/* The frame has checked that the client gave it. */
cell_error_t server_forget_serve(void *request, const struct server_forget_in *in, struct server_forget_out *out)
{
    struct server_bulk *bulk = find(in->memory);

    (void)request;
    (void)out;
    if (bulk == NULL) /* no request has named it */
        return handle_drop(in->memory);
    if (bulk->uses != 0)
        return CELL_BUSY;
    drop(bulk);
    return CELL_OK;
}

const struct idl_interface *const bulk_interface = &server_interface;
