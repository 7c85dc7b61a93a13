/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/orphan.c: files that are in use without a name, and files that are being cut. They are in a list, so that a mount
 * after a power cut finishes the work: it begins in the superblock, and each inode has the next one where it else has the
 * time of its deletion. What Linux has noted in an orphan file is moved to the list. ("Orphan file")
 */
#include "lib/ext4/internal.h"

#include <stdlib.h>

/* ---- The list ------------------------------------------------------------------------------------------------------------ */

static cell_error_t set_first(struct ext4 *fs, uint32_t number)
{
    cell_error_t error = ext4_change(fs, fs->super, &fs->super_data->last_orphan, sizeof fs->super_data->last_orphan);

    if (error == CELL_OK)
        fs->super_data->last_orphan = number;
    return error;
}

cell_error_t ext4_orphan_add(struct ext4_node *node)
{
    uint32_t first = node->fs->super_data->last_orphan;
    cell_error_t error = ext4_node_change(node);

    if (error == CELL_OK)
        error = set_first(node->fs, node->number);
    if (error == CELL_OK)
        node->inode->dtime = first;
    return error;
}

/* Lets the one before `number` lead to `next`. */
static cell_error_t pass_over(struct ext4 *fs, uint32_t number, uint32_t next)
{
    uint32_t at = fs->super_data->last_orphan;

    for (uint32_t steps = 0; steps < fs->inodes && at != 0; steps++) {
        struct ext4_node node;
        cell_error_t error = ext4_node(fs, at, &node);

        if (error != CELL_OK)
            return error;
        at = node.inode->dtime;
        if (at == number) {
            error = ext4_node_change(&node);
            if (error == CELL_OK)
                node.inode->dtime = next;
            ext4_node_put(&node);
            return error;
        }
        ext4_node_put(&node);
    }
    return ext4_corrupt(fs, fs->super->block, "the list of orphans is broken");
}

static cell_error_t remove_orphan(struct ext4_node *node)
{
    struct ext4 *fs = node->fs;
    uint32_t next = node->inode->dtime;
    cell_error_t error = fs->super_data->last_orphan == node->number ? set_first(fs, next) : pass_over(fs, node->number, next);

    if (error == CELL_OK)
        error = ext4_node_change(node);
    if (error == CELL_OK)
        node->inode->dtime = 0;
    return error;
}

/* ---- Deleting --------------------------------------------------------------------------------------------------------------- */

/* Gives up a block of extended attributes, which several files can share. */
static cell_error_t drop_xattrs(struct ext4_node *node)
{
    struct ext4 *fs = node->fs;
    uint64_t block = node->inode->xattr_lo | (uint64_t)node->inode->xattr_hi << 32;
    struct ext4_buffer *buffer;

    if (block == 0)
        return CELL_OK;
    cell_error_t error = ext4_get(fs, block, EXT4_XATTRS, 0, 0, &buffer);

    if (error != CELL_OK)
        return error;
    struct ext4_xattr_head *head = (struct ext4_xattr_head *)buffer->data;
    bool last = head->references == 1;

    if (!last)
        error = ext4_change(fs, buffer, head, sizeof *head);
    if (!last && error == CELL_OK)
        head->references--;
    ext4_put(buffer);
    return last && error == CELL_OK ? ext4_free_blocks(fs, block, 1, true) : error;
}

static bool has_extents(const struct ext4_node *node)
{
    return (node->inode->flags & EXT4_INODE_EXTENTS) != 0;
}

/* Whether its data lies in blocks that this code cannot free. */
static bool is_foreign(const struct ext4_node *node)
{
    uint32_t type = ext4_type(node);

    return !has_extents(node) && ext4_node_blocks(node) != 0 &&
           (type == EXT4_MODE_REGULAR || type == EXT4_MODE_DIRECTORY || type == EXT4_MODE_LINK) &&
           !(type == EXT4_MODE_LINK && ext4_node_size(node) < EXT4_INODE_BLOCK_BYTES);
}

/* When an inode is deleted. A time that is less than the number of inodes would be taken for the next one of the list. */
static uint32_t deletion_time(const struct ext4 *fs)
{
    int64_t now = fs->options.now().seconds;

    return now < fs->inodes ? fs->inodes : (uint32_t)now;
}

/* Frees an inode whose blocks are freed. */
static cell_error_t free_inode(struct ext4_node *node)
{
    cell_error_t error = drop_xattrs(node);

    if (error == CELL_OK)
        error = ext4_free_inode(node->fs, node->number, ext4_is_directory(node));
    if (error == CELL_OK)
        error = ext4_node_change(node);
    if (error != CELL_OK)
        return error;
    node->inode->mode = 0;
    node->inode->links = 0;
    node->inode->xattr_lo = node->inode->xattr_hi = 0;
    node->inode->dtime = deletion_time(node->fs);
    ext4_node_set_size(node, 0);
    return CELL_OK;
}

bool ext4_can_delete_now(const struct ext4_node *node)
{
    const struct ext4_extent_header *head = (const struct ext4_extent_header *)node->inode->block;

    return !ext4_is_held(node->fs, node->number) && !ext4_is_being_cut(node->fs, node->number) &&
           (!has_extents(node) || head->depth == 0);
}

cell_error_t ext4_delete_now(struct ext4_node *node)
{
    bool done = true;
    cell_error_t error = is_foreign(node) ? CELL_UNSUPPORTED : CELL_OK;

    if (error == CELL_OK && has_extents(node))
        error = ext4_extent_remove(node, 0, UINT32_MAX, true, &done);
    if (error == CELL_OK && !done)
        error = ext4_orphan_add(node); /* too much for one step */
    return error == CELL_OK && done ? free_inode(node) : error;
}

/* One step of a deletion. */
static cell_error_t delete_part(struct ext4 *fs, uint32_t number, bool *done)
{
    struct ext4_node node;
    cell_error_t error = ext4_begin(fs);

    if (error != CELL_OK)
        return error;
    error = ext4_node(fs, number, &node);
    if (error != CELL_OK)
        return ext4_end(fs, error);
    *done = true;
    if (is_foreign(&node))
        error = CELL_UNSUPPORTED;
    else if (has_extents(&node))
        error = ext4_extent_remove(&node, 0, UINT32_MAX, true, done);
    if (error == CELL_OK && *done)
        error = remove_orphan(&node);
    if (error == CELL_OK && *done)
        error = free_inode(&node);
    ext4_node_put(&node);
    return ext4_end(fs, error);
}

cell_error_t ext4_delete(struct ext4 *fs, uint32_t number)
{
    bool done = false;
    cell_error_t error = CELL_OK;

    while (error == CELL_OK && !done)
        error = delete_part(fs, number, &done);
    return error;
}

static cell_error_t cut_part(struct ext4 *fs, uint32_t number, bool *done)
{
    struct ext4_node node;
    cell_error_t error = ext4_begin(fs);

    if (error != CELL_OK)
        return error;
    error = ext4_node(fs, number, &node);
    if (error != CELL_OK)
        return ext4_end(fs, error);
    error = has_extents(&node) ? ext4_extent_remove(&node, ext4_blocks_of(fs, ext4_node_size(&node)), UINT32_MAX, true, done)
                               : CELL_UNSUPPORTED;
    if (error == CELL_OK && *done && node.inode->links > 0)
        error = remove_orphan(&node);
    ext4_node_put(&node);
    return ext4_end(fs, error);
}

cell_error_t ext4_cut(struct ext4 *fs, uint32_t number)
{
    bool done = false;
    cell_error_t error = CELL_OK;

    while (error == CELL_OK && !done)
        error = cut_part(fs, number, &done);
    return error;
}

/* ---- At a mount ------------------------------------------------------------------------------------------------------------- */

/* Moves an entry of the orphan file to the list. */
static cell_error_t move_entry(struct ext4 *fs, struct ext4_buffer *buffer, uint32_t *entry)
{
    struct ext4_node node;
    cell_error_t error = ext4_begin(fs);

    if (error != CELL_OK)
        return error;
    error = ext4_node(fs, *entry, &node);
    if (error == CELL_OK) {
        error = ext4_orphan_add(&node);
        if (error == CELL_OK)
            error = ext4_change(fs, buffer, entry, sizeof *entry);
        if (error == CELL_OK)
            *entry = 0;
        ext4_node_put(&node);
    }
    return ext4_end(fs, error);
}

static cell_error_t move_block(struct ext4_node *file, uint32_t block)
{
    struct ext4 *fs = file->fs;
    struct ext4_mapping mapping;
    struct ext4_buffer *buffer;
    cell_error_t error = ext4_map(file, block, &mapping);

    if (error != CELL_OK || mapping.first == 0)
        return error;
    error = ext4_get(fs, mapping.first, EXT4_ORPHANS, file->number, ext4_inode_seed(file), &buffer);
    if (error != CELL_OK)
        return error;
    for (uint32_t i = 0; error == CELL_OK && i < (fs->block_size - sizeof(struct ext4_orphan_tail)) / 4; i++) {
        uint32_t *entry = (uint32_t *)(buffer->data + i * 4);

        if (*entry != 0)
            error = move_entry(fs, buffer, entry);
    }
    ext4_put(buffer);
    return error;
}

static cell_error_t empty_orphan_file(struct ext4 *fs)
{
    struct ext4_super *super = fs->super_data;
    struct ext4_node file;
    cell_error_t error = ext4_node(fs, super->orphan_file_inode, &file);

    if (error != CELL_OK)
        return error;
    uint32_t blocks = ext4_blocks_of(fs, ext4_node_size(&file));

    for (uint32_t block = 0; block < blocks && block < fs->blocks && error == CELL_OK; block++)
        error = move_block(&file, block);
    ext4_node_put(&file);
    if (error == CELL_OK)
        error = ext4_begin(fs);
    if (error != CELL_OK)
        return error;
    error = ext4_change(fs, fs->super, &super->ro_compat, sizeof super->ro_compat);
    if (error == CELL_OK)
        super->ro_compat &= ~(uint32_t)EXT4_RO_ORPHAN_PRESENT;
    return ext4_end(fs, error);
}

cell_error_t ext4_orphans_clean(struct ext4 *fs)
{
    cell_error_t error = CELL_OK;

    if (fs->super_data->ro_compat & EXT4_RO_ORPHAN_PRESENT)
        error = empty_orphan_file(fs);
    while (error == CELL_OK && fs->super_data->last_orphan != 0) {
        uint32_t number = fs->super_data->last_orphan;
        struct ext4_node node;

        error = ext4_node(fs, number, &node);
        if (error != CELL_OK)
            break;
        bool without_name = node.inode->links == 0;

        ext4_node_put(&node);
        error = without_name ? ext4_delete(fs, number) : ext4_cut(fs, number);
    }
    return error == CELL_NOT_FOUND ? ext4_corrupt(fs, fs->super->block, "the list of orphans leads nowhere") : error;
}
