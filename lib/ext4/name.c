/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/ext4/name.c: making files, and giving, taking and changing their names. Each is one step. */
#include "lib/ext4/names.h"

#include <string.h>

#define LINKS_MOST 65000u

cell_error_t ext4_check_name(const char *name, size_t length)
{
    if (length == 0 || memchr(name, '/', length) != NULL || memchr(name, 0, length) != NULL)
        return CELL_BAD_ARGUMENT;
    if (length <= 2 && name[0] == '.' && name[length - 1] == '.')
        return CELL_BAD_ARGUMENT;
    return length > EXT4_NAME_MOST ? CELL_NAME_TOO_LONG : CELL_OK;
}

cell_error_t ext4_get_directory(struct ext4 *fs, uint32_t number, struct ext4_node *node)
{
    cell_error_t error = ext4_node(fs, number, node);

    if (error != CELL_OK)
        return error;
    if (!ext4_is_directory(node))
        error = CELL_NOT_DIRECTORY;
    else if (node->inode->links == 0)
        error = CELL_NOT_FOUND;
    if (error != CELL_OK)
        ext4_node_put(node);
    return error;
}

/* ---- Counts of links. A directory with too many has 1, which says that nobody counts. -------------------------------------- */

cell_error_t ext4_add_link(struct ext4_node *node)
{
    bool uncounted = ext4_is_directory(node) && (node->fs->ro_compat & EXT4_RO_DIR_NLINK) != 0;

    if (node->inode->links >= LINKS_MOST - 1 && !uncounted)
        return CELL_TOO_MANY_LINKS;
    cell_error_t error = ext4_node_change(node);

    if (error != CELL_OK || (uncounted && node->inode->links == 1))
        return error;
    node->inode->links = (uint16_t)(node->inode->links >= LINKS_MOST - 1 ? 1 : node->inode->links + 1);
    return CELL_OK;
}

cell_error_t ext4_remove_link(struct ext4_node *node)
{
    cell_error_t error = ext4_node_change(node);

    if (error != CELL_OK)
        return error;
    if (node->inode->links == 0)
        return ext4_corrupt(node->fs, node->buffer->block, "a file has a name, but no links");
    if (node->inode->links > 1 || !ext4_is_directory(node))
        node->inode->links--;
    return CELL_OK;
}

cell_error_t ext4_lost_name(struct ext4_node *node, uint32_t *later)
{
    cell_error_t error = ext4_is_directory(node) ? ext4_node_change(node) : ext4_remove_link(node);

    if (error != CELL_OK)
        return error;
    if (ext4_is_directory(node))
        node->inode->links = 0;
    ext4_node_touch(node, false);
    if (node->inode->links > 0)
        return CELL_OK;
    if (ext4_can_delete_now(node))
        return ext4_delete_now(node);
    *later = ext4_is_held(node->fs, node->number) ? 0 : node->number;
    return ext4_is_being_cut(node->fs, node->number) ? CELL_OK : ext4_orphan_add(node);
}

cell_error_t ext4_end_and_delete(struct ext4 *fs, cell_error_t error, uint32_t later)
{
    error = ext4_end(fs, error);
    if (error == CELL_OK && later != 0)
        ext4_finish_later(fs, later, false); /* if this fails, the next mount does it */
    return error;
}

/* CELL_EXISTS: a directory has such a name. */
static cell_error_t check_free(struct ext4_node *directory, const char *name, size_t length)
{
    struct ext4_place place;
    cell_error_t error = ext4_find(directory, name, length, &place);

    if (error == CELL_OK)
        ext4_put(place.buffer);
    return error == CELL_OK ? CELL_EXISTS : error == CELL_NOT_FOUND ? CELL_OK
                                                                    : error;
}

/* ---- Making ---------------------------------------------------------------------------------------------------------------- */

/* Lets an inode have extents, and none so far. */
static void begin_extents(struct ext4_node *node)
{
    node->inode->flags |= EXT4_INODE_EXTENTS;
    *(struct ext4_extent_header *)node->inode->block =
        (struct ext4_extent_header){.magic = EXT4_EXTENT_MAGIC, .max = 4};
}

static cell_error_t put_target(struct ext4_node *node, const char *target, size_t length)
{
    struct ext4 *fs = node->fs;
    struct ext4_run taken;
    struct ext4_buffer *buffer;

    ext4_node_set_size(node, length);
    if (length < EXT4_INODE_BLOCK_BYTES) {
        memcpy(node->inode->block, target, length);
        return CELL_OK;
    }
    begin_extents(node);
    cell_error_t error = ext4_take_blocks(fs, node->buffer->block, 1, &taken);

    if (error == CELL_OK)
        error = ext4_extent_add(node, 0, taken.first, 1, false);
    if (error == CELL_OK)
        error = ext4_node_count_blocks(node, 1);
    if (error == CELL_OK)
        error = ext4_get_new(fs, taken.first, EXT4_LINK_TARGET, node->number, 0, &buffer);
    if (error != CELL_OK)
        return error;
    memcpy(buffer->data, target, length);
    ext4_put(buffer);
    return CELL_OK;
}

/* Fills what is special to a kind of file. */
static cell_error_t fill(struct ext4_node *node, struct ext4_node *directory, const char *target, size_t target_length)
{
    cell_error_t error;

    switch (ext4_type(node)) {
    case EXT4_MODE_REGULAR:
        begin_extents(node);
        return CELL_OK;
    case EXT4_MODE_DIRECTORY:
        begin_extents(node);
        node->inode->links = 2;
        error = ext4_directory_make(node, directory->number);
        return error == CELL_OK ? ext4_add_link(directory) : error;
    case EXT4_MODE_LINK:
        return put_target(node, target, target_length);
    default:
        return CELL_OK;
    }
}

static cell_error_t make_in(struct ext4_node *directory, const char *name, size_t length, const struct ext4_new *new,
                            const char *target, size_t target_length, uint32_t *inode)
{
    struct ext4 *fs = directory->fs;
    struct ext4_node node;
    bool is_directory = (new->mode &EXT4_MODE_TYPE) == EXT4_MODE_DIRECTORY;
    cell_error_t error = ext4_take_inode(fs, directory->number, is_directory, inode);

    if (error == CELL_OK)
        error = ext4_node_make(fs, *inode, new, &node);
    if (error != CELL_OK)
        return error;
    error = fill(&node, directory, target, target_length);
    if (error == CELL_OK)
        error = ext4_directory_add(directory, name, length, *inode, new->mode);
    if (error == CELL_OK)
        error = ext4_node_change(directory);
    if (error == CELL_OK)
        ext4_node_touch(directory, true);
    ext4_node_put(&node);
    return error;
}

static cell_error_t make_once(struct ext4 *fs, uint32_t directory, const char *name, size_t length, const struct ext4_new *new,
                              const char *target, size_t target_length, uint32_t *inode)
{
    struct ext4_node node;
    cell_error_t error = ext4_begin(fs);

    if (error != CELL_OK)
        return error;
    error = ext4_get_directory(fs, directory, &node);
    if (error != CELL_OK)
        return ext4_end(fs, error);
    error = check_free(&node, name, length);
    if (error == CELL_OK)
        error = make_in(&node, name, length, new, target, target_length, inode);
    ext4_node_put(&node);
    return ext4_end(fs, error);
}

static cell_error_t make(struct ext4 *fs, uint32_t directory, const char *name, size_t length, const struct ext4_new *new,
                         const char *target, size_t target_length, uint32_t *inode)
{
    cell_error_t error = ext4_check_name(name, length);

    if (error != CELL_OK)
        return error;
    do
        error = make_once(fs, directory, name, length, new, target, target_length, inode);
    while (ext4_again(fs, &error));
    return error;
}

cell_error_t ext4_create(struct ext4 *fs, uint32_t directory, const char *name, size_t length, const struct ext4_new *new,
                         uint32_t *inode)
{
    uint32_t type = new->mode &EXT4_MODE_TYPE;

    if (type != EXT4_MODE_REGULAR && type != EXT4_MODE_DIRECTORY && type != EXT4_MODE_FIFO && type != EXT4_MODE_SOCKET)
        return CELL_BAD_ARGUMENT;
    return make(fs, directory, name, length, new, NULL, 0, inode);
}

cell_error_t ext4_symlink(struct ext4 *fs, uint32_t directory, const char *name, size_t length, const char *target,
                          size_t target_length, uint32_t *inode)
{
    const struct ext4_new new = {.mode = EXT4_MODE_LINK | 0777};

    if (target_length == 0 || memchr(target, 0, target_length) != NULL)
        return CELL_BAD_ARGUMENT;
    if (target_length >= fs->block_size)
        return CELL_NAME_TOO_LONG;
    return make(fs, directory, name, length, &new, target, target_length, inode);
}

static cell_error_t read_target(struct ext4_node *node, char *target, size_t *length)
{
    uint64_t size = ext4_node_size(node);
    struct ext4_mapping mapping;
    struct ext4_buffer *buffer;

    if (size < *length)
        *length = size;
    if ((node->inode->flags & EXT4_INODE_EXTENTS) == 0 && size < EXT4_INODE_BLOCK_BYTES) {
        memcpy(target, node->inode->block, *length);
        return CELL_OK;
    }
    if (size >= node->fs->block_size)
        return ext4_corrupt(node->fs, node->buffer->block, "a symbolic link is longer than a block");
    cell_error_t error = ext4_map(node, 0, &mapping);

    if (error == CELL_OK && mapping.first == 0)
        error = ext4_corrupt(node->fs, node->buffer->block, "a symbolic link leads nowhere");
    if (error == CELL_OK)
        error = ext4_get(node->fs, mapping.first, EXT4_LINK_TARGET, node->number, 0, &buffer);
    if (error != CELL_OK)
        return error;
    memcpy(target, buffer->data, *length);
    ext4_put(buffer);
    return CELL_OK;
}

cell_error_t ext4_read_link(struct ext4 *fs, uint32_t inode, char *target, size_t *length)
{
    struct ext4_node node;
    cell_error_t error = ext4_node(fs, inode, &node);

    if (error != CELL_OK)
        return error;
    error = ext4_type(&node) == EXT4_MODE_LINK ? read_target(&node, target, length) : CELL_BAD_ARGUMENT;
    ext4_node_put(&node);
    return error;
}

/* ---- Further names, and removing -------------------------------------------------------------------------------------------- */

static cell_error_t link_in(struct ext4_node *directory, struct ext4_node *node, const char *name, size_t length)
{
    if (ext4_is_directory(node))
        return CELL_IS_DIRECTORY;
    if (node->inode->links == 0)
        return CELL_NOT_FOUND;
    cell_error_t error = check_free(directory, name, length);

    if (error == CELL_OK)
        error = ext4_add_link(node);

    if (error == CELL_OK)
        error = ext4_directory_add(directory, name, length, node->number, node->inode->mode);
    if (error == CELL_OK)
        error = ext4_node_change(directory);
    if (error == CELL_OK) {
        ext4_node_touch(node, false);
        ext4_node_touch(directory, true);
    }
    return error;
}

static cell_error_t link_once(struct ext4 *fs, uint32_t inode, uint32_t directory, const char *name, size_t length)
{
    struct ext4_node in, node;
    cell_error_t error = ext4_begin(fs);

    if (error != CELL_OK)
        return error;
    error = ext4_get_directory(fs, directory, &in);
    if (error != CELL_OK)
        return ext4_end(fs, error);
    error = ext4_node(fs, inode, &node);
    if (error == CELL_OK) {
        error = link_in(&in, &node, name, length);
        ext4_node_put(&node);
    }
    ext4_node_put(&in);
    return ext4_end(fs, error);
}

cell_error_t ext4_link(struct ext4 *fs, uint32_t inode, uint32_t directory, const char *name, size_t length)
{
    cell_error_t error = ext4_check_name(name, length);

    if (error != CELL_OK)
        return error;
    do
        error = link_once(fs, inode, directory, name, length);
    while (ext4_again(fs, &error));
    return error;
}

cell_error_t ext4_check_removal(struct ext4_node *node, bool of_directory)
{
    bool empty = true;

    if (ext4_is_directory(node) != of_directory)
        return of_directory ? CELL_NOT_DIRECTORY : CELL_IS_DIRECTORY;
    cell_error_t error = of_directory ? ext4_directory_empty(node, &empty) : CELL_OK;

    return error == CELL_OK && !empty ? CELL_NOT_EMPTY : error;
}

static cell_error_t unlink_in(struct ext4_node *directory, struct ext4_node *node, const char *name, size_t length,
                              bool of_directory, uint32_t *later)
{
    cell_error_t error = ext4_check_removal(node, of_directory);

    if (error == CELL_OK)
        error = ext4_directory_remove(directory, name, length);
    if (error == CELL_OK)
        error = of_directory ? ext4_remove_link(directory) : ext4_node_change(directory);
    if (error == CELL_OK)
        ext4_node_touch(directory, true);
    return error == CELL_OK ? ext4_lost_name(node, later) : error;
}

cell_error_t ext4_get_named(struct ext4_node *directory, const char *name, size_t length, struct ext4_node *node)
{
    struct ext4_place place;
    cell_error_t error = ext4_find(directory, name, length, &place);

    if (error != CELL_OK)
        return error;
    uint32_t number = place.entry->inode;
    uint64_t block = place.buffer->block;

    ext4_put(place.buffer);
    error = ext4_node(directory->fs, number, node);
    return error == CELL_NOT_FOUND ? ext4_corrupt(directory->fs, block, "an entry of a directory leads nowhere") : error;
}

cell_error_t ext4_unlink(struct ext4 *fs, uint32_t directory, const char *name, size_t length, bool of_directory)
{
    struct ext4_node in, node;
    uint32_t later = 0;
    cell_error_t error = ext4_check_name(name, length);

    if (error == CELL_OK)
        error = ext4_begin(fs);
    if (error != CELL_OK)
        return error;
    error = ext4_get_directory(fs, directory, &in);
    if (error != CELL_OK)
        return ext4_end(fs, error);
    error = ext4_get_named(&in, name, length, &node);
    if (error == CELL_OK) {
        error = unlink_in(&in, &node, name, length, of_directory, &later);
        ext4_node_put(&node);
    }
    ext4_node_put(&in);
    return ext4_end_and_delete(fs, error, later);
}
