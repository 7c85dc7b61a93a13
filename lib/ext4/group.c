/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/group.c: descriptors of block groups, and their bitmaps. Blocks of descriptors stay in memory from their first
 * use. Bitmaps that mke2fs left unmade are made when something is taken from them. ("Block Group Descriptors")
 */
#include "lib/ext4/internal.h"

#include <string.h>

static uint64_t wide(const struct ext4 *fs, uint32_t lo, uint32_t hi)
{
    return lo | (fs->descriptor_size > EXT4_DESCRIPTOR_SMALL ? (uint64_t)hi << 32 : 0);
}

static uint64_t block_bitmap_of(const struct ext4 *fs, const struct ext4_descriptor *descriptor)
{
    return wide(fs, descriptor->block_bitmap_lo, fs->descriptor_size > EXT4_DESCRIPTOR_SMALL ? descriptor->block_bitmap_hi : 0);
}

static uint64_t inode_bitmap_of(const struct ext4 *fs, const struct ext4_descriptor *descriptor)
{
    return wide(fs, descriptor->inode_bitmap_lo, fs->descriptor_size > EXT4_DESCRIPTOR_SMALL ? descriptor->inode_bitmap_hi : 0);
}

uint64_t ext4_group_inode_table(const struct ext4 *fs, const struct ext4_descriptor *descriptor)
{
    return wide(fs, descriptor->inode_table_lo, fs->descriptor_size > EXT4_DESCRIPTOR_SMALL ? descriptor->inode_table_hi : 0);
}

static uint32_t inode_table_blocks(const struct ext4 *fs)
{
    return (fs->inodes_per_group * fs->inode_size + fs->block_size - 1) >> fs->block_bits;
}

const char *ext4_descriptor_fault(const struct ext4 *fs, const struct ext4_descriptor *descriptor)
{
    uint64_t blocks = block_bitmap_of(fs, descriptor), inodes = inode_bitmap_of(fs, descriptor);
    uint64_t table = ext4_group_inode_table(fs, descriptor);

    if (blocks <= fs->first_block || blocks >= fs->blocks || inodes <= fs->first_block || inodes >= fs->blocks ||
        table <= fs->first_block || table >= fs->blocks || fs->blocks - table < inode_table_blocks(fs))
        return "a group descriptor leads outside the file system";
    return NULL;
}

cell_error_t ext4_group(struct ext4 *fs, uint32_t group, struct ext4_buffer **buffer, struct ext4_descriptor **descriptor)
{
    uint32_t number = group / fs->descriptors_per_block;

    if (fs->descriptors[number] == NULL) {
        cell_error_t error = ext4_get(fs, fs->first_block + 1 + number, EXT4_DESCRIPTORS, number, 0, &fs->descriptors[number]);

        if (error != CELL_OK) {
            fs->descriptors[number] = NULL;
            return error;
        }
    }
    *buffer = fs->descriptors[number];
    *descriptor = (struct ext4_descriptor *)((*buffer)->data + group % fs->descriptors_per_block * fs->descriptor_size);
    return CELL_OK;
}

cell_error_t ext4_group_change(struct ext4 *fs, uint32_t group)
{
    struct ext4_buffer *buffer;
    struct ext4_descriptor *descriptor;
    cell_error_t error = ext4_group(fs, group, &buffer, &descriptor);

    return error != CELL_OK ? error : ext4_change(fs, buffer, descriptor, fs->descriptor_size < 64 ? fs->descriptor_size : 64);
}

uint32_t ext4_group_count(const struct ext4 *fs, uint16_t lo, uint16_t hi)
{
    return lo | (fs->descriptor_size > EXT4_DESCRIPTOR_SMALL ? (uint32_t)hi << 16 : 0);
}

static bool is_power_of(uint32_t number, uint32_t base)
{
    while (number % base == 0)
        number /= base;
    return number == 1;
}

bool ext4_group_has_super(const struct ext4 *fs, uint32_t group)
{
    if (group == 0)
        return true;
    if (fs->compat & EXT4_COMPAT_SPARSE_SUPER2)
        return group == fs->super_data->backup_groups[0] || group == fs->super_data->backup_groups[1];
    return (fs->ro_compat & EXT4_RO_SPARSE_SUPER) == 0 || group == 1 || is_power_of(group, 3) || is_power_of(group, 5) ||
           is_power_of(group, 7);
}

uint32_t ext4_group_blocks(const struct ext4 *fs, uint32_t group)
{
    uint64_t left = fs->blocks - fs->first_block - (uint64_t)group * fs->blocks_per_group;

    return left < fs->blocks_per_group ? (uint32_t)left : fs->blocks_per_group;
}

/* Blocks of the superblock, the descriptors, and the room for more of them. */
static uint64_t super_blocks(const struct ext4 *fs)
{
    return 1 + (fs->groups + fs->descriptors_per_block - 1) / fs->descriptors_per_block + fs->super_data->reserved_descriptor_blocks;
}

cell_error_t ext4_group_run(struct ext4 *fs, uint32_t group, unsigned number, struct ext4_run *run)
{
    struct ext4_buffer *buffer;
    struct ext4_descriptor *descriptor;
    cell_error_t error = ext4_group(fs, group, &buffer, &descriptor);

    if (error != CELL_OK)
        return error;
    const struct ext4_run runs[EXT4_GROUP_RUNS] = {
        {fs->first_block + (uint64_t)group * fs->blocks_per_group, ext4_group_has_super(fs, group) ? super_blocks(fs) : 0},
        {block_bitmap_of(fs, descriptor), 1},
        {inode_bitmap_of(fs, descriptor), 1},
        {ext4_group_inode_table(fs, descriptor), inode_table_blocks(fs)},
    };

    *run = runs[number];
    return CELL_OK;
}

/* ---- Bitmaps that have never been used ---------------------------------------------------------------------------------- */

static void set_bits(uint8_t *bitmap, uint64_t first, uint64_t end)
{
    for (; first < end; first++)
        bitmap[first / 8] |= (uint8_t)(1u << first % 8);
}

/* Sets the bits of those of `count` blocks that are in the group. */
static void mark(const struct ext4 *fs, uint32_t group, uint8_t *bitmap, uint64_t first, uint64_t count)
{
    uint64_t start = fs->first_block + (uint64_t)group * fs->blocks_per_group, end = start + ext4_group_blocks(fs, group);
    uint64_t from = first > start ? first : start, to = first + count < end ? first + count : end;

    if (from < to)
        set_bits(bitmap, from - start, to - start);
}

/* Fills the block bitmap of a group in which nothing but bookkeeping is: its own copies, and what the groups that lie
 * together keep in it. */
static cell_error_t make_block_bitmap(struct ext4 *fs, uint32_t group, uint8_t *bitmap)
{
    uint64_t start = fs->first_block + (uint64_t)group * fs->blocks_per_group;
    uint32_t first = group - group % fs->flex_groups;

    memset(bitmap, 0, fs->block_size);
    if (ext4_group_has_super(fs, group))
        mark(fs, group, bitmap, start, super_blocks(fs));
    for (uint32_t other = first; other < first + fs->flex_groups && other < fs->groups; other++) {
        struct ext4_buffer *buffer;
        struct ext4_descriptor *descriptor;
        cell_error_t error = ext4_group(fs, other, &buffer, &descriptor);

        if (error != CELL_OK)
            return error;
        mark(fs, group, bitmap, block_bitmap_of(fs, descriptor), 1);
        mark(fs, group, bitmap, inode_bitmap_of(fs, descriptor), 1);
        mark(fs, group, bitmap, ext4_group_inode_table(fs, descriptor), inode_table_blocks(fs));
    }
    set_bits(bitmap, ext4_group_blocks(fs, group), (uint64_t)fs->block_size * 8);
    return CELL_OK;
}

/* Clears a flag that says that a bitmap has not been made. */
static cell_error_t clear_flag(struct ext4 *fs, uint32_t group, struct ext4_descriptor *descriptor, unsigned flag)
{
    cell_error_t error = ext4_group_change(fs, group);

    if (error == CELL_OK)
        descriptor->flags &= (uint16_t)~flag;
    return error;
}

cell_error_t ext4_block_bitmap(struct ext4 *fs, uint32_t group, struct ext4_buffer **bitmap)
{
    struct ext4_buffer *buffer;
    struct ext4_descriptor *descriptor;
    cell_error_t error = ext4_group(fs, group, &buffer, &descriptor);

    if (error != CELL_OK)
        return error;
    uint64_t block = block_bitmap_of(fs, descriptor);

    if ((descriptor->flags & EXT4_GROUP_BLOCK_UNINIT) == 0)
        return ext4_get(fs, block, EXT4_BLOCK_BITMAP, group, 0, bitmap);
    error = ext4_get_new(fs, block, EXT4_BLOCK_BITMAP, group, 0, bitmap);
    if (error != CELL_OK)
        return error;
    error = make_block_bitmap(fs, group, (*bitmap)->data);
    if (error == CELL_OK)
        error = clear_flag(fs, group, descriptor, EXT4_GROUP_BLOCK_UNINIT);
    if (error != CELL_OK)
        ext4_put(*bitmap);
    return error;
}

cell_error_t ext4_inode_bitmap(struct ext4 *fs, uint32_t group, struct ext4_buffer **bitmap)
{
    struct ext4_buffer *buffer;
    struct ext4_descriptor *descriptor;
    cell_error_t error = ext4_group(fs, group, &buffer, &descriptor);

    if (error != CELL_OK)
        return error;
    uint64_t block = inode_bitmap_of(fs, descriptor);

    if ((descriptor->flags & EXT4_GROUP_INODE_UNINIT) == 0)
        return ext4_get(fs, block, EXT4_INODE_BITMAP, group, 0, bitmap);
    error = ext4_get_new(fs, block, EXT4_INODE_BITMAP, group, 0, bitmap);
    if (error != CELL_OK)
        return error;
    set_bits((*bitmap)->data, fs->inodes_per_group, (uint64_t)fs->block_size * 8);
    error = clear_flag(fs, group, descriptor, EXT4_GROUP_INODE_UNINIT);
    if (error != CELL_OK)
        ext4_put(*bitmap);
    return error;
}
