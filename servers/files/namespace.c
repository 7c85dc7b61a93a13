/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/namespace.c: see namespace.h. Bottom-up: where directories are, making, ending. */
#include "servers/files/namespace.h"

#include <stdlib.h>
#include <string.h>

/* How deep directories are nested at most: more is a loop, which only a broken disk has. */
#define PARENTS_MOST 65536u

static struct id_table namespaces, roots;
static struct namespace *all; /* the whole file system; its space is the server's first */

/* ---- Where directories are ----------------------------------------------------------------------------------------------- */

struct namespace *namespace_find(uint64_t space)
{
    if (all->entry.id == space)
        return all;
    struct id_entry *entry = id_table_find(&namespaces, space);

    return entry == NULL ? NULL : ID_RECORD(entry, struct namespace, entry);
}

struct namespace *namespace_of(const struct server_request *request)
{
    return namespace_find(request->handle->space);
}

static struct namespace *of_root(uint32_t inode)
{
    struct id_entry *entry = id_table_find(&roots, inode);

    return entry == NULL ? NULL : ID_RECORD(entry, struct namespace, of_root);
}

bool namespace_is_root(uint32_t inode)
{
    return of_root(inode) != NULL;
}

/* Goes up from *directory to the first root of a namespace, or to `stop`; false: it came to neither. */
static bool find_root(uint32_t *directory, uint32_t stop)
{
    for (unsigned steps = 0; steps < PARENTS_MOST; steps++) {
        if (*directory == stop || namespace_is_root(*directory))
            return true;
        if (*directory == EXT4_ROOT || ext4_lookup(files_fs, *directory, "..", 2, directory) != CELL_OK)
            return false;
    }
    return false;
}

struct namespace *namespace_of_directory(uint32_t directory)
{
    if (namespaces.count == 1 || !find_root(&directory, EXT4_ROOT))
        return all;
    struct namespace *found = of_root(directory);

    return found == NULL ? all : found;
}

bool namespace_has(const struct namespace *namespace, uint32_t directory)
{
    if (namespace->root == EXT4_ROOT)
        return true;
    while (find_root(&directory, namespace->root) && directory != namespace->root)
        if (directory == EXT4_ROOT || ext4_lookup(files_fs, directory, "..", 2, &directory) != CELL_OK)
            return false;
    return directory == namespace->root;
}

/* ---- Making ---------------------------------------------------------------------------------------------------------------- */

struct namespace *namespace_refer(struct namespace *namespace)
{
    if (namespace != NULL)
    namespace->references++;
    return namespace;
}

void namespace_release(struct namespace *namespace)
{
    while (namespace != NULL && --namespace->references == 0) {
        struct namespace *around = namespace->around;

        free(namespace);
        namespace = around;
    }
}

/* Enters it as the namespace of its root, in place of an earlier one of the same root. */
static bool take_root(struct namespace *namespace)
{
    struct namespace *before = of_root(namespace->root);

    namespace->of_root.id = namespace->root;
    if (before == NULL)
        return id_table_add(&roots, &namespace->of_root);
    id_table_replace(&roots, &before->of_root, &namespace->of_root);
    return true;
}

/* Takes it out again; an earlier namespace of the same root, if there is one, takes its place. */
static void give_root_back(struct namespace *namespace)
{
    struct namespace *at = of_root(namespace->root), *before = namespace->around;

    /* Namespaces of the same root that were made later are linked past it. */
    if (at != namespace) {
        for (; at != NULL && at->root == namespace->root; at = at->around)
            if (at->around == namespace) {
                at->around = namespace_refer(before);
                namespace_release(namespace);
                break;
            }
        return;
    }
    while (before != NULL && before->root == namespace->root && before->ended)
        before = before->around;
    if (before != NULL && before->root == namespace->root)
        id_table_replace(&roots, &namespace->of_root, &before->of_root);
    else
        id_table_remove(&roots, &namespace->of_root);
}

static void join_maker(struct namespace *namespace, struct namespace *maker)
{
    struct namespace **at = maker->last_made;

    namespace->maker = maker;
    namespace->made_link = at;
    *at = namespace;
    maker->last_made = &namespace->next_made;
}

static void leave_maker(struct namespace *namespace)
{
    if (namespace->maker == NULL)
        return;
    *namespace->made_link = namespace->next_made;
    if (namespace->next_made != NULL)
    namespace->next_made->made_link = namespace->made_link;
    else namespace->maker->last_made = namespace->made_link;
}

static unsigned depth_in(const struct namespace *around, const struct namespace *maker)
{
    unsigned depth = around == NULL ? 0 : around->depth;

    return (maker != NULL && maker->depth > depth ? maker->depth : depth) + 1;
}

/* A record without a space; its root is held. */
static cell_error_t begin(uint32_t root, struct namespace *around, struct namespace *maker,
                          const struct namespace_limits *limits, struct namespace **made)
{
    struct namespace *namespace = calloc(1, sizeof *namespace);

    if (namespace == NULL)
        return CELL_NO_MEMORY;
    *namespace = (struct namespace){.root = root,
                                    .depth = depth_in(around, maker),
                                    .most_blocks = limits->blocks,
                                    .most_inodes = limits->inodes,
                                    .references = 1};
    namespace->last_made = &namespace->made;
    cell_error_t error = namespace->depth > NAMESPACE_DEPTH ? CELL_TOO_LARGE : ext4_hold(files_fs, root);

    if (error == CELL_OK && !take_root(namespace)) {
        ext4_release(files_fs, root);
        error = CELL_NO_MEMORY;
    }
    if (error != CELL_OK) {
        free(namespace);
        return error;
    }
    namespace->around = namespace_refer(around);
    *made = namespace;
    return CELL_OK;
}

/* Frees what begin() has made. */
static void undo(struct namespace *namespace)
{
    uint32_t root = namespace->root;

    namespace->ended = true;
    give_root_back(namespace);
    quota_begin(namespace->around);
    ext4_release(files_fs, root);
    quota_end(CELL_OK);
    namespace_release(namespace);
}

/* Makes a space for it, whose number it gets, and enters it among the others. */
static cell_error_t make_space(struct namespace *namespace, struct namespace *maker, const struct server_client *client,
                               unsigned rights, const char *name, cell_cap_t *edge)
{
    uint64_t like = all->entry.id;
    cell_error_t error = server_create_space(like, client, rights, name, &namespace->entry.id, edge);

    if (error != CELL_OK)
        return error;
    if (!id_table_add(&namespaces, &namespace->entry)) {
        server_delete_space(namespace->entry.id);
        return CELL_NO_MEMORY;
    }
    memcpy(namespace->name, name, strnlen(name, sizeof namespace->name - 1));
    join_maker(namespace, maker);
    return CELL_OK;
}

cell_error_t namespaces_start(void)
{
    const struct namespace_limits none = {0};
    cell_error_t error = begin(EXT4_ROOT, NULL, NULL, &none, &all);

    if (error != CELL_OK)
        return error;
    all->entry.id = server_space(&file_type);
    return id_table_add(&namespaces, &all->entry) ? CELL_OK : CELL_NO_MEMORY;
}

/* Finds a directory for the server itself, or makes it. */
static cell_error_t find_directory(const char *path, uint32_t *inode)
{
    const struct ext4_new new = {.mode = MODE_DIRECTORY | 0755u};
    struct place place = {0};
    cell_error_t error = walk(all, EXT4_ROOT, path, strlen(path), true, &place);

    if (error == CELL_OK && place.inode == 0)
        error = ext4_create(files_fs, place.directory, place.name, place.length, &new, &place.inode);
    else if (error == CELL_OK && (place.mode & MODE_TYPE) != MODE_DIRECTORY)
        error = CELL_NOT_DIRECTORY;
    *inode = place.inode;
    return error;
}

cell_error_t namespace_make_named(const char *path, const struct namespace_limits *limits)
{
    struct namespace *namespace;
    cell_cap_t edge;
    uint32_t root;
    cell_error_t error = find_directory(path, &root);

    if (error == CELL_OK)
        error = begin(root, namespace_of_directory(root), all, limits, &namespace);
    if (error != CELL_OK)
        return error;
    error = quota_count(namespace, UINT64_MAX);
    if (error == CELL_OK)
        error = make_space(namespace, all, NULL, 0, path, &edge);
    if (error != CELL_OK)
        undo(namespace);
    return error;
}

cell_error_t namespace_make(const struct server_request *request, const struct open_file *directory, const struct namespace_limits *limits,
                            unsigned rights, const char *name, struct namespace **made, cell_cap_t *edge)
{
    struct namespace *maker = namespace_of(request), *same = of_root(directory->inode);
    cell_error_t error = begin(directory->inode, same == NULL ? directory->of->owner : same, maker, limits, made);

    if (error != CELL_OK)
        return error;
    error = quota_count(*made, NAMESPACE_COUNT_MOST);
    if (error == CELL_OK)
        error = make_space(*made, maker, request->handle->client, rights, name, edge);
    if (error != CELL_OK)
        undo(*made);
    return error;
}

/* ---- Ending ---------------------------------------------------------------------------------------------------------------- */

/* Closes its files, and ends the namespaces that were made in it. */
static void finish(struct namespace *namespace)
{
    if (namespace->stands != NULL)
    namespace->stands->namespace = NULL;
    while (namespace->opened != NULL)
        open_close(namespace->opened);
    while (namespace->made != NULL)
        namespace_end(namespace->made);
    leave_maker(namespace);
    id_table_remove(&namespaces, &namespace->entry);
    undo(namespace);
}

void namespace_end(struct namespace *namespace)
{
    server_delete_space(namespace->entry.id);
    finish(namespace);
}

void namespace_destroyed(uint64_t space)
{
    struct namespace *namespace = namespace_find(space);

    if (namespace != NULL && namespace != all)
        finish(namespace);
}
