/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/names.c: requests with paths: opening, making, removing, renaming, links. */
#include <cell/idl/file_server.h>
#include <string.h>

#include "servers/files/mapped.h"
#include "servers/files/namespace.h"

enum open_flags {
    OPEN_READ = 1,
    OPEN_WRITE = 2,
    OPEN_EXECUTE = 4,
    OPEN_APPEND = 8,
    OPEN_CREATE = 16,
    OPEN_EXCLUSIVE = 32,
    OPEN_TRUNCATE = 64,
    OPEN_DIRECTORY = 128,
    OPEN_NO_FOLLOW = 256,
    OPEN_PATH = 512,
};

cell_error_t file_root_serve(void *request, const struct file_root_in *in, struct file_root_out *out)
{
    const struct server_request *from = request;
    const struct namespace *namespace = namespace_of(from);
    unsigned rights = from->handle->rights;

    (void)in;
    if (namespace == NULL)
        return CELL_GONE;
    const struct place place = {.directory = namespace->root, .inode = namespace->root};

    /* the right to read a directory includes the right to search it; and handles can be passed on, which edges cannot */
    return open_make(from, &place, rights | CELL_GRANT | (rights & CELL_READ ? CELL_EXECUTE : 0u), false, &out->file);
}

/* ---- Opening ---------------------------------------------------------------------------------------------------------- */

/* The rights that a handle must have for what it is opened for. */
static unsigned rights_for(uint64_t flags)
{
    if (flags & OPEN_PATH)
        return flags & OPEN_WRITE ? CELL_WRITE : 0;
    return (flags & OPEN_READ ? CELL_READ : 0u) | (flags & (OPEN_WRITE | OPEN_APPEND | OPEN_TRUNCATE) ? CELL_WRITE : 0u) |
           (flags & OPEN_EXECUTE ? CELL_EXECUTE : 0u);
}

static cell_error_t create(const struct server_request *request, const struct file_open_in *in, struct place *place)
{
    const struct ext4_new new = {.mode = MODE_REGULAR | (uint32_t)in->mode};

    if ((request->handle->rights & CELL_WRITE) == 0)
        return CELL_DENIED;
    if (place->as_directory)
        return CELL_IS_DIRECTORY;
    place->mode = new.mode;
    place->size = 0;
    quota_begin(namespace_of_directory(place->directory));
    disk_begin(request);
    cell_error_t error = ext4_create(files_fs, place->directory, place->name, place->length, &new, &place->inode);

    return quota_end(disk_end_change(error, 0));
}

/* Whether something that exists may be opened with these flags. */
static cell_error_t check_existing(const struct file_open_in *in, const struct place *place)
{
    uint32_t type = place->mode & MODE_TYPE;

    if (in->flags & OPEN_CREATE && in->flags & OPEN_EXCLUSIVE)
        return CELL_EXISTS;
    if (in->flags & OPEN_DIRECTORY && type != MODE_DIRECTORY)
        return CELL_NOT_DIRECTORY;
    if (type == MODE_LINK && (in->flags & OPEN_PATH) == 0)
        return CELL_LOOP;
    if (type == MODE_DIRECTORY && (in->flags & (OPEN_APPEND | OPEN_TRUNCATE | OPEN_CREATE) ||
                                   (in->flags & OPEN_WRITE && (in->flags & (OPEN_DIRECTORY | OPEN_PATH)) == 0)))
        return CELL_IS_DIRECTORY;
    return CELL_OK;
}

cell_error_t file_open_serve(void *context, const struct file_open_in *in, struct file_open_out *out)
{
    const struct server_request *request = context;
    const struct open_file *from = open_of(request);
    struct place place = {0};

    if (from == NULL)
        return CELL_NOT_FOUND;
    if (rights_for(in->flags) & ~(unsigned)request->handle->rights)
        return CELL_DENIED;
    bool follow = (in->flags & OPEN_NO_FOLLOW) == 0 && !(in->flags & OPEN_CREATE && in->flags & OPEN_EXCLUSIVE);

    disk_begin(request);
    cell_error_t error = disk_end(walk(from->namespace, from->inode, in->path, in->path_count, follow, &place), 0);

    bool there = place.inode != 0;

    if (error == CELL_OK && there)
        error = check_existing(in, &place);
    else if (error == CELL_OK)
        error = in->flags & OPEN_CREATE ? create(request, in, &place) : CELL_NOT_FOUND;
    if (error == CELL_OK && there && in->flags & OPEN_TRUNCATE && (place.mode & MODE_TYPE) == MODE_REGULAR) {
        struct namespace *owner = quota_owner(place.inode, place.directory);

        quota_begin(owner);
        error = quota_end(data_resize(request, owner, place.inode, 0));
        place.size = 0;
    }
    if (error == CELL_OK && place.length == 0)
        error = ext4_what(files_fs, place.inode, &place.mode, &place.size);
    if (error != CELL_OK)
        return error;
    out->id = place.inode;
    out->kind_mode = place.mode;
    out->size = place.size;
    return open_make(request, &place, rights_for(in->flags) | (request->handle->rights & CELL_GRANT),
                     (in->flags & OPEN_APPEND) != 0, &out->file);
}

/* ---- Making and removing -------------------------------------------------------------------------------------------------- */

/* Follows a path to something that must not exist yet. */
static cell_error_t walk_to_new(const struct open_file *from, const char *path, size_t length, struct place *place)
{
    cell_error_t error = walk(from->namespace, from->inode, path, length, false, place);

    return error == CELL_OK && place->inode != 0 ? CELL_EXISTS : error;
}

static cell_error_t make(const struct server_request *request, const char *path, size_t length, uint32_t mode)
{
    const struct ext4_new new = {.mode = mode};
    const struct open_file *from = open_of(request);
    struct place place = {0};
    uint32_t inode;

    if (from == NULL)
        return CELL_NOT_FOUND;
    disk_begin(request);
    cell_error_t error = disk_end(walk_to_new(from, path, length, &place), 0);

    if (error == CELL_OK && place.as_directory && (mode & MODE_TYPE) != MODE_DIRECTORY)
        error = CELL_NOT_FOUND;
    if (error != CELL_OK)
        return error;
    quota_begin(namespace_of_directory(place.directory));
    disk_begin(request);
    error = ext4_create(files_fs, place.directory, place.name, place.length, &new, &inode);
    return quota_end(disk_end_change(error, 0));
}

cell_error_t file_make_directory_serve(void *request, const struct file_make_directory_in *in, struct file_make_directory_out *out)
{
    (void)out;
    return make(request, in->path, in->path_count, MODE_DIRECTORY | (uint32_t)in->mode);
}

cell_error_t file_make_node_serve(void *request, const struct file_make_node_in *in, struct file_make_node_out *out)
{
    (void)out;
    return make(request, in->path, in->path_count, MODE_FIFO | (uint32_t)in->mode);
}

cell_error_t file_remove_serve(void *request, const struct file_remove_in *in, struct file_remove_out *out)
{
    const struct open_file *from = open_of(request);
    struct place place = {0};

    (void)out;
    if (from == NULL)
        return CELL_NOT_FOUND;
    disk_begin(request);
    cell_error_t error = disk_end(walk_to(from->namespace, from->inode, in->path, in->path_count, false, &place), 0);

    if (error == CELL_OK && (namespace_is_root(place.inode) || place.length == 0))
        error = CELL_BUSY;
    if (error != CELL_OK)
        return error;
    struct namespace *owner = quota_owner(place.inode, place.directory);

    quota_begin(owner);
    if (!quota_limits(owner))
        disk_begin(request);
    error = ext4_unlink(files_fs, place.directory, place.name, place.length, in->flags == 1);
    error = quota_end(disk_end_change(error, 0));
    if (error != CELL_LATER)
        quota_look_after(place.inode);
    return error;
}

/* ---- Two paths ------------------------------------------------------------------------------------------------------------ */

/* A request with two paths, and where they lead. */
struct two {
    const struct server_request *request;
    const struct open_file *first, *second; /* directories that they begin in */
    struct place from, to;
};

/* Finds both directories. */
static cell_error_t two_directories(const struct server_request *request, cell_cap_t to, uint64_t first_length, uint64_t length,
                                    struct two *two)
{
    cell_error_t error = open_named(request, to, &two->second);

    two->request = request;
    two->first = open_of(request);
    if (two->first == NULL)
        return CELL_NOT_FOUND;
    return error == CELL_OK && first_length >= length ? CELL_BAD_ARGUMENT : error;
}

/* A file that has the second name already, and is replaced, is held meanwhile: so what it frees counts for the namespace that it
 * belongs to. */
static cell_error_t rename(const struct two *two, unsigned flags)
{
    const struct place *from = &two->from, *to = &two->to;
    struct namespace *owner = to->inode == 0 ? NULL : quota_owner(to->inode, to->directory);
    cell_error_t error = to->inode == 0 ? CELL_OK : ext4_hold(files_fs, to->inode);

    if (error != CELL_OK)
        return error;
    quota_begin(namespace_of_directory(to->directory));
    disk_begin(two->request);
    error = ext4_rename(files_fs, from->directory, from->name, from->length, to->directory, to->name, to->length, flags);
    error = quota_end(disk_end_change(error, 0));
    if (to->inode == 0)
        return error;
    quota_begin(owner);
    ext4_release(files_fs, to->inode);
    quota_end(CELL_OK);
    quota_look_after(to->inode);
    return error;
}

cell_error_t file_rename_serve(void *request, const struct file_rename_in *in, struct file_rename_out *out)
{
    struct two two = {0};
    struct place *from = &two.from, *to = &two.to;
    cell_error_t error = two_directories(request, in->to, in->first_length, in->paths_count, &two);

    (void)out;
    disk_begin(request);
    if (error == CELL_OK)
        error = walk_to(two.first->namespace, two.first->inode, in->paths, in->first_length, false, from);
    if (error == CELL_OK)
        error = walk(two.second->namespace, two.second->inode, in->paths + in->first_length,
                     in->paths_count - in->first_length, false, to);
    error = disk_end(error, 0);
    if (error == CELL_OK && (from->length == 0 || to->length == 0 || from->inode == EXT4_ROOT || namespace_is_root(to->inode)))
        error = CELL_BUSY;
    if (error == CELL_OK && to->as_directory && (from->mode & MODE_TYPE) != MODE_DIRECTORY)
        error = CELL_NOT_DIRECTORY;
    /* Nothing is moved out of a namespace: handles that were opened below it would lead out of the namespace. */
    if (error == CELL_OK && namespace_of_directory(from->directory) != namespace_of_directory(to->directory))
        error = CELL_OTHER_DISK;
    return open_give_up(in->to, error == CELL_OK ? rename(&two, (unsigned)in->flags) : error);
}

/* A file that gets a name in a second namespace goes on belonging to the first. */
static cell_error_t link(const struct two *two)
{
    const struct place *from = &two->from, *to = &two->to;
    struct namespace *owner = quota_owner(from->inode, from->directory), *there = namespace_of_directory(to->directory);
    cell_error_t error = owner == there ? CELL_OK : quota_keep_owner(from->inode, owner);

    if (error != CELL_OK)
        return error;
    quota_begin(there);
    disk_begin(two->request);
    error = quota_end(disk_end_change(ext4_link(files_fs, from->inode, to->directory, to->name, to->length), 0));
    quota_look_after(from->inode);
    return error;
}

cell_error_t file_link_serve(void *request, const struct file_link_in *in, struct file_link_out *out)
{
    struct two two = {0};
    cell_error_t error = two_directories(request, in->to, in->first_length, in->paths_count, &two);

    (void)out;
    disk_begin(request);
    if (error == CELL_OK)
        error = walk_to(two.first->namespace, two.first->inode, in->paths, in->first_length, in->flags == 1, &two.from);
    if (error == CELL_OK)
        error = walk_to_new(two.second, in->paths + in->first_length, in->paths_count - in->first_length, &two.to);
    error = disk_end(error, 0);
    return open_give_up(in->to, error == CELL_OK ? link(&two) : error);
}

cell_error_t file_symlink_serve(void *request, const struct file_symlink_in *in, struct file_symlink_out *out)
{
    const struct open_file *from = open_of(request);
    struct place place = {0};
    uint32_t inode;

    (void)out;
    if (from == NULL)
        return CELL_NOT_FOUND;
    if (in->target_length >= in->paths_count)
        return CELL_BAD_ARGUMENT;
    disk_begin(request);
    cell_error_t error = disk_end(walk_to_new(from, in->paths + in->target_length, in->paths_count - in->target_length, &place), 0);

    if (error != CELL_OK)
        return error;
    quota_begin(namespace_of_directory(place.directory));
    disk_begin(request);
    error = ext4_symlink(files_fs, place.directory, place.name, place.length, in->paths, in->target_length, &inode);
    return quota_end(disk_end_change(error, 0));
}

cell_error_t file_read_link_serve(void *request, const struct file_read_link_in *in, struct file_read_link_out *out)
{
    const struct open_file *from = open_of(request);
    size_t length = sizeof out->target;
    struct place place = {0};

    if (from == NULL)
        return CELL_NOT_FOUND;
    disk_begin(request);
    cell_error_t error = walk_to(from->namespace, from->inode, in->path, in->path_count, false, &place);

    if (error == CELL_OK)
        error = ext4_read_link(files_fs, place.inode, out->target, &length);
    error = disk_end(error, 0);
    if (error == CELL_OK)
        out->target_count = length;
    return error;
}
