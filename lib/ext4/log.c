/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/log.c: writes a transaction into the log: which blocks are revoked, then groups of a descriptor and copies of changed
 * blocks, and last the record of the commit. What is written together is staged first, so that a device that takes no more
 * (CELL_LATER) is asked again for the same.
 */
#include "lib/ext4/internal.h"

#include <stddef.h>
#include <string.h>

#define UUID_BYTES 16u

static void store(uint8_t *at, uint32_t value)
{
    value = ext4_be32(value);
    memcpy(at, &value, sizeof value);
}

/* ---- The stage -------------------------------------------------------------------------------------------------------------- */

static uint32_t stage_blocks(const struct ext4 *fs)
{
    return EXT4_STAGING_BYTES >> fs->block_bits;
}

/* Where the next block of the log is made; there is room. */
static uint8_t *next_block(const struct ext4 *fs)
{
    return fs->journal.stage + ((size_t)fs->journal.staged << fs->block_bits);
}

/* Writes what is staged; its blocks lie one behind the other, but for ends of runs. */
static cell_error_t write_stage(struct ext4 *fs)
{
    struct ext4_journal *journal = &fs->journal;

    while (journal->written < journal->staged) {
        uint64_t block = ext4_journal_block(fs, journal->head);
        uint32_t count = 1;

        while (journal->written + count < journal->staged && ext4_journal_block(fs, journal->head + count) == block + count)
            count++;
        cell_error_t error = fs->device->write(fs->device, block << fs->block_bits,
                                               journal->stage + ((size_t)journal->written << fs->block_bits),
                                               (size_t)count << fs->block_bits);

        if (error != CELL_OK)
            return error;
        journal->head += count;
        journal->written += count;
    }
    journal->sent = !journal->own_stage;
    journal->staged = journal->written = 0;
    return CELL_OK;
}

/* Waits until the blocks sent from the stage are written. */
static cell_error_t settle_stage(struct ext4 *fs)
{
    cell_error_t error = fs->journal.sent && fs->device->settle != NULL ? fs->device->settle(fs->device) : CELL_OK;

    if (error == CELL_OK)
        fs->journal.sent = false;
    return error;
}

/* ---- Blocks of the log ------------------------------------------------------------------------------------------------------ */

/* All but its head is zeros. */
static uint8_t *begin_block(struct ext4 *fs, uint32_t kind)
{
    uint8_t *block = next_block(fs);

    memset(block, 0, fs->journal.stage_used[fs->journal.staged]);
    memset(block + fs->block_size - 4, 0, 4);
    store(block, EXT4_JOURNAL_MAGIC);
    store(block + 4, kind);
    store(block + 8, fs->journal.sequence);
    return block;
}

static size_t tail_bytes(const struct ext4 *fs)
{
    return ext4_journal_sums(fs) ? 4u : 0u;
}

/* Behind its first `used` bytes are zeros; `sum`: where its checksum goes, which is zero so far. */
static void stage_block(struct ext4 *fs, uint8_t *block, size_t used, size_t sum)
{
    struct ext4_journal *journal = &fs->journal;

    if (ext4_journal_sums(fs))
        store(block + sum, ext4_crc_zeros(ext4_crc(journal->seed, block, used), fs->block_size - used));
    journal->stage_used[journal->staged++] = (uint16_t)used;
}

static size_t at_tail(const struct ext4 *fs)
{
    return fs->block_size - 4;
}

static size_t revoked_per_block(const struct ext4 *fs)
{
    return (fs->block_size - sizeof(struct ext4_journal_revoke) - 4) / 8;
}

static void stage_revoked(struct ext4 *fs)
{
    struct ext4_journal *journal = &fs->journal;
    uint32_t bytes = journal->features & EXT4_JOURNAL_64BIT ? 8 : 4;
    uint8_t *block = begin_block(fs, EXT4_JOURNAL_REVOKE), *at = block + sizeof(struct ext4_journal_revoke);

    for (size_t i = 0; i < revoked_per_block(fs) && journal->revoked_done < journal->revoked_count; i++, at += bytes) {
        uint64_t revoked = journal->revoked[journal->revoked_done++];

        if (bytes == 8)
            store(at, (uint32_t)(revoked >> 32));
        store(at + bytes - 4, (uint32_t)revoked);
    }
    store(block + offsetof(struct ext4_journal_revoke, bytes), (uint32_t)(at - block));
    stage_block(fs, block, (size_t)(at - block), at_tail(fs));
}

static bool must_escape(const struct ext4_buffer *buffer)
{
    uint32_t first;

    memcpy(&first, buffer->data, sizeof first);
    return first == ext4_be32(EXT4_JOURNAL_MAGIC);
}

/* The tag's checksum is that of the block as it is in the log. */
static uint32_t sum_of(struct ext4 *fs, struct ext4_buffer *buffer)
{
    uint8_t was[4];
    bool escape = must_escape(buffer);

    if (!ext4_journal_sums(fs))
        return 0;
    memcpy(was, buffer->data, 4);
    if (escape)
        memset(buffer->data, 0, 4);
    uint32_t crc = ext4_tag_checksum(fs, fs->journal.sequence, buffer->data);

    memcpy(buffer->data, was, 4);
    return crc;
}

/* Writes a tag; returns the place behind it. */
static uint8_t *write_tag(struct ext4 *fs, uint8_t *at, struct ext4_buffer *buffer, bool first, bool last)
{
    uint32_t flags = (must_escape(buffer) ? EXT4_TAG_ESCAPED : 0u) | (first ? 0u : EXT4_TAG_SAME_UUID) | (last ? EXT4_TAG_LAST : 0u);
    uint32_t bytes = ext4_tag_bytes(fs);

    store(at, (uint32_t)buffer->block);
    store(at + 4, flags); /* 16 bits of a checksum, which is not there, and 16 of flags; or 32 of flags */
    if (bytes > 8)
        store(at + 8, (uint32_t)(buffer->block >> 32));
    if (fs->journal.features & EXT4_JOURNAL_CSUM_3)
        store(at + 12, sum_of(fs, buffer));
    return at + bytes + (first ? UUID_BYTES : 0);
}

static size_t tags_per_block(const struct ext4 *fs)
{
    return (fs->block_size - sizeof(struct ext4_journal_head) - UUID_BYTES - tail_bytes(fs)) / ext4_tag_bytes(fs);
}

static void stage_copy(struct ext4 *fs, const struct ext4_buffer *buffer)
{
    uint8_t *to = next_block(fs);

    memcpy(to, buffer->data, fs->block_size);
    if (must_escape(buffer))
        memset(to, 0, 4);
    fs->journal.stage_used[fs->journal.staged++] = (uint16_t)fs->block_size;
}

/* Adds a descriptor, and behind it as many changed blocks as it and the stage have room for. */
static void stage_changed(struct ext4 *fs)
{
    struct ext4_journal *journal = &fs->journal;
    const struct ext4_buffer *head = &fs->lists[EXT4_CHANGED];
    struct ext4_buffer *from = journal->next, *end = from;
    size_t most = stage_blocks(fs) - journal->staged - 1;
    uint8_t *block = begin_block(fs, EXT4_JOURNAL_DESCRIPTOR), *at = block + sizeof(struct ext4_journal_head);

    if (most > tags_per_block(fs))
        most = tags_per_block(fs);
    for (size_t i = 0; i < most && end != head; i++, end = end->next)
        at = write_tag(fs, at, end, i == 0, i + 1 == most || end->next == head);
    stage_block(fs, block, (size_t)(at - block), at_tail(fs));
    for (; from != end; from = from->next)
        stage_copy(fs, from);
    journal->next = end;
}

/* ---- Writing it ------------------------------------------------------------------------------------------------------------- */

void ext4_log_begin(struct ext4 *fs)
{
    fs->journal.revoked_done = 0;
    fs->journal.next = fs->lists[EXT4_CHANGED].next;
    fs->journal.sent = false; /* there was a flush */
}

/* Whether all of it has been staged. */
static bool is_staged(const struct ext4 *fs)
{
    return fs->journal.revoked_done == fs->journal.revoked_count && fs->journal.next == &fs->lists[EXT4_CHANGED];
}

static void fill_stage(struct ext4 *fs)
{
    const struct ext4_journal *journal = &fs->journal;

    while (journal->staged + 2 <= stage_blocks(fs) && !is_staged(fs)) {
        if (journal->revoked_done < journal->revoked_count)
            stage_revoked(fs);
        else
            stage_changed(fs);
    }
}

cell_error_t ext4_log_write(struct ext4 *fs)
{
    cell_error_t error = write_stage(fs);

    while (error == CELL_OK && !is_staged(fs)) {
        error = settle_stage(fs);
        if (error != CELL_OK)
            return error;
        fill_stage(fs);
        error = write_stage(fs);
    }
    return error;
}

cell_error_t ext4_log_write_record(struct ext4 *fs)
{
    struct ext4_time now = fs->options.now();
    size_t time = offsetof(struct ext4_journal_commit, seconds);

    if (fs->journal.staged > 0)
        return write_stage(fs);
    uint8_t *block = begin_block(fs, EXT4_JOURNAL_COMMIT);

    store(block + time, (uint32_t)(now.seconds >> 32));
    store(block + time + 4, (uint32_t)now.seconds);
    store(block + time + 8, now.nanoseconds);
    stage_block(fs, block, time + 12, offsetof(struct ext4_journal_commit, checksum));
    return write_stage(fs);
}

size_t ext4_log_blocks(const struct ext4 *fs, size_t changed, size_t revoked)
{
    return changed + changed / tags_per_block(fs) + changed / (stage_blocks(fs) / 2) + 2 * (revoked / revoked_per_block(fs)) + 4;
}

bool ext4_log_holds(const struct ext4 *fs, size_t revoked)
{
    return revoked <= 4 * revoked_per_block(fs);
}
