/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/open.c: see files.h. A file stays on the disk, even without a name, while somebody has it open. */
#include <cell/idl/handle.h>
#include <stdlib.h>
#include <string.h>

#include "servers/files/mapped.h"

static struct id_table files;

cell_error_t open_make(const struct server_request *request, uint32_t inode, unsigned rights, bool append, const char *name,
                       size_t name_length, cell_cap_t *there)
{
    static uint64_t number;
    char shown[32] = {0};
    struct open_file *file = calloc(1, sizeof *file);

    if (file == NULL)
        return CELL_NO_MEMORY;
    *file = (struct open_file){.entry.id = ++number, .inode = inode, .append = append, .errors_seen = writeback_errors()};
    cell_error_t error = ext4_hold(files_fs, inode);

    if (error != CELL_OK || !id_table_add(&files, &file->entry)) {
        if (error == CELL_OK)
            ext4_release(files_fs, inode);
        free(file);
        return error == CELL_OK ? CELL_NO_MEMORY : error;
    }
    memcpy(shown, name, name_length < sizeof shown ? name_length : sizeof shown - 1);
    error = server_make(request->handle->space, file->entry.id, shown, request->handle->client, rights, there);
    if (error != CELL_OK)
        open_freed(request->handle->space, file->entry.id);
    return error;
}

static struct open_file *find(uint64_t number)
{
    struct id_entry *entry = id_table_find(&files, number);

    return entry == NULL ? NULL : ID_RECORD(entry, struct open_file, entry);
}

struct open_file *open_of(const struct server_request *request)
{
    return find(request->handle->object);
}

cell_error_t open_named(const struct server_request *request, cell_cap_t handle, uint32_t *inode)
{
    uint64_t giver, space, object, rights;
    char type[32];
    const struct open_file *file = open_of(request);

    if (handle != 0) {
        cell_error_t error = handle_about(handle, &giver, &space, &object, &rights, type);

        file = error == CELL_OK && space == request->handle->space ? find(object) : NULL;
        handle_drop(handle);
    }
    if (file == NULL)
        return CELL_BAD_HANDLE;
    *inode = file->inode;
    return CELL_OK;
}

void open_freed(uint64_t space, uint64_t object)
{
    struct open_file *file = find(object);

    (void)space;
    if (file == NULL)
        return;
    if (file->mapped)
        mapped_leave(mapped_of(file->inode));
    ext4_release(files_fs, file->inode);
    id_table_remove(&files, &file->entry);
    free(file);
}
