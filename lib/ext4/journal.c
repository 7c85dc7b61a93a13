/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/journal.c: the write-ahead log. ("Journal (jbd2)")
 *
 * One transaction runs at a time and collects what steps change. A commit writes data first (so that no file ever leads to
 * what was in its blocks before), then the log: which blocks are revoked, and copies of the changed ones; after a flush the
 * commit record, and after another flush it counts. Changed blocks are written home when there is time or no room left.
 * When all are home, the log begins at its first block again; so it never wraps.
 *
 * A freed block of metadata is revoked: it may be data soon, over which no replay must write.
 */
#include "lib/ext4/internal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define UUID_BYTES 16u

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
    uint32_t kind = ext4_be32(super->head.kind), known = EXT4_JOURNAL_HAS_REVOKE | EXT4_JOURNAL_64BIT | EXT4_JOURNAL_CSUM_2 | EXT4_JOURNAL_CSUM_3;

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

    journal->block = malloc(fs->block_size);
    journal->own_stage = fs->device->staging == NULL || fs->block_size < EXT4_STAGING_UNIT;
    journal->stage = journal->own_stage ? malloc(EXT4_STAGING_BYTES) : fs->device->staging;
    if (journal->block == NULL || journal->stage == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = ext4_node_raw(fs, fs->super_data->journal_inode, &node);

    if (error != CELL_OK)
        return error == CELL_NOT_FOUND ? ext4_corrupt(fs, fs->super->block, "the journal has no inode") : error;
    error = find_runs(fs, &node);
    ext4_node_put(&node);
    if (error == CELL_OK)
        error = ext4_read_block(fs, ext4_journal_block(fs, 0), journal->block);
    if (error != CELL_OK)
        return error;
    const struct ext4_journal_super *super = (const struct ext4_journal_super *)journal->block;

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
    free(fs->journal.block);
    if (fs->journal.own_stage)
        free(fs->journal.stage);
}

cell_error_t ext4_journal_write_super(struct ext4 *fs, uint32_t start)
{
    struct ext4_journal *journal = &fs->journal;
    struct ext4_journal_super *super = (struct ext4_journal_super *)journal->block;
    uint64_t block = ext4_journal_block(fs, 0);
    cell_error_t error = ext4_read_block(fs, block, journal->block);

    if (error != CELL_OK)
        return error;
    super->head.kind = ext4_be32(EXT4_JOURNAL_SUPER_2);
    super->compat = 0;
    super->incompat = ext4_be32(journal->features);
    super->sequence = ext4_be32(journal->sequence);
    super->start = ext4_be32(start);
    if (ext4_journal_sums(fs)) {
        super->checksum_type = EXT4_JOURNAL_CRC32C;
        super->checksum = ext4_be32(super_checksum(super));
    }
    return ext4_write_block(fs, block, journal->block);
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

/* ---- Writing the log --------------------------------------------------------------------------------------------------------- */

static void store(uint8_t *at, uint32_t value)
{
    value = ext4_be32(value);
    memcpy(at, &value, sizeof value);
}

/* Writes what is staged; its blocks lie one behind the other, but for ends of runs. */
static cell_error_t write_stage(struct ext4 *fs)
{
    struct ext4_journal *journal = &fs->journal;
    cell_error_t error = CELL_OK;

    for (uint32_t done = 0, count; done < journal->staged && error == CELL_OK; done += count) {
        uint64_t block = ext4_journal_block(fs, journal->head + done);

        for (count = 1; done + count < journal->staged; count++)
            if (ext4_journal_block(fs, journal->head + done + count) != block + count)
                break;
        error = fs->device->write(fs->device, block << fs->block_bits, journal->stage + ((size_t)done << fs->block_bits),
                                  (size_t)count << fs->block_bits);
    }
    journal->head += journal->staged;
    journal->staged = 0;
    return error;
}

/* Where the next block of the log is made. */
static uint8_t *next_block(const struct ext4 *fs)
{
    return fs->journal.stage + ((size_t)fs->journal.staged << fs->block_bits);
}

/* It is made. */
static cell_error_t append(struct ext4 *fs)
{
    struct ext4_journal *journal = &fs->journal;

    journal->staged++;
    return journal->staged << fs->block_bits == EXT4_STAGING_BYTES ? write_stage(fs) : CELL_OK;
}

static uint8_t *begin_block(struct ext4 *fs, uint32_t kind)
{
    uint8_t *block = next_block(fs);

    memset(block, 0, fs->block_size);
    store(block, EXT4_JOURNAL_MAGIC);
    store(block + 4, kind);
    store(block + 8, fs->journal.sequence);
    return block;
}

static size_t tail_bytes(const struct ext4 *fs)
{
    return ext4_journal_sums(fs) ? 4u : 0u;
}

static cell_error_t append_with_tail(struct ext4 *fs, uint8_t *block)
{
    size_t at = fs->block_size - 4;

    if (ext4_journal_sums(fs))
        store(block + at, ext4_journal_checksum(fs, block, at));
    return append(fs);
}

static size_t revoked_per_block(const struct ext4 *fs)
{
    return (fs->block_size - sizeof(struct ext4_journal_revoke) - 4) / 8;
}

static cell_error_t write_revoked(struct ext4 *fs)
{
    const struct ext4_journal *journal = &fs->journal;
    uint32_t bytes = journal->features & EXT4_JOURNAL_64BIT ? 8 : 4;
    cell_error_t error = CELL_OK;

    for (size_t done = 0; done < journal->revoked_count && error == CELL_OK;) {
        uint8_t *block = begin_block(fs, EXT4_JOURNAL_REVOKE), *at = block + sizeof(struct ext4_journal_revoke);

        for (size_t i = 0; i < revoked_per_block(fs) && done < journal->revoked_count; i++, done++, at += bytes) {
            if (bytes == 8)
                store(at, (uint32_t)(journal->revoked[done] >> 32));
            store(at + bytes - 4, (uint32_t)journal->revoked[done]);
        }
        store(block + offsetof(struct ext4_journal_revoke, bytes), (uint32_t)(at - block));
        error = append_with_tail(fs, block);
    }
    return error;
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

static cell_error_t append_copy(struct ext4 *fs, const struct ext4_buffer *buffer)
{
    uint8_t *to = next_block(fs);

    memcpy(to, buffer->data, fs->block_size);
    if (must_escape(buffer))
        memset(to, 0, 4);
    return append(fs);
}

static cell_error_t write_changed(struct ext4 *fs)
{
    struct ext4_buffer *head = &fs->lists[EXT4_CHANGED], *from = head->next;
    cell_error_t error = CELL_OK;

    while (from != head && error == CELL_OK) {
        uint8_t *block = begin_block(fs, EXT4_JOURNAL_DESCRIPTOR), *at = block + sizeof(struct ext4_journal_head);
        struct ext4_buffer *end = from;

        for (size_t i = 0, most = tags_per_block(fs); i < most && end != head; i++, end = end->next)
            at = write_tag(fs, at, end, i == 0, i + 1 == most || end->next == head);
        error = append_with_tail(fs, block);
        for (; from != end && error == CELL_OK; from = from->next)
            error = append_copy(fs, from);
    }
    return error;
}

static cell_error_t write_commit(struct ext4 *fs)
{
    struct ext4_time now = fs->options.now();
    uint8_t *block = begin_block(fs, EXT4_JOURNAL_COMMIT);
    size_t at = offsetof(struct ext4_journal_commit, checksum), time = offsetof(struct ext4_journal_commit, seconds);

    store(block + time, (uint32_t)(now.seconds >> 32));
    store(block + time + 4, (uint32_t)now.seconds);
    store(block + time + 8, now.nanoseconds);
    if (ext4_journal_sums(fs))
        store(block + at, ext4_journal_checksum(fs, block, at));
    cell_error_t error = append(fs);

    return error == CELL_OK && fs->journal.staged > 0 ? write_stage(fs) : error;
}

/* ---- Transactions --------------------------------------------------------------------------------------------------------------- */

/* The superblock's counts, which steps do not write. */
static void count_in_super(struct ext4 *fs)
{
    struct ext4_super *super = fs->super_data;
    uint64_t free = super->free_blocks_lo | (fs->incompat & EXT4_INCOMPAT_64BIT ? (uint64_t)super->free_blocks_hi << 32 : 0);

    if (free == fs->free_blocks && super->free_inodes == fs->free_inodes)
        return;
    super->free_blocks_lo = (uint32_t)fs->free_blocks;
    if (fs->incompat & EXT4_INCOMPAT_64BIT)
        super->free_blocks_hi = (uint32_t)(fs->free_blocks >> 32);
    super->free_inodes = fs->free_inodes;
    ext4_set_state(fs, fs->super, EXT4_CHANGED);
}

/* Sums of bitmaps are in descriptors, so these come last. */
static void sum_changed(struct ext4 *fs)
{
    struct ext4_buffer *head = &fs->lists[EXT4_CHANGED];

    for (struct ext4_buffer *at = head->next; at != head; at = at->next)
        if (at->kind != EXT4_DESCRIPTORS)
            ext4_sum(fs, at);
    for (struct ext4_buffer *at = head->next; at != head; at = at->next)
        if (at->kind == EXT4_DESCRIPTORS)
            ext4_sum(fs, at);
}

static cell_error_t flush(struct ext4 *fs)
{
    return fs->device->flush(fs->device);
}

static cell_error_t write_log(struct ext4 *fs)
{
    struct ext4_journal *journal = &fs->journal;
    cell_error_t error = journal->empty ? ext4_journal_write_super(fs, journal->head) : CELL_OK;

    if (error == CELL_OK)
        error = write_revoked(fs);
    if (error == CELL_OK)
        error = write_changed(fs);
    if (error == CELL_OK)
        error = write_stage(fs);
    if (error == CELL_OK)
        error = flush(fs);
    if (error == CELL_OK)
        error = write_commit(fs);
    return error == CELL_OK ? flush(fs) : error;
}

/* Without a log nothing can be changed any more; what is in memory can be read. */
static cell_error_t give_up(struct ext4 *fs, cell_error_t error)
{
    ext4_report(fs, "the journal cannot be written: %s; the file system can only be read from now on", cell_error_text(error));
    fs->read_only = true;
    return error;
}

cell_error_t ext4_commit(struct ext4 *fs)
{
    struct ext4_journal *journal = &fs->journal;
    struct ext4_buffer *changed = &fs->lists[EXT4_CHANGED];

    if (fs->read_only)
        return CELL_READ_ONLY;
    bool data = fs->counts[EXT4_DIRTY] > 0;
    cell_error_t error = ext4_write_all(fs, EXT4_DIRTY);

    if (error == CELL_OK && changed->next == changed)
        return data ? flush(fs) : CELL_OK;
    count_in_super(fs);
    sum_changed(fs);
    if (error == CELL_OK)
        error = write_log(fs);
    if (error != CELL_OK)
        return give_up(fs, error);
    while (changed->next != changed)
        ext4_set_state(fs, changed->next, EXT4_COMMITTED);
    journal->empty = false;
    journal->sequence++;
    journal->freed.count = journal->revoked_count = 0;
    return CELL_OK;
}

cell_error_t ext4_checkpoint(struct ext4 *fs)
{
    struct ext4_journal *journal = &fs->journal;
    cell_error_t error = ext4_commit(fs);

    if (error != CELL_OK || journal->empty)
        return error;
    error = ext4_write_all(fs, EXT4_COMMITTED);
    if (error == CELL_OK)
        error = flush(fs);
    if (error == CELL_OK)
        error = ext4_journal_write_super(fs, 0);
    if (error == CELL_OK)
        error = flush(fs);
    if (error != CELL_OK)
        return give_up(fs, error);
    journal->empty = true;
    journal->head = journal->first;
    return CELL_OK;
}

/* Blocks of the log that a transaction takes. */
static size_t log_blocks(const struct ext4 *fs, size_t changed, size_t revoked)
{
    return changed + changed / tags_per_block(fs) + revoked / revoked_per_block(fs) + 3;
}

cell_error_t ext4_journal_make_room(struct ext4 *fs)
{
    const struct ext4_journal *journal = &fs->journal;
    size_t changed = fs->counts[EXT4_CHANGED] + EXT4_STEP_BLOCKS + 1, revoked = journal->revoked_count + EXT4_STEP_BLOCKS;
    cell_error_t error = CELL_OK;

    if (changed > journal->limit || revoked > 4 * revoked_per_block(fs))
        error = ext4_commit(fs);
    if (error == CELL_OK && journal->head + log_blocks(fs, changed, revoked) >= journal->blocks)
        error = ext4_checkpoint(fs);
    return error;
}
