/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/ext4/extent.h: ways down a tree of extents, which extent.c reads and extent_change.c changes. */
#pragma once

#include "lib/ext4/internal.h"

#define EXT4_ROOT_ROOM 4u /* entries in an inode */

struct ext4_level {
    struct ext4_buffer *buffer; /* NULL: in the inode */
    struct ext4_extent_header *head;
    int at; /* the last entry that begins at the block or before it; -1: none */
};

/* From the inode (level 0) to a leaf (level `depth`). */
struct ext4_path {
    struct ext4_level levels[EXT4_EXTENT_DEPTH_MOST + 1];
    uint32_t depth;
};

/* Finds the way to a block; ended by ext4_path_put(), unless there was an error. */
cell_error_t ext4_path(struct ext4_node *node, uint32_t block, struct ext4_path *path);
void ext4_path_put(struct ext4_path *path);

static inline struct ext4_extent *ext4_extents(struct ext4_extent_header *head)
{
    return (struct ext4_extent *)(head + 1);
}

static inline struct ext4_extent_index *ext4_indices(struct ext4_extent_header *head)
{
    return (struct ext4_extent_index *)(head + 1);
}

static inline bool ext4_extent_unwritten(const struct ext4_extent *extent)
{
    return extent->length > EXT4_EXTENT_LENGTH_MOST;
}

static inline uint32_t ext4_extent_length(const struct ext4_extent *extent)
{
    return ext4_extent_unwritten(extent) ? extent->length - EXT4_EXTENT_LENGTH_MOST : extent->length;
}

static inline uint64_t ext4_extent_start(const struct ext4_extent *extent)
{
    return extent->start_lo | (uint64_t)extent->start_hi << 32;
}
