/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/cache.c: blocks in memory, as many as the options allow.
 *
 * Each buffer is in one list, that of its state; new ones are made by taking the oldest clean one, or by writing an old
 * one that is dirty or committed. Buffers that the running transaction changes are not taken: the journal's limit keeps
 * them to half of the cache.
 */
#include "lib/ext4/internal.h"

#include <stdlib.h>
#include <string.h>

#define RUN_BYTES 65536u /* that are read or written at once */
#define RUNS_AT_ONCE 4u  /* that a call has the device begin to read */

static struct ext4_buffer **bucket(const struct ext4 *fs, uint64_t block)
{
    return &fs->hash[(block * UINT64_C(0x9e3779b97f4a7c15) >> 32) & fs->hash_mask];
}

static struct ext4_buffer *find(const struct ext4 *fs, uint64_t block)
{
    struct ext4_buffer *buffer = *bucket(fs, block);

    while (buffer != NULL && buffer->block != block)
        buffer = buffer->next_of_hash;
    return buffer;
}

static void unlink_from_list(struct ext4 *fs, struct ext4_buffer *buffer)
{
    buffer->previous->next = buffer->next;
    buffer->next->previous = buffer->previous;
    fs->counts[buffer->state]--;
}

/* Puts it at the end of a list, where the youngest is. */
static void append(struct ext4 *fs, struct ext4_buffer *buffer, enum ext4_state state)
{
    struct ext4_buffer *head = &fs->lists[state];

    buffer->state = (uint8_t)state;
    buffer->next = head;
    buffer->previous = head->previous;
    head->previous->next = buffer;
    head->previous = buffer;
    fs->counts[state]++;
}

void ext4_set_state(struct ext4 *fs, struct ext4_buffer *buffer, enum ext4_state state)
{
    unlink_from_list(fs, buffer);
    append(fs, buffer, state);
    if (!fs->told_of_changes && fs->options.changed != NULL && (state == EXT4_DIRTY || state == EXT4_CHANGED)) {
        fs->told_of_changes = true;
        fs->options.changed();
    }
}

cell_error_t ext4_cache_open(struct ext4 *fs)
{
    size_t slots = 64;

    ext4_list_forget();
    for (int state = 0; state < EXT4_STATES; state++)
        fs->lists[state].next = fs->lists[state].previous = &fs->lists[state];
    fs->buffers_most = fs->options.cache_bytes / fs->block_size;
    while (slots < fs->buffers_most)
        slots *= 2;
    fs->hash_mask = slots - 1;
    fs->hash = calloc(slots, sizeof *fs->hash);
    fs->gathered = malloc(RUN_BYTES);
    return fs->hash == NULL || fs->gathered == NULL ? CELL_NO_MEMORY : CELL_OK;
}

static void release(struct ext4_buffer *buffer)
{
    free(buffer->data);
    free(buffer);
}

void ext4_cache_close(struct ext4 *fs)
{
    if (fs->hash == NULL)
        return;
    for (int state = 0; state < EXT4_STATES; state++)
        while (fs->lists[state].next != &fs->lists[state]) {
            struct ext4_buffer *buffer = fs->lists[state].next;

            unlink_from_list(fs, buffer);
            release(buffer);
        }
    memset(fs->lately, 0, sizeof fs->lately);
    ext4_known_forget(fs);
    free(fs->hash);
    free(fs->gathered);
    fs->hash = NULL;
    fs->gathered = NULL;
    fs->buffers = 0;
}

/* ---- The device --------------------------------------------------------------------------------------------------- */

cell_error_t ext4_read_block(struct ext4 *fs, uint64_t block, void *to)
{
    return fs->device->read(fs->device, block << fs->block_bits, to, fs->block_size);
}

cell_error_t ext4_write_block(struct ext4 *fs, uint64_t block, const void *from)
{
    return fs->device->write(fs->device, block << fs->block_bits, from, fs->block_size);
}

/* Has the device begin to read blocks. */
static cell_error_t fetch(struct ext4 *fs, uint64_t block, uint64_t count)
{
    return fs->device->fetch == NULL ? CELL_OK : fs->device->fetch(fs->device, block << fs->block_bits, (size_t)count << fs->block_bits);
}

/* Writes a buffer that is dirty or committed, together with those of the same state that lie behind it on the disk. */
static cell_error_t write_run(struct ext4 *fs, struct ext4_buffer *first)
{
    uint64_t block = first->block;
    enum ext4_state state = first->state;
    size_t most = RUN_BYTES >> fs->block_bits, count = 1;
    const uint8_t *from = first->data;

    for (struct ext4_buffer *next; count < most && (next = find(fs, block + count)) != NULL && next->state == state; count++) {
        if (count == 1)
            from = memcpy(fs->gathered, first->data, fs->block_size);
        memcpy(fs->gathered + (count << fs->block_bits), next->data, fs->block_size);
    }
    cell_error_t error = fs->device->write(fs->device, block << fs->block_bits, from, count << fs->block_bits);

    if (error != CELL_OK)
        return error;
    fs->home_written |= state == EXT4_COMMITTED;
    fs->data_written |= state == EXT4_DIRTY;
    for (size_t i = 0; i < count; i++)
        ext4_set_state(fs, find(fs, block + i), EXT4_CLEAN);
    return CELL_OK;
}

/* Writes an old buffer. If that cannot be done, data is lost, which the next sync tells. */
static cell_error_t write_old(struct ext4 *fs, struct ext4_buffer *buffer)
{
    cell_error_t error = write_run(fs, buffer);

    if (error == CELL_OK || error == CELL_LATER || buffer->state != EXT4_DIRTY)
        return error;
    ext4_report(fs, "block %llu: data of file %u was not written: %s", (unsigned long long)buffer->block, buffer->owner,
                cell_error_text(error));
    fs->write_error = error;
    ext4_set_state(fs, buffer, EXT4_CLEAN);
    return CELL_OK;
}

cell_error_t ext4_write_all(struct ext4 *fs, enum ext4_state state)
{
    struct ext4_buffer *head = &fs->lists[state];
    cell_error_t error = CELL_OK;

    while (head->next != head && error == CELL_OK)
        error = write_old(fs, head->next);
    return error;
}

/* ---- Getting one ---------------------------------------------------------------------------------------------------- */

static void unhash(struct ext4 *fs, struct ext4_buffer *buffer)
{
    struct ext4_buffer **at = bucket(fs, buffer->block);

    while (*at != buffer)
        at = &(*at)->next_of_hash;
    *at = buffer->next_of_hash;
}

/* Its contents go. */
static void leave(struct ext4 *fs, struct ext4_buffer *buffer)
{
    unlink_from_list(fs, buffer);
    unhash(fs, buffer);
    if (buffer->kind == EXT4_INODES)
        memset(fs->lately, 0, sizeof fs->lately);
}

/* The oldest one of a list that nobody uses, or has used since it was looked at last; those in use become its youngest. */
static struct ext4_buffer *oldest(struct ext4 *fs, enum ext4_state state)
{
    for (size_t left = 2 * fs->counts[state]; left > 0; left--) {
        struct ext4_buffer *buffer = fs->lists[state].next;

        if (buffer->pins == 0 && !(buffer->used && state == EXT4_CLEAN))
            return buffer;
        buffer->used = false;
        ext4_set_state(fs, buffer, state);
    }
    return NULL;
}

/* Writes an old buffer that is yet to be written; *old: which, or NULL. */
static cell_error_t write_oldest(struct ext4 *fs, struct ext4_buffer **old)
{
    *old = oldest(fs, EXT4_DIRTY);
    if (*old == NULL)
        *old = oldest(fs, EXT4_COMMITTED);
    return *old == NULL ? CELL_OK : write_old(fs, *old);
}

/* Of so many buffers, one is to be clean: else what is read would push out what was read just before it. */
#define CLEAN_PART 2u
/* While fewer are, one in so many that are taken has a run written: so the number grows, and no request waits for all of it. */
#define TAKEN_PER_RUN 8u

/* A buffer that holds nothing, in no list. */
static cell_error_t take(struct ext4 *fs, struct ext4_buffer **taken)
{
    if (fs->buffers >= fs->buffers_most) {
        struct ext4_buffer *buffer;
        bool few = fs->counts[EXT4_CLEAN] < fs->buffers_most / CLEAN_PART && fs->taken++ % TAKEN_PER_RUN == 0;
        cell_error_t error = few ? write_oldest(fs, &buffer) : CELL_OK;

        buffer = oldest(fs, EXT4_CLEAN);
        if (buffer == NULL && error == CELL_OK)
            error = write_oldest(fs, &buffer);
        if (buffer == NULL && error != CELL_OK)
            return error;
        if (buffer != NULL) {
            leave(fs, buffer);
            *taken = buffer;
            return CELL_OK;
        }
    }
    struct ext4_buffer *buffer = calloc(1, sizeof *buffer);

    if (buffer == NULL || (buffer->data = malloc(fs->block_size)) == NULL) {
        free(buffer);
        return CELL_NO_MEMORY;
    }
    fs->buffers++;
    *taken = buffer;
    return CELL_OK;
}

/* Makes a buffer for a block that has none; its contents are the caller's to fill. */
static cell_error_t make(struct ext4 *fs, uint64_t block, enum ext4_kind kind, uint32_t owner, uint32_t seed,
                         struct ext4_buffer **made)
{
    struct ext4_buffer *buffer;
    cell_error_t error = take(fs, &buffer);

    if (error != CELL_OK)
        return error;
    *buffer = (struct ext4_buffer){
        .data = buffer->data, .block = block, .owner = owner, .seed = seed, .pins = 1, .kind = (uint8_t)kind};
    append(fs, buffer, EXT4_CLEAN);
    struct ext4_buffer **place = bucket(fs, block);

    buffer->next_of_hash = *place;
    *place = buffer;
    *made = buffer;
    return CELL_OK;
}

/* Uses a buffer that is there. */
static cell_error_t reuse(struct ext4 *fs, struct ext4_buffer *buffer, enum ext4_kind kind, uint32_t owner,
                          struct ext4_buffer **got)
{
    if (buffer->kind != kind || buffer->owner != owner)
        return ext4_corrupt(fs, buffer->block, "two things are there");
    buffer->pins++;
    buffer->used = true;
    *got = buffer;
    return CELL_OK;
}

cell_error_t ext4_get(struct ext4 *fs, uint64_t block, enum ext4_kind kind, uint32_t owner, uint32_t seed,
                      struct ext4_buffer **buffer)
{
    struct ext4_buffer *there = find(fs, block);

    if (there != NULL)
        return reuse(fs, there, kind, owner, buffer);
    if (block < fs->first_block || block >= fs->blocks)
        return ext4_corrupt(fs, block, "outside the file system, but used");
    cell_error_t error = fetch(fs, block, 1);

    if (error == CELL_OK)
        error = make(fs, block, kind, owner, seed, &there);
    if (error != CELL_OK)
        return error;
    error = ext4_read_block(fs, block, there->data);
    if (error == CELL_OK)
        error = ext4_check(fs, there);
    if (error == CELL_OK) {
        *buffer = there;
        return CELL_OK;
    }
    there->pins = 0;
    ext4_forget(fs, block, 1);
    return error;
}

cell_error_t ext4_get_of(const struct ext4_node *node, uint64_t block, enum ext4_kind kind, struct ext4_buffer **buffer)
{
    struct ext4_buffer *there = find(node->fs, block);

    return there != NULL ? reuse(node->fs, there, kind, node->number, buffer)
                         : ext4_get(node->fs, block, kind, node->number, ext4_inode_seed(node), buffer);
}

/* How many blocks from `block` on are not there, up to what is read at once. */
static uint32_t missing_from(const struct ext4 *fs, uint64_t block, uint64_t count)
{
    uint32_t most = RUN_BYTES >> fs->block_bits, missing = 0;

    while (missing < count && missing < most && find(fs, block + missing) == NULL)
        missing++;
    return missing;
}

/* Has the device begin to read what is not there, `missing` blocks from `block` on and a few runs behind them. */
static cell_error_t fetch_runs(struct ext4 *fs, uint64_t block, uint32_t missing, uint64_t count)
{
    uint64_t end = block + count, next = block + missing;
    cell_error_t error = fetch(fs, block, missing);

    for (unsigned runs = 1; error != CELL_OK && runs < RUNS_AT_ONCE && next < end; runs++) {
        missing = missing_from(fs, next, end - next);
        if (missing == 0)
            break;
        fetch(fs, next, missing);
        next += missing;
    }
    return error;
}

cell_error_t ext4_read_ahead(struct ext4 *fs, uint64_t block, uint32_t count, uint32_t owner)
{
    if (find(fs, block) != NULL)
        return CELL_OK;
    if (count > fs->blocks - block)
        count = (uint32_t)(fs->blocks - block);
    uint32_t missing = missing_from(fs, block, count);

    if (missing < 2)
        return CELL_OK;
    cell_error_t error = fetch_runs(fs, block, missing, count);

    if (error != CELL_OK)
        return error;
    /* taking buffers may write, which gathers too: they are taken first */
    struct ext4_buffer *buffers[RUN_BYTES / 1024];
    uint32_t taken = 0;

    while (taken < missing && (error = make(fs, block + taken, EXT4_DATA, owner, 0, &buffers[taken])) == CELL_OK)
        taken++;
    if (error == CELL_OK)
        error = fs->device->read(fs->device, block << fs->block_bits, fs->gathered, (size_t)missing << fs->block_bits);
    for (uint32_t i = 0; i < taken; i++) {
        if (error == CELL_OK)
            memcpy(buffers[i]->data, fs->gathered + ((size_t)i << fs->block_bits), fs->block_size);
        buffers[i]->pins = 0;
        if (error != CELL_OK)
            ext4_forget(fs, block + i, 1);
    }
    return error;
}

cell_error_t ext4_get_whole(struct ext4 *fs, uint64_t block, uint32_t owner, struct ext4_buffer **buffer)
{
    struct ext4_buffer *there = find(fs, block);

    if (there != NULL)
        return reuse(fs, there, EXT4_DATA, owner, buffer);
    return make(fs, block, EXT4_DATA, owner, 0, buffer);
}

cell_error_t ext4_get_new(struct ext4 *fs, uint64_t block, enum ext4_kind kind, uint32_t owner, uint32_t seed,
                          struct ext4_buffer **buffer)
{
    struct ext4_buffer *there = find(fs, block);
    cell_error_t error;

    if (there != NULL)
        return ext4_corrupt(fs, block, "marked as free, but used");
    error = make(fs, block, kind, owner, seed, &there);
    if (error != CELL_OK)
        return error;
    memset(there->data, 0, fs->block_size);
    error = ext4_note_new(fs, there);
    if (error != CELL_OK) {
        there->pins = 0;
        ext4_forget(fs, block, 1);
        return error;
    }
    *buffer = there;
    return CELL_OK;
}

void ext4_put(struct ext4_buffer *buffer)
{
    if (--buffer->pins == 0 && buffer->state == EXT4_STATES)
        release(buffer);
}

static void forget(struct ext4 *fs, struct ext4_buffer *buffer)
{
    leave(fs, buffer);
    fs->buffers--;
    buffer->state = EXT4_STATES;
    if (buffer->pins == 0)
        release(buffer);
}

/* Whether a block can belong to a file, and so can be freed with it. */
static bool of_file(const struct ext4_buffer *buffer)
{
    switch (buffer->kind) {
    case EXT4_DATA:
    case EXT4_DIRECTORY:
    case EXT4_EXTENTS:
    case EXT4_XATTRS:
    case EXT4_LINK_TARGET:
        return buffer->pins == 0;
    default:
        return false;
    }
}

bool ext4_can_forget(const struct ext4 *fs, uint64_t first, uint64_t count)
{
    if (count <= fs->buffers) {
        for (uint64_t block = first; block < first + count; block++) {
            const struct ext4_buffer *buffer = find(fs, block);

            if (buffer != NULL && !of_file(buffer))
                return false;
        }
        return true;
    }
    for (int state = 0; state < EXT4_STATES; state++)
        for (const struct ext4_buffer *at = fs->lists[state].next; at != &fs->lists[state]; at = at->next)
            if (at->block >= first && at->block - first < count && !of_file(at))
                return false;
    return true;
}

void ext4_forget(struct ext4 *fs, uint64_t first, uint64_t count)
{
    if (count <= fs->buffers) {
        for (uint64_t block = first; block < first + count; block++) {
            struct ext4_buffer *buffer = find(fs, block);

            if (buffer != NULL)
                forget(fs, buffer);
        }
        return;
    }
    for (int state = 0; state < EXT4_STATES; state++)
        for (struct ext4_buffer *at = fs->lists[state].next, *next; at != &fs->lists[state]; at = next) {
            next = at->next;
            if (at->block >= first && at->block - first < count)
                forget(fs, at);
        }
}
