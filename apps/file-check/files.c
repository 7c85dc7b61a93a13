/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/file-check/files.c: files, as the tests use them (file-check.h). */
#include "apps/file-check/file-check.h"

cell_cap_t server, root, there;
struct cell_memory memory;

cell_error_t begin(void)
{
    server = cell_rde("FILE");
    cell_error_t error = cell_memory_make(PAGES, &memory);

    if (error == CELL_OK)
        error = handle_give_to_server(server, memory.mo, CELL_READ | CELL_WRITE, &there);
    return error == CELL_OK ? file_root(server, &root) : error;
}

cell_error_t open_at(cell_cap_t directory, const char *path, uint64_t flags, cell_cap_t *file)
{
    uint64_t id, mode, size;

    return file_open(directory, flags, 0640, path, strlen(path), file, &id, &mode, &size);
}

cell_error_t open_file(const char *path, uint64_t flags, cell_cap_t *file)
{
    return open_at(root, path, flags, file);
}

cell_error_t remove_file(const char *path, uint64_t flags)
{
    return file_remove(root, flags, path, strlen(path));
}

cell_error_t make_directory(const char *path)
{
    return file_make_directory(root, 0755, path, strlen(path));
}

/* ---- Contents ---------------------------------------------------------------------------------------------------------- */

static uint8_t byte_of(uint64_t at)
{
    return (uint8_t)(at * 2654435761u >> 13);
}

void write_pattern(cell_cap_t file, uint64_t offset, uint64_t length)
{
    uint8_t *bytes = memory.address;
    uint64_t done = 0, size;

    for (uint64_t i = 0; i < length; i++)
        bytes[i] = byte_of(offset + i);
    expect("write", file_write(file, there, 0, length, offset, &done, &size), CELL_OK);
    equal("bytes written", done, length);
}

void check_pattern(cell_cap_t file, uint64_t offset, uint64_t length, bool hole)
{
    const uint8_t *bytes = memory.address;
    uint64_t done = 0, wrong = 0;

    memset(memory.address, 0xee, length);
    expect("read", file_read(file, there, 0, length, offset, &done), CELL_OK);
    equal("bytes read", done, length);
    for (uint64_t i = 0; i < length; i++)
        wrong += bytes[i] != (hole ? 0 : byte_of(offset + i));
    equal("bytes that are wrong", wrong, 0);
}

unsigned count_entries(const char *path)
{
    cell_cap_t directory = 0;
    uint64_t cookie = 0, length = 1;
    unsigned count = 0;

    expect("open a directory", open_file(path, READ | DIRECTORY, &directory), CELL_OK);
    while (length > 0) {
        expect("list", file_list(directory, cookie, there, 0, 256 + CELL_PAGE, &length, &cookie), CELL_OK);
        for (uint64_t at = 0; at < length; count++)
            at += *(uint16_t *)((char *)memory.address + at + 16);
    }
    handle_drop(directory);
    return count;
}
