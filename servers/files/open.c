/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/files/open.c: see files.h. A file stays on the disk, even without a name, while somebody has it open. All clients that
 * open it in a namespace have handles on the same resource.
 */
#include <cell/idl/handle.h>
#include <string.h>

#include "servers/files/mapped.h"
#include "servers/files/namespace.h"
#include "servers/files/spares.h"

static struct id_table files, inodes;
static struct spares spare_files, spare_inodes;
static struct open_file *latest; /* that a request came through */
static uint64_t number;

/* ---- Files that are open --------------------------------------------------------------------------------------------- */

struct open_inode *open_inode_of(uint32_t inode)
{
    struct id_entry *entry = id_table_find(&inodes, inode);

    return entry == NULL ? NULL : ID_RECORD(entry, struct open_inode, entry);
}

static cell_error_t begin_inode(uint32_t inode, uint32_t directory, struct open_inode **made)
{
    struct open_inode *of = spares_take(&spare_inodes, sizeof *of);

    if (of == NULL)
        return CELL_NO_MEMORY;
    of->entry.id = inode;
    of->owner = quota_owner(inode, directory);
    of->last_wait = &of->waits;
    cell_error_t error = ext4_hold(files_fs, inode);

    if (error == CELL_OK && !id_table_add(&inodes, &of->entry)) {
        ext4_release(files_fs, inode);
        error = CELL_NO_MEMORY;
    }
    if (error != CELL_OK) {
        spares_give(&spare_inodes, of);
        return error;
    }
    namespace_refer(of->owner);
    *made = of;
    return CELL_OK;
}

static void end_inode(struct open_inode *of)
{
    struct namespace *owner = of->owner;
    uint32_t inode = (uint32_t)of->entry.id;

    locks_file_gone(of);
    graph_forget(of);
    id_table_remove(&inodes, &of->entry);
    spares_give(&spare_inodes, of);
    quota_begin(owner);
    if (!quota_limits(owner))
        disk_begin(NULL);
    ext4_release(files_fs, inode);
    disk_awaited();
    quota_end(CELL_OK);
    quota_look_after(inode);
    namespace_release(owner);
}

/* ---- Resources --------------------------------------------------------------------------------------------------------- */

static void join_inode(struct open_file *file, struct open_inode *of)
{
    of->users++;
    file->of = of;
    file->next_of_inode = of->files;
    file->link_of_inode = &of->files;
    if (of->files != NULL)
        of->files->link_of_inode = &file->next_of_inode;
    of->files = file;
    graph_changed(of);
}

/* A client that opens the file from now on gets another resource. */
static void leave_inode(struct open_file *file)
{
    if (file->link_of_inode == NULL)
        return;
    *file->link_of_inode = file->next_of_inode;
    if (file->next_of_inode != NULL)
        file->next_of_inode->link_of_inode = file->link_of_inode;
    file->link_of_inode = NULL;
    graph_changed(file->of);
}

static void join_namespace(struct open_file *file, struct namespace *namespace)
{
    file->next_in_namespace = namespace->opened;
    file->link_in_namespace = &namespace->opened;
    if (namespace->opened != NULL)
        namespace->opened->link_in_namespace = &file->next_in_namespace;
    namespace->opened = file;
}

static struct open_file *find(uint64_t object)
{
    struct id_entry *entry = latest != NULL && latest->entry.id == object ? &latest->entry : id_table_find(&files, object);

    if (entry != NULL)
        latest = ID_RECORD(entry, struct open_file, entry);
    return entry == NULL ? NULL : latest;
}

uint64_t open_new_number(void)
{
    return ++number;
}

/* Makes a new resource in the namespace of a request, for its client. */
static cell_error_t make(const struct server_request *request, struct open_file *file, const char *name, size_t length,
                         unsigned rights, cell_cap_t *there)
{
    char shown[32] = {0};

    file->entry.id = open_new_number();
    memcpy(shown, name, length < sizeof shown ? length : sizeof shown - 1);
    if (!id_table_add(&files, &file->entry))
        return CELL_NO_MEMORY;
    cell_error_t error = server_make(request->handle->space, file->entry.id, shown, request->handle->client, rights, there);

    if (error == CELL_OK)
        join_namespace(file, namespace_of(request));
    else
        id_table_remove(&files, &file->entry);
    return error;
}

static cell_error_t make_of(const struct server_request *request, const struct place *place, struct open_inode *of,
                            unsigned rights, bool append, cell_cap_t *there)
{
    struct open_file *file = spares_take(&spare_files, sizeof *file);
    bool root = place->length == 0;

    if (file == NULL)
        return CELL_NO_MEMORY;
    *file = (struct open_file){.inode = place->inode, .append = append, .namespace = namespace_of(request)};
    cell_error_t error = make(request, file, root ? "/" : place->name, root ? 1 : place->length, rights, there);

    if (error == CELL_OK)
        join_inode(file, of);
    else
        spares_give(&spare_files, file);
    return error;
}

/* Gives the client a handle on the resource that exists. CELL_NOT_FOUND: there is none, or its last handle is being given up. */
static cell_error_t give_of(const struct server_request *request, const struct open_inode *of, unsigned rights, bool append,
                            cell_cap_t *there)
{
    const struct namespace *namespace = namespace_of(request);

    for (struct open_file *file = of->files, *next; file != NULL; file = next) {
        next = file->next_of_inode;
        if (file->namespace != namespace || file->append != append)
            continue;
        cell_error_t error = server_give(request->handle->space, file->entry.id, request->handle->client, rights, there);

        if (error != CELL_NOT_FOUND)
            return error;
        leave_inode(file);
    }
    return CELL_NOT_FOUND;
}

cell_error_t open_make(const struct server_request *request, const struct place *place, unsigned rights, bool append,
                       cell_cap_t *there)
{
    struct open_inode *of = open_inode_of(place->inode);
    cell_error_t error = of == NULL ? begin_inode(place->inode, place->directory, &of) : CELL_OK;

    if (error != CELL_OK)
        return error;
    error = give_of(request, of, rights, append, there);
    if (error == CELL_NOT_FOUND)
        error = make_of(request, place, of, rights, append, there);
    if (of->users == 0)
        end_inode(of);
    return error;
}

cell_error_t open_stand_in(const struct server_request *request, struct namespace *namespace, const char *name, cell_cap_t *there)
{
    struct open_file *file = spares_take(&spare_files, sizeof *file);

    if (file == NULL)
        return CELL_NO_MEMORY;
    file->namespace = namespace;
    cell_error_t error = make(request, file, name, strlen(name), CELL_WRITE | CELL_GRANT, there);

    if (error == CELL_OK)
        file->namespace->stands = file;
    else
        spares_give(&spare_files, file);
    return error;
}

void open_close(struct open_file *file)
{
    struct open_inode *of = file->of;
    struct namespace *stood_for = of == NULL ? file->namespace : NULL;

    if (file->mapped)
        mapped_leave(mapped_of(file->inode));
    leave_inode(file);
    *file->link_in_namespace = file->next_in_namespace;
    if (file->next_in_namespace != NULL)
        file->next_in_namespace->link_in_namespace = file->link_in_namespace;
    id_table_remove(&files, &file->entry);
    if (latest == file)
        latest = NULL;
    spares_give(&spare_files, file);
    if (stood_for != NULL) {
        stood_for->stands = NULL;
        namespace_end(stood_for);
    }
    if (of != NULL && --of->users == 0)
        end_inode(of);
}

void open_freed(uint64_t space, uint64_t object)
{
    struct open_file *file = find(object);

    (void)space;
    if (file != NULL)
        open_close(file);
}

/* ---- What requests name ------------------------------------------------------------------------------------------------- */

struct open_file *open_of(const struct server_request *request)
{
    struct open_file *file = find(request->handle->object);

    if (request->handle->data == 0)
        request->handle->data = writeback_errors();
    return file == NULL || file->of == NULL ? NULL : file;
}

struct namespace *open_namespace(const struct server_request *request)
{
    const struct open_file *file = find(request->handle->object);

    return file == NULL || file->of != NULL ? NULL : file->namespace;
}

cell_error_t open_named(const struct server_request *request, cell_cap_t handle, const struct open_file **file)
{
    uint64_t giver, space, object, rights;
    char type[32];

    *file = open_of(request);
    if (handle != 0) {
        cell_error_t error = handle_about(handle, &giver, &space, &object, &rights, type);

        *file = error == CELL_OK ? find(object) : NULL;
        if (*file != NULL && ((*file)->of == NULL || (*file)->namespace->entry.id != space))
            *file = NULL;
    }
    return *file == NULL ? CELL_BAD_HANDLE : CELL_OK;
}

cell_error_t open_give_up(cell_cap_t handle, cell_error_t error)
{
    if (handle != 0 && error != CELL_LATER)
        handle_drop(handle);
    return error;
}
