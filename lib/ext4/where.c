/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/ext4/where.c: where files, and the file system's own bookkeeping, lie on the disk. */
#include "lib/ext4/extent.h"

/* The nodes of the tree on the way to a block. */
static cell_error_t find_nodes(struct ext4_node *node, struct ext4_part *part)
{
    struct ext4_path path;

    part->node_count = 0;
    if ((node->inode->flags & EXT4_INODE_EXTENTS) == 0)
        return CELL_OK;
    cell_error_t error = ext4_path(node, part->block, &path);

    if (error != CELL_OK)
        return error;
    for (uint32_t level = 1; level <= path.depth && level <= EXT4_PART_NODES; level++)
        part->nodes[part->node_count++] = path.levels[level].buffer->block;
    ext4_path_put(&path);
    return CELL_OK;
}

/* A file of so few bytes that they are in its inode has no blocks, whatever the bytes of its tree are; nor have devices. */
static bool has_blocks(const struct ext4_node *node)
{
    uint32_t type = ext4_type(node);

    return (node->inode->flags & EXT4_INODE_INLINE) == 0 &&
           (type == EXT4_MODE_REGULAR || type == EXT4_MODE_DIRECTORY || (node->inode->flags & EXT4_INODE_EXTENTS) != 0);
}

cell_error_t ext4_next_part(struct ext4 *fs, uint32_t inode, uint64_t block, struct ext4_part *part)
{
    struct ext4_mapping mapping = {0};
    struct ext4_node node;
    cell_error_t error = ext4_node(fs, inode, &node);

    if (error != CELL_OK)
        return error;
    uint64_t end = has_blocks(&node) ? UINT64_C(1) << 32 : 0;

    for (; block < end && error == CELL_OK; block += mapping.count) {
        error = ext4_map(&node, (uint32_t)block, &mapping);
        if (error != CELL_OK || mapping.first != 0)
            break;
        if (mapping.count == 0)
            end = 0;
    }
    if (error == CELL_OK && block >= end)
        error = CELL_NOT_FOUND;
    if (error == CELL_OK) {
        *part = (struct ext4_part){.block = (uint32_t)block, .run = {mapping.first, mapping.count}};
        error = find_nodes(&node, part);
    }
    ext4_node_put(&node);
    return error;
}

/* ---- Bookkeeping ---------------------------------------------------------------------------------------------------------- */

/* Groups that lie together have all of one kind in a row. */
cell_error_t ext4_bookkeeping(struct ext4 *fs, uint64_t number, struct ext4_run *run)
{
    uint64_t together = fs->flex_groups < fs->groups ? fs->flex_groups : fs->groups, runs = together * EXT4_GROUP_RUNS;
    uint64_t of_groups = (fs->groups + together - 1) / together * runs;
    uint64_t group = number / runs * together + number % together;

    *run = (struct ext4_run){0};
    if (number < of_groups)
        return group >= fs->groups ? CELL_OK : ext4_group_run(fs, (uint32_t)group, (unsigned)(number % runs / together), run);
    if (number - of_groups >= fs->journal.runs.count)
        return CELL_NOT_FOUND;
    *run = fs->journal.runs.at[number - of_groups];
    return CELL_OK;
}
