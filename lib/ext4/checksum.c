/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/checksum.c: checksums of metadata: checked when a block is read, made when it is about to be committed, so that
 * a block that changes a hundred times in a transaction is summed once. ("Checksums")
 */
#include "lib/ext4/internal.h"

#include <stddef.h>
#include <string.h>

uint32_t ext4_super_checksum(const struct ext4_super *super)
{
    return ext4_crc(~0u, super, offsetof(struct ext4_super, checksum));
}

/* ---- Inodes ------------------------------------------------------------------------------------------------------------ */

uint32_t ext4_inode_seed(const struct ext4_node *node)
{
    uint32_t crc = ext4_crc(node->fs->checksum_seed, &node->number, sizeof node->number);

    return ext4_crc(crc, &node->inode->generation, sizeof node->inode->generation);
}

/* Whether an inode has room for the high half of its checksum. */
static bool has_high(const struct ext4 *fs, const struct ext4_inode *inode)
{
    return fs->inode_size > EXT4_INODE_SMALL &&
           EXT4_INODE_SMALL + inode->extra_size >= offsetof(struct ext4_inode, checksum_hi) + sizeof inode->checksum_hi;
}

uint32_t ext4_inode_checksum(const struct ext4 *fs, uint32_t number, const struct ext4_inode *inode)
{
    static const uint8_t zeros[2];
    const uint8_t *bytes = (const uint8_t *)inode;
    const struct ext4_node node = {.fs = (struct ext4 *)(uintptr_t)fs, .inode = (struct ext4_inode *)(uintptr_t)inode, .number = number};
    size_t low = offsetof(struct ext4_inode, checksum_lo), high = offsetof(struct ext4_inode, checksum_hi);
    uint32_t crc = ext4_crc(ext4_inode_seed(&node), bytes, low);

    crc = ext4_crc(crc, zeros, 2);
    if (!has_high(fs, inode))
        return ext4_crc(crc, bytes + low + 2, fs->inode_size - low - 2) & 0xffff;
    crc = ext4_crc(crc, bytes + low + 2, high - low - 2);
    crc = ext4_crc(crc, zeros, 2);
    return ext4_crc(crc, bytes + high + 2, fs->inode_size - high - 2);
}

uint32_t ext4_inode_stored_checksum(const struct ext4 *fs, const struct ext4_inode *inode)
{
    return inode->checksum_lo | (has_high(fs, inode) ? (uint32_t)inode->checksum_hi << 16 : 0);
}

/* The number of the first inode in a block of an inode table; `owner` is the block's group. */
static uint32_t first_inode(struct ext4 *fs, const struct ext4_buffer *buffer)
{
    struct ext4_buffer *of_group;
    struct ext4_descriptor *descriptor;

    if (ext4_group(fs, buffer->owner, &of_group, &descriptor) != CELL_OK)
        return 0;
    uint64_t index = buffer->block - ext4_group_inode_table(fs, descriptor);

    return buffer->owner * fs->inodes_per_group + (uint32_t)(index * (fs->block_size / fs->inode_size)) + 1;
}

static void sum_inodes(struct ext4 *fs, struct ext4_buffer *buffer)
{
    uint32_t number = first_inode(fs, buffer);

    for (uint32_t i = 0; buffer->stale >> i != 0; i++) {
        struct ext4_inode *inode = (struct ext4_inode *)(buffer->data + i * fs->inode_size);

        if ((buffer->stale >> i & 1) == 0)
            continue;
        uint32_t crc = ext4_inode_checksum(fs, number + i, inode);

        inode->checksum_lo = (uint16_t)crc;
        if (has_high(fs, inode))
            inode->checksum_hi = (uint16_t)(crc >> 16);
        if (i == 63)
            break;
    }
    buffer->stale = 0;
}

/* ---- Groups ------------------------------------------------------------------------------------------------------------ */

static uint16_t descriptor_checksum(const struct ext4 *fs, uint32_t group, const struct ext4_descriptor *descriptor)
{
    static const uint8_t zeros[2];
    size_t at = offsetof(struct ext4_descriptor, checksum);
    uint32_t crc = ext4_crc(fs->checksum_seed, &group, sizeof group);

    crc = ext4_crc(crc, descriptor, at);
    crc = ext4_crc(crc, zeros, 2);
    return (uint16_t)ext4_crc(crc, (const uint8_t *)descriptor + at + 2, fs->descriptor_size - at - 2);
}

static struct ext4_descriptor *descriptor_at(const struct ext4 *fs, const struct ext4_buffer *buffer, uint32_t index)
{
    return (struct ext4_descriptor *)(buffer->data + index * fs->descriptor_size);
}

static cell_error_t check_descriptors(struct ext4 *fs, const struct ext4_buffer *buffer)
{
    uint32_t group = buffer->owner * fs->descriptors_per_block;

    for (uint32_t i = 0; i < fs->descriptors_per_block && group < fs->groups; i++, group++) {
        const struct ext4_descriptor *descriptor = descriptor_at(fs, buffer, i);

        if (fs->checksums && !fs->unsettled && descriptor->checksum != descriptor_checksum(fs, group, descriptor))
            return ext4_corrupt(fs, buffer->block, "the checksum of a group descriptor is wrong");
        const char *fault = ext4_descriptor_fault(fs, descriptor);

        if (fault != NULL)
            return ext4_corrupt(fs, buffer->block, fault);
    }
    return CELL_OK;
}

static void sum_descriptors(const struct ext4 *fs, struct ext4_buffer *buffer)
{
    uint32_t group = buffer->owner * fs->descriptors_per_block;

    for (uint32_t i = 0; i < fs->descriptors_per_block && group < fs->groups; i++, group++) {
        struct ext4_descriptor *descriptor = descriptor_at(fs, buffer, i);

        descriptor->checksum = descriptor_checksum(fs, group, descriptor);
    }
}

/* Bytes of a bitmap that count, and where its checksum is kept. */
static uint32_t bitmap_checksum(const struct ext4 *fs, const struct ext4_buffer *buffer)
{
    uint32_t bits = buffer->kind == EXT4_BLOCK_BITMAP ? fs->blocks_per_group : fs->inodes_per_group;

    return ext4_crc(fs->checksum_seed, buffer->data, bits / 8);
}

static cell_error_t check_bitmap(struct ext4 *fs, const struct ext4_buffer *buffer)
{
    struct ext4_buffer *of_group;
    struct ext4_descriptor *descriptor;
    cell_error_t error = ext4_group(fs, buffer->owner, &of_group, &descriptor);

    if (error != CELL_OK || !fs->checksums)
        return error;
    bool of_blocks = buffer->kind == EXT4_BLOCK_BITMAP;
    uint32_t crc = bitmap_checksum(fs, buffer);
    uint32_t stored = of_blocks ? descriptor->block_bitmap_checksum_lo : descriptor->inode_bitmap_checksum_lo;

    if (fs->descriptor_size > EXT4_DESCRIPTOR_SMALL)
        stored |= (uint32_t)(of_blocks ? descriptor->block_bitmap_checksum_hi : descriptor->inode_bitmap_checksum_hi) << 16;
    else
        crc &= 0xffff;
    return crc == stored ? CELL_OK : ext4_corrupt(fs, buffer->block, "the checksum of a bitmap is wrong");
}

/* The descriptor has been changed with the bitmap. */
static void sum_bitmap(struct ext4 *fs, const struct ext4_buffer *buffer)
{
    struct ext4_buffer *of_group;
    struct ext4_descriptor *descriptor;
    uint32_t crc = bitmap_checksum(fs, buffer);
    bool large = fs->descriptor_size > EXT4_DESCRIPTOR_SMALL;

    if (ext4_group(fs, buffer->owner, &of_group, &descriptor) != CELL_OK)
        return;
    if (buffer->kind == EXT4_BLOCK_BITMAP) {
        descriptor->block_bitmap_checksum_lo = (uint16_t)crc;
        if (large)
            descriptor->block_bitmap_checksum_hi = (uint16_t)(crc >> 16);
    } else {
        descriptor->inode_bitmap_checksum_lo = (uint16_t)crc;
        if (large)
            descriptor->inode_bitmap_checksum_hi = (uint16_t)(crc >> 16);
    }
}

/* ---- Directories, extents, and the rest ------------------------------------------------------------------------------------- */

static struct ext4_entry_tail *tail_of(const struct ext4 *fs, const struct ext4_buffer *buffer)
{
    return (struct ext4_entry_tail *)(buffer->data + fs->block_size - sizeof(struct ext4_entry_tail));
}

static uint32_t directory_checksum(const struct ext4 *fs, const struct ext4_buffer *buffer)
{
    return ext4_crc(buffer->seed, buffer->data, fs->block_size - sizeof(struct ext4_entry_tail));
}

/* Where entries of a node of an index begin; its tail, or NULL if its greatest number of entries is wrong. */
static struct ext4_index_tail *index_tail(const struct ext4 *fs, const struct ext4_buffer *buffer, struct ext4_index_entry **entries)
{
    uint32_t at = ext4_index_entries_at(buffer->data);

    *entries = (struct ext4_index_entry *)(buffer->data + at);
    bool right = (*entries)->limit == ext4_index_limit(fs, at) && (*entries)->count <= (*entries)->limit;

    return right ? (struct ext4_index_tail *)(*entries + (*entries)->limit) : NULL;
}

static uint32_t index_checksum(const struct ext4_buffer *buffer, const struct ext4_index_entry *entries,
                               const struct ext4_index_tail *tail)
{
    static const uint8_t zeros[4];
    uint32_t crc = ext4_crc(buffer->seed, buffer->data, (size_t)((const uint8_t *)(entries + entries->count) - buffer->data));

    crc = ext4_crc(crc, &tail->reserved, sizeof tail->reserved);
    return ext4_crc(crc, zeros, sizeof zeros);
}

static const char *index_fault(const struct ext4 *fs, const struct ext4_buffer *buffer)
{
    struct ext4_index_entry *entries;
    const struct ext4_index_tail *tail = index_tail(fs, buffer, &entries);

    if (tail == NULL)
        return "a node of a directory's index does not say how large it is";
    return tail->checksum == index_checksum(buffer, entries, tail) ? NULL : "the checksum of a directory's index is wrong";
}

static void sum_directory(const struct ext4 *fs, struct ext4_buffer *buffer)
{
    struct ext4_index_entry *entries;
    struct ext4_index_tail *tail = ext4_is_index_node(fs, buffer->data) ? index_tail(fs, buffer, &entries) : NULL;

    if (tail != NULL)
        tail->checksum = index_checksum(buffer, entries, tail);
    else
        tail_of(fs, buffer)->checksum = directory_checksum(fs, buffer);
}

static cell_error_t check_directory(struct ext4 *fs, const struct ext4_buffer *buffer)
{
    const char *fault = ext4_directory_fault(fs, buffer);

    if (fault == NULL && fs->checksums && ext4_is_index_node(fs, buffer->data))
        fault = index_fault(fs, buffer);
    else if (fault == NULL && fs->checksums && tail_of(fs, buffer)->checksum != directory_checksum(fs, buffer))
        fault = "the checksum of a directory is wrong";
    return fault == NULL ? CELL_OK : ext4_corrupt(fs, buffer->block, fault);
}

static uint32_t *extents_tail(const struct ext4_buffer *buffer)
{
    const struct ext4_extent_header *head = (const struct ext4_extent_header *)buffer->data;

    return (uint32_t *)(buffer->data + sizeof *head + head->max * sizeof(struct ext4_extent));
}

static uint32_t extents_checksum(const struct ext4_buffer *buffer)
{
    return ext4_crc(buffer->seed, buffer->data, (size_t)((uint8_t *)extents_tail(buffer) - buffer->data));
}

static cell_error_t check_extents(struct ext4 *fs, const struct ext4_buffer *buffer)
{
    const char *fault = ext4_extent_fault((const struct ext4_extent_header *)buffer->data, ext4_extent_room(fs));

    if (fault == NULL && fs->checksums && *extents_tail(buffer) != extents_checksum(buffer))
        fault = "the checksum of extents is wrong";
    return fault == NULL ? CELL_OK : ext4_corrupt(fs, buffer->block, fault);
}

static uint32_t xattrs_checksum(const struct ext4 *fs, const struct ext4_buffer *buffer)
{
    static const uint8_t zeros[4];
    size_t at = offsetof(struct ext4_xattr_head, checksum);
    uint32_t crc = ext4_crc(fs->checksum_seed, &buffer->block, sizeof buffer->block);

    crc = ext4_crc(crc, buffer->data, at);
    crc = ext4_crc(crc, zeros, sizeof zeros);
    return ext4_crc(crc, buffer->data + at + 4, fs->block_size - at - 4);
}

static cell_error_t check_xattrs(struct ext4 *fs, const struct ext4_buffer *buffer)
{
    const struct ext4_xattr_head *head = (const struct ext4_xattr_head *)buffer->data;

    if (head->magic != EXT4_XATTR_MAGIC || head->references == 0)
        return ext4_corrupt(fs, buffer->block, "no extended attributes");
    if (fs->checksums && head->checksum != xattrs_checksum(fs, buffer))
        return ext4_corrupt(fs, buffer->block, "the checksum of extended attributes is wrong");
    return CELL_OK;
}

static struct ext4_orphan_tail *orphan_tail(const struct ext4 *fs, const struct ext4_buffer *buffer)
{
    return (struct ext4_orphan_tail *)(buffer->data + fs->block_size - sizeof(struct ext4_orphan_tail));
}

static uint32_t orphans_checksum(const struct ext4 *fs, const struct ext4_buffer *buffer)
{
    uint32_t crc = ext4_crc(buffer->seed, &buffer->block, sizeof buffer->block);

    return ext4_crc(crc, buffer->data, fs->block_size - sizeof(struct ext4_orphan_tail));
}

static cell_error_t check_orphans(struct ext4 *fs, const struct ext4_buffer *buffer)
{
    const struct ext4_orphan_tail *tail = orphan_tail(fs, buffer);

    if (tail->magic != EXT4_ORPHAN_MAGIC)
        return ext4_corrupt(fs, buffer->block, "no block of the orphan file");
    if (fs->checksums && tail->checksum != orphans_checksum(fs, buffer))
        return ext4_corrupt(fs, buffer->block, "the checksum of the orphan file is wrong");
    return CELL_OK;
}

cell_error_t ext4_check(struct ext4 *fs, struct ext4_buffer *buffer)
{
    switch (buffer->kind) {
    case EXT4_DESCRIPTORS:
        return check_descriptors(fs, buffer);
    case EXT4_BLOCK_BITMAP:
    case EXT4_INODE_BITMAP:
        return check_bitmap(fs, buffer);
    case EXT4_DIRECTORY:
        return check_directory(fs, buffer);
    case EXT4_EXTENTS:
        return check_extents(fs, buffer);
    case EXT4_XATTRS:
        return check_xattrs(fs, buffer);
    case EXT4_ORPHANS:
        return check_orphans(fs, buffer);
    default: /* superblock and inodes are checked by those who read them; the others have no checksum */
        return CELL_OK;
    }
}

/* A power cut can leave one of the superblock's two sectors as it was. What changes is in the first one, so its checksum, in
 * the second one, must not: bytes that nothing uses make up for the changes. */
static void sum_super(struct ext4_super *super)
{
    size_t behind = offsetof(struct ext4_super, filler) + sizeof super->filler;

    super->filler = ext4_crc_filler(ext4_crc(~0u, super, offsetof(struct ext4_super, filler)), (const uint8_t *)super + behind,
                                    offsetof(struct ext4_super, checksum) - behind, super->checksum);
}

void ext4_sum(struct ext4 *fs, struct ext4_buffer *buffer)
{
    if (!fs->checksums)
        return;
    switch (buffer->kind) {
    case EXT4_SUPER:
        sum_super(fs->super_data);
        break;
    case EXT4_DESCRIPTORS:
        sum_descriptors(fs, buffer);
        break;
    case EXT4_BLOCK_BITMAP:
    case EXT4_INODE_BITMAP:
        sum_bitmap(fs, buffer);
        break;
    case EXT4_INODES:
        sum_inodes(fs, buffer);
        break;
    case EXT4_DIRECTORY:
        sum_directory(fs, buffer);
        break;
    case EXT4_EXTENTS:
        *extents_tail(buffer) = extents_checksum(buffer);
        break;
    case EXT4_XATTRS:
        ((struct ext4_xattr_head *)buffer->data)->checksum = xattrs_checksum(fs, buffer);
        break;
    case EXT4_ORPHANS:
        orphan_tail(fs, buffer)->checksum = orphans_checksum(fs, buffer);
        break;
    default:
        break;
    }
}
