/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/ext4/extent.c: where blocks of a file are. ("Extent Tree") */
#include "lib/ext4/extent.h"

uint32_t ext4_extent_room(const struct ext4 *fs)
{
    return (fs->block_size - (uint32_t)sizeof(struct ext4_extent_header)) / (uint32_t)sizeof(struct ext4_extent);
}

static const char *leaf_fault(struct ext4_extent_header *head)
{
    uint64_t end = 0;

    for (uint32_t i = 0; i < head->entries; i++) {
        const struct ext4_extent *extent = &ext4_extents(head)[i];

        if (ext4_extent_length(extent) == 0)
            return "an empty extent";
        if (extent->first < end)
            return "extents overlap";
        end = (uint64_t)extent->first + ext4_extent_length(extent);
    }
    return end > UINT64_C(1) << 32 ? "an extent leads beyond the largest file" : NULL;
}

static const char *inner_fault(struct ext4_extent_header *head)
{
    if (head->entries == 0)
        return "an inner node without extents";
    for (uint32_t i = 1; i < head->entries; i++)
        if (ext4_indices(head)[i].first <= ext4_indices(head)[i - 1].first)
            return "nodes of extents overlap";
    return NULL;
}

const char *ext4_extent_fault(const struct ext4_extent_header *head, uint32_t room)
{
    struct ext4_extent_header *entries = (struct ext4_extent_header *)(uintptr_t)head;

    if (head->magic != EXT4_EXTENT_MAGIC)
        return "no extents, where some should be";
    if (head->max != room || head->entries > head->max || head->depth > EXT4_EXTENT_DEPTH_MOST)
        return "the head of extents is wrong";
    return head->depth == 0 ? leaf_fault(entries) : inner_fault(entries);
}

/* The last entry that begins at `block` or before it. Both kinds of entries begin with their first block. */
static int last_before(struct ext4_extent_header *head, uint32_t block)
{
    uint32_t low = 0, high = head->entries;

    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (ext4_extents(head)[middle].first <= block)
            low = middle + 1;
        else
            high = middle;
    }
    return (int)low - 1;
}

void ext4_path_put(struct ext4_path *path)
{
    for (uint32_t i = 1; i <= path->depth; i++)
        if (path->levels[i].buffer != NULL)
            ext4_put(path->levels[i].buffer);
}

cell_error_t ext4_path(struct ext4_node *node, uint32_t block, struct ext4_path *path)
{
    struct ext4 *fs = node->fs;
    struct ext4_extent_header *head = (struct ext4_extent_header *)node->inode->block;
    const char *fault = ext4_extent_fault(head, EXT4_ROOT_ROOM);

    if (fault != NULL)
        return ext4_corrupt(fs, node->buffer->block, fault);
    uint32_t depth = head->depth;

    path->depth = 0;
    path->levels[0] = (struct ext4_level){.head = head, .at = last_before(head, block)};
    while (head->depth > 0) {
        struct ext4_level *level = &path->levels[path->depth];

        if (level->at < 0)
            level->at = 0;
        const struct ext4_extent_index *index = &ext4_indices(head)[level->at];
        struct ext4_buffer *buffer;
        cell_error_t error = ext4_get_of(node, index->leaf_lo | (uint64_t)index->leaf_hi << 32, EXT4_EXTENTS, &buffer);

        if (error == CELL_OK) {
            head = (struct ext4_extent_header *)buffer->data;
            path->depth++;
            path->levels[path->depth] = (struct ext4_level){buffer, head, last_before(head, block)};
            if (head->depth != depth - path->depth)
                error = ext4_corrupt(fs, buffer->block, "a node of extents is at the wrong depth");
        }
        if (error != CELL_OK) {
            ext4_path_put(path);
            return error;
        }
    }
    return CELL_OK;
}

/* The first block behind the path's place that may have data. */
static uint64_t next_data(const struct ext4_path *path)
{
    for (uint32_t i = path->depth + 1; i-- > 0;) {
        const struct ext4_level *level = &path->levels[i];

        if (level->at + 1 < level->head->entries)
            return ext4_extents(level->head)[level->at + 1].first;
    }
    return UINT64_C(1) << 32;
}

static cell_error_t map_at(struct ext4_node *node, const struct ext4_path *path, uint32_t block, struct ext4_mapping *to)
{
    const struct ext4 *fs = node->fs;
    const struct ext4_level *leaf = &path->levels[path->depth];
    const struct ext4_extent *extent = leaf->at < 0 ? NULL : &ext4_extents(leaf->head)[leaf->at];

    if (extent != NULL && block - extent->first < ext4_extent_length(extent)) {
        uint32_t skip = block - extent->first, length = ext4_extent_length(extent);
        uint64_t start = ext4_extent_start(extent);

        if (start <= fs->first_block || start >= fs->blocks || length > fs->blocks - start)
            return ext4_corrupt(fs, start, "outside the file system, but part of a file");
        *to = (struct ext4_mapping){start + skip, length - skip, ext4_extent_unwritten(extent)};
        return CELL_OK;
    }
    uint64_t hole = next_data(path) - block;

    *to = (struct ext4_mapping){.count = hole > UINT32_MAX ? UINT32_MAX : (uint32_t)hole};
    return CELL_OK;
}

cell_error_t ext4_map(struct ext4_node *node, uint32_t block, struct ext4_mapping *to)
{
    struct ext4_path path;

    if (node->inode->flags & EXT4_INODE_INLINE)
        return CELL_UNSUPPORTED;
    if ((node->inode->flags & EXT4_INODE_EXTENTS) == 0)
        return ext4_map_by_blocks(node, block, to);
    cell_error_t error = ext4_path(node, block, &path);

    if (error != CELL_OK)
        return error;
    error = map_at(node, &path, block, to);
    ext4_path_put(&path);
    return error;
}
