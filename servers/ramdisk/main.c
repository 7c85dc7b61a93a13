/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/ramdisk: a disk in memory (idl/block.idl): `ramdisk size=MEBIBYTES`, `blocks=N`, or `image=NAME`, a file of the boot archive
 * with which it is filled at first (and whose size it has by default). Its contents live as long as the server, whichever client takes
 * ranges of it meanwhile.
 */
#include <cell/idl/block_server.h>
#include <cell/idl/handle.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/block/ranges.h"
#include "servers/ramdisk/pages.h"

#define MEBIBYTE_BLOCKS (UINT64_C(1) << 20 >> 12)

cell_error_t block_read_serve(void *request, const struct block_read_in *in, struct block_read_out *out)
{
    uint64_t block;
    void *memory;
    cell_error_t error = ranges_find(request, in->first, in->count, &block);

    (void)out;
    if (error == CELL_OK)
        error = ranges_memory(request, in->memory, in->at, in->count, CELL_WRITE, &memory);
    return error == CELL_OK ? pages_read(block, in->count, memory) : error;
}

cell_error_t block_write_serve(void *request, const struct block_write_in *in, struct block_write_out *out)
{
    uint64_t block;
    void *memory;
    cell_error_t error = ranges_find_writable(request, in->first, in->count, &block);

    (void)out;
    if (error == CELL_OK)
        error = ranges_memory(request, in->memory, in->at, in->count, CELL_READ, &memory);
    return error == CELL_OK ? pages_write(block, in->count, memory) : error;
}

/* There is nothing to do: what was written lives as long as the disk. */
cell_error_t block_flush_serve(void *request, const struct block_flush_in *in, struct block_flush_out *out)
{
    (void)request;
    (void)in;
    (void)out;
    return CELL_OK;
}

cell_error_t block_discard_serve(void *request, const struct block_discard_in *in, struct block_discard_out *out)
{
    uint64_t block;
    cell_error_t error = ranges_find_writable(request, in->first, in->count, &block);

    (void)out;
    if (error == CELL_OK)
        pages_clear(block, in->count);
    return error;
}

/* A handle gives access to all of the memory, so only a range that is the whole disk gets one. */
cell_error_t block_map_serve(void *context, const struct block_map_in *in, struct block_map_out *out)
{
    const struct server_request *request = context;
    uint64_t block;
    cell_error_t error = ranges_find(request, in->first, in->count, &block);

    if (error != CELL_OK)
        return error;
    if ((in->rights & ~(uint64_t)request->handle->rights) != 0)
        return CELL_DENIED;
    if (in->count != disk.blocks || (disk.flags & DISK_CAN_BE_MAPPED) == 0)
        return CELL_UNSUPPORTED;
    error = handle_give_to_client(request->handle->client->entry.id, disk.memory, in->rights, &out->memory);
    if (error == CELL_OK)
        pages_are_shared();
    return error;
}

/* ---- The server --------------------------------------------------------------- */

/* Is it `NAME=` and a number? */
static bool read_number(const char *argument, const char *name, uint64_t *number)
{
    size_t length = strlen(name);
    char *end;

    if (strncmp(argument, name, length) != 0)
        return false;
    *number = strtoull(argument + length, &end, 0);
    return *end == 0 && end != argument + length;
}

static cell_error_t read_arguments(int argc, char **argv, const char **image)
{
    uint64_t number;

    for (int i = 1; i < argc; i++) {
        if (read_number(argv[i], "size=", &number) && number <= UINT64_MAX / MEBIBYTE_BLOCKS) {
            disk.blocks = number * MEBIBYTE_BLOCKS;
        } else if (read_number(argv[i], "blocks=", &number)) {
            disk.blocks = number;
        } else if (strncmp(argv[i], "image=", 6) == 0) {
            *image = argv[i] + 6;
        } else {
            fprintf(stderr, "ramdisk: '%s' is not size=MEBIBYTES, blocks=NUMBER or image=NAME\n", argv[i]);
            return CELL_BAD_ARGUMENT;
        }
    }
    return CELL_OK;
}

/* Blocks of the image that were not written are not in the memory, so a disk with an image cannot be mapped. */
static cell_error_t fill(const char *image)
{
    uint64_t blocks;
    cell_error_t error = pages_fill(image, &blocks);

    if (error != CELL_OK)
        fprintf(stderr, "ramdisk: %s: %s\n", image, cell_error_text(error));
    else if (disk.blocks == 0)
        disk.blocks = blocks;
    else if (blocks > disk.blocks)
        error = CELL_TOO_LARGE;
    return error;
}

static cell_error_t start(int argc, char **argv)
{
    const char *image = NULL;
    cell_error_t error = read_arguments(argc, argv, &image);

    if (error == CELL_OK && image != NULL)
        error = fill(image);
    disk.flags = DISK_IS_PROMPT | (image == NULL ? DISK_CAN_BE_MAPPED : 0);
    disk.in_flight = 1;
    return error == CELL_OK ? pages_start(disk.blocks, &disk.memory) : error;
}

static const struct server_type *const types[] = {&block_type, NULL};
static const struct server server = {.types = types, .start = start};

int main(int argc, char **argv)
{
    return server_run(&server, argc, argv);
}
