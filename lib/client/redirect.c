/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/client/redirect.c: see redirect.h. */
#include <lib/client/redirect.h>

#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <lib/client/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Flags of file_open(). */
enum { OPEN_READ = 1,
       OPEN_APPEND = 8,
       OPEN_CREATE = 16,
       OPEN_TRUNCATE = 64 };

#define PIECE_PAGES 1u

static cell_cap_t files[2]; /* 0: the console */
static uint64_t input_offset;
static struct cell_memory piece;
static cell_cap_t there; /* the same, as the server knows it */

bool redirect_is_file(int file)
{
    return (file == 0 || file == 1) && files[file] != 0;
}

static cell_error_t make_piece(cell_cap_t server)
{
    cell_error_t error = there != 0 ? CELL_OK : cell_memory_make(PIECE_PAGES, &piece);

    return error == CELL_OK && there == 0 ? handle_give_to_server(server, piece.mo, CELL_READ | CELL_WRITE, &there) : error;
}

static cell_error_t open_stream(int file, const char *path, unsigned flags)
{
    cell_cap_t server = cell_rde("FILE"), root;
    uint64_t id, mode, size;
    cell_error_t error = server == 0 ? CELL_GONE : make_piece(server);

    if (error == CELL_OK)
        error = file_root(server, &root);
    if (error != CELL_OK)
        return error;
    error = file_open(root, flags, 0644, path, strlen(path), &files[file], &id, &mode, &size);
    handle_drop(root);
    return error;
}

__attribute__((constructor)) static void open_streams(int argc, char **argv)
{
    static const struct {
        const char *variable;
        unsigned file, flags;
    } ways[] = {{REDIRECT_INPUT, 0, OPEN_READ},
                {REDIRECT_OUTPUT, 1, OPEN_APPEND | OPEN_CREATE | OPEN_TRUNCATE},
                {REDIRECT_APPEND, 1, OPEN_APPEND | OPEN_CREATE}};

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const char *path = getenv(ways[i].variable);
        cell_error_t error = path == NULL ? CELL_OK : open_stream((int)ways[i].file, path, ways[i].flags);

        if (error == CELL_OK)
            continue;
        fprintf(stderr, "%s: %s: %s\n", argc > 0 ? argv[0] : "", path, cell_error_text(error));
        exit(1);
    }
}

static size_t part(size_t count)
{
    return count < PIECE_PAGES * CELL_PAGE ? count : PIECE_PAGES * CELL_PAGE;
}

ssize_t redirect_read(void *buffer, size_t count)
{
    uint64_t done = 0;
    cell_error_t error = file_read(files[0], there, 0, part(count), input_offset, &done);

    if (error != CELL_OK)
        return -cell_errno(error);
    memcpy(buffer, piece.address, done);
    input_offset += done;
    return (ssize_t)done;
}

ssize_t redirect_write(const void *buffer, size_t count)
{
    uint64_t done = 0, size;

    memcpy(piece.address, buffer, part(count));
    cell_error_t error = file_write(files[1], there, 0, part(count), UINT64_MAX, &done, &size);

    return error == CELL_OK ? (ssize_t)done : -cell_errno(error);
}
