/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/kvstore/serve.c: see serve.h. A KVSTORE resource is a store; all clients that have it open share the resource. */
#include "servers/kvstore/serve.h"

#include <cell/idl/kvstore_server.h>
#include <lib/server/server.h>
#include <stdio.h>

#include "servers/kvstore/store.h"

static const struct server_type kvstore_type;

/* ---- Handlers --------------------------------------------------------------------------------------------------------------- */

/* The first to open a store makes its resource. */
cell_error_t kvstore_open_serve(void *context, const struct kvstore_open_in *in, struct kvstore_open_out *out)
{
    const struct server_request *request = context;
    uint64_t space = request->handle->space, store;
    cell_error_t error = store_open(in->name, &store);

    if (error != CELL_OK)
        return error;
    error = server_create_resource(space, store, in->name, request->handle->client, &out->store);
    if (error == CELL_EXISTS)
        return server_give(space, store, request->handle->client, CELL_READ | CELL_WRITE | CELL_EXECUTE | CELL_GRANT, &out->store);
    return error == CELL_OK ? server_map(space, store, store_file()) : error;
}

static uint64_t store_of(void *context)
{
    return ((const struct server_request *)context)->handle->object;
}

cell_error_t kvstore_set_serve(void *request, const struct kvstore_set_in *in, struct kvstore_set_out *out)
{
    (void)out;
    return store_set(store_of(request), in->key, in->value, in->value_count);
}

cell_error_t kvstore_get_serve(void *request, const struct kvstore_get_in *in, struct kvstore_get_out *out)
{
    return store_get(store_of(request), in->key, out->value, &out->value_count);
}

cell_error_t kvstore_remove_serve(void *request, const struct kvstore_remove_in *in, struct kvstore_remove_out *out)
{
    (void)out;
    return store_remove(store_of(request), in->key);
}

cell_error_t kvstore_count_serve(void *request, const struct kvstore_count_in *in, struct kvstore_count_out *out)
{
    (void)in;
    return store_count(store_of(request), &out->keys);
}

/* ---- The server ------------------------------------------------------------------------------------------------------------- */

static cell_error_t start(int argc, char **argv)
{
    cell_error_t error = argc == 2 ? store_begin(argv[1]) : CELL_BAD_ARGUMENT;

    if (error == CELL_BAD_ARGUMENT)
        fprintf(stderr, "usage: kvstore FILE\n");
    /* The model shows that the stores depend on the file server. */
    return error == CELL_OK ? server_map(server_space(&kvstore_type), SERVER_SPACE, cell_rde("FILE")) : error;
}

static const struct server_type kvstore_type = {
    .name = "KVSTORE",
    .interface = &kvstore_interface,
};

static const struct server_type *const types[] = {&kvstore_type, NULL};
static const struct server server = {.types = types, .start = start};

int kvstore_run(int argc, char **argv)
{
    return server_run(&server, argc, argv);
}
