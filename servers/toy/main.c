/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/toy/main.c: a server of toys (idl/toy.idl): numbers that clients make,
 * change, wait for and share, each of which can be watched in a page of memory; and of chests
 * (chests.c), its second type. It is there for tests and demonstrations, and uses all that
 * lib/server offers.
 *
 * A toy belongs to its clients: it is freed when the last of them gives it up.
 */
#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <cell/idl/toy_server.h>
#include <stdio.h>
#include <stdlib.h>

#include "servers/toy/toys.h"

/* The toy of a request; NULL: it was destroyed. (The frame has checked that the
 * handle is one on a toy.) */
static struct toy *toy_of(const struct server_request *request)
{
    return toy_find(request->handle->object);
}

cell_error_t toy_create_serve(void *request, const struct toy_create_in *in, struct toy_create_out *out)
{
    const struct server_request *from = request;
    struct toy *toy = toy_make(in->value);

    if (toy == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = server_create_resource(from->handle->space, toy->entry.id, in->name,
                                                from->handle->client, &out->toy);

    if (error != CELL_OK)
        toy_free(toy);
    return error;
}

cell_error_t toy_get_serve(void *request, const struct toy_get_in *in, struct toy_get_out *out)
{
    const struct toy *toy = toy_of(request);

    (void)in;
    if (toy == NULL)
        return CELL_NOT_FOUND;
    out->value = toy->value;
    return CELL_OK;
}

cell_error_t toy_set_serve(void *request, const struct toy_set_in *in, struct toy_set_out *out)
{
    struct toy *toy = toy_of(request);

    (void)out;
    if (toy == NULL)
        return CELL_NOT_FOUND;
    toy_change(toy, in->value);
    return CELL_OK;
}

cell_error_t toy_add_serve(void *request, const struct toy_add_in *in, struct toy_add_out *out)
{
    struct toy *toy = toy_of(request);

    if (toy == NULL)
        return CELL_NOT_FOUND;
    toy_change(toy, toy->value + in->amount);
    out->value = toy->value;
    return CELL_OK;
}

cell_error_t toy_await_serve(void *request, const struct toy_await_in *in, struct toy_await_out *out)
{
    struct toy *toy = toy_of(request);

    if (toy == NULL)
        return CELL_NOT_FOUND;
    if (toy->value < in->least)
        return toy_wait(toy, request, in->least);
    out->value = toy->value;
    return CELL_OK;
}

/* Maps a page that the client has given, and reports that to the model. */
static cell_error_t map_page(struct toy *toy, cell_cap_t page)
{
    uint64_t start;
    cell_error_t error = ads_attach(CSPACE_SELF, page, 0, CELL_REGION_SHARED_FRAMES,
                                    CELL_READ | CELL_WRITE, 0, &start);

    if (error != CELL_OK)
        return error;
    toy->page = page;
    toy->shown = (uint64_t *)start;
    toy_change(toy, toy->value);
    return server_map(server_space(&toy_type), toy->entry.id, page);
}

cell_error_t toy_share_serve(void *request, const struct toy_share_in *in, struct toy_share_out *out)
{
    struct toy *toy = toy_of(request);
    uint64_t pages;

    (void)out;
    if (toy == NULL)
        return CELL_NOT_FOUND;
    if (toy->page != 0)
        return CELL_EXISTS;
    cell_error_t error = mo_size(in->page, &pages);

    if (error != CELL_OK)
        return error;
    return pages != 1 ? CELL_TOO_LARGE : map_page(toy, in->page);
}

cell_error_t toy_destroy_serve(void *request, const struct toy_destroy_in *in, struct toy_destroy_out *out)
{
    struct toy *toy = toy_of(request);

    (void)in;
    (void)out;
    if (toy == NULL)
        return CELL_NOT_FOUND;
    cell_error_t error = server_revoke(server_space(&toy_type), toy->entry.id);

    if (error == CELL_OK)
        toy_free(toy);
    return error;
}

/* ---- For tests -------------------------------------------------------------- */

static void loop_for_ever(uint64_t seconds)
{
    (void)seconds;
    /* A test waits for this line: from here on the server does not answer. */
    printf("toy: loops forever\n");
    for (;;)
        __asm__ volatile("");
}

static void read_null(uint64_t seconds)
{
    volatile char *nowhere = (volatile char *)seconds;

    __asm__ volatile("" : "+r"(nowhere));
    (void)*nowhere;
}

static void leave(uint64_t seconds)
{
    exit((int)seconds);
}

static void sleep_for(uint64_t seconds)
{
    cell_sleep(seconds * UINT64_C(1000000000));
}

cell_error_t toy_misbehave_serve(void *request, const struct toy_misbehave_in *in,
                                 struct toy_misbehave_out *out)
{
    static void (*const ways[])(uint64_t) = {loop_for_ever, read_null, leave, sleep_for};

    (void)request;
    (void)out;
    ways[in->how](in->seconds);
    return CELL_OK;
}

/* ---- The server --------------------------------------------------------------- */

static void freed(uint64_t space, uint64_t object)
{
    struct toy *toy = toy_find(object);

    (void)space;
    if (toy != NULL)
        toy_free(toy);
}

const struct server_type toy_type = {
    .name = "TOY",
    .interface = &toy_interface,
    .freed = freed,
};

static const struct server_type *const types[] = {&toy_type, &chest_type, NULL};
static const struct server server = {.types = types};

int main(int argc, char **argv)
{
    return server_run(&server, argc, argv);
}
