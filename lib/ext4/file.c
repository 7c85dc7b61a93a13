/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/file.c: contents of files. Blocks are allocated when they are written; what lies between the end of a file and
 * the end of its last block is made zeros when the file grows.
 */
#include "lib/ext4/internal.h"

#include <string.h>

#define BLOCKS_AT_ONCE 256u /* of a write, in one step */

/* Gets a file that has contents. */
static cell_error_t regular(struct ext4 *fs, uint32_t inode, struct ext4_node *node)
{
    cell_error_t error = ext4_node(fs, inode, node);

    if (error != CELL_OK)
        return error;
    if (ext4_is_directory(node))
        error = CELL_IS_DIRECTORY;
    else if (ext4_type(node) != EXT4_MODE_REGULAR)
        error = CELL_BAD_ARGUMENT;
    else if (node->inode->flags & (EXT4_INODE_INLINE | EXT4_INODE_ENCRYPTED | EXT4_INODE_LARGE_XATTR))
        error = CELL_UNSUPPORTED;
    if (error != CELL_OK)
        ext4_node_put(node);
    return error;
}

/* The same, to be changed, at the beginning of a step. */
static cell_error_t begin(struct ext4 *fs, uint32_t inode, struct ext4_node *node)
{
    cell_error_t error = fs->unfinished == NULL ? CELL_OK : ext4_finish_cut(fs, inode);

    if (error == CELL_OK)
        error = ext4_begin(fs);
    if (error != CELL_OK)
        return error;
    error = regular(fs, inode, node);
    if (error == CELL_OK && (node->inode->flags & EXT4_INODE_EXTENTS) == 0)
        error = CELL_UNSUPPORTED;
    else if (error == CELL_OK && (node->inode->flags & (EXT4_INODE_IMMUTABLE | EXT4_INODE_VERITY)) != 0)
        error = CELL_DENIED;
    else if (error == CELL_OK)
        error = ext4_node_change(node);
    else
        return ext4_end(fs, error);
    if (error == CELL_OK)
        return CELL_OK;
    ext4_node_put(node);
    return ext4_end(fs, error);
}

static cell_error_t end(struct ext4_node *node, cell_error_t error)
{
    ext4_node_put(node);
    return ext4_end(node->fs, error);
}

/* ---- Reading -------------------------------------------------------------------------------------------------------------- */

/* Reads from one run of blocks, or a hole; returns the bytes in *done. */
static cell_error_t read_run(struct ext4_node *node, uint64_t offset, uint8_t *to, uint64_t length, uint64_t *done)
{
    struct ext4 *fs = node->fs;
    uint32_t skip = (uint32_t)(offset & (fs->block_size - 1));
    struct ext4_mapping mapping;
    cell_error_t error = ext4_map(node, (uint32_t)(offset >> fs->block_bits), &mapping);

    *done = 0;
    if (error != CELL_OK)
        return error;
    uint64_t bytes = ((uint64_t)mapping.count << fs->block_bits) - skip;

    if (bytes > length)
        bytes = length;
    if (mapping.first == 0 || mapping.unwritten) {
        memset(to, 0, bytes);
        *done = bytes;
        return CELL_OK;
    }
    for (uint64_t block = mapping.first; *done < bytes; block++) {
        uint64_t part = fs->block_size - skip < bytes - *done ? fs->block_size - skip : bytes - *done;
        struct ext4_buffer *buffer;

        if (part < bytes - *done)
            error = ext4_read_ahead(fs, block, (uint32_t)((bytes - *done + skip + fs->block_size - 1) >> fs->block_bits), node->number);
        if (error == CELL_OK)
            error = ext4_get(fs, block, EXT4_DATA, node->number, 0, &buffer);
        if (error != CELL_OK)
            return error;
        memcpy(to + *done, buffer->data + skip, part);
        ext4_put(buffer);
        *done += part;
        skip = 0;
    }
    return CELL_OK;
}

cell_error_t ext4_read(struct ext4 *fs, uint32_t inode, uint64_t offset, void *to, uint64_t length, uint64_t *done)
{
    struct ext4_node node;
    cell_error_t error = regular(fs, inode, &node);

    *done = 0;
    if (error != CELL_OK)
        return error;
    uint64_t size = ext4_node_size(&node), left = offset >= size ? 0 : size - offset;

    if (left > length)
        left = length;
    while (*done < left && error == CELL_OK) {
        uint64_t part;

        error = read_run(&node, offset + *done, (uint8_t *)to + *done, left - *done, &part);
        *done += part;
    }
    ext4_node_put(&node);
    return error;
}

/* ---- Blocks for data --------------------------------------------------------------------------------------------------------- */

/* Where the next block of a file should be: behind the one before it, or in the group of its inode. */
static uint64_t goal_of(struct ext4_node *node, uint32_t block)
{
    struct ext4 *fs = node->fs;
    struct ext4_mapping before;

    if (block > 0 && ext4_map(node, block - 1, &before) == CELL_OK && before.first != 0)
        return before.first + 1;
    return fs->first_block + (uint64_t)((node->number - 1) / fs->inodes_per_group) * fs->blocks_per_group;
}

/* Fills (part of) a hole with blocks. */
static cell_error_t fill_hole(struct ext4_node *node, uint32_t block, uint32_t want, bool unwritten, struct ext4_mapping *mapping)
{
    uint32_t most = EXT4_EXTENT_LENGTH_MOST - 1;
    struct ext4_run taken;
    cell_error_t error = ext4_take_blocks(node->fs, goal_of(node, block), want < most ? want : most, &taken);

    if (error == CELL_OK)
        error = ext4_extent_add(node, block, taken.first, (uint32_t)taken.count, unwritten);
    if (error == CELL_OK)
        error = ext4_node_count_blocks(node, (int64_t)taken.count);
    *mapping = (struct ext4_mapping){taken.first, (uint32_t)taken.count, unwritten};
    return error;
}

/* Lets blocks that were only allocated count as written. */
static cell_error_t make_written(struct ext4_node *node, uint32_t block, const struct ext4_mapping *mapping)
{
    bool done;
    cell_error_t error = ext4_extent_remove(node, block, block + mapping->count - 1, false, &done);

    if (error == CELL_OK && !done)
        error = CELL_NO_MEMORY; /* of the step: one run does not have that many extents */
    return error == CELL_OK ? ext4_extent_add(node, block, mapping->first, mapping->count, false) : error;
}

/* Blocks to be written: *fresh says that nothing was in them. */
static cell_error_t map_for_write(struct ext4_node *node, uint32_t block, uint32_t want, struct ext4_mapping *mapping, bool *fresh)
{
    cell_error_t error = ext4_map(node, block, mapping);

    if (error != CELL_OK)
        return error;
    if (mapping->count > want)
        mapping->count = want;
    *fresh = mapping->first == 0 || mapping->unwritten;
    if (mapping->first == 0)
        return fill_hole(node, block, mapping->count, false, mapping);
    return mapping->unwritten ? make_written(node, block, mapping) : CELL_OK;
}

/* ---- Writing -------------------------------------------------------------------------------------------------------------------- */

/* Makes bytes of a block zeros (from == NULL) or others; a block that is not there reads as zeros already. */
static cell_error_t put_part(struct ext4_node *node, uint64_t block, bool fresh, uint32_t skip, const uint8_t *from, uint32_t bytes)
{
    struct ext4 *fs = node->fs;
    struct ext4_buffer *buffer;
    cell_error_t error;

    if (fresh)
        error = ext4_get_new(fs, block, EXT4_DATA, node->number, 0, &buffer);
    else if (bytes == fs->block_size)
        error = ext4_get_whole(fs, block, node->number, &buffer);
    else
        error = ext4_get(fs, block, EXT4_DATA, node->number, 0, &buffer);
    if (error != CELL_OK)
        return error;
    if (from == NULL)
        memset(buffer->data + skip, 0, bytes);
    else
        memcpy(buffer->data + skip, from, bytes);
    if (buffer->state == EXT4_CLEAN)
        ext4_set_state(fs, buffer, EXT4_DIRTY);
    ext4_put(buffer);
    return CELL_OK;
}

/* Makes what is there of a range of bytes zeros, within one block. */
static cell_error_t zero_part(struct ext4_node *node, uint64_t offset, uint64_t to)
{
    struct ext4 *fs = node->fs;
    struct ext4_mapping mapping;
    cell_error_t error = offset < to ? ext4_map(node, (uint32_t)(offset >> fs->block_bits), &mapping) : CELL_OK;

    if (error != CELL_OK || offset >= to || mapping.first == 0 || mapping.unwritten)
        return error;
    return put_part(node, mapping.first, false, (uint32_t)(offset & (fs->block_size - 1)), NULL, (uint32_t)(to - offset));
}

/* The end of the block that a byte is in. */
static uint64_t block_end(const struct ext4 *fs, uint64_t offset)
{
    return (offset | (fs->block_size - 1)) + 1;
}

/* Before a file gets larger than it is: zeros behind its end. */
static cell_error_t zero_tail(struct ext4_node *node, uint64_t new_size)
{
    uint64_t size = ext4_node_size(node), end_of_block;

    if (new_size <= size || size % node->fs->block_size == 0)
        return CELL_OK;
    end_of_block = block_end(node->fs, size);
    return zero_part(node, size, new_size < end_of_block ? new_size : end_of_block);
}

static cell_error_t write_blocks(struct ext4_node *node, uint64_t offset, const uint8_t *from, uint64_t length, uint64_t *done)
{
    struct ext4 *fs = node->fs;
    cell_error_t error = CELL_OK;

    for (*done = 0; *done < length && error == CELL_OK && !ext4_step_full(fs);) {
        uint64_t at = offset + *done, last = (offset + length - 1) >> fs->block_bits;
        uint32_t block = (uint32_t)(at >> fs->block_bits), skip = (uint32_t)(at & (fs->block_size - 1));
        struct ext4_mapping mapping;
        bool fresh;

        error = map_for_write(node, block, (uint32_t)(last - block + 1), &mapping, &fresh);
        for (uint32_t i = 0; error == CELL_OK && i < mapping.count; i++) {
            uint64_t part = fs->block_size - skip < length - *done ? fs->block_size - skip : length - *done;

            error = put_part(node, mapping.first + i, fresh, skip, from + *done, (uint32_t)part);
            *done += part;
            skip = 0;
        }
    }
    return error;
}

static cell_error_t write_step(struct ext4 *fs, uint32_t inode, uint64_t offset, const uint8_t *from, uint64_t length, uint64_t *done)
{
    struct ext4_node node;
    cell_error_t error = begin(fs, inode, &node);

    *done = 0;
    if (error != CELL_OK)
        return error;
    error = zero_tail(&node, offset);
    if (error == CELL_OK)
        error = write_blocks(&node, offset, from, length, done);
    if (error == CELL_OK) {
        if (offset + *done > ext4_node_size(&node))
            ext4_node_set_size(&node, offset + *done);
        ext4_node_touch(&node, true);
    }
    return end(&node, error);
}

/* One byte behind the largest file. */
static uint64_t size_most(const struct ext4 *fs)
{
    return (UINT64_C(1) << (32 + fs->block_bits)) - fs->block_size;
}

cell_error_t ext4_write(struct ext4 *fs, uint32_t inode, uint64_t offset, const void *from, uint64_t length, uint64_t *done)
{
    uint64_t most = (uint64_t)BLOCKS_AT_ONCE << fs->block_bits;
    cell_error_t error = CELL_OK;

    *done = 0;
    if (offset > size_most(fs) || length > size_most(fs) - offset)
        return CELL_TOO_LARGE;
    while (*done < length && error == CELL_OK) {
        uint64_t part, at = offset + *done, left = length - *done;

        error = write_step(fs, inode, at, (const uint8_t *)from + *done, left < most ? left : most, &part);
        if (error == CELL_OK)
            *done += part;
        else if (!ext4_again(fs, &error) && error == CELL_FULL && most > fs->block_size) {
            most = fs->block_size; /* as far as it goes */
            error = CELL_OK;
        }
    }
    return error;
}

/* ---- Size ------------------------------------------------------------------------------------------------------------------------- */

static bool has_small_tree(const struct ext4_node *node)
{
    return ((const struct ext4_extent_header *)node->inode->block)->depth == 0;
}

/* Cuts at once what is small; *more: the rest is to be cut in further steps. */
static cell_error_t shrink(struct ext4_node *node, uint64_t size, bool *more)
{
    bool done = false;
    cell_error_t error = CELL_OK;

    ext4_node_set_size(node, size);
    if (has_small_tree(node))
        error = ext4_extent_remove(node, ext4_blocks_of(node->fs, size), UINT32_MAX, true, &done);
    *more = !done;
    if (error == CELL_OK && !done && node->inode->links > 0)
        error = ext4_orphan_add(node);
    return error;
}

cell_error_t ext4_resize(struct ext4 *fs, uint32_t inode, uint64_t size)
{
    struct ext4_node node;
    bool more = false;

    if (size > size_most(fs))
        return CELL_TOO_LARGE;
    cell_error_t error = begin(fs, inode, &node);

    if (error != CELL_OK)
        return error;
    if (size >= ext4_node_size(&node)) {
        error = zero_tail(&node, size);
        if (error == CELL_OK)
            ext4_node_set_size(&node, size);
    } else {
        error = shrink(&node, size, &more);
    }
    if (error == CELL_OK)
        ext4_node_touch(&node, true);
    error = end(&node, error);
    return error == CELL_OK && more ? ext4_finish_later(fs, inode, true) : error;
}

/* ---- Holes and allocation ------------------------------------------------------------------------------------------------------------ */

/* Makes the parts of a range zeros that are less than a block, at its two ends. */
static cell_error_t zero_ends(struct ext4_node *node, uint64_t offset, uint64_t to)
{
    const struct ext4 *fs = node->fs;
    uint64_t first_end = block_end(fs, offset), last_start = to & ~(uint64_t)(fs->block_size - 1);
    cell_error_t error = CELL_OK;

    if (offset % fs->block_size != 0)
        error = zero_part(node, offset, to < first_end ? to : first_end);
    if (error == CELL_OK && to % fs->block_size != 0 && last_start >= offset)
        error = zero_part(node, last_start, to);
    return error;
}

static cell_error_t punch_step(struct ext4 *fs, uint32_t inode, uint64_t offset, uint64_t to, bool *done)
{
    struct ext4_node node;
    uint64_t first = (offset + fs->block_size - 1) >> fs->block_bits, behind = to >> fs->block_bits;
    cell_error_t error = begin(fs, inode, &node);

    if (error != CELL_OK)
        return error;
    error = zero_ends(&node, offset, to);
    *done = true;
    if (error == CELL_OK && first < behind)
        error = ext4_extent_remove(&node, (uint32_t)first, (uint32_t)(behind - 1), true, done);
    if (error == CELL_OK)
        ext4_node_touch(&node, true);
    return end(&node, error);
}

cell_error_t ext4_punch(struct ext4 *fs, uint32_t inode, uint64_t offset, uint64_t length)
{
    bool done = false;
    cell_error_t error = CELL_OK;

    if (length == 0 || offset > size_most(fs))
        return length == 0 ? CELL_BAD_ARGUMENT : CELL_OK;
    if (length > size_most(fs) - offset)
        length = size_most(fs) - offset;
    while (error == CELL_OK && !done)
        error = punch_step(fs, inode, offset, offset + length, &done);
    return error;
}

/* Fills holes from *block to `behind`, as many as the step holds. */
static cell_error_t allocate_step(struct ext4 *fs, uint32_t inode, uint32_t *block, uint32_t behind, uint64_t size)
{
    struct ext4_node node;
    uint32_t at = *block;
    cell_error_t error = begin(fs, inode, &node);

    if (error != CELL_OK)
        return error;
    while (at < behind && error == CELL_OK && !ext4_step_full(fs)) {
        struct ext4_mapping mapping;

        error = ext4_map(&node, at, &mapping);
        if (error != CELL_OK)
            break;
        if (mapping.count > behind - at)
            mapping.count = behind - at;
        if (mapping.first == 0)
            error = fill_hole(&node, at, mapping.count, true, &mapping);
        at += mapping.count;
    }
    if (error == CELL_OK && at == behind && size > ext4_node_size(&node)) {
        error = zero_tail(&node, size);
        ext4_node_set_size(&node, size);
    }
    if (error == CELL_OK)
        ext4_node_touch(&node, true);
    error = end(&node, error);
    if (error == CELL_OK)
        *block = at;
    return error;
}

cell_error_t ext4_allocate(struct ext4 *fs, uint32_t inode, uint64_t offset, uint64_t length, bool keep_size)
{
    if (length == 0)
        return CELL_BAD_ARGUMENT;
    if (offset > size_most(fs) || length > size_most(fs) - offset)
        return CELL_TOO_LARGE;
    uint32_t block = (uint32_t)(offset >> fs->block_bits), behind = ext4_blocks_of(fs, offset + length);
    cell_error_t error = CELL_OK;

    while (error == CELL_OK && block < behind) {
        error = allocate_step(fs, inode, &block, behind, keep_size ? 0 : offset + length);
        ext4_again(fs, &error);
    }
    return error;
}

cell_error_t ext4_seek(struct ext4 *fs, uint32_t inode, uint64_t offset, bool hole, uint64_t *found)
{
    struct ext4_node node;
    cell_error_t error = regular(fs, inode, &node);

    if (error != CELL_OK)
        return error;
    uint64_t size = ext4_node_size(&node), at = offset;

    while (at < size && error == CELL_OK) {
        struct ext4_mapping mapping;

        error = ext4_map(&node, (uint32_t)(at >> fs->block_bits), &mapping);
        if (error == CELL_OK && hole == (mapping.first == 0 || mapping.unwritten))
            break;
        at = ((at >> fs->block_bits) + mapping.count) << fs->block_bits;
    }
    ext4_node_put(&node);
    if (error != CELL_OK)
        return error;
    if (offset >= size || (!hole && at >= size))
        return CELL_NOT_FOUND;
    *found = at < size ? at : size;
    return CELL_OK;
}
