/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/layer.c: a server whose resources depend on those of other servers, and a client of such a server.
 *
 *   layer TYPE [BELOW...]    serves TYPE; its space and each of its resources map onto those of type BELOW
 *   layer - BELOW            reads a resource of type BELOW again and again, and prints the answer whenever it changes
 *
 * The value of a resource is the sum of the values of those below it, plus 1. */
#include <cell/idl/template.h>
#include <cell/idl/template_server.h>
#include <lib/server/server.h>
#include <stdio.h>
#include <string.h>

#define BELOW_MOST 4u

static cell_cap_t below[BELOW_MOST]; /* resources */
static unsigned below_count;
static struct server_type type = {.interface = &template_interface};

cell_error_t template_create_serve(void *request, const struct template_create_in *in, struct template_create_out *out)
{
    static uint64_t number;
    const struct server_request *from = request;
    uint64_t space = from->handle->space;
    cell_error_t error = server_create_resource(space, ++number, "", from->handle->client, &out->sample);

    (void)in;
    for (unsigned i = 0; error == CELL_OK && i < below_count; i++)
        error = server_map(space, number, below[i]);
    return error;
}

cell_error_t template_put_serve(void *request, const struct template_put_in *in, struct template_put_out *out)
{
    (void)request;
    (void)in;
    (void)out;
    return CELL_UNSUPPORTED;
}

cell_error_t template_get_serve(void *request, const struct template_get_in *in, struct template_get_out *out)
{
    uint64_t word, sum = 1;

    (void)request;
    (void)in;
    for (unsigned i = 0; i < below_count; i++) {
        cell_error_t error = template_get(below[i], &word);

        if (error != CELL_OK)
            return error;
        sum += word;
    }
    out->word = sum;
    return CELL_OK;
}

static cell_error_t start(int argc, char **argv)
{
    cell_error_t error = CELL_OK;

    for (int i = 2; error == CELL_OK && i < argc && below_count < BELOW_MOST; i++) {
        cell_cap_t edge = cell_rde(argv[i]);

        error = template_create(edge, &below[below_count]);
        if (error == CELL_OK)
            error = server_map(server_space(&type), SERVER_SPACE, edge);
        below_count += error == CELL_OK;
    }
    return error;
}

static _Noreturn void ask(const char *name, cell_cap_t resource)
{
    cell_error_t last = CELL_AGAIN;

    for (;;) {
        uint64_t word = 0;
        cell_error_t error = template_get(resource, &word);

        if (error != last && error == CELL_OK)
            printf("layer: %s answers %lu\n", name, word);
        else if (error != last)
            printf("layer: %s: %s\n", name, cell_error_text(error));
        last = error;
        cell_sleep(UINT64_C(50000000));
    }
}

int main(int argc, char **argv)
{
    static const struct server_type *const types[] = {&type, NULL};
    static const struct server server = {.types = types, .start = start};
    cell_cap_t resource;

    if (argc > 2 && strcmp(argv[1], "-") == 0) {
        if (template_create(cell_rde(argv[2]), &resource) == CELL_OK)
            ask(argv[2], resource);
        return 1;
    }
    if (argc < 2)
        return 1;
    type.name = argv[1];
    return server_run(&server, argc, argv);
}
