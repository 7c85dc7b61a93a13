/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/directory.c: reading directories. Nodes of an index look like blocks without entries to a reader that takes them for blocks of
 * names. ("Directory Entries")
 */
#include "lib/ext4/internal.h"

#include <string.h>

uint32_t ext4_entries_end(const struct ext4 *fs)
{
    return fs->block_size - (fs->checksums ? (uint32_t)sizeof(struct ext4_entry_tail) : 0);
}

static const struct ext4_entry *entry_at(const uint8_t *block, uint32_t at)
{
    return (const struct ext4_entry *)(block + at);
}

bool ext4_is_index_node(const struct ext4 *fs, const uint8_t *block)
{
    const struct ext4_entry *first = entry_at(block, 0);

    if (first->inode == 0)
        return first->length == fs->block_size && first->name_length == 0;
    return first->length == 12 && first->name_length == 1 && first->name[0] == '.' &&
           entry_at(block, 12)->length == fs->block_size - 12;
}

uint32_t ext4_block_end(const struct ext4 *fs, const uint8_t *block)
{
    return ext4_is_index_node(fs, block) ? fs->block_size : ext4_entries_end(fs);
}

const char *ext4_directory_fault(const struct ext4 *fs, const struct ext4_buffer *buffer)
{
    uint32_t end = ext4_block_end(fs, buffer->data);

    for (uint32_t at = 0; at < end; at += entry_at(buffer->data, at)->length) {
        const struct ext4_entry *entry = entry_at(buffer->data, at);

        if (end - at < EXT4_ENTRY_HEAD + 4 || entry->length % 4 != 0 || entry->length > end - at ||
            entry->length < EXT4_ENTRY_HEAD + (uint32_t)(entry->name_length > 4 ? entry->name_length : 4))
            return "an entry of a directory is not as long as it says";
        if (entry->inode > fs->inodes || (entry->inode != 0 && entry->name_length == 0))
            return "an entry of a directory leads nowhere";
    }
    if (end == fs->block_size)
        return NULL;
    const struct ext4_entry_tail *tail = (const struct ext4_entry_tail *)(buffer->data + end);

    return tail->zero == 0 && tail->length == sizeof *tail && tail->zero_length == 0 && tail->kind == EXT4_TAIL_KIND
               ? NULL
               : "a block of a directory has no checksum";
}

cell_error_t ext4_directory_block(struct ext4_node *directory, uint32_t block, struct ext4_buffer **buffer)
{
    struct ext4_mapping mapping;
    cell_error_t error = ext4_map(directory, block, &mapping);

    if (error != CELL_OK)
        return error;
    if (mapping.first == 0 || mapping.unwritten)
        return ext4_corrupt(directory->fs, directory->buffer->block, "a directory has a hole");
    return ext4_get_of(directory, mapping.first, EXT4_DIRECTORY, buffer);
}

cell_error_t ext4_directory_blocks(struct ext4_node *directory, uint32_t *count)
{
    uint64_t size = ext4_node_size(directory);

    if (!ext4_is_directory(directory))
        return CELL_NOT_DIRECTORY;
    if (directory->inode->flags & (EXT4_INODE_INLINE | EXT4_INODE_ENCRYPTED))
        return CELL_UNSUPPORTED;
    if (size % directory->fs->block_size != 0 || size >> directory->fs->block_bits > directory->fs->blocks)
        return ext4_corrupt(directory->fs, directory->buffer->block, "the size of a directory is wrong");
    *count = (uint32_t)(size >> directory->fs->block_bits);
    return CELL_OK;
}

/* Whether an entry has a name, which is not empty; names that differ often do so at their ends. */
static inline bool has_name(const struct ext4_entry *entry, const char *name, size_t length)
{
    return entry->name_length == length && entry->name[length - 1] == name[length - 1] && entry->inode != 0 &&
           memcmp(entry->name, name, length) == 0;
}

struct ext4_entry *ext4_find_in_block(struct ext4 *fs, const struct ext4_buffer *buffer, const char *name, size_t length)
{
    uint32_t end = ext4_block_end(fs, buffer->data), last = 0;

    for (uint32_t at = 0; at < end && length > 0; at += entry_at(buffer->data, at)->length) {
        if (has_name(entry_at(buffer->data, at), name, length))
            return (struct ext4_entry *)(buffer->data + at);
        last = at;
    }
    fs->last = (struct ext4_last){buffer->block, last};
    return NULL;
}

/* `.` and `..` are in the first block, and in no index. */
static bool is_own_or_parent(const char *name, size_t length)
{
    return length <= 2 && name[0] == '.' && name[length - 1] == '.';
}

/* The entry of a name that is known to be there. CELL_NOT_FOUND: it is not, after all. */
static cell_error_t find_known(struct ext4_node *directory, const struct ext4_known *known, struct ext4_place *place)
{
    cell_error_t error = ext4_get_of(directory, known->block, EXT4_DIRECTORY, &place->buffer);

    if (error != CELL_OK)
        return error;
    place->entry = (struct ext4_entry *)(place->buffer->data + known->at);
    if (place->entry->inode == known->inode && has_name(place->entry, known->name, known->length))
        return CELL_OK;
    ext4_put(place->buffer);
    return CELL_NOT_FOUND;
}

static cell_error_t search(struct ext4_node *directory, const char *name, size_t length, struct ext4_place *place)
{
    uint32_t blocks;
    bool indexed = false;
    cell_error_t error = ext4_directory_blocks(directory, &blocks);

    if (error == CELL_OK && length > EXT4_NAME_MOST)
        error = CELL_NAME_TOO_LONG;
    if (error == CELL_OK && !is_own_or_parent(name, length))
        error = ext4_has_index(directory, &indexed);
    if (error == CELL_OK && indexed)
        return ext4_index_find(directory, name, length, place);
    for (uint32_t block = 0; block < blocks && error == CELL_OK; block++) {
        error = ext4_directory_block(directory, block, &place->buffer);
        if (error != CELL_OK)
            return error;
        place->entry = ext4_find_in_block(directory->fs, place->buffer, name, length);
        if (place->entry != NULL)
            return CELL_OK;
        ext4_put(place->buffer);
    }
    return error != CELL_OK ? error : CELL_NOT_FOUND;
}

cell_error_t ext4_find(struct ext4_node *directory, const char *name, size_t length, struct ext4_place *place)
{
    struct ext4 *fs = directory->fs;
    const struct ext4_known *known = ext4_known_find(fs, directory->number, name, length);

    if (known != NULL && known->inode == 0)
        return CELL_NOT_FOUND;
    cell_error_t error = known == NULL ? CELL_NOT_FOUND : find_known(directory, known, place);

    if (error != CELL_NOT_FOUND)
        return error;
    error = search(directory, name, length, place);
    if (error == CELL_OK || error == CELL_NOT_FOUND)
        ext4_known_note(fs, directory->number, name, length, error == CELL_OK ? place : NULL);
    return error;
}

cell_error_t ext4_lookup(struct ext4 *fs, uint32_t directory, const char *name, size_t length, uint32_t *inode)
{
    const struct ext4_known *known = ext4_known_find(fs, directory, name, length);
    struct ext4_node node;
    struct ext4_place place;

    if (known != NULL) {
        *inode = known->inode;
        return known->inode == 0 ? CELL_NOT_FOUND : CELL_OK;
    }
    cell_error_t error = ext4_node(fs, directory, &node);

    if (error != CELL_OK)
        return error;
    error = ext4_find(&node, name, length, &place);
    if (error == CELL_OK) {
        *inode = place.entry->inode;
        ext4_put(place.buffer);
    }
    ext4_node_put(&node);
    return error;
}
