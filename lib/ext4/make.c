/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/make.c: an empty file system. Blocks of 4 KiB; each group keeps its own bookkeeping. Bitmaps and inode tables of
 * groups but the first one are not written, and its journal is not cleared: the checksums in it depend on the new file
 * system's id, so nothing of an old one fits.
 */
#include "lib/ext4/internal.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BITS 12u
#define BLOCK (1u << BLOCK_BITS)
#define GROUP_BLOCKS (BLOCK * 8)
#define INODE_BYTES 256u
#define INODES_PER_BLOCK (BLOCK / INODE_BYTES)
#define DESCRIPTOR_BYTES 64u
#define RESERVED_INODES 10u
#define JOURNAL_INODE 8u
#define BYTES_PER_INODE 16384u
#define JOURNAL_LEAST 1024u
#define JOURNAL_MOST 16384u

struct plan {
    struct ext4 fs; /* as far as group.c and checksum.c need it */
    struct ext4_super super;
    uint32_t descriptor_blocks, table_blocks, journal_blocks;
    uint64_t root_block, journal_block;
    uint8_t *descriptors;
    struct ext4_buffer *buffers; /* of its blocks, for group.c */
    uint8_t block[BLOCK];
};

/* Blocks at the beginning of a group that hold copies. */
static uint32_t copies(const struct plan *plan, uint32_t group)
{
    return ext4_group_has_super(&plan->fs, group) ? 1 + plan->descriptor_blocks : 0;
}

/* Blocks of a group that are taken by its own bookkeeping. */
static uint32_t overhead(const struct plan *plan, uint32_t group)
{
    return copies(plan, group) + 2 + plan->table_blocks;
}

static uint32_t taken(const struct plan *plan, uint32_t group)
{
    return overhead(plan, group) + (group == 0 ? 1 + plan->journal_blocks : 0);
}

static uint32_t round_up(uint64_t number, uint32_t unit)
{
    return (uint32_t)((number + unit - 1) / unit) * unit;
}

/* Decides on the shape. */
static cell_error_t make_plan(struct plan *plan, struct ext4_device *device)
{
    struct ext4 *fs = &plan->fs;
    uint64_t blocks = device->bytes >> BLOCK_BITS, group_blocks = blocks < GROUP_BLOCKS ? blocks : GROUP_BLOCKS;

    fs->super_data = &plan->super;
    fs->ro_compat = EXT4_RO_SPARSE_SUPER | EXT4_RO_LARGE_FILE | EXT4_RO_HUGE_FILE | EXT4_RO_DIR_NLINK | EXT4_RO_EXTRA_ISIZE |
                    EXT4_RO_METADATA_CSUM;
    fs->device = device;
    fs->checksums = true;
    fs->block_size = BLOCK;
    fs->block_bits = BLOCK_BITS;
    fs->blocks_per_group = GROUP_BLOCKS;
    fs->inode_size = INODE_BYTES;
    fs->descriptor_size = DESCRIPTOR_BYTES;
    fs->descriptors_per_block = BLOCK / DESCRIPTOR_BYTES;
    fs->inodes_per_group = round_up(group_blocks * BLOCK / BYTES_PER_INODE, 2 * INODES_PER_BLOCK);
    plan->table_blocks = fs->inodes_per_group / INODES_PER_BLOCK;
    plan->journal_blocks = blocks / 64 < JOURNAL_LEAST ? JOURNAL_LEAST : blocks / 64 > JOURNAL_MOST ? JOURNAL_MOST
                                                                                                    : (uint32_t)(blocks / 64);
    fs->groups = (uint32_t)((blocks + GROUP_BLOCKS - 1) / GROUP_BLOCKS);
    plan->descriptor_blocks = (fs->groups + fs->descriptors_per_block - 1) / fs->descriptors_per_block;
    /* a last group that would hold little more than its bookkeeping is left out */
    if (fs->groups > 1 && blocks % GROUP_BLOCKS != 0 && blocks % GROUP_BLOCKS < overhead(plan, fs->groups - 1) + 64) {
        blocks -= blocks % GROUP_BLOCKS;
        fs->groups--;
    }
    fs->blocks = blocks;
    fs->inodes = fs->groups * fs->inodes_per_group;
    if (blocks >> 32 != 0)
        return CELL_TOO_LARGE;
    return group_blocks < taken(plan, 0) + 16 ? CELL_FULL : CELL_OK;
}

static cell_error_t write_block(const struct plan *plan, uint64_t block, const void *from)
{
    struct ext4_device *device = plan->fs.device;

    return device->write(device, block << BLOCK_BITS, from, BLOCK);
}

/* ---- Group descriptors -------------------------------------------------------------------------------------------------------- */

static uint32_t group_bitmap(const struct plan *plan, uint32_t group)
{
    return group * GROUP_BLOCKS + copies(plan, group);
}

/* Whether a group's bitmap of blocks is made now: of the last one too, as it may end before its bitmap does. */
static bool has_bitmap(const struct plan *plan, uint32_t group)
{
    return group == 0 || group == plan->fs.groups - 1;
}

static void describe(struct plan *plan, uint32_t group)
{
    struct ext4 *fs = &plan->fs;
    struct ext4_descriptor *descriptor = (struct ext4_descriptor *)(plan->descriptors + group * DESCRIPTOR_BYTES);
    uint32_t free = ext4_group_blocks(fs, group) - taken(plan, group);
    uint32_t used = group == 0 ? RESERVED_INODES : 0;

    *descriptor = (struct ext4_descriptor){
        .block_bitmap_lo = group_bitmap(plan, group),
        .inode_bitmap_lo = group_bitmap(plan, group) + 1,
        .inode_table_lo = group_bitmap(plan, group) + 2,
        .free_blocks_lo = (uint16_t)free,
        .free_inodes_lo = (uint16_t)(fs->inodes_per_group - used),
        .directories_lo = group == 0 ? 1 : 0,
        .flags = (uint16_t)((group == 0 ? 0 : EXT4_GROUP_INODE_UNINIT) | (has_bitmap(plan, group) ? 0 : EXT4_GROUP_BLOCK_UNINIT)),
        .unused_inodes_lo = (uint16_t)(fs->inodes_per_group - used),
    };
    fs->free_blocks += free;
    fs->free_inodes += fs->inodes_per_group - used;
}

/* ---- The first group ----------------------------------------------------------------------------------------------------------- */

static void set_bits(uint8_t *bitmap, uint32_t bit, uint32_t end)
{
    for (; bit < end && bit % 8 != 0; bit++)
        bitmap[bit / 8] |= (uint8_t)(1u << bit % 8);
    if (bit >= end)
        return;
    memset(bitmap + bit / 8, 0xff, (end - bit) / 8);
    if (end % 8 != 0)
        bitmap[end / 8] |= (uint8_t)((1u << end % 8) - 1);
}

static cell_error_t write_bitmap(struct plan *plan, uint32_t group, enum ext4_kind kind, uint32_t used, uint32_t end)
{
    struct ext4_buffer buffer = {.data = plan->block, .kind = (uint8_t)kind, .owner = group};

    memset(plan->block, 0, BLOCK);
    set_bits(plan->block, 0, used);
    set_bits(plan->block, end, BLOCK * 8);
    ext4_sum(&plan->fs, &buffer);
    return write_block(plan, group_bitmap(plan, group) + (kind == EXT4_INODE_BITMAP), plan->block);
}

static cell_error_t write_block_bitmap(struct plan *plan, uint32_t group)
{
    return write_bitmap(plan, group, EXT4_BLOCK_BITMAP, taken(plan, group), ext4_group_blocks(&plan->fs, group));
}

/* Fills an inode that has one run of blocks. */
static void fill_inode(struct plan *plan, uint32_t number, uint16_t mode, uint64_t block, uint32_t count, struct ext4_time now)
{
    struct ext4_inode *inode = (struct ext4_inode *)(plan->block + (number - 1) * INODE_BYTES);
    struct ext4_extent_header *head = (struct ext4_extent_header *)inode->block;
    uint32_t seconds = (uint32_t)now.seconds;

    *inode = (struct ext4_inode){.mode = mode,
                                 .links = number == EXT4_ROOT_INODE ? 2 : 1,
                                 .flags = EXT4_INODE_EXTENTS,
                                 .size_lo = count << BLOCK_BITS,
                                 .blocks_lo = count * (BLOCK / 512),
                                 .atime = seconds,
                                 .ctime = seconds,
                                 .mtime = seconds,
                                 .btime = seconds,
                                 .extra_size = sizeof *inode - EXT4_INODE_SMALL};
    *head = (struct ext4_extent_header){.magic = EXT4_EXTENT_MAGIC, .entries = 1, .max = 4};
    *(struct ext4_extent *)(head + 1) = (struct ext4_extent){.length = (uint16_t)count, .start_lo = (uint32_t)block};
    uint32_t crc = ext4_inode_checksum(&plan->fs, number, inode);

    inode->checksum_lo = (uint16_t)crc;
    inode->checksum_hi = (uint16_t)(crc >> 16);
}

static cell_error_t write_root(struct plan *plan)
{
    struct ext4_inode inode = {0};
    const struct ext4_node node = {.fs = &plan->fs, .inode = &inode, .number = EXT4_ROOT_INODE};
    struct ext4_buffer buffer = {.data = plan->block, .kind = EXT4_DIRECTORY, .owner = EXT4_ROOT_INODE, .seed = ext4_inode_seed(&node)};

    memset(plan->block, 0, BLOCK);
    for (uint32_t i = 0; i < 2; i++) {
        struct ext4_entry *entry = (struct ext4_entry *)(plan->block + i * 12);

        *entry = (struct ext4_entry){.inode = EXT4_ROOT_INODE,
                                     .name_length = (uint8_t)(i + 1),
                                     .kind = 2,
                                     .length = (uint16_t)(i == 0 ? 12 : ext4_entries_end(&plan->fs) - 12)};
        memcpy(entry->name, "..", i + 1);
    }
    *(struct ext4_entry_tail *)(plan->block + ext4_entries_end(&plan->fs)) =
        (struct ext4_entry_tail){.length = sizeof(struct ext4_entry_tail), .kind = EXT4_TAIL_KIND};
    ext4_sum(&plan->fs, &buffer);
    return write_block(plan, plan->root_block, plan->block);
}

static cell_error_t write_journal(struct plan *plan)
{
    struct ext4_journal_super *super = (struct ext4_journal_super *)plan->block;

    memset(plan->block, 0, BLOCK);
    super->head.magic = ext4_be32(EXT4_JOURNAL_MAGIC);
    super->head.kind = ext4_be32(EXT4_JOURNAL_SUPER_2);
    super->block_size = ext4_be32(BLOCK);
    super->blocks = ext4_be32(plan->journal_blocks);
    super->first = ext4_be32(1);
    super->sequence = ext4_be32(1);
    super->users = ext4_be32(1);
    memcpy(super->uuid, plan->super.uuid, sizeof super->uuid);
    return write_block(plan, plan->journal_block, plan->block);
}

static cell_error_t write_first_group(struct plan *plan, struct ext4_time now)
{
    cell_error_t error = write_root(plan);

    if (error == CELL_OK)
        error = write_journal(plan);
    memset(plan->block, 0, BLOCK);
    /* reserved inodes that are not in use are zeros, with a checksum nevertheless */
    fill_inode(plan, EXT4_ROOT_INODE, EXT4_MODE_DIRECTORY | 0755, plan->root_block, 1, now);
    fill_inode(plan, JOURNAL_INODE, EXT4_MODE_REGULAR | 0600, plan->journal_block, plan->journal_blocks, now);
    if (error == CELL_OK)
        error = write_block(plan, group_bitmap(plan, 0) + 2, plan->block);
    if (error == CELL_OK)
        error = write_block_bitmap(plan, 0);
    if (error == CELL_OK && plan->fs.groups > 1)
        error = write_block_bitmap(plan, plan->fs.groups - 1);
    return error == CELL_OK ? write_bitmap(plan, 0, EXT4_INODE_BITMAP, RESERVED_INODES, plan->fs.inodes_per_group) : error;
}

/* ---- Superblock and copies --------------------------------------------------------------------------------------------------- */

static void fill_super(struct plan *plan, const uint8_t uuid[16], struct ext4_time now)
{
    const struct ext4 *fs = &plan->fs;
    uint32_t seconds = (uint32_t)now.seconds;

    plan->super = (struct ext4_super){
        .inodes_count = fs->inodes,
        .blocks_count_lo = (uint32_t)fs->blocks,
        .log_block_size = 2,
        .log_cluster_size = 2,
        .blocks_per_group = GROUP_BLOCKS,
        .clusters_per_group = GROUP_BLOCKS,
        .inodes_per_group = fs->inodes_per_group,
        .write_time = seconds,
        .max_mount_count = UINT16_MAX,
        .magic = EXT4_MAGIC,
        .state = EXT4_STATE_CLEAN,
        .errors = 1,
        .last_check = seconds,
        .revision = 1,
        .first_inode = RESERVED_INODES + 1,
        .inode_size = INODE_BYTES,
        .compat = EXT4_COMPAT_JOURNAL | EXT4_COMPAT_DIR_INDEX,
        .ro_compat = fs->ro_compat,
        .incompat = EXT4_INCOMPAT_FILETYPE | EXT4_INCOMPAT_EXTENTS | EXT4_INCOMPAT_64BIT,
        .journal_inode = JOURNAL_INODE,
        .hash_version = EXT4_HASH_HALF_MD4,
        .flags = EXT4_FLAG_UNSIGNED_HASH,
        .descriptor_size = DESCRIPTOR_BYTES,
        .made_time = seconds,
        .min_extra_inode_size = 32,
        .want_extra_inode_size = 32,
        .checksum_type = 1,
    };
    memcpy(plan->super.uuid, uuid, sizeof plan->super.uuid);
    memcpy(plan->super.hash_seed, uuid, sizeof plan->super.hash_seed);
}

/* Writes descriptors and superblock of a group that has copies; the superblock last. */
static cell_error_t write_copies(struct plan *plan, uint32_t group)
{
    uint64_t start = (uint64_t)group * GROUP_BLOCKS;
    cell_error_t error = CELL_OK;

    for (uint32_t i = 0; i < plan->descriptor_blocks && error == CELL_OK; i++)
        error = write_block(plan, start + 1 + i, plan->descriptors + (size_t)i * BLOCK);
    plan->super.group_of_this = (uint16_t)group;
    plan->super.checksum = ext4_super_checksum(&plan->super);
    memset(plan->block, 0, BLOCK);
    memcpy(plan->block + (group == 0 ? EXT4_SUPER_OFFSET : 0), &plan->super, sizeof plan->super);
    return error == CELL_OK ? write_block(plan, start, plan->block) : error;
}

static cell_error_t write_all(struct plan *plan, struct ext4_time now)
{
    struct ext4 *fs = &plan->fs;
    cell_error_t error;

    for (uint32_t group = 0; group < fs->groups; group++)
        describe(plan, group);
    error = write_first_group(plan, now);
    for (uint32_t i = 0; i < plan->descriptor_blocks; i++)
        ext4_sum(fs, &plan->buffers[i]);
    plan->super.free_blocks_lo = (uint32_t)fs->free_blocks;
    plan->super.free_inodes = fs->free_inodes;
    for (uint32_t group = fs->groups; group-- > 0 && error == CELL_OK;)
        if (ext4_group_has_super(fs, group))
            error = write_copies(plan, group);
    return error == CELL_OK ? fs->device->flush(fs->device) : error;
}

static cell_error_t make(struct plan *plan, struct ext4_device *device, const uint8_t uuid[16], struct ext4_time now)
{
    cell_error_t error = make_plan(plan, device);

    if (error != CELL_OK)
        return error;
    fill_super(plan, uuid, now);
    plan->fs.checksum_seed = ext4_crc(~0u, uuid, 16);
    plan->root_block = overhead(plan, 0);
    plan->journal_block = plan->root_block + 1;
    plan->descriptors = calloc(plan->descriptor_blocks, BLOCK);
    plan->buffers = calloc(plan->descriptor_blocks, sizeof *plan->buffers);
    plan->fs.descriptors = calloc(plan->descriptor_blocks, sizeof *plan->fs.descriptors);
    if (plan->descriptors == NULL || plan->buffers == NULL || plan->fs.descriptors == NULL)
        error = CELL_NO_MEMORY;
    for (uint32_t i = 0; i < plan->descriptor_blocks && error == CELL_OK; i++) {
        plan->buffers[i] = (struct ext4_buffer){.data = plan->descriptors + (size_t)i * BLOCK, .kind = EXT4_DESCRIPTORS, .owner = i};
        plan->fs.descriptors[i] = &plan->buffers[i];
    }
    if (error == CELL_OK)
        error = write_all(plan, now);
    free(plan->descriptors);
    free(plan->buffers);
    free(plan->fs.descriptors);
    return error;
}

cell_error_t ext4_make(struct ext4_device *device, const struct ext4_options *options, const uint8_t uuid[16])
{
    static const struct ext4_new lost = {.mode = EXT4_MODE_DIRECTORY | 0700};
    struct plan *plan = calloc(1, sizeof *plan);
    struct ext4 *fs;
    uint32_t inode;

    if (plan == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = make(plan, device, uuid, options->now());

    free(plan);
    if (error == CELL_OK)
        error = ext4_mount(device, options, &fs);
    if (error != CELL_OK)
        return error;
    error = ext4_create(fs, EXT4_ROOT, "lost+found", 10, &lost, &inode);
    cell_error_t unmounted = ext4_unmount(fs);

    return error != CELL_OK ? error : unmounted;
}
