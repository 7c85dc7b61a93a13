/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/list.c: listing directories. Where names have hashes, they are listed in the order of these, so that it does not
 * matter that names move to other blocks meanwhile; directories of several blocks without an index, in the order of their blocks.
 *
 * A place in the order of hashes is the hash (with 0 and 1 for `.` and `..`), in the order of blocks it is the byte.
 */
#include "lib/ext4/internal.h"

#include <string.h>

#define ENTRIES_MOST (4096u / 12u)
#define FIRST_NAME 2u /* behind the places of `.` and `..` */

static struct ext4_entry *entry_at(const struct ext4_buffer *buffer, uint32_t at)
{
    return (struct ext4_entry *)(buffer->data + at);
}

static void tell(const struct ext4 *fs, const struct ext4_entry *entry, uint64_t next, struct ext4_entry_of *to)
{
    /* as DT_*: unknown, regular, directory, character, block, FIFO, socket, link */
    static const uint8_t kinds[8] = {0, 8, 4, 2, 6, 1, 12, 10};

    *to = (struct ext4_entry_of){
        .inode = entry->inode,
        .next = next,
        .kind = fs->incompat & EXT4_INCOMPAT_FILETYPE ? kinds[entry->kind & 7] : 0,
        .name_length = entry->name_length,
        .name = entry->name,
    };
}

/* ---- In the order of blocks --------------------------------------------------------------------------------------------------- */

/* Fills `to` with the first entry of a block at `from` or behind it; false: there is none. */
static bool list_block(const struct ext4 *fs, const struct ext4_buffer *buffer, uint32_t block, uint32_t from,
                       struct ext4_entry_of *to)
{
    uint32_t end = ext4_block_end(fs, buffer->data);

    for (uint32_t at = 0; at < end; at += entry_at(buffer, at)->length) {
        const struct ext4_entry *entry = entry_at(buffer, at);

        if (at < from || entry->inode == 0)
            continue;
        tell(fs, entry, ((uint64_t)block << fs->block_bits) + at + entry->length, to);
        return true;
    }
    return false;
}

static cell_error_t list_by_block(struct ext4_node *directory, uint32_t blocks, uint64_t cookie, struct ext4_entry_of *entry)
{
    const struct ext4 *fs = directory->fs;

    for (uint64_t block = cookie >> fs->block_bits; block < blocks; block++) {
        struct ext4_buffer *buffer;
        uint32_t from = block == cookie >> fs->block_bits ? (uint32_t)(cookie & (fs->block_size - 1)) : 0;
        cell_error_t error = ext4_directory_block(directory, (uint32_t)block, &buffer);

        if (error != CELL_OK)
            return error;
        bool found = list_block(fs, buffer, (uint32_t)block, from, entry);

        ext4_put(buffer);
        if (found)
            return CELL_OK;
    }
    return CELL_NOT_FOUND;
}

/* ---- In the order of hashes ------------------------------------------------------------------------------------------------------ */

/* The entries of the block that was listed last, in their order; good until something changes. */
static struct {
    const struct ext4 *fs; /* NULL: none */
    uint64_t block;
    uint32_t count;
    struct sorted {
        uint64_t place;
        uint32_t at;
    } entries[ENTRIES_MOST];
} last;

void ext4_list_forget(void)
{
    last.fs = NULL;
}

static uint64_t place_of(const struct ext4 *fs, const struct ext4_entry *entry)
{
    if (entry->name_length <= 2 && entry->name[0] == '.' && entry->name[entry->name_length - 1] == '.')
        return entry->name_length - 1;
    struct ext4_hash hash = ext4_hash(fs, entry->name, entry->name_length);
    uint64_t place = (uint64_t)hash.major << 32 | hash.minor;

    return place < FIRST_NAME ? FIRST_NAME : place;
}

static void sort(const struct ext4 *fs, const struct ext4_buffer *buffer)
{
    uint32_t end = ext4_block_end(fs, buffer->data);

    if (last.fs == fs && last.block == buffer->block)
        return;
    last.fs = fs;
    last.block = buffer->block;
    last.count = 0;
    for (uint32_t at = 0; at < end; at += entry_at(buffer, at)->length) {
        if (entry_at(buffer, at)->inode == 0)
            continue;
        struct sorted new = {place_of(fs, entry_at(buffer, at)), at};
        uint32_t place = last.count++;

        for (; place > 0 && last.entries[place - 1].place > new.place; place--)
            last.entries[place] = last.entries[place - 1];
        last.entries[place] = new;
    }
}

/* The first entry of a block at a place or behind it, if it is before *best. */
static cell_error_t look_into(struct ext4_node *directory, uint32_t block, uint64_t from, uint64_t *best, struct ext4_entry_of *to)
{
    struct ext4_buffer *buffer;
    cell_error_t error = ext4_directory_block(directory, block, &buffer);
    uint32_t low = 0, high;

    if (error != CELL_OK)
        return error;
    sort(directory->fs, buffer);
    for (high = last.count; low < high;) {
        uint32_t middle = (low + high) / 2;

        if (last.entries[middle].place < from)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < last.count && last.entries[low].place < *best) {
        *best = last.entries[low].place;
        tell(directory->fs, entry_at(buffer, last.entries[low].at), *best + 1, to);
    }
    ext4_put(buffer);
    return CELL_OK;
}

/* Names of one hash may be in several blocks. */
static cell_error_t list_by_index(struct ext4_node *directory, uint64_t cookie, struct ext4_entry_of *entry)
{
    uint64_t best = UINT64_MAX, next = cookie >> 32;
    cell_error_t error = CELL_OK;

    while (error == CELL_OK && next != EXT4_HASH_END && (best == UINT64_MAX || next == (best >> 32 | 1))) {
        uint32_t block;

        error = ext4_index_block(directory, (uint32_t)next, &block, &next);
        if (error == CELL_OK)
            error = look_into(directory, block, cookie, &best, entry);
    }
    return error == CELL_OK && best == UINT64_MAX ? CELL_NOT_FOUND : error;
}

/* `.` and `..` are in the first block. */
static cell_error_t list_first(struct ext4_node *directory, uint64_t cookie, struct ext4_entry_of *entry)
{
    struct ext4_buffer *buffer;
    cell_error_t error = ext4_directory_block(directory, 0, &buffer);

    if (error != CELL_OK)
        return error;
    tell(directory->fs, entry_at(buffer, cookie == 0 ? 0 : 12), cookie + 1, entry);
    ext4_put(buffer);
    return CELL_OK;
}

static cell_error_t list(struct ext4_node *directory, uint64_t cookie, struct ext4_entry_of *entry)
{
    const struct ext4 *fs = directory->fs;
    uint64_t best = UINT64_MAX;
    uint32_t blocks;
    bool indexed = false;
    cell_error_t error = ext4_directory_blocks(directory, &blocks);

    if (error == CELL_OK)
        error = ext4_has_index(directory, &indexed);
    if (error != CELL_OK)
        return error;
    if (indexed)
        return cookie < FIRST_NAME ? list_first(directory, cookie, entry) : list_by_index(directory, cookie, entry);
    if (blocks != 1 || (fs->compat & EXT4_COMPAT_DIR_INDEX) == 0 || !ext4_can_hash(fs))
        return list_by_block(directory, blocks, cookie, entry);
    /* it may get an index at any time */
    error = look_into(directory, 0, cookie, &best, entry);
    return error == CELL_OK && best == UINT64_MAX ? CELL_NOT_FOUND : error;
}

cell_error_t ext4_list(struct ext4 *fs, uint32_t directory, uint64_t cookie, struct ext4_entry_of *entry)
{
    struct ext4_node node;
    cell_error_t error = ext4_node(fs, directory, &node);

    if (error != CELL_OK)
        return error;
    error = list(&node, cookie, entry);
    ext4_node_put(&node);
    return error;
}

cell_error_t ext4_directory_empty(struct ext4_node *directory, bool *empty)
{
    struct ext4_entry_of entry;
    cell_error_t error;

    *empty = true;
    for (uint64_t cookie = 0; (error = list(directory, cookie, &entry)) == CELL_OK; cookie = entry.next) {
        bool is_self = entry.name_length == 1 && entry.name[0] == '.';
        bool is_parent = entry.name_length == 2 && entry.name[0] == '.' && entry.name[1] == '.';

        if (!is_self && !is_parent) {
            *empty = false;
            return CELL_OK;
        }
    }
    return error == CELL_NOT_FOUND ? CELL_OK : error;
}
