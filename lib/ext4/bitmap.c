/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/bitmap.c: taking and freeing blocks and inodes. Blocks are looked for from a goal onwards, through the group
 * and then through the others; inodes in the group of their directory first.
 */
#include "lib/ext4/internal.h"

#include <string.h>

static bool bit(const uint8_t *bitmap, uint32_t at)
{
    return bitmap[at / 8] >> at % 8 & 1;
}

/* The first clear bit from `at` on, or `end`. */
static uint32_t first_clear(const uint8_t *bitmap, uint32_t at, uint32_t end)
{
    while (at < end && at - at % 64 + 64 <= end) {
        uint64_t word;

        memcpy(&word, bitmap + at / 64 * 8, sizeof word);
        word |= (UINT64_C(1) << at % 64) - 1;
        at -= at % 64;
        if (word != UINT64_MAX)
            return at + (uint32_t)__builtin_ctzll(~word);
        at += 64;
    }
    while (at < end && bit(bitmap, at))
        at++;
    return at;
}

static uint32_t first_set(const uint8_t *bitmap, uint32_t at, uint32_t end)
{
    while (at < end && !bit(bitmap, at))
        at++;
    return at;
}

/* Sets or clears bits; they have been kept for undoing. */
static void put_bits(uint8_t *bitmap, uint32_t first, uint32_t count, bool set)
{
    for (uint32_t at = first; at < first + count; at++) {
        if (set)
            bitmap[at / 8] |= (uint8_t)(1u << at % 8);
        else
            bitmap[at / 8] &= (uint8_t) ~(1u << at % 8);
    }
}

/* How many of the first bits are known to be set. */
static uint32_t *full_of(struct ext4 *fs, const struct ext4_buffer *bitmap)
{
    struct ext4_full *full = &fs->full[bitmap->kind == EXT4_BLOCK_BITMAP][bitmap->owner % EXT4_FULL];

    if (full->group != bitmap->owner)
        *full = (struct ext4_full){bitmap->owner, 0};
    return &full->bits;
}

void ext4_bits_cleared(struct ext4 *fs, const struct ext4_buffer *bitmap, uint32_t first)
{
    uint32_t *full = full_of(fs, bitmap);

    if (first < *full)
        *full = first;
}

/* As first_clear(), without looking again at what is known to be set. */
static uint32_t first_free(struct ext4 *fs, const struct ext4_buffer *bitmap, uint32_t from, uint32_t end)
{
    uint32_t *full = full_of(fs, bitmap);

    *full = first_clear(bitmap->data, *full, end);
    return from <= *full ? *full : first_clear(bitmap->data, from, end);
}

static cell_error_t change_bits(struct ext4 *fs, struct ext4_buffer *bitmap, uint32_t first, uint32_t count, bool set)
{
    cell_error_t error = ext4_change(fs, bitmap, bitmap->data + first / 8, (first + count + 7) / 8 - first / 8);

    if (error != CELL_OK)
        return error;
    put_bits(bitmap->data, first, count, set);
    if (!set)
        ext4_bits_cleared(fs, bitmap, first);
    return CELL_OK;
}

/* ---- Blocks -------------------------------------------------------------------------------------------------------------- */

static uint64_t group_start(const struct ext4 *fs, uint32_t group)
{
    return fs->first_block + (uint64_t)group * fs->blocks_per_group;
}

/* Adds to the free blocks of a group and of the file system. */
static cell_error_t count_blocks(struct ext4 *fs, uint32_t group, int64_t change)
{
    struct ext4_buffer *buffer;
    struct ext4_descriptor *descriptor;
    cell_error_t error = ext4_group(fs, group, &buffer, &descriptor);

    if (error == CELL_OK)
        error = ext4_group_change(fs, group);
    if (error != CELL_OK)
        return error;
    int64_t free = ext4_group_count(fs, descriptor->free_blocks_lo, descriptor->free_blocks_hi) + change;

    if (free < 0 || free > ext4_group_blocks(fs, group) || (int64_t)fs->free_blocks + change < 0)
        return ext4_corrupt(fs, buffer->block, "the count of free blocks is wrong");
    descriptor->free_blocks_lo = (uint16_t)free;
    if (fs->descriptor_size > EXT4_DESCRIPTOR_SMALL)
        descriptor->free_blocks_hi = (uint16_t)(free >> 16);
    fs->free_blocks = (uint64_t)((int64_t)fs->free_blocks + change);
    return CELL_OK;
}

/* Finds free blocks in a bitmap, from bit `from` on; *count is 0 if there are none. */
static void find_run(struct ext4 *fs, uint32_t group, const struct ext4_buffer *of_group, uint32_t from, uint32_t want,
                     uint32_t *first, uint32_t *count)
{
    const uint8_t *bitmap = of_group->data;
    uint64_t start = group_start(fs, group), next;
    uint32_t end = ext4_group_blocks(fs, group);
    uint32_t at = first_free(fs, of_group, from, end);

    *count = 0;
    while (at < end && ext4_is_freed(fs, start + at, &next))
        at = next - start >= end ? end : first_clear(bitmap, (uint32_t)(next - start), end);
    if (at >= end)
        return;
    uint32_t most = end - at < want ? end - at : want;

    *first = at;
    *count = first_set(bitmap, at, at + most) - at;
    *count = (uint32_t)(ext4_first_freed(fs, start + at, *count) - start - at);
}

static cell_error_t take_in_group(struct ext4 *fs, uint32_t group, uint32_t from, uint32_t want, struct ext4_run *taken)
{
    struct ext4_buffer *bitmap, *buffer;
    struct ext4_descriptor *descriptor;
    uint32_t first = 0, count;
    cell_error_t error = ext4_group(fs, group, &buffer, &descriptor);

    if (error != CELL_OK)
        return error;
    if (ext4_group_count(fs, descriptor->free_blocks_lo, descriptor->free_blocks_hi) == 0)
        return CELL_FULL;
    error = ext4_block_bitmap(fs, group, &bitmap);
    if (error != CELL_OK)
        return error;
    find_run(fs, group, bitmap, from, want, &first, &count);
    if (count == 0)
        error = CELL_FULL;
    if (error == CELL_OK)
        error = change_bits(fs, bitmap, first, count, true);
    if (error == CELL_OK)
        error = count_blocks(fs, group, -(int64_t)count);
    ext4_put(bitmap);
    *taken = (struct ext4_run){group_start(fs, group) + first, count};
    return error;
}

cell_error_t ext4_take_blocks(struct ext4 *fs, uint64_t goal, uint32_t want, struct ext4_run *taken)
{
    if (fs->least_free_blocks != 0 && fs->free_blocks <= fs->least_free_blocks)
        return CELL_QUOTA;
    if (fs->least_free_blocks != 0 && want > fs->free_blocks - fs->least_free_blocks)
        want = (uint32_t)(fs->free_blocks - fs->least_free_blocks);
    if (goal < fs->first_block || goal >= fs->blocks)
        goal = group_start(fs, fs->group_hint);
    uint32_t group = (uint32_t)((goal - fs->first_block) / fs->blocks_per_group);
    uint32_t from = (uint32_t)((goal - fs->first_block) % fs->blocks_per_group);

    /* the goal's group comes twice: behind the goal, and at the end as a whole */
    for (uint32_t tried = 0; tried <= fs->groups; tried++) {
        cell_error_t error = take_in_group(fs, group, from, want, taken);

        if (error != CELL_FULL) {
            fs->group_hint = group;
            return error;
        }
        group = group + 1 == fs->groups ? 0 : group + 1;
        from = 0;
    }
    return CELL_FULL;
}

/* Frees blocks that are in one group. */
static cell_error_t free_in_group(struct ext4 *fs, uint32_t group, uint32_t first, uint32_t count)
{
    struct ext4_buffer *bitmap;
    cell_error_t error = ext4_block_bitmap(fs, group, &bitmap);

    if (error != CELL_OK)
        return error;
    if (first_clear(bitmap->data, first, first + count) < first + count)
        error = ext4_corrupt(fs, bitmap->block, "blocks of a file are marked as free");
    if (error == CELL_OK)
        error = change_bits(fs, bitmap, first, count, false);
    if (error == CELL_OK)
        error = count_blocks(fs, group, count);
    ext4_put(bitmap);
    return error;
}

cell_error_t ext4_free_blocks(struct ext4 *fs, uint64_t first, uint64_t count, bool meta)
{
    if (first <= fs->first_block || first >= fs->blocks || count > fs->blocks - first)
        return ext4_corrupt(fs, first, "outside the file system, but part of a file");
    if (!ext4_can_forget(fs, first, count))
        return ext4_corrupt(fs, first, "part of a file, and something else");
    cell_error_t error = ext4_note_freed(fs, first, count, meta);

    while (count > 0 && error == CELL_OK) {
        uint32_t group = (uint32_t)((first - fs->first_block) / fs->blocks_per_group);
        uint32_t at = (uint32_t)((first - fs->first_block) % fs->blocks_per_group);
        uint32_t part = fs->blocks_per_group - at;

        if (part > count)
            part = (uint32_t)count;
        error = free_in_group(fs, group, at, part);
        first += part;
        count -= part;
    }
    return error;
}

/* ---- Inodes ---------------------------------------------------------------------------------------------------------------- */

/* Counts an inode of a group as taken (-1) or free (1). `index`: its place in the group. */
static cell_error_t count_inode(struct ext4 *fs, uint32_t group, uint32_t index, int change, bool directory)
{
    struct ext4_buffer *buffer;
    struct ext4_descriptor *descriptor;
    cell_error_t error = ext4_group(fs, group, &buffer, &descriptor);

    if (error == CELL_OK)
        error = ext4_group_change(fs, group);
    if (error != CELL_OK)
        return error;
    bool large = fs->descriptor_size > EXT4_DESCRIPTOR_SMALL;
    int64_t free = (int64_t)ext4_group_count(fs, descriptor->free_inodes_lo, descriptor->free_inodes_hi) + change;
    int64_t directories = (int64_t)ext4_group_count(fs, descriptor->directories_lo, descriptor->directories_hi) -
                          (directory ? change : 0);

    if (free < 0 || free > fs->inodes_per_group || directories < 0 || directories > fs->inodes_per_group ||
        (int64_t)fs->free_inodes + change < 0)
        return ext4_corrupt(fs, buffer->block, "a count of inodes is wrong");
    uint32_t unused = ext4_group_count(fs, descriptor->unused_inodes_lo, descriptor->unused_inodes_hi);

    if (change < 0 && index + 1 > fs->inodes_per_group - (unused < fs->inodes_per_group ? unused : fs->inodes_per_group))
        unused = fs->inodes_per_group - index - 1;
    descriptor->free_inodes_lo = (uint16_t)free;
    descriptor->directories_lo = (uint16_t)directories;
    descriptor->unused_inodes_lo = (uint16_t)unused;
    if (large) {
        descriptor->free_inodes_hi = (uint16_t)(free >> 16);
        descriptor->directories_hi = (uint16_t)(directories >> 16);
        descriptor->unused_inodes_hi = (uint16_t)(unused >> 16);
    }
    fs->free_inodes = (uint32_t)((int64_t)fs->free_inodes + change);
    return CELL_OK;
}

static cell_error_t take_inode_in_group(struct ext4 *fs, uint32_t group, bool directory, uint32_t *number)
{
    struct ext4_buffer *buffer, *bitmap;
    struct ext4_descriptor *descriptor;
    cell_error_t error = ext4_group(fs, group, &buffer, &descriptor);

    if (error != CELL_OK)
        return error;
    if (ext4_group_count(fs, descriptor->free_inodes_lo, descriptor->free_inodes_hi) == 0)
        return CELL_FULL;
    error = ext4_inode_bitmap(fs, group, &bitmap);
    if (error != CELL_OK)
        return error;
    uint32_t from = group == 0 ? fs->super_data->first_inode - 1 : 0;
    uint32_t index = first_free(fs, bitmap, from, fs->inodes_per_group);

    if (index == fs->inodes_per_group)
        error = ext4_corrupt(fs, bitmap->block, "no free inode, though some are counted");
    if (error == CELL_OK)
        error = change_bits(fs, bitmap, index, 1, true);
    if (error == CELL_OK)
        error = count_inode(fs, group, index, -1, directory);
    ext4_put(bitmap);
    *number = group * fs->inodes_per_group + index + 1;
    return error;
}

cell_error_t ext4_take_inode(struct ext4 *fs, uint32_t near, bool directory, uint32_t *number)
{
    if (fs->least_free_inodes != 0 && fs->free_inodes <= fs->least_free_inodes)
        return CELL_QUOTA;
    uint32_t group = (near - 1) / fs->inodes_per_group;

    for (uint32_t tried = 0; tried < fs->groups; tried++) {
        cell_error_t error = take_inode_in_group(fs, group, directory, number);

        if (error != CELL_FULL)
            return error;
        group = group + 1 == fs->groups ? 0 : group + 1;
    }
    return CELL_FULL;
}

/* What is free when as much was taken as may be; 0: all. */
static uint64_t least_free(uint64_t free, uint64_t allowed)
{
    return allowed < free ? free - allowed : 0;
}

void ext4_allow(struct ext4 *fs, uint64_t blocks, uint64_t inodes)
{
    fs->least_free_blocks = least_free(fs->free_blocks, blocks);
    fs->least_free_inodes = (uint32_t)least_free(fs->free_inodes, inodes);
}

cell_error_t ext4_inode_used(struct ext4 *fs, uint32_t number, bool *used)
{
    struct ext4_buffer *buffer, *bitmap;
    struct ext4_descriptor *descriptor;
    uint32_t group = (number - 1) / fs->inodes_per_group;
    cell_error_t error = ext4_group(fs, group, &buffer, &descriptor);

    *used = false;
    if (error != CELL_OK || (descriptor->flags & EXT4_GROUP_INODE_UNINIT) != 0)
        return error;
    error = ext4_inode_bitmap(fs, group, &bitmap);
    if (error != CELL_OK)
        return error;
    *used = bit(bitmap->data, (number - 1) % fs->inodes_per_group);
    ext4_put(bitmap);
    return CELL_OK;
}

cell_error_t ext4_free_inode(struct ext4 *fs, uint32_t number, bool directory)
{
    uint32_t group = (number - 1) / fs->inodes_per_group, index = (number - 1) % fs->inodes_per_group;
    struct ext4_buffer *bitmap;
    cell_error_t error = ext4_inode_bitmap(fs, group, &bitmap);

    if (error != CELL_OK)
        return error;
    if (!bit(bitmap->data, index))
        error = ext4_corrupt(fs, bitmap->block, "an inode in use is marked as free");
    if (error == CELL_OK)
        error = change_bits(fs, bitmap, index, 1, false);
    if (error == CELL_OK)
        error = count_inode(fs, group, index, 1, directory);
    if (directory) /* the number may be that of a file next */
        ext4_known_forget(fs);
    ext4_put(bitmap);
    return error;
}
