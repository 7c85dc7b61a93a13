/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/ext4/block_map.c: where blocks of a file are that has no extents; such files are read, and not made.
 * ("Direct/Indirect Block Addressing") */
#include "lib/ext4/internal.h"

#define DIRECT 12u

/* Follows `levels` blocks of numbers from `start` down. */
static cell_error_t follow(struct ext4_node *node, uint64_t start, uint32_t levels, uint64_t index, struct ext4_mapping *to)
{
    struct ext4 *fs = node->fs;
    uint32_t bits = fs->block_bits - 2; /* of the numbers in a block */

    for (; levels > 0 && start != 0; levels--) {
        struct ext4_buffer *buffer;
        uint32_t shift = bits * (levels - 1);
        cell_error_t error = ext4_get(fs, start, EXT4_BLOCK_MAP, node->number, 0, &buffer);

        if (error != CELL_OK)
            return error;
        start = ((const uint32_t *)buffer->data)[index >> shift];
        index &= (UINT64_C(1) << shift) - 1;
        ext4_put(buffer);
    }
    if (start != 0 && (start <= fs->first_block || start >= fs->blocks))
        return ext4_corrupt(fs, start, "outside the file system, but part of a file");
    *to = (struct ext4_mapping){.first = start, .count = 1};
    return CELL_OK;
}

cell_error_t ext4_map_by_blocks(struct ext4_node *node, uint32_t block, struct ext4_mapping *to)
{
    uint32_t bits = node->fs->block_bits - 2;
    uint64_t index = block;

    if (index < DIRECT)
        return follow(node, node->inode->block[index], 0, 0, to);
    index -= DIRECT;
    for (uint32_t levels = 1; levels <= 3; levels++) {
        uint64_t most = UINT64_C(1) << bits * levels;

        if (index < most)
            return follow(node, node->inode->block[DIRECT + levels - 1], levels, index, to);
        index -= most;
    }
    return ext4_corrupt(node->fs, node->buffer->block, "a file is longer than its block map");
}
