/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/commit.c: the write-ahead log.
 *
 * One transaction runs at a time and collects what steps change. A commit writes data first (so that no file ever leads to
 * what was in its blocks before), then the log: which blocks are revoked, and copies of the changed ones; after a flush the
 * commit record, and after another flush it counts. Changed blocks are written home when there is time or no room left.
 * When all are home, the log begins at its first block again; so it never wraps.
 *
 * A freed block of metadata is revoked: it may be data soon, over which no replay must write.
 *
 * The device may take its time (CELL_LATER) at each point of this, so it is a row of phases; the next call goes on with the
 * one that has not ended. No step begins meanwhile.
 */
#include "lib/ext4/internal.h"

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
    /* changes from now on belong to the next one */
    if (!fs->journal.flushing)
        fs->home_written = fs->data_written = false;
    cell_error_t error = fs->device->flush(fs->device);

    fs->journal.flushing = error == CELL_LATER;
    return error;
}

/* Waits for data that a device has accepted. Data of files that it could not write is lost, and the next sync reports that; if the
 * file system's own blocks are among it, this is the error. */
static cell_error_t settle(struct ext4 *fs)
{
    cell_error_t error = fs->device->settle == NULL ? CELL_OK : fs->device->settle(fs->device);

    if (error == CELL_OK)
        fs->home_written = false;
    if (error == CELL_OK || error == CELL_LATER || fs->home_written)
        return error;
    ext4_report(fs, "data was not written: %s", cell_error_text(error));
    fs->write_error = error;
    return CELL_OK;
}

/* ---- Phases ----------------------------------------------------------------------------------------------------------------- */

static cell_error_t work(struct ext4 *fs, enum ext4_phase phase)
{
    const struct ext4_journal *journal = &fs->journal;

    switch (phase) {
    case EXT4_COMMIT_DATA:
        return ext4_write_all(fs, EXT4_DIRTY);
    case EXT4_COMMIT_SETTLE:
        return settle(fs);
    case EXT4_COMMIT_SUPER:
        return journal->empty ? ext4_journal_write_super(fs, journal->head) : CELL_OK;
    case EXT4_COMMIT_LOG:
        return ext4_log_write(fs);
    case EXT4_COMMIT_RECORD:
        return ext4_log_write_record(fs);
    case EXT4_CHECKPOINT_HOME:
        return ext4_write_all(fs, EXT4_COMMITTED);
    case EXT4_CHECKPOINT_SUPER:
        return ext4_journal_write_super(fs, 0);
    default:
        return flush(fs);
    }
}

static enum ext4_phase after_commit(const struct ext4 *fs)
{
    return fs->journal.checkpoint && !fs->journal.empty ? EXT4_CHECKPOINT_HOME : EXT4_REST;
}

/* All data has been sent: changed blocks are logged, if there are any. */
static enum ext4_phase after_data(struct ext4 *fs)
{
    if (fs->counts[EXT4_CHANGED] == 0)
        return fs->journal.data ? EXT4_COMMIT_DATA_FLUSH : after_commit(fs);
    count_in_super(fs);
    sum_changed(fs);
    ext4_log_begin(fs);
    return EXT4_COMMIT_SUPER;
}

/* The commit counts. */
static enum ext4_phase after_record(struct ext4 *fs)
{
    struct ext4_journal *journal = &fs->journal;
    struct ext4_buffer *changed = &fs->lists[EXT4_CHANGED];

    while (changed->next != changed)
        ext4_set_state(fs, changed->next, EXT4_COMMITTED);
    journal->empty = false;
    journal->sequence++;
    journal->freed.count = journal->revoked_count = 0;
    return after_commit(fs);
}

static enum ext4_phase after_checkpoint(struct ext4 *fs)
{
    fs->journal.empty = true;
    fs->journal.head = fs->journal.first;
    return EXT4_REST;
}

/* The phase after each phase. */
static enum ext4_phase next_of(struct ext4 *fs, enum ext4_phase phase)
{
    switch (phase) {
    case EXT4_COMMIT_SETTLE:
        return after_data(fs);
    case EXT4_COMMIT_DATA_FLUSH:
        return after_commit(fs);
    case EXT4_COMMIT_RECORD_FLUSH:
        return after_record(fs);
    case EXT4_CHECKPOINT_EMPTY:
        return after_checkpoint(fs);
    default:
        return phase + 1;
    }
}

/* Without a log nothing can be changed any more; what is in memory can be read. */
static cell_error_t give_up(struct ext4 *fs, cell_error_t error)
{
    ext4_report(fs, "the journal cannot be written: %s; the file system can only be read from now on", cell_error_text(error));
    fs->read_only = true;
    return error;
}

cell_error_t ext4_commit_go_on(struct ext4 *fs)
{
    struct ext4_journal *journal = &fs->journal;
    cell_error_t error = CELL_OK;

    if (journal->phase == EXT4_REST)
        return CELL_OK;
    while (journal->phase != EXT4_REST && (error = work(fs, journal->phase)) == CELL_OK)
        journal->phase = next_of(fs, journal->phase);
    if (error == CELL_LATER)
        return error;
    bool data = journal->phase == EXT4_COMMIT_DATA_FLUSH;

    journal->phase = EXT4_REST;
    journal->checkpoint = false;
    fs->told_of_changes = false;
    return error == CELL_OK || data ? error : give_up(fs, error);
}

cell_error_t ext4_commit(struct ext4 *fs)
{
    struct ext4_journal *journal = &fs->journal;

    if (fs->read_only)
        return CELL_READ_ONLY;
    if (journal->phase == EXT4_REST) {
        journal->data = fs->counts[EXT4_DIRTY] > 0 || fs->data_written;
        if (!journal->data && fs->counts[EXT4_CHANGED] == 0 && !journal->checkpoint) {
            fs->told_of_changes = false;
            return CELL_OK;
        }
        journal->phase = EXT4_COMMIT_DATA;
    }
    return ext4_commit_go_on(fs);
}

cell_error_t ext4_checkpoint(struct ext4 *fs)
{
    fs->journal.checkpoint = true;
    return ext4_commit(fs);
}

/* ---- Room ------------------------------------------------------------------------------------------------------------------- */

cell_error_t ext4_journal_make_room(struct ext4 *fs)
{
    const struct ext4_journal *journal = &fs->journal;
    cell_error_t error = journal->phase == EXT4_REST ? CELL_OK : ext4_commit_go_on(fs);
    size_t changed = fs->counts[EXT4_CHANGED] + EXT4_STEP_BLOCKS + 1, revoked = journal->revoked_count + EXT4_STEP_BLOCKS;

    if (error == CELL_OK && (changed > journal->limit || !ext4_log_holds(fs, revoked)))
        error = ext4_commit(fs);
    /* it is never more than the first of these */
    if (error == CELL_OK && journal->head + 3 * (changed + revoked) + 4 >= journal->blocks &&
        journal->head + ext4_log_blocks(fs, changed, revoked) >= journal->blocks)
        error = ext4_checkpoint(fs);
    return error;
}
