/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/requests.c: making, ending and listing namespaces. */
#include <cell/idl/file_server.h>
#include <string.h>

#include "servers/files/namespace.h"

cell_error_t file_make_namespace_serve(void *context, const struct file_make_namespace_in *in,
                                       struct file_make_namespace_out *out)
{
    const struct server_request *request = context;
    const struct open_file *file = open_of(request);
    const struct namespace_limits limits = {in->blocks, in->inodes};
    char name[sizeof in->name + 1] = {0};
    struct namespace *namespace;
    struct ext4_stat stat;

    if (file == NULL)
        return CELL_NOT_FOUND;
    if ((in->rights & ~(uint64_t)request->handle->rights) != 0)
        return CELL_DENIED;
    cell_error_t error = ext4_stat(files_fs, file->inode, &stat);

    if (error == CELL_OK && (stat.mode & MODE_TYPE) != MODE_DIRECTORY)
        error = CELL_NOT_DIRECTORY;
    if (error == CELL_OK && stat.links == 0)
        error = CELL_NOT_FOUND;
    memcpy(name, in->name, sizeof in->name);
    if (error == CELL_OK)
        error = namespace_make(request, file, &limits, (unsigned)in->rights, name, &namespace, &out->edge);
    if (error != CELL_OK)
        return error;
    out->id = namespace->entry.id;
    error = open_stand_in(request, namespace, name, &out->namespace);
    if (error != CELL_OK)
        namespace_end(namespace);
    return error;
}

cell_error_t file_end_namespace_serve(void *request, const struct file_end_namespace_in *in,
                                      struct file_end_namespace_out *out)
{
    struct namespace *namespace = open_namespace(request);

    (void)in;
    (void)out;
    if (namespace == NULL)
        return CELL_BAD_ARGUMENT;
    namespace_end(namespace);
    return CELL_OK;
}

/* ---- Listing ---------------------------------------------------------------------------------------------------------------- */

/* The namespace made in `in` that follows the one with a number, which may have ended. */
static const struct namespace *made_behind(const struct namespace *in, uint64_t after)
{
    const struct namespace *last = namespace_find(after), *next = in->made;

    if (last != NULL && last->maker == in)
        return last->next_made;
    while (next != NULL && next->entry.id <= after)
        next = next->next_made;
    return next;
}

/* Puts the name of a directory in its parent before what stands at *at; false: there is no room, or the disk is broken. */
static bool put_name_before(const char *start, char **at, uint32_t parent, uint32_t inode)
{
    struct ext4_entry_of entry = {0};

    while (ext4_list(files_fs, parent, entry.next, &entry) == CELL_OK) {
        if (entry.inode != inode || (entry.name_length <= 2 && memcmp(entry.name, "..", entry.name_length) == 0))
            continue;
        if (*at - start < entry.name_length + 1)
            return false;
        *at -= entry.name_length;
        memcpy(*at, entry.name, entry.name_length);
        *--*at = '/';
        return true;
    }
    return false;
}

/* Writes the path that leads from `top` to a namespace's root; returns its length, 0 if there is none or it is too long. */
static size_t put_path(const struct namespace *namespace, uint32_t top, char *to, size_t room)
{
    char *at = to + room;
    uint32_t inode = namespace->root, parent;

    while (inode != top && inode != EXT4_ROOT) {
        if (ext4_lookup(files_fs, inode, "..", 2, &parent) != CELL_OK || !put_name_before(to, &at, parent, inode))
            return 0;
        inode = parent;
    }
    if (inode != top)
        return 0;
    if (at == to + room)
        *--at = '/';
    size_t length = (size_t)(to + room - at);

    memmove(to, at, length);
    return length;
}

cell_error_t file_namespaces_serve(void *request, const struct file_namespaces_in *in, struct file_namespaces_out *out)
{
    const struct namespace *here = namespace_of(request);
    const struct namespace *found = here == NULL ? NULL : made_behind(here, in->after);

    if (found == NULL)
        return here == NULL ? CELL_GONE : CELL_NOT_FOUND;
    out->id = found->entry.id;
    out->blocks = found->most_blocks;
    out->inodes = found->most_inodes;
    out->used_blocks = found->blocks;
    out->used_inodes = found->inodes;
    memcpy(out->name, found->name, sizeof out->name);
    out->path_count = put_path(found, here->root, out->path, sizeof out->path);
    return CELL_OK;
}
