/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/server/spaces.c: the server's spaces and what is done with them. */
#include <lib/server/parts.h>

#include <cell/idl/resspc.h>
#include <stdlib.h>

struct space {
    struct table_entry entry; /* its id is the space's */
    cell_cap_t handle;
};

static struct table spaces;
static uint64_t first_space;
static const char *space_type;

void spaces_start(const char *type)
{
    space_type = type;
}

uint64_t server_space(void)
{
    return first_space;
}

cell_error_t server_create_space(uint64_t *id)
{
    cell_cap_t edge = cell_rde("RESSPC");
    struct space *space = calloc(1, sizeof *space);

    if (space == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = edge == 0 ? CELL_DENIED : resspc_create(edge, space_type, &space->handle, id);

    space->entry.id = *id;
    if (error == CELL_OK && !table_add(&spaces, &space->entry)) {
        resspc_delete(space->handle);
        error = CELL_NO_MEMORY;
    }
    if (error != CELL_OK) {
        free(space);
        return error;
    }
    if (first_space == 0)
        first_space = *id;
    return CELL_OK;
}

cell_cap_t server_space_handle(uint64_t id)
{
    struct table_entry *entry = table_find(&spaces, id);

    return entry == NULL ? 0 : TABLE_RECORD(entry, struct space, entry)->handle;
}

void spaces_forget(uint64_t id)
{
    struct table_entry *entry = table_find(&spaces, id);

    if (entry == NULL)
        return;
    table_remove(&spaces, entry);
    free(TABLE_RECORD(entry, struct space, entry));
}

cell_error_t server_delete_space(uint64_t id)
{
    cell_error_t error = resspc_delete(server_space_handle(id));

    if (error == CELL_OK)
        spaces_forget(id);
    return error;
}

/* ---- Resources ------------------------------------------------------------ */

cell_error_t server_give(uint64_t space, uint64_t object, const struct server_client *client,
                         unsigned rights, cell_cap_t *there)
{
    uint64_t badge;

    return resspc_give(server_space_handle(space), object, client->entry.id, rights, &badge, there);
}

cell_error_t server_create_resource(uint64_t space, uint64_t object, const char *name,
                                    const struct server_client *client, cell_cap_t *there)
{
    return resspc_make_for(server_space_handle(space), object, client->entry.id, name, there);
}

cell_error_t server_revoke(uint64_t space, uint64_t object)
{
    return resspc_revoke(server_space_handle(space), object);
}

cell_error_t server_map(uint64_t space, uint64_t object, cell_cap_t handle)
{
    return resspc_map(server_space_handle(space), object, handle, 0);
}
