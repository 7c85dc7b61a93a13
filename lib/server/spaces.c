/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/server/spaces.c: the server's spaces and what is done with them. */
#include <lib/server/parts.h>

#include <cell/idl/resspc.h>
#include <stdlib.h>

struct space {
    struct id_entry entry; /* its id is the space's */
    const struct server_type *type;
    cell_cap_t handle;
    struct space *next; /* in `firsts` */
    struct server_handle *handles; /* on it and what is in it */
};

static struct id_table spaces;
static struct space *firsts; /* those made at the start, one for each type */

static struct space *find(uint64_t id)
{
    struct id_entry *entry = id_table_find(&spaces, id);

    return entry == NULL ? NULL : ID_RECORD(entry, struct space, entry);
}

/* Keeps the record of a space that the root task has made, if it has. */
static cell_error_t keep(struct space *space, cell_error_t error)
{
    if (error == CELL_OK && !id_table_add(&spaces, &space->entry)) {
        resspc_delete(space->handle);
        error = CELL_NO_MEMORY;
    }
    if (error != CELL_OK)
        free(space);
    return error;
}

static cell_error_t create_first(const struct server_type *type)
{
    cell_cap_t edge = cell_rde("RESSPC");
    struct space *space = calloc(1, sizeof *space);

    if (space == NULL)
        return CELL_NO_MEMORY;
    space->type = type;
    cell_error_t error = keep(space, edge == 0 ? CELL_DENIED
                                               : resspc_create(edge, type->name, &space->handle, &space->entry.id));

    if (error != CELL_OK)
        return error;
    space->next = firsts;
    firsts = space;
    return CELL_OK;
}

cell_error_t spaces_start(void)
{
    for (const struct server_type *const *type = server_running->types; *type != NULL; type++) {
        cell_error_t error = create_first(*type);

        /* What the configuration does not let it serve, it does not. */
        if (error != CELL_OK && error != CELL_DENIED)
            return error;
    }
    return firsts == NULL ? CELL_DENIED : CELL_OK;
}

uint64_t server_space(const struct server_type *type)
{
    for (const struct space *space = firsts; space != NULL; space = space->next)
        if (space->type == type)
            return space->entry.id;
    return 0;
}

cell_error_t server_create_space(uint64_t like, const struct server_client *client, unsigned rights, const char *name,
                                 uint64_t *id, cell_cap_t *edge)
{
    const struct space *other = find(like);
    struct space *space = other == NULL ? NULL : calloc(1, sizeof *space);

    if (space == NULL)
        return other == NULL ? CELL_NOT_FOUND : CELL_NO_MEMORY;
    space->type = other->type;
    cell_error_t error = resspc_create_for(other->handle, client == NULL ? 0 : client->entry.id, rights, name,
                                           &space->handle, &space->entry.id, edge);

    *id = space->entry.id;
    return keep(space, error);
}

cell_cap_t server_space_handle(uint64_t id)
{
    const struct space *space = find(id);

    return space == NULL ? 0 : space->handle;
}

const struct server_type *spaces_type(uint64_t id)
{
    const struct space *space = find(id);

    return space == NULL ? NULL : space->type;
}

struct server_handle **spaces_handles(uint64_t id)
{
    struct space *space = find(id);

    return space == NULL ? NULL : &space->handles;
}

cell_cap_t spaces_any(void)
{
    const struct id_entry *entry = id_table_any(&spaces);

    return entry == NULL ? 0 : ID_RECORD(entry, const struct space, entry)->handle;
}

void spaces_forget(uint64_t id)
{
    struct space *space = find(id), **at = &firsts;

    if (space == NULL)
        return;
    handles_space_gone(space->handles);
    id_table_remove(&spaces, &space->entry);
    while (*at != NULL && *at != space)
        at = &(*at)->next;
    if (*at == space)
        *at = space->next;
    free(space);
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
    return server_make(space, object, name, client, CELL_ALL, there);
}

cell_error_t server_make(uint64_t space, uint64_t object, const char *name, const struct server_client *client,
                         unsigned rights, cell_cap_t *there)
{
    return resspc_make_for(server_space_handle(space), object, client->entry.id, rights, name, there);
}

cell_error_t server_revoke(uint64_t space, uint64_t object)
{
    return resspc_revoke(server_space_handle(space), object);
}

cell_error_t server_map(uint64_t space, uint64_t object, cell_cap_t handle)
{
    return resspc_map(server_space_handle(space), object, handle, 0);
}

cell_error_t server_map_part(uint64_t space, uint64_t object, cell_cap_t range, uint64_t first, uint64_t count, bool meta)
{
    return resspc_map_part(server_space_handle(space), object, range, first, count, meta);
}

cell_error_t server_map_own(uint64_t space, uint64_t object, uint64_t onto_space, uint64_t onto)
{
    return resspc_map_own(server_space_handle(space), object, server_space_handle(onto_space), onto);
}

cell_error_t server_unmap(uint64_t space, uint64_t object)
{
    return resspc_unmap(server_space_handle(space), object);
}
