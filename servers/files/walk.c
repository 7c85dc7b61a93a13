/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/walk.c: paths. No path leads out of the namespace: its root is its own `..`, and targets of links that begin with
 * `/` begin there. */
#include <string.h>

#include "servers/files/namespace.h"

#define LINKS_MOST 40u
#define PATH_MOST 8192u /* with what links have put into it */

/* The rest of a path while it is followed. */
struct rest {
    const struct namespace *in;
    char bytes[PATH_MOST];
    size_t at, length;
    unsigned links;
};

/* Takes the next name; false: there is none. *slash: one is behind it. */
static bool next_name(struct rest *rest, const char **name, size_t *length, bool *slash)
{
    while (rest->at < rest->length && rest->bytes[rest->at] == '/')
        rest->at++;
    *name = rest->bytes + rest->at;
    while (rest->at < rest->length && rest->bytes[rest->at] != '/')
        rest->at++;
    *length = (size_t)(rest->bytes + rest->at - *name);
    *slash = rest->at < rest->length;
    return *length > 0;
}

static bool is_last(const struct rest *rest)
{
    size_t at = rest->at;

    while (at < rest->length && rest->bytes[at] == '/')
        at++;
    return at == rest->length;
}

/* Puts a link's target before the rest. */
static cell_error_t insert_link(struct rest *rest, uint32_t inode)
{
    char target[4096];
    size_t length = sizeof target, behind = rest->length - rest->at;
    cell_error_t error = ext4_read_link(files_fs, inode, target, &length);

    if (error != CELL_OK)
        return error;
    if (++rest->links > LINKS_MOST)
        return CELL_LOOP;
    if (length == 0 || length + behind > sizeof rest->bytes)
        return length == 0 ? CELL_NOT_FOUND : CELL_NAME_TOO_LONG;
    memmove(rest->bytes + length, rest->bytes + rest->at, behind);
    memcpy(rest->bytes, target, length);
    rest->at = 0;
    rest->length = length + behind;
    return CELL_OK;
}

static uint32_t start_of(const struct rest *rest, uint32_t from)
{
    return rest->length > 0 && rest->bytes[0] == '/' ? rest->in->root : from;
}

/* Finds a name; the root is its own parent. Whatever the disk says, no parent is outside. */
static cell_error_t find(const struct namespace *in, uint32_t directory, const char *name, size_t length, struct place *place)
{
    bool parent = length == 2 && memcmp(name, "..", 2) == 0, above_root = parent && directory == in->root;
    cell_error_t error = ext4_lookup(files_fs, directory, name, above_root ? 1 : length, &place->inode);

    if (error == CELL_OK && parent && !above_root && !namespace_has(in, place->inode))
        error = CELL_NOT_FOUND;
    if (error == CELL_OK)
        error = ext4_what(files_fs, place->inode, &place->mode, &place->size);
    if (error != CELL_OK)
        place->inode = 0;
    return error;
}

/* Follows one name; *done: it was the last one. */
static cell_error_t step(struct rest *rest, struct place *place, bool follow, bool *done)
{
    const char *name;
    size_t length;
    bool slash;

    *done = !next_name(rest, &name, &length, &slash);
    if (*done)
        return CELL_OK;
    if (length >= sizeof place->name)
        return CELL_NAME_TOO_LONG;
    bool last = is_last(rest);

    memcpy(place->name, name, length);
    place->length = length;
    place->as_directory = slash;
    cell_error_t error = find(rest->in, place->directory, name, length, place);

    *done = last;
    if (error != CELL_OK)
        return error == CELL_NOT_FOUND && last ? CELL_OK : error;
    if ((place->mode & MODE_TYPE) == MODE_LINK && (!last || follow || slash)) {
        error = insert_link(rest, place->inode);
        place->directory = start_of(rest, place->directory);
        place->inode = place->directory; /* where the path ends if the target is nothing but slashes */
        place->mode = MODE_DIRECTORY;
        place->length = 0;
        *done = false;
        return error;
    }
    if (!last)
        place->directory = place->inode;
    return CELL_OK;
}

cell_error_t walk(const struct namespace *in, uint32_t from, const char *path, size_t length, bool follow, struct place *place)
{
    static struct rest rest;
    bool done = false;
    cell_error_t error = CELL_OK;

    if (memchr(path, 0, length) != NULL)
        return CELL_BAD_ARGUMENT;
    rest.in = in;
    memcpy(rest.bytes, path, length);
    rest.at = 0;
    rest.length = length;
    rest.links = 0;
    memset(place, 0, offsetof(struct place, name));
    place->directory = start_of(&rest, from);
    place->inode = place->directory; /* a path of slashes */
    place->length = 0;
    place->mode = MODE_DIRECTORY;
    place->as_directory = false;
    while (error == CELL_OK && !done)
        error = step(&rest, place, follow, &done);
    if (error == CELL_OK && place->as_directory && place->inode != 0 && (place->mode & MODE_TYPE) != MODE_DIRECTORY)
        error = CELL_NOT_DIRECTORY;
    return error;
}

cell_error_t walk_to(const struct namespace *in, uint32_t from, const char *path, size_t length, bool follow,
                     struct place *place)
{
    cell_error_t error = walk(in, from, path, length, follow, place);

    return error == CELL_OK && place->inode == 0 ? CELL_NOT_FOUND : error;
}
