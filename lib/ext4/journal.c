/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/ext4/journal.c: where the journal is, its superblock, and the checksums of its blocks. ("Journal (jbd2)") */
#include "lib/ext4/internal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- Where it is -------------------------------------------------------------------------------------------------------- */

uint64_t ext4_journal_block(const struct ext4 *fs, uint32_t number)
{
    const struct ext4_ranges *runs = &fs->journal.runs;

    for (size_t i = 0; i < runs->count; i++) {
        if (number < runs->at[i].count)
            return runs->at[i].first + number;
        number -= (uint32_t)runs->at[i].count;
    }
    return 0;
}

/* Collects the runs of the journal's file. */
static cell_error_t find_runs(struct ext4 *fs, struct ext4_node *node)
{
    uint64_t size = ext4_node_size(node) >> fs->block_bits;

    if (fs->checksums && ext4_inode_checksum(fs, node->number, node->inode) != ext4_inode_stored_checksum(fs, node->inode))
        return ext4_corrupt(fs, node->buffer->block, "the checksum of the journal's inode is wrong");
    if (ext4_type(node) != EXT4_MODE_REGULAR || size < 2 || size > fs->blocks)
        return ext4_corrupt(fs, node->buffer->block, "the journal's inode is not that of a journal");
    for (uint32_t block = 0; block < size;) {
        struct ext4_mapping mapping;
        cell_error_t error = ext4_map(node, block, &mapping);

        if (error != CELL_OK)
            return error;
        if (mapping.first == 0 || mapping.unwritten)
            return ext4_corrupt(fs, node->buffer->block, "the journal has a hole");
        uint64_t count = mapping.count < size - block ? mapping.count : size - block;

        if (!ext4_ranges_add(&fs->journal.runs, mapping.first, count))
            return CELL_NO_MEMORY;
        block += (uint32_t)count;
    }
    fs->journal.blocks = (uint32_t)size;
    return CELL_OK;
}

static uint32_t super_checksum(const struct ext4_journal_super *super)
{
    static const uint8_t zeros[4];
    size_t at = offsetof(struct ext4_journal_super, checksum);
    uint32_t crc = ext4_crc(~0u, super, at);

    crc = ext4_crc(crc, zeros, sizeof zeros);
    return ext4_crc(crc, (const uint8_t *)super + at + 4, sizeof *super - at - 4);
}

static cell_error_t check_super(struct ext4 *fs, const struct ext4_journal_super *super)
{
    struct ext4_journal *journal = &fs->journal;
    uint64_t block = ext4_journal_block(fs, 0);
    uint32_t kind = ext4_be32(super->head.kind),
             known = EXT4_JOURNAL_HAS_REVOKE | EXT4_JOURNAL_64BIT | EXT4_JOURNAL_CSUM_2 | EXT4_JOURNAL_CSUM_3;

    if (ext4_be32(super->head.magic) != EXT4_JOURNAL_MAGIC || (kind != EXT4_JOURNAL_SUPER_1 && kind != EXT4_JOURNAL_SUPER_2))
        return ext4_corrupt(fs, block, "the journal has no superblock");
    journal->features = kind == EXT4_JOURNAL_SUPER_2 ? ext4_be32(super->incompat) : 0;
    if ((journal->features & ~known) != 0 || (kind == EXT4_JOURNAL_SUPER_2 && super->ro_compat != 0)) {
        ext4_report(fs, "the journal has unknown features: %#x", (unsigned)(journal->features & ~known));
        return CELL_UNSUPPORTED;
    }
    if (ext4_journal_sums(fs) && (super->checksum_type != EXT4_JOURNAL_CRC32C || ext4_be32(super->checksum) != super_checksum(super)))
        return ext4_corrupt(fs, block, "the checksum of the journal's superblock is wrong");
    uint32_t blocks = ext4_be32(super->blocks);

    if (ext4_be32(super->block_size) != fs->block_size || blocks > journal->blocks || blocks < 2)
        return ext4_corrupt(fs, block, "the journal is not as long as it says");
    journal->blocks = blocks;
    journal->first = ext4_be32(super->first);
    if (journal->first == 0 || journal->first >= blocks || ext4_be32(super->start) >= blocks)
        return ext4_corrupt(fs, block, "the log begins outside the journal");
    journal->seed = ext4_crc(~0u, super->uuid, sizeof super->uuid);
    return CELL_OK;
}

cell_error_t ext4_journal_open(struct ext4 *fs)
{
    struct ext4_journal *journal = &fs->journal;
    struct ext4_node node;

    journal->super = malloc(fs->block_size);
    journal->own_stage = fs->device->staging == NULL || fs->block_size < EXT4_STAGING_UNIT;
    journal->stage = journal->own_stage ? malloc(EXT4_STAGING_BYTES) : fs->device->staging;
    if (journal->super == NULL || journal->stage == NULL)
        return CELL_NO_MEMORY;
    for (size_t i = 0; i < sizeof journal->stage_used / sizeof *journal->stage_used; i++)
        journal->stage_used[i] = (uint16_t)fs->block_size;
    cell_error_t error = ext4_node_raw(fs, fs->super_data->journal_inode, &node);

    if (error != CELL_OK)
        return error == CELL_NOT_FOUND ? ext4_corrupt(fs, fs->super->block, "the journal has no inode") : error;
    error = find_runs(fs, &node);
    ext4_node_put(&node);
    if (error == CELL_OK)
        error = ext4_read_block(fs, ext4_journal_block(fs, 0), journal->super);
    if (error != CELL_OK)
        return error;
    const struct ext4_journal_super *super = (const struct ext4_journal_super *)journal->super;

    error = check_super(fs, super);
    journal->head = journal->first;
    journal->sequence = ext4_be32(super->sequence);
    journal->empty = true;
    journal->limit = journal->blocks / 4 < fs->buffers_most / 2 ? journal->blocks / 4 : fs->buffers_most / 2;
    return error;
}

void ext4_journal_close(struct ext4 *fs)
{
    free(fs->journal.runs.at);
    free(fs->journal.freed.at);
    free(fs->journal.revoked);
    free(fs->journal.super);
    if (fs->journal.own_stage)
        free(fs->journal.stage);
}

cell_error_t ext4_journal_write_super(struct ext4 *fs, uint32_t start)
{
    struct ext4_journal *journal = &fs->journal;
    struct ext4_journal_super *super = (struct ext4_journal_super *)journal->super;

    super->head.kind = ext4_be32(EXT4_JOURNAL_SUPER_2);
    super->compat = 0;
    super->incompat = ext4_be32(journal->features);
    super->sequence = ext4_be32(journal->sequence);
    super->start = ext4_be32(start);
    if (ext4_journal_sums(fs)) {
        super->checksum_type = EXT4_JOURNAL_CRC32C;
        super->checksum = ext4_be32(super_checksum(super));
    }
    return ext4_write_block(fs, ext4_journal_block(fs, 0), journal->super);
}

/* ---- Checksums and tags, of replay.c too ------------------------------------------------------------------------------------ */

uint32_t ext4_journal_checksum(const struct ext4 *fs, const uint8_t *block, size_t at)
{
    static const uint8_t zeros[4];
    uint32_t crc = ext4_crc(fs->journal.seed, block, at);

    crc = ext4_crc(crc, zeros, sizeof zeros);
    return ext4_crc(crc, block + at + 4, fs->block_size - at - 4);
}

uint32_t ext4_tag_checksum(const struct ext4 *fs, uint32_t sequence, const uint8_t *data)
{
    uint32_t number = ext4_be32(sequence);

    return ext4_crc(ext4_crc(fs->journal.seed, &number, sizeof number), data, fs->block_size);
}

uint32_t ext4_tag_bytes(const struct ext4 *fs)
{
    uint32_t features = fs->journal.features;

    if (features & EXT4_JOURNAL_CSUM_3)
        return 16;
    return 8 + (features & EXT4_JOURNAL_64BIT ? 4u : 0u) + (features & EXT4_JOURNAL_CSUM_2 ? 2u : 0u);
}
