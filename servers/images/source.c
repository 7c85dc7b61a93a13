/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/images/source.c: contents of a file, from a file server or the boot archive (images.h). */
#include <cell/idl/ads.h>
#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/server.h>

#include "servers/images/images.h"

static cell_error_t attach(struct source *source, unsigned rights)
{
    uint64_t address;
    cell_error_t error = ads_attach(CSPACE_SELF, source->memory, 0, CELL_REGION_GENERIC, rights, 0, &address);

    source->bytes = error == CELL_OK ? (const void *)address : NULL;
    return error;
}

/* Reads all of it, however little the server returns at a time. */
static cell_error_t read_all(cell_cap_t file, struct source *source)
{
    uint64_t done = 0, part = 1;
    cell_error_t error = CELL_OK;

    while (error == CELL_OK && done < source->size && part != 0) {
        error = file_read(file, source->there, done, source->size - done, done, &part);
        done += part;
    }
    return error == CELL_OK && done < source->size ? CELL_BAD_ELF : error;
}

cell_error_t source_read(cell_cap_t file, uint64_t size, struct source *source)
{
    *source = (struct source){.size = size};
    if (size == 0)
        return CELL_BAD_ELF;
    if (size > SERVER_BULK_PAGES * (uint64_t)CELL_PAGE)
        return CELL_TOO_LARGE;
    if (cell_rde("FILE") == 0)
        return CELL_UNSUPPORTED;
    cell_error_t error = mo_allocate(cell_rde("MO"), (size + CELL_PAGE - 1) / CELL_PAGE, 0, &source->memory);

    if (error == CELL_OK)
        error = attach(source, CELL_READ | CELL_WRITE);
    if (error == CELL_OK)
        error = handle_give_to_server(cell_rde("FILE"), source->memory, CELL_READ | CELL_WRITE, &source->there);
    if (error == CELL_OK)
        error = read_all(file, source);
    if (error != CELL_OK)
        source_end(source);
    return error == CELL_BAD_HANDLE ? CELL_UNSUPPORTED : error; /* the file is another server's */
}

cell_error_t source_archive(const char *name, uint64_t length, struct source *source)
{
    *source = (struct source){0};
    cell_error_t error = mo_archive(cell_rde("MO"), name, length, &source->memory, &source->size);

    if (error == CELL_OK)
        error = attach(source, CELL_READ);
    if (error != CELL_OK)
        source_end(source);
    return error;
}

void source_end(struct source *source)
{
    if (source->there != 0)
        server_forget(cell_rde("FILE"), source->there);
    if (source->bytes != NULL)
        ads_remove(CSPACE_SELF, (uint64_t)source->bytes);
    if (source->memory != 0)
        mo_release(source->memory);
    *source = (struct source){0};
}
