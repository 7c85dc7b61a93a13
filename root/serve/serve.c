/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/serve.c: see serve.h.
 */
#include "root/serve/serve.h"

#include <string.h>

#include "root/core/pd.h"

/* The type of an interface, by its number. Programs may add types, so it is looked
 * up until it is there. */
static type_t interface_type(const struct idl_interface *interface)
{
    static uint32_t types[REQUEST_INTERFACES]; /* number + 1; 0: not known */
    uint32_t *known = &types[interface->number];

    if (*known == 0)
        *known = (type_t)(type_find(interface->type, (uint32_t)strlen(interface->type)) + 1);
    return (type_t)(*known - 1);
}

cell_error_t serve_request(struct request *request, const struct idl_interface *interface)
{
    struct idl_target target = {
        .on = request->handle->kind == HANDLE_SPACE ? IDL_SPACE : IDL_RESOURCE,
        .rights = request->handle->rights,
        .type_matches = request->handle->type == interface_type(interface),
    };

    return idl_serve(interface, &target, request->operation, request->length, request->words,
                     request, request->answer, &request->answer_length);
}

cell_error_t serve_argument(const struct request *request, uint64_t where, type_t type,
                            unsigned rights, struct handle **handle)
{
    cell_error_t error = request_handle(request, where, handle);

    if (error != CELL_OK)
        return error;
    if ((*handle)->kind != HANDLE_RESOURCE || (*handle)->type != type)
        return CELL_WRONG_TYPE;
    return (rights & ~(*handle)->rights) != 0 ? CELL_DENIED : CELL_OK;
}

cell_error_t serve_new_handle(const struct request *request, struct object *object, type_t type,
                              uint64_t *where)
{
    struct handle *handle;
    cell_error_t error = CELL_BAD_HANDLE;

    if (request->caller != NULL) {
        struct slot_table *table = pd_cspace(request->caller)->common;

        error = handle_create(table, object, HANDLE_RESOURCE, type, HANDLE_ALL, root_endpoint,
                              RIGHTS_CLIENT, &handle);
        if (error == CELL_OK)
            *where = handle->where;
    }
    object_release(object);
    return error;
}

struct account *serve_account(const struct request *request)
{
    return request->caller != NULL ? pd_account(request->caller) : &root_account;
}

void serve_start(void)
{
    request_register(1, serve_mo);
    request_register(2, serve_ads);
    request_register(3, serve_cpu);
    request_register(4, serve_ep);
    request_register(8, serve_clock);
    request_register(9, serve_bench);
}
