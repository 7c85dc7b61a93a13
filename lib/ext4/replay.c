/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/replay.c: carrying out what the log says, after a power cut. Three passes: how far it is whole, which blocks are
 * revoked, and then the writing. Everything in it may be hostile. ("Journal (jbd2)")
 */
#include "lib/ext4/internal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define UUID_BYTES 16u

/* A block is not to be written from transactions up to this one. */
struct revoked {
    uint64_t block; /* 0: free place */
    uint32_t sequence;
};

enum pass { SCAN,
            REVOKE,
            WRITE };

struct replay {
    struct ext4 *fs;
    enum pass pass;
    uint32_t at, sequence, end; /* next block of the log; its transaction; the first one that is not whole */
    uint32_t left;              /* blocks until the log would meet itself */
    struct revoked *revoked;    /* a hash table */
    size_t count, mask;
    uint8_t *block, *data;
};

static uint32_t load(const uint8_t *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof value);
    return ext4_be32(value);
}

/* Reads the next block of the log; false at an error, or when it has been around once. */
static cell_error_t next(struct replay *replay, uint8_t *to, bool *more)
{
    const struct ext4_journal *journal = &replay->fs->journal;

    *more = replay->left > 0;
    if (!*more)
        return CELL_OK;
    replay->left--;
    cell_error_t error = ext4_read_block(replay->fs, ext4_journal_block(replay->fs, replay->at), to);

    replay->at = replay->at + 1 == journal->blocks ? journal->first : replay->at + 1;
    return error;
}

/* ---- Revoked blocks --------------------------------------------------------------------------------------------------------- */

static struct revoked *place_of(const struct replay *replay, uint64_t block)
{
    size_t at = (size_t)(block * UINT64_C(0x9e3779b97f4a7c15) >> 32) & replay->mask;

    while (replay->revoked[at].block != 0 && replay->revoked[at].block != block)
        at = (at + 1) & replay->mask;
    return &replay->revoked[at];
}

static bool later(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

static cell_error_t grow(struct replay *replay)
{
    struct replay bigger = *replay;

    bigger.mask = replay->revoked == NULL ? 255 : replay->mask * 2 + 1;
    bigger.revoked = calloc(bigger.mask + 1, sizeof *bigger.revoked);
    if (bigger.revoked == NULL)
        return CELL_NO_MEMORY;
    for (size_t i = 0; replay->revoked != NULL && i <= replay->mask; i++)
        if (replay->revoked[i].block != 0)
            *place_of(&bigger, replay->revoked[i].block) = replay->revoked[i];
    free(replay->revoked);
    *replay = bigger;
    return CELL_OK;
}

static cell_error_t revoke(struct replay *replay, uint64_t block)
{
    if (block == 0)
        return CELL_OK;
    if (replay->revoked == NULL || replay->count * 2 > replay->mask) {
        cell_error_t error = grow(replay);

        if (error != CELL_OK)
            return error;
    }
    struct revoked *place = place_of(replay, block);

    if (place->block == 0) {
        *place = (struct revoked){block, replay->sequence};
        replay->count++;
    } else if (later(replay->sequence, place->sequence)) {
        place->sequence = replay->sequence;
    }
    return CELL_OK;
}

static bool is_revoked(const struct replay *replay, uint64_t block)
{
    if (replay->revoked == NULL)
        return false;
    const struct revoked *place = place_of(replay, block);

    return place->block == block && block != 0 && !later(replay->sequence, place->sequence);
}

static cell_error_t read_revoked(struct replay *replay)
{
    const struct ext4 *fs = replay->fs;
    uint32_t each = fs->journal.features & EXT4_JOURNAL_64BIT ? 8 : 4;
    uint32_t bytes = load(replay->block + offsetof(struct ext4_journal_revoke, bytes));
    cell_error_t error = CELL_OK;

    if (bytes > fs->block_size)
        return ext4_corrupt(fs, ext4_journal_block(fs, replay->at), "a block of revoked blocks is longer than a block");
    for (uint32_t at = sizeof(struct ext4_journal_revoke); at + each <= bytes && error == CELL_OK; at += each) {
        uint64_t block = load(replay->block + at + each - 4);

        if (each == 8)
            block |= (uint64_t)load(replay->block + at) << 32;
        error = revoke(replay, block);
    }
    return error;
}

/* ---- Descriptors ------------------------------------------------------------------------------------------------------------- */

struct tag {
    uint64_t block;
    uint32_t flags, checksum;
};

/* Reads the tag at *at and moves on; false: there is none. */
static bool read_tag(const struct replay *replay, uint32_t *at, struct tag *tag)
{
    const struct ext4 *fs = replay->fs;
    uint32_t features = fs->journal.features, bytes = ext4_tag_bytes(fs);
    const uint8_t *from = replay->block + *at;

    if (*at + bytes > fs->block_size - (ext4_journal_sums(fs) ? 4 : 0))
        return false;
    *tag = (struct tag){.block = load(from), .flags = load(from + 4)};
    if (features & EXT4_JOURNAL_CSUM_3) {
        tag->checksum = load(from + 12);
    } else {
        tag->checksum = tag->flags >> 16;
        tag->flags &= 0xffff;
    }
    if (features & EXT4_JOURNAL_64BIT)
        tag->block |= (uint64_t)load(from + 8) << 32;
    *at += bytes + (tag->flags & EXT4_TAG_SAME_UUID ? 0 : UUID_BYTES);
    return true;
}

static bool tag_matches(const struct replay *replay, const struct tag *tag)
{
    uint32_t crc = ext4_tag_checksum(replay->fs, replay->sequence, replay->data);

    if (replay->fs->journal.features & EXT4_JOURNAL_CSUM_3)
        return crc == tag->checksum;
    return (replay->fs->journal.features & EXT4_JOURNAL_CSUM_2) == 0 || (crc & 0xffff) == tag->checksum;
}

/* Writes one block home. It has been read from the log. */
static cell_error_t write_home(const struct replay *replay, const struct tag *tag)
{
    struct ext4 *fs = replay->fs;
    uint32_t magic = ext4_be32(EXT4_JOURNAL_MAGIC);

    if (is_revoked(replay, tag->block))
        return CELL_OK;
    if (!tag_matches(replay, tag))
        return ext4_corrupt(fs, tag->block, "the checksum of its copy in the journal is wrong");
    if (tag->block < fs->first_block || tag->block >= fs->blocks)
        return ext4_corrupt(fs, tag->block, "outside the file system, but in the journal");
    if (tag->flags & EXT4_TAG_ESCAPED)
        memcpy(replay->data, &magic, sizeof magic);
    return ext4_write_block(fs, tag->block, replay->data);
}

static cell_error_t read_descriptor(struct replay *replay, bool *more)
{
    struct tag tag = {0};
    cell_error_t error = CELL_OK;

    for (uint32_t at = sizeof(struct ext4_journal_head); (tag.flags & EXT4_TAG_LAST) == 0 && error == CELL_OK && *more;) {
        if (!read_tag(replay, &at, &tag))
            break;
        error = next(replay, replay->data, more);
        if (error == CELL_OK && *more && replay->pass == WRITE)
            error = write_home(replay, &tag);
    }
    return error;
}

/* ---- Passes -------------------------------------------------------------------------------------------------------------------- */

/* Whether the block is of the transaction that is expected, and as it was written. */
static bool is_whole(const struct replay *replay)
{
    const struct ext4 *fs = replay->fs;
    uint32_t kind = load(replay->block + 4);
    size_t at = kind == EXT4_JOURNAL_COMMIT ? offsetof(struct ext4_journal_commit, checksum) : fs->block_size - 4;

    if (load(replay->block) != EXT4_JOURNAL_MAGIC || load(replay->block + 8) != replay->sequence)
        return false;
    if (kind != EXT4_JOURNAL_COMMIT && kind != EXT4_JOURNAL_DESCRIPTOR && kind != EXT4_JOURNAL_REVOKE)
        return false;
    return !ext4_journal_sums(fs) || load(replay->block + at) == ext4_journal_checksum(fs, replay->block, at);
}

static cell_error_t run(struct replay *replay, enum pass pass, uint32_t start, uint32_t sequence)
{
    bool more = true;
    cell_error_t error = CELL_OK;

    replay->pass = pass;
    replay->at = start;
    replay->sequence = sequence;
    replay->left = replay->fs->journal.blocks - replay->fs->journal.first;
    while (error == CELL_OK && (pass == SCAN || replay->sequence != replay->end)) {
        error = next(replay, replay->block, &more);
        if (error != CELL_OK || !more || !is_whole(replay))
            break;
        switch (load(replay->block + 4)) {
        case EXT4_JOURNAL_COMMIT:
            replay->sequence++;
            break;
        case EXT4_JOURNAL_REVOKE:
            error = pass == REVOKE ? read_revoked(replay) : CELL_OK;
            break;
        default:
            error = read_descriptor(replay, &more);
        }
    }
    if (pass == SCAN)
        replay->end = replay->sequence;
    return error;
}

static cell_error_t replay_from(struct replay *replay, uint32_t start)
{
    struct ext4_journal *journal = &replay->fs->journal;
    uint32_t sequence = journal->sequence;
    cell_error_t error = run(replay, SCAN, start, sequence);

    if (error == CELL_OK)
        error = run(replay, REVOKE, start, sequence);
    if (error == CELL_OK)
        error = run(replay, WRITE, start, sequence);
    if (error == CELL_OK)
        error = replay->fs->device->flush(replay->fs->device);
    if (error != CELL_OK)
        return error;
    /* a transaction that was not whole is not to be continued by one of the same number */
    journal->sequence = replay->end + 1;
    error = ext4_journal_write_super(replay->fs, 0);
    return error == CELL_OK ? replay->fs->device->flush(replay->fs->device) : error;
}

cell_error_t ext4_journal_replay(struct ext4 *fs, bool *replayed)
{
    const struct ext4_journal_super *super = (const struct ext4_journal_super *)fs->journal.super;
    uint32_t start = ext4_be32(super->start);
    struct replay replay = {.fs = fs, .block = malloc(fs->block_size), .data = malloc(fs->block_size)};
    cell_error_t error = replay.block == NULL || replay.data == NULL ? CELL_NO_MEMORY : CELL_OK;

    *replayed = start != 0;
    if (error == CELL_OK && start != 0)
        error = replay_from(&replay, start);
    free(replay.revoked);
    free(replay.block);
    free(replay.data);
    return error;
}
