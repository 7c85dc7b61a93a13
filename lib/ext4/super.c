/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/ext4/super.c: mounting and unmounting: what the superblock says, and whether it can be. ("Super Block") */
#include "lib/ext4/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ext4_report(const struct ext4 *fs, const char *format, ...)
{
    char line[160];
    va_list list;

    if (fs->options.report == NULL)
        return;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    fs->options.report(line);
}

cell_error_t ext4_corrupt(const struct ext4 *fs, uint64_t block, const char *what)
{
    ext4_report(fs, "block %llu: %s", (unsigned long long)block, what);
    return CELL_CORRUPT;
}

/* ---- Features -------------------------------------------------------------------------------------------------------------- */

#define INCOMPAT_KNOWN                                                                                                      \
    (EXT4_INCOMPAT_FILETYPE | EXT4_INCOMPAT_RECOVER | EXT4_INCOMPAT_EXTENTS | EXT4_INCOMPAT_64BIT | EXT4_INCOMPAT_FLEX_BG | \
     EXT4_INCOMPAT_CSUM_SEED)
#define RO_COMPAT_KNOWN                                                                                        \
    (EXT4_RO_SPARSE_SUPER | EXT4_RO_LARGE_FILE | EXT4_RO_HUGE_FILE | EXT4_RO_DIR_NLINK | EXT4_RO_EXTRA_ISIZE | \
     EXT4_RO_METADATA_CSUM | EXT4_RO_ORPHAN_PRESENT)

/* Names of features by their bits, as the tools of e2fsprogs write them. */
static const char *const incompat_names[32] = {
    [0] = "compression", [1] = "filetype",     [2] = "needs_recovery", [3] = "journal_dev", [4] = "meta_bg",  [6] = "extent",
    [7] = "64bit",       [8] = "mmp",          [9] = "flex_bg",        [10] = "ea_inode",   [12] = "dirdata", [13] = "metadata_csum_seed",
    [14] = "large_dir",  [15] = "inline_data", [16] = "encrypt",       [17] = "casefold"};
static const char *const ro_compat_names[32] = {
    [3] = "huge_file", [4] = "uninit_bg",  [7] = "snapshot", [8] = "quota",          [9] = "bigalloc", [10] = "metadata_csum",
    [11] = "replica",  [12] = "read-only", [13] = "project", [14] = "shared_blocks", [15] = "verity",  [16] = "orphan_present"};

static void report_features(const struct ext4 *fs, uint32_t bits, const char *const *names, const char *what)
{
    for (unsigned i = 0; i < 32; i++)
        if (bits >> i & 1) {
            if (names[i] != NULL)
                ext4_report(fs, "feature %s: %s", names[i], what);
            else
                ext4_report(fs, "feature of bit %u: %s", i, what);
        }
}

static cell_error_t take_features(struct ext4 *fs, const struct ext4_super *super)
{
    fs->compat = super->compat;
    fs->incompat = super->incompat;
    fs->ro_compat = super->ro_compat;
    uint32_t unknown = fs->incompat & ~(uint32_t)INCOMPAT_KNOWN, read_only = fs->ro_compat & ~(uint32_t)RO_COMPAT_KNOWN;

    if (unknown != 0) {
        report_features(fs, unknown, incompat_names, "not supported");
        return CELL_UNSUPPORTED;
    }
    if ((fs->incompat & EXT4_INCOMPAT_EXTENTS) == 0) {
        ext4_report(fs, "feature extent: missing; this is an older file system than ext4");
        return CELL_UNSUPPORTED;
    }
    if (!fs->read_only && read_only != 0) {
        report_features(fs, read_only, ro_compat_names, "allows only to read");
        fs->read_only = true;
    }
    if (!fs->read_only && (fs->compat & EXT4_COMPAT_JOURNAL) == 0) {
        ext4_report(fs, "feature has_journal: missing, so that it can only be read");
        fs->read_only = true;
    }
    if (!fs->read_only && (super->state & EXT4_STATE_ERRORS) != 0) {
        ext4_report(fs, "it is marked as having errors, so that it can only be read; e2fsck is needed");
        fs->read_only = true;
    }
    return CELL_OK;
}

/* ---- Numbers ---------------------------------------------------------------------------------------------------------------- */

static bool is_power_of_two(uint32_t number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

/* What is wrong with the shape of the file system, or NULL. */
static const char *fault_of(const struct ext4 *fs, const struct ext4_super *super)
{
    if (super->log_cluster_size != super->log_block_size || super->clusters_per_group != super->blocks_per_group)
        return "the size of clusters is wrong";
    if (super->first_data_block != (fs->block_size == 1024 ? 1 : 0))
        return "the first block is wrong";
    if (!is_power_of_two(fs->inode_size) || fs->inode_size < EXT4_INODE_SMALL || fs->inode_size > fs->block_size)
        return "the size of inodes is wrong";
    if (fs->incompat & EXT4_INCOMPAT_64BIT ? !is_power_of_two(fs->descriptor_size) || fs->descriptor_size < 64 || fs->descriptor_size > 1024
                                           : false)
        return "the size of group descriptors is wrong";
    if (fs->blocks_per_group == 0 || fs->blocks_per_group > fs->block_size * 8 || fs->blocks_per_group % 8 != 0)
        return "the number of blocks in a group is wrong";
    if (fs->inodes_per_group == 0 || fs->inodes_per_group > fs->block_size * 8 || fs->inodes_per_group % 8 != 0 ||
        fs->inodes_per_group % (fs->block_size / fs->inode_size) != 0)
        return "the number of inodes in a group is wrong";
    if (fs->blocks <= fs->first_block + 1u || fs->blocks > fs->device->bytes >> fs->block_bits)
        return "it is larger than the disk";
    if ((fs->blocks - fs->first_block + fs->blocks_per_group - 1) / fs->blocks_per_group > UINT32_MAX / fs->inodes_per_group)
        return "it has too many groups";
    return NULL;
}

/* What is wrong with counts, or NULL. */
static const char *count_fault(const struct ext4 *fs, const struct ext4_super *super)
{
    if (fs->inodes != super->inodes_count)
        return "the number of inodes is wrong";
    if (super->first_inode < 11 || super->first_inode > fs->inodes_per_group)
        return "the first inode is wrong";
    if (fs->free_blocks > fs->blocks || fs->free_inodes > fs->inodes)
        return "more is free than there is";
    if ((uint64_t)fs->first_block + 1 + (fs->groups + fs->descriptors_per_block - 1) / fs->descriptors_per_block >= fs->blocks)
        return "group descriptors lead outside the file system";
    if (fs->checksums && super->checksum_type != 1)
        return "the type of checksums is unknown";
    return NULL;
}

static uint64_t wide(const struct ext4 *fs, uint32_t lo, uint32_t hi)
{
    return lo | (fs->incompat & EXT4_INCOMPAT_64BIT ? (uint64_t)hi << 32 : 0);
}

/* Takes over what the superblock says. */
static cell_error_t take_numbers(struct ext4 *fs, const struct ext4_super *super)
{
    fs->checksums = (fs->ro_compat & EXT4_RO_METADATA_CSUM) != 0;
    fs->first_block = super->first_data_block;
    fs->blocks = wide(fs, super->blocks_count_lo, super->blocks_count_hi);
    fs->free_blocks = wide(fs, super->free_blocks_lo, super->free_blocks_hi);
    fs->free_inodes = super->free_inodes;
    fs->blocks_per_group = super->blocks_per_group;
    fs->inodes_per_group = super->inodes_per_group;
    fs->inode_size = super->inode_size;
    fs->descriptor_size = fs->incompat & EXT4_INCOMPAT_64BIT ? super->descriptor_size : EXT4_DESCRIPTOR_SMALL;
    const char *fault = fault_of(fs, super);

    if (fault != NULL)
        return ext4_corrupt(fs, 0, fault);
    fs->groups = (uint32_t)((fs->blocks - fs->first_block + fs->blocks_per_group - 1) / fs->blocks_per_group);
    fs->inodes = fs->groups * fs->inodes_per_group;
    fs->descriptors_per_block = fs->block_size / fs->descriptor_size;
    fs->flex_groups = fs->incompat & EXT4_INCOMPAT_FLEX_BG && super->log_groups_per_flex < 31 ? 1u << super->log_groups_per_flex : 1;
    fs->checksum_seed = fs->incompat & EXT4_INCOMPAT_CSUM_SEED ? super->checksum_seed : ext4_crc(~0u, super->uuid, sizeof super->uuid);
    fault = count_fault(fs, super);
    return fault == NULL ? CELL_OK : ext4_corrupt(fs, 0, fault);
}

/* Reads the superblock and makes ready for everything else. */
static cell_error_t open_super(struct ext4 *fs)
{
    struct ext4_super super;
    cell_error_t error = fs->device->bytes < 4096 ? CELL_CORRUPT
                                                  : fs->device->read(fs->device, EXT4_SUPER_OFFSET, &super, sizeof super);

    if (error != CELL_OK)
        return error;
    if (super.magic != EXT4_MAGIC || super.revision == 0 || super.log_block_size > 2)
        return ext4_corrupt(fs, 0, "no ext4 file system");
    fs->block_bits = 10 + super.log_block_size;
    fs->block_size = 1u << fs->block_bits;
    if (super.ro_compat & EXT4_RO_METADATA_CSUM && super.checksum != ext4_super_checksum(&super))
        return ext4_corrupt(fs, 0, "the checksum of the superblock is wrong");
    error = take_features(fs, &super);
    if (error == CELL_OK)
        error = take_numbers(fs, &super);
    if (error == CELL_OK)
        error = ext4_cache_open(fs);
    if (error != CELL_OK)
        return error;
    fs->descriptors = calloc((fs->groups + fs->descriptors_per_block - 1) / fs->descriptors_per_block, sizeof *fs->descriptors);
    if (fs->descriptors == NULL)
        return CELL_NO_MEMORY;
    error = ext4_get(fs, fs->first_block, EXT4_SUPER, 0, 0, &fs->super);
    if (error == CELL_OK)
        fs->super_data = (struct ext4_super *)(fs->super->data + EXT4_SUPER_OFFSET % fs->block_size);
    return error;
}

static void close_super(struct ext4 *fs)
{
    ext4_cache_close(fs);
    free(fs->descriptors);
    fs->descriptors = NULL;
    fs->super = NULL;
}

/* ---- Mounting ----------------------------------------------------------------------------------------------------------------- */

/* Replays the journal, after which all that was read before is read again. */
static cell_error_t recover(struct ext4 *fs)
{
    bool replayed = false;
    bool needed = (fs->incompat & EXT4_INCOMPAT_RECOVER) != 0;

    if ((fs->compat & EXT4_COMPAT_JOURNAL) == 0)
        return needed ? ext4_corrupt(fs, 0, "a journal is to be replayed, but there is none") : CELL_OK;
    fs->unsettled = true;
    cell_error_t error = ext4_journal_open(fs);

    if (error == CELL_OK)
        error = ext4_journal_replay(fs, &replayed);
    fs->unsettled = false;
    if (error != CELL_OK)
        return error;
    close_super(fs);
    return open_super(fs);
}

/* Counts what is free, as the superblock's numbers are not kept by everybody. */
static cell_error_t count_free(struct ext4 *fs)
{
    fs->free_blocks = 0;
    fs->free_inodes = 0;
    for (uint32_t group = 0; group < fs->groups; group++) {
        struct ext4_buffer *buffer;
        struct ext4_descriptor *descriptor;
        cell_error_t error = ext4_group(fs, group, &buffer, &descriptor);

        if (error != CELL_OK)
            return error;
        fs->free_blocks += ext4_group_count(fs, descriptor->free_blocks_lo, descriptor->free_blocks_hi);
        fs->free_inodes += ext4_group_count(fs, descriptor->free_inodes_lo, descriptor->free_inodes_hi);
    }
    return CELL_OK;
}

/* Writes the superblock where it is, without the journal. */
static cell_error_t write_super(struct ext4 *fs)
{
    ext4_sum(fs, fs->super);
    cell_error_t error = ext4_write_block(fs, fs->super->block, fs->super->data);

    return error == CELL_OK ? fs->device->flush(fs->device) : error;
}

/* Marks it as mounted for writing. */
static cell_error_t begin_writing(struct ext4 *fs)
{
    struct ext4_journal *journal = &fs->journal;

    if (journal->limit < EXT4_STEP_BLOCKS + 8 || journal->blocks - journal->first < 4 * EXT4_STEP_BLOCKS) {
        ext4_report(fs, "the journal or the cache is too small, so that it can only be read");
        fs->read_only = true;
        return CELL_OK;
    }
    journal->features &= ~(uint32_t)(EXT4_JOURNAL_CSUM_2 | EXT4_JOURNAL_CSUM_3);
    journal->features |= EXT4_JOURNAL_HAS_REVOKE | (fs->checksums ? EXT4_JOURNAL_CSUM_3 : 0) |
                         (fs->incompat & EXT4_INCOMPAT_64BIT ? EXT4_JOURNAL_64BIT : 0);
    fs->incompat |= EXT4_INCOMPAT_RECOVER;
    fs->super_data->incompat = fs->incompat;
    fs->super_data->mount_time = (uint32_t)fs->options.now().seconds;
    fs->super_data->mount_count++;
    cell_error_t error = write_super(fs);

    return error == CELL_OK ? ext4_orphans_clean(fs) : error;
}

static cell_error_t mount(struct ext4 *fs)
{
    cell_error_t error = open_super(fs);

    if (error != CELL_OK)
        return error;
    bool clean = (fs->incompat & EXT4_INCOMPAT_RECOVER) == 0;

    error = recover(fs);
    if (error == CELL_OK && !clean)
        error = count_free(fs);
    return error == CELL_OK && !fs->read_only ? begin_writing(fs) : error;
}

void ext4_abandon(struct ext4 *fs)
{
    ext4_held_close(fs);
    ext4_known_close(fs);
    ext4_journal_close(fs);
    ext4_step_close(fs);
    close_super(fs);
    free(fs);
}

cell_error_t ext4_mount(struct ext4_device *device, const struct ext4_options *options, struct ext4 **mounted)
{
    struct ext4 *fs = options->cache_bytes < EXT4_CACHE_LEAST ? NULL : calloc(1, sizeof *fs);

    if (fs == NULL)
        return options->cache_bytes < EXT4_CACHE_LEAST ? CELL_BAD_ARGUMENT : CELL_NO_MEMORY;
    fs->device = device;
    fs->options = *options;
    fs->read_only = options->read_only;
    cell_error_t error = ext4_known_open(fs) ? mount(fs) : CELL_NO_MEMORY;

    if (error == CELL_OK)
        *mounted = fs;
    else
        ext4_abandon(fs);
    return error;
}

/* Ends writing: nothing is left in the journal. */
static cell_error_t end_writing(struct ext4 *fs)
{
    ext4_held_close(fs);
    cell_error_t error = ext4_orphans_clean(fs);

    if (error == CELL_OK)
        error = ext4_checkpoint(fs);
    if (error != CELL_OK)
        return error;
    fs->super_data->incompat &= ~(uint32_t)EXT4_INCOMPAT_RECOVER;
    fs->super_data->write_time = (uint32_t)fs->options.now().seconds;
    return write_super(fs);
}

cell_error_t ext4_unmount(struct ext4 *fs)
{
    cell_error_t error = fs->read_only ? CELL_OK : end_writing(fs);

    if (error == CELL_OK)
        error = fs->write_error;
    ext4_abandon(fs);
    return error;
}

static cell_error_t end_of_sync(struct ext4 *fs, cell_error_t error)
{
    if (error == CELL_LATER)
        return error;
    if (error == CELL_OK)
        error = fs->write_error;
    fs->write_error = CELL_OK;
    return error;
}

cell_error_t ext4_sync(struct ext4 *fs)
{
    bool lost = fs->read_only && fs->counts[EXT4_DIRTY] + fs->counts[EXT4_CHANGED] > 0;
    cell_error_t error = lost ? CELL_IO : fs->read_only ? CELL_OK
                                                        : ext4_commit(fs);

    return end_of_sync(fs, error);
}

bool ext4_is_written(const struct ext4 *fs)
{
    return fs->counts[EXT4_DIRTY] + fs->counts[EXT4_CHANGED] == 0 && !fs->data_written && !fs->journal.checkpoint &&
           fs->journal.phase == EXT4_REST && !fs->told_of_changes && fs->write_error == CELL_OK;
}

bool ext4_is_syncing(const struct ext4 *fs)
{
    return fs->journal.phase != EXT4_REST;
}

cell_error_t ext4_go_on(struct ext4 *fs)
{
    cell_error_t error = ext4_commit_go_on(fs);

    if (error == CELL_OK && ext4_finish_all(fs) == CELL_LATER)
        error = CELL_LATER;
    return end_of_sync(fs, error);
}

void ext4_statfs(const struct ext4 *fs, struct ext4_statfs *to)
{
    uint64_t halves[2];

    memcpy(halves, fs->super_data->uuid, sizeof halves);
    *to = (struct ext4_statfs){
        .block_size = fs->block_size,
        .files = fs->inodes,
        .free_files = fs->free_inodes,
        .blocks = fs->blocks,
        .free_blocks = fs->free_blocks,
        .id = halves[0] ^ halves[1],
        .read_only = fs->read_only,
    };
}
