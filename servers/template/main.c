/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/template/main.c: a resource server to copy. To make one of it:
 *
 *   1. copy idl/template.idl and this folder, and rename: the interface (a name,
 *      a number that is free), the type, the program in the .mk file;
 *   2. write the operations into the .idl file: the build makes stubs for clients,
 *      checks, and the prototypes of the handlers below;
 *   3. write a handler NAME_OPERATION_serve() for each;
 *   4. name the server in a system (systems/…) with its type.
 *
 * docs/writing-a-server.md explains what the frame does around this.
 */
#include <cell/idl/template_server.h>
#include <lib/server/server.h>
#include <stdlib.h>

/* What the server keeps for a resource. */
struct sample {
    struct id_entry entry; /* its id is the resource's number in the space */
    uint64_t word;
};

static struct id_table samples;

static struct sample *sample_find(uint64_t number)
{
    struct id_entry *entry = id_table_find(&samples, number);

    return entry == NULL ? NULL : ID_RECORD(entry, struct sample, entry);
}

/* Nobody holds the resource any more; the root task has deleted it. */
static void freed(uint64_t space, uint64_t object)
{
    struct sample *sample = sample_find(object);

    (void)space;
    if (sample == NULL)
        return;
    id_table_remove(&samples, &sample->entry);
    free(sample);
}

/* ---- Handlers ---------------------------------------------------------- */

/* A request edge was used (`space` in the .idl file). Length, rights and ranges
 * have been checked by the time a handler is called. */
cell_error_t template_create_serve(void *request, const struct template_create_in *in,
                                   struct template_create_out *out)
{
    static uint64_t number;
    const struct server_request *from = request;
    struct sample *sample = calloc(1, sizeof *sample);

    (void)in;
    if (sample == NULL)
        return CELL_NO_MEMORY;
    sample->entry.id = ++number;
    if (!id_table_add(&samples, &sample->entry)) {
        free(sample);
        return CELL_NO_MEMORY;
    }
    cell_error_t error = server_create_resource(from->handle->space, number, "",
                                                from->handle->client, &out->sample);

    if (error != CELL_OK)
        freed(from->handle->space, number);
    return error;
}

/* A resource's handle was used: its number is request->handle->object. */
cell_error_t template_put_serve(void *request, const struct template_put_in *in,
                                struct template_put_out *out)
{
    const struct server_request *from = request;
    struct sample *sample = sample_find(from->handle->object);

    (void)out;
    if (sample == NULL)
        return CELL_NOT_FOUND;
    sample->word = in->word;
    return CELL_OK;
}

cell_error_t template_get_serve(void *request, const struct template_get_in *in,
                                struct template_get_out *out)
{
    const struct server_request *from = request;
    const struct sample *sample = sample_find(from->handle->object);

    (void)in;
    if (sample == NULL)
        return CELL_NOT_FOUND;
    out->word = sample->word;
    return CELL_OK;
}

/* ---- The server ---------------------------------------------------------- */

static const struct server_type sample_type = {
    .name = "SAMPLE",
    .interface = &template_interface,
    .freed = freed,
};

static const struct server_type *const types[] = {&sample_type, NULL};
static const struct server server = {.types = types};

int main(int argc, char **argv)
{
    return server_run(&server, argc, argv);
}
