/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/change.c: steps. A step is what must be done as a whole: it keeps what the bytes were that it changes, so
 * that an error in its middle leaves nothing behind. Buffers that it changes join the running transaction. Blocks that it
 * frees are free in the bitmaps at once, but are not used again before the commit: until then the disk, or the journal,
 * may lead to them.
 *
 * The undo log is a stack: what was there, padded to eight bytes, and then where.
 */
#include "lib/ext4/internal.h"

#include <stdlib.h>
#include <string.h>

struct record {
    struct ext4_buffer *buffer;
    uint64_t block; /* its number: that of a buffer which the step made may be gone by then */
    uint32_t offset;
    uint32_t bytes; /* 0: the step made the buffer */
};

static size_t padded(size_t bytes)
{
    return (bytes + 7) & ~(size_t)7;
}

/* ---- Ranges of blocks ------------------------------------------------------------------------------------------------- */

static bool reserve(struct ext4_ranges *runs, size_t more)
{
    if (runs->count + more <= runs->room)
        return true;
    size_t room = (runs->count + more) * 2;
    struct ext4_run *at = realloc(runs->at, room * sizeof *at);

    if (at == NULL)
        return false;
    runs->at = at;
    runs->room = room;
    return true;
}

bool ext4_ranges_add(struct ext4_ranges *runs, uint64_t first, uint64_t count)
{
    if (runs->count > 0) {
        struct ext4_run *last = &runs->at[runs->count - 1];

        if (last->first + last->count == first) {
            last->count += count;
            return true;
        }
    }
    if (!reserve(runs, 1))
        return false;
    runs->at[runs->count++] = (struct ext4_run){first, count};
    return true;
}

/* The place of the first run that ends behind `block`, in runs by number. */
static size_t place_of(const struct ext4_ranges *runs, uint64_t block)
{
    size_t low = 0, high = runs->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (runs->at[middle].first + runs->at[middle].count <= block)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds a run where it belongs; there is room. */
static void insert(struct ext4_ranges *runs, struct ext4_run run)
{
    size_t place = place_of(runs, run.first);

    if (place > 0 && runs->at[place - 1].first + runs->at[place - 1].count == run.first) {
        runs->at[place - 1].count += run.count;
        return;
    }
    memmove(&runs->at[place + 1], &runs->at[place], (runs->count - place) * sizeof *runs->at);
    runs->at[place] = run;
    runs->count++;
}

/* The first block of a run that is among `runs`, which are in any order; or the run's end. */
static uint64_t first_of(const struct ext4_ranges *runs, uint64_t first, uint64_t end)
{
    for (size_t i = 0; i < runs->count; i++) {
        const struct ext4_run *run = &runs->at[i];

        if (run->first < end && first < run->first + run->count)
            end = run->first > first ? run->first : first;
    }
    return end;
}

uint64_t ext4_first_freed(const struct ext4 *fs, uint64_t first, uint64_t count)
{
    const struct ext4_ranges *freed = &fs->journal.freed;
    size_t place = place_of(freed, first);
    uint64_t end = first + count;

    if (place < freed->count && freed->at[place].first < end)
        end = freed->at[place].first > first ? freed->at[place].first : first;
    end = first_of(&fs->step.freed, first, end);
    return first_of(&fs->step.freed_meta, first, end);
}

static bool freed_in(const struct ext4_run *run, uint64_t block, uint64_t *next)
{
    if (block < run->first || block - run->first >= run->count)
        return false;
    *next = run->first + run->count;
    return true;
}

bool ext4_is_freed(const struct ext4 *fs, uint64_t block, uint64_t *next)
{
    const struct ext4_ranges *freed = &fs->journal.freed;
    const struct ext4_ranges *const others[] = {&fs->step.freed, &fs->step.freed_meta};
    size_t place = place_of(freed, block);

    if (place < freed->count && freed_in(&freed->at[place], block, next))
        return true;
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < others[i]->count; j++)
            if (freed_in(&others[i]->at[j], block, next))
                return true;
    return false;
}

cell_error_t ext4_note_freed(struct ext4 *fs, uint64_t first, uint64_t count, bool meta)
{
    struct ext4_step *step = &fs->step;
    struct ext4_ranges *runs = meta ? &step->freed_meta : &step->freed;

    if (!ext4_ranges_add(runs, first, count))
        return CELL_NO_MEMORY;
    /* so that ext4_end() needs no memory */
    if (!reserve(&fs->journal.freed, step->freed.count + step->freed_meta.count))
        return CELL_NO_MEMORY;
    if (!meta)
        return CELL_OK;
    size_t revoked = fs->journal.revoked_count + count;

    for (size_t i = 0; i < step->freed_meta.count; i++)
        revoked += step->freed_meta.at[i].count;
    if (revoked > fs->journal.revoked_room) {
        uint64_t *more = realloc(fs->journal.revoked, revoked * 2 * sizeof *more);

        if (more == NULL)
            return CELL_NO_MEMORY;
        fs->journal.revoked = more;
        fs->journal.revoked_room = revoked * 2;
    }
    return CELL_OK;
}

/* ---- What is changed ----------------------------------------------------------------------------------------------------- */

static cell_error_t push(struct ext4 *fs, struct ext4_buffer *buffer, const void *at, size_t bytes)
{
    struct ext4_step *step = &fs->step;
    size_t needed = step->undo_bytes + padded(bytes) + sizeof(struct record);

    if (needed > step->undo_room) {
        uint8_t *undo = realloc(step->undo, needed * 2);

        if (undo == NULL)
            return CELL_NO_MEMORY;
        step->undo = undo;
        step->undo_room = needed * 2;
    }
    struct record record = {.buffer = buffer, .block = buffer->block, .bytes = (uint32_t)bytes};

    if (bytes > 0) {
        record.offset = (uint32_t)((const uint8_t *)at - buffer->data);
        memcpy(step->undo + step->undo_bytes, at, bytes);
    }
    memcpy(step->undo + step->undo_bytes + padded(bytes), &record, sizeof record);
    step->undo_bytes = needed;
    return CELL_OK;
}

static void join(struct ext4 *fs, struct ext4_buffer *buffer)
{
    if (buffer->state == EXT4_CHANGED)
        return;
    ext4_set_state(fs, buffer, EXT4_CHANGED);
    fs->step.touched++;
}

cell_error_t ext4_change(struct ext4 *fs, struct ext4_buffer *buffer, const void *at, size_t bytes)
{
    cell_error_t error = push(fs, buffer, at, bytes);

    if (buffer->block == fs->last.block)
        fs->last.block = 0;
    if (error == CELL_OK)
        join(fs, buffer);
    return error;
}

cell_error_t ext4_note_new(struct ext4 *fs, struct ext4_buffer *buffer)
{
    cell_error_t error = push(fs, buffer, NULL, 0);

    if (error != CELL_OK)
        return error;
    if (buffer->kind == EXT4_DATA)
        ext4_set_state(fs, buffer, EXT4_DIRTY);
    else
        join(fs, buffer);
    return CELL_OK;
}

/* ---- Steps ------------------------------------------------------------------------------------------------------------------ */

cell_error_t ext4_begin(struct ext4 *fs)
{
    struct ext4_step *step = &fs->step;

    if (fs->read_only)
        return CELL_READ_ONLY;
    cell_error_t error = ext4_journal_make_room(fs);

    if (error != CELL_OK)
        return error;
    ext4_list_forget();
    step->open = true;
    step->touched = 0;
    step->undo_bytes = 0;
    step->freed.count = step->freed_meta.count = 0;
    step->free_blocks = fs->free_blocks;
    step->free_inodes = fs->free_inodes;
    return CELL_OK;
}

bool ext4_step_full(const struct ext4 *fs)
{
    return fs->step.touched + fs->step.freed_meta.count >= EXT4_STEP_BLOCKS / 2;
}

static void undo(struct ext4 *fs)
{
    struct ext4_step *step = &fs->step;

    if (step->undo_bytes > 0)
        ext4_known_forget(fs);
    while (step->undo_bytes > 0) {
        struct record record;

        memcpy(&record, step->undo + step->undo_bytes - sizeof record, sizeof record);
        step->undo_bytes -= sizeof record + padded(record.bytes);
        if (record.bytes == 0)
            ext4_forget(fs, record.block, 1);
        else
            memcpy(record.buffer->data + record.offset, step->undo + step->undo_bytes, record.bytes);
        if (record.bytes != 0 && (record.buffer->kind == EXT4_BLOCK_BITMAP || record.buffer->kind == EXT4_INODE_BITMAP))
            ext4_bits_cleared(fs, record.buffer, record.offset * 8);
    }
    fs->free_blocks = step->free_blocks;
    fs->free_inodes = step->free_inodes;
}

static void keep(struct ext4 *fs)
{
    struct ext4_step *step = &fs->step;
    struct ext4_journal *journal = &fs->journal;

    for (size_t i = 0; i < step->freed.count; i++) {
        ext4_forget(fs, step->freed.at[i].first, step->freed.at[i].count);
        insert(&journal->freed, step->freed.at[i]);
    }
    for (size_t i = 0; i < step->freed_meta.count; i++) {
        struct ext4_run run = step->freed_meta.at[i];

        ext4_forget(fs, run.first, run.count);
        insert(&journal->freed, run);
        for (uint64_t block = run.first; block < run.first + run.count; block++)
            journal->revoked[journal->revoked_count++] = block;
    }
}

cell_error_t ext4_end(struct ext4 *fs, cell_error_t error)
{
    if (error == CELL_OK)
        keep(fs);
    else
        undo(fs);
    fs->step.open = false;
    ext4_list_forget();
    return error;
}

bool ext4_again(struct ext4 *fs, cell_error_t *error)
{
    if (*error != CELL_FULL || (fs->journal.freed.count == 0 && fs->unfinished == NULL))
        return false;
    *error = ext4_finish_all(fs);
    if (*error == CELL_OK)
        *error = ext4_commit(fs);
    return *error == CELL_OK;
}

void ext4_step_close(struct ext4 *fs)
{
    free(fs->step.undo);
    free(fs->step.freed.at);
    free(fs->step.freed_meta.at);
}
