/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/files/files.c: see files.h. */
#include "apps/files/files.h"

#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <stdio.h>
#include <string.h>

cell_cap_t files_root;
struct cell_memory files_piece;
static cell_cap_t there;

bool files_well(const char *path, cell_error_t error)
{
    if (error != CELL_OK)
        fprintf(stderr, "%s: %s: %s\n", program, path, cell_error_text(error));
    return error == CELL_OK;
}

bool files_begin(void)
{
    cell_cap_t server = cell_rde("FILE");

    if (server == 0) {
        fprintf(stderr, "%s: there is no file server to ask\n", program);
        return false;
    }
    cell_error_t error = cell_memory_make(FILES_PIECE_BYTES / CELL_PAGE, &files_piece);

    if (error == CELL_OK)
        error = handle_give_to_server(server, files_piece.mo, CELL_READ | CELL_WRITE, &there);
    if (error == CELL_OK)
        error = file_root(server, &files_root);
    return files_well("/", error);
}

cell_cap_t files_open(const char *path, unsigned flags, unsigned mode)
{
    uint64_t id, kind_mode, size;
    cell_cap_t file;

    return files_well(path, file_open(files_root, flags, mode, path, strlen(path), &file, &id, &kind_mode, &size)) ? file : 0;
}

cell_error_t files_read(cell_cap_t file, uint64_t offset, uint64_t *length)
{
    return file_read(file, there, 0, FILES_PIECE_BYTES, offset, length);
}

cell_error_t files_write(cell_cap_t file, uint64_t offset, uint64_t length)
{
    uint64_t done, size;

    return file_write(file, there, 0, length, offset, &done, &size);
}

cell_error_t files_list(cell_cap_t directory, uint64_t *cookie, uint64_t *length)
{
    return file_list(directory, *cookie, there, 0, FILES_PIECE_BYTES, length, cookie);
}

bool files_is_directory(const char *path)
{
    uint64_t id, mode, size;
    cell_cap_t file;

    if (file_open(files_root, FILES_READ | FILES_DIRECTORY, 0, path, strlen(path), &file, &id, &mode, &size) != CELL_OK)
        return false;
    handle_drop(file);
    return true;
}
