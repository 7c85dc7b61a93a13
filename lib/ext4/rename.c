/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/ext4/rename.c: a name becomes another one, over what had it, or both change places. */
#include "lib/ext4/names.h"

#include <string.h>

#define DEPTH_MOST 65536u /* of directories, after which there is a circle */

/* One side of it. */
struct side {
    struct ext4_node *directory;
    const char *name;
    size_t length;
    struct ext4_node node; /* what has the name */
    bool exists;
};

/* Whether a directory is, or lies in, another one. */
static cell_error_t check_above(struct ext4 *fs, uint32_t directory, uint32_t other)
{
    for (uint32_t steps = 0; steps < DEPTH_MOST; steps++) {
        if (directory == other)
            return CELL_LOOP;
        if (directory == EXT4_ROOT_INODE)
            return CELL_OK;
        cell_error_t error = ext4_lookup(fs, directory, "..", 2, &directory);

        if (error != CELL_OK)
            return error;
    }
    return ext4_corrupt(fs, fs->super->block, "directories lie in each other");
}

static cell_error_t check(const struct side *from, struct side *to, unsigned flags)
{
    struct ext4 *fs = from->directory->fs;
    cell_error_t error = CELL_OK;

    if (to->exists && (flags & EXT4_RENAME_NO_REPLACE))
        return CELL_EXISTS;
    if (!to->exists && (flags & EXT4_RENAME_EXCHANGE))
        return CELL_NOT_FOUND;
    if (ext4_is_directory(&from->node))
        error = check_above(fs, to->directory->number, from->node.number);
    if (error != CELL_OK || !to->exists)
        return error;
    if ((flags & EXT4_RENAME_EXCHANGE) == 0)
        return ext4_check_removal(&to->node, ext4_is_directory(&from->node));
    return ext4_is_directory(&to->node) ? check_above(fs, from->directory->number, to->node.number) : CELL_OK;
}

/* After a directory has come into another one. */
static cell_error_t set_parent(struct ext4_node *node, struct ext4_node *old_parent, struct ext4_node *parent)
{
    if (!ext4_is_directory(node) || parent->number == old_parent->number)
        return CELL_OK;
    cell_error_t error = ext4_directory_set(node, "..", 2, parent->number, EXT4_MODE_DIRECTORY);

    if (error == CELL_OK)
        error = ext4_add_link(parent);
    return error == CELL_OK ? ext4_remove_link(old_parent) : error;
}

static cell_error_t touch(struct side *side, struct ext4_node *node)
{
    cell_error_t error = ext4_node_change(side->directory);

    if (error == CELL_OK)
        error = ext4_node_change(node);
    if (error != CELL_OK)
        return error;
    ext4_node_touch(side->directory, true);
    ext4_node_touch(node, false);
    return CELL_OK;
}

static cell_error_t exchange(struct side *from, struct side *to)
{
    cell_error_t error = ext4_directory_set(to->directory, to->name, to->length, from->node.number, from->node.inode->mode);

    if (error == CELL_OK)
        error = ext4_directory_set(from->directory, from->name, from->length, to->node.number, to->node.inode->mode);
    if (error == CELL_OK)
        error = set_parent(&from->node, from->directory, to->directory);
    if (error == CELL_OK)
        error = set_parent(&to->node, to->directory, from->directory);
    if (error == CELL_OK)
        error = touch(from, &from->node);
    return error == CELL_OK ? touch(to, &to->node) : error;
}

static cell_error_t move(struct side *from, struct side *to, uint32_t *later)
{
    uint32_t mode = from->node.inode->mode;
    cell_error_t error = to->exists ? ext4_directory_set(to->directory, to->name, to->length, from->node.number, mode)
                                    : ext4_directory_add(to->directory, to->name, to->length, from->node.number, mode);

    if (error == CELL_OK)
        error = ext4_directory_remove(from->directory, from->name, from->length);
    if (error == CELL_OK)
        error = set_parent(&from->node, from->directory, to->directory);
    if (error == CELL_OK && to->exists && ext4_is_directory(&to->node))
        error = ext4_remove_link(to->directory);
    if (error == CELL_OK)
        error = touch(from, &from->node);
    if (error == CELL_OK)
        error = touch(to, &from->node);
    return error == CELL_OK && to->exists ? ext4_lost_name(&to->node, later) : error;
}

static cell_error_t rename_in(struct side *from, struct side *to, unsigned flags, uint32_t *later)
{
    cell_error_t error = ext4_get_named(from->directory, from->name, from->length, &from->node);

    if (error != CELL_OK)
        return error;
    error = ext4_get_named(to->directory, to->name, to->length, &to->node);
    to->exists = error == CELL_OK;
    if (error == CELL_NOT_FOUND)
        error = CELL_OK;
    bool same = to->exists && to->node.number == from->node.number;

    if (error == CELL_OK && !(same && flags != EXT4_RENAME_NO_REPLACE)) /* two names of one file: nothing is to be done */
        error = check(from, to, flags);
    if (error == CELL_OK && !same)
        error = flags & EXT4_RENAME_EXCHANGE ? exchange(from, to) : move(from, to, later);
    if (to->exists)
        ext4_node_put(&to->node);
    ext4_node_put(&from->node);
    return error;
}

/* `names`: what both sides are called; their directories are found here. */
static cell_error_t rename_once(struct ext4 *fs, uint32_t from_directory, uint32_t to_directory, const struct side names[2],
                                unsigned flags)
{
    struct ext4_node first, second;
    struct side from = names[0], to = names[1];
    uint32_t later = 0;
    cell_error_t error = ext4_begin(fs);

    if (error != CELL_OK)
        return error;
    error = ext4_get_directory(fs, from_directory, &first);
    if (error != CELL_OK)
        return ext4_end(fs, error);
    from.directory = to.directory = &first;
    if (to_directory != from_directory) {
        to.directory = &second;
        error = ext4_get_directory(fs, to_directory, &second);
    }
    if (error == CELL_OK) {
        error = rename_in(&from, &to, flags, &later);
        if (to_directory != from_directory)
            ext4_node_put(&second);
    }
    ext4_node_put(&first);
    return ext4_end_and_delete(fs, error, later);
}

cell_error_t ext4_rename(struct ext4 *fs, uint32_t from_directory, const char *from, size_t from_length,
                         uint32_t to_directory, const char *to, size_t to_length, unsigned flags)
{
    const struct side names[2] = {{.name = from, .length = from_length}, {.name = to, .length = to_length}};
    cell_error_t error = ext4_check_name(from, from_length);

    if (error == CELL_OK)
        error = ext4_check_name(to, to_length);
    if (error != CELL_OK)
        return error;
    do
        error = rename_once(fs, from_directory, to_directory, names, flags);
    while (ext4_again(fs, &error));
    return error;
}
