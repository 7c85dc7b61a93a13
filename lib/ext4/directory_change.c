/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/directory_change.c: changing directories. An index of a kind that index.c does not know goes before the first change: its
 * nodes become blocks without entries, and the flag in the inode goes; entries stay where they are.
 */
#include "lib/ext4/internal.h"

#include <string.h>

/* Where the head of an index, in its first block, has the number of levels below it. */
#define LEVELS_AT 0x1eu

static uint32_t space_of(size_t name_length)
{
    return (EXT4_ENTRY_HEAD + (uint32_t)name_length + 3) & ~3u;
}

static struct ext4_entry *entry_at(const struct ext4_buffer *buffer, uint32_t at)
{
    return (struct ext4_entry *)(buffer->data + at);
}

static uint8_t kind_of(const struct ext4 *fs, uint32_t mode)
{
    /* by the type's four bits */
    static const uint8_t kinds[16] = {[1] = 5, [2] = 3, [4] = 2, [6] = 4, [8] = 1, [10] = 7, [12] = 6};

    return fs->incompat & EXT4_INCOMPAT_FILETYPE ? kinds[mode >> 12 & 15] : 0;
}

static void fill(const struct ext4 *fs, struct ext4_entry *entry, uint32_t inode, uint32_t length, const char *name,
                 size_t name_length, uint32_t mode)
{
    entry->inode = inode;
    entry->length = (uint16_t)length;
    entry->name_length = (uint8_t)name_length;
    entry->kind = kind_of(fs, mode);
    memcpy(entry->name, name, name_length);
}

static void put_tail(const struct ext4 *fs, struct ext4_buffer *buffer)
{
    if (fs->checksums)
        *(struct ext4_entry_tail *)(buffer->data + ext4_entries_end(fs)) =
            (struct ext4_entry_tail){.length = sizeof(struct ext4_entry_tail), .kind = EXT4_TAIL_KIND};
}

/* ---- Giving up an index --------------------------------------------------------------------------------------------------- */

/* Makes a block of what is a node of an index. */
static cell_error_t make_plain(struct ext4 *fs, struct ext4_buffer *buffer)
{
    cell_error_t error = ext4_change(fs, buffer, buffer->data, fs->block_size);
    uint32_t last = entry_at(buffer, 0)->inode == 0 ? 0 : 12; /* or `..` behind `.` */

    if (error != CELL_OK)
        return error;
    memset(buffer->data + last + 12, 0, fs->block_size - last - 12);
    entry_at(buffer, last)->length = (uint16_t)(ext4_entries_end(fs) - last);
    put_tail(fs, buffer);
    return CELL_OK;
}

static cell_error_t drop_index(struct ext4_node *directory)
{
    struct ext4 *fs = directory->fs;
    uint32_t blocks;
    cell_error_t error = ext4_directory_blocks(directory, &blocks);

    for (uint32_t block = 0; block < blocks && error == CELL_OK; block++) {
        struct ext4_buffer *buffer;

        error = ext4_directory_block(directory, block, &buffer);
        if (error != CELL_OK)
            break;
        if (block == 0 && buffer->data[LEVELS_AT] == 0)
            blocks = 1; /* the others are leaves */
        if (ext4_is_index_node(fs, buffer->data))
            error = ext4_step_full(fs) ? CELL_UNSUPPORTED : make_plain(fs, buffer);
        ext4_put(buffer);
    }
    if (error == CELL_OK)
        error = ext4_node_change(directory);
    if (error == CELL_OK)
        directory->inode->flags &= ~(uint32_t)EXT4_INODE_INDEX;
    return error;
}

static cell_error_t before_change(struct ext4_node *directory)
{
    bool has;

    if (!ext4_is_directory(directory))
        return CELL_NOT_DIRECTORY;
    cell_error_t error = ext4_has_index(directory, &has);

    return error == CELL_OK && !has && directory->inode->flags & EXT4_INODE_INDEX ? drop_index(directory) : error;
}

/* ---- Adding ------------------------------------------------------------------------------------------------------------------ */

static uint32_t used_of(const struct ext4_entry *entry)
{
    return entry->inode == 0 ? 0 : space_of(entry->name_length);
}

/* The entry with at least so much room behind what it uses, from one on, or NULL. */
static struct ext4_entry *find_room(const struct ext4 *fs, const struct ext4_buffer *buffer, uint32_t from, uint32_t space)
{
    uint32_t end = ext4_entries_end(fs);

    for (uint32_t at = from; at < end; at += entry_at(buffer, at)->length)
        if (entry_at(buffer, at)->length >= used_of(entry_at(buffer, at)) + space)
            return entry_at(buffer, at);
    return NULL;
}

static uint32_t offset_in(const struct ext4_buffer *buffer, const struct ext4_entry *entry)
{
    return (uint32_t)((const uint8_t *)entry - buffer->data);
}

/* The next name is put from here on, if there is room. */
static void keep_room(const struct ext4_node *directory, const struct ext4_buffer *buffer, const struct ext4_entry *entry)
{
    directory->fs->room = (struct ext4_room){directory->number, (uint16_t)offset_in(buffer, entry), buffer->block};
}

/* Makes a block of a directory, behind its last one, with nothing in it. */
cell_error_t ext4_directory_append(struct ext4_node *directory, struct ext4_buffer **buffer)
{
    struct ext4 *fs = directory->fs;
    uint32_t block = ext4_blocks_of(fs, ext4_node_size(directory));
    struct ext4_run taken;
    cell_error_t error = ext4_take_blocks(fs, directory->buffer->block, 1, &taken);

    if (error == CELL_OK)
        error = ext4_extent_add(directory, block, taken.first, 1, false);
    if (error == CELL_OK)
        error = ext4_node_change(directory);
    if (error == CELL_OK)
        error = ext4_node_count_blocks(directory, 1);
    if (error == CELL_OK)
        error = ext4_get_new(fs, taken.first, EXT4_DIRECTORY, directory->number, ext4_inode_seed(directory), buffer);
    if (error != CELL_OK)
        return error;
    ext4_node_set_size(directory, ((uint64_t)block + 1) << fs->block_bits);
    entry_at(*buffer, 0)->length = (uint16_t)ext4_entries_end(fs);
    put_tail(fs, *buffer);
    return CELL_OK;
}

/* The entry with room for another one, in a directory without an index, and its block, pinned. NULL: there is none. */
static cell_error_t find_in_all(struct ext4_node *directory, uint32_t space, struct ext4_buffer **buffer, struct ext4_entry **found)
{
    uint32_t blocks;
    cell_error_t error = ext4_directory_blocks(directory, &blocks);

    for (uint32_t block = 0; block < blocks && error == CELL_OK; block++) {
        error = ext4_directory_block(directory, block, buffer);
        if (error != CELL_OK || (*found = find_room(directory->fs, *buffer, 0, space)) != NULL)
            return error;
        ext4_put(*buffer);
    }
    return error;
}

/* The same behind the entry that was added last, or where one was removed. */
static cell_error_t find_at_hint(struct ext4_node *directory, uint32_t space, struct ext4_buffer **buffer, struct ext4_entry **found)
{
    const struct ext4_room *room = &directory->fs->room;
    cell_error_t error = ext4_get_of(directory, room->block, EXT4_DIRECTORY, buffer);

    if (error == CELL_OK && (*found = find_room(directory->fs, *buffer, room->at, space)) == NULL)
        ext4_put(*buffer);
    return error;
}

/* Puts a name behind an entry that has room for it. */
static cell_error_t add_behind(struct ext4_node *directory, struct ext4_buffer *buffer, struct ext4_entry *entry, const char *name,
                               size_t length, uint32_t inode, uint32_t mode)
{
    struct ext4 *fs = directory->fs;
    uint32_t used = used_of(entry), rest = entry->length - used;
    cell_error_t error = ext4_change(fs, buffer, entry, used + space_of(length));

    if (error != CELL_OK)
        return error;
    if (used > 0) {
        entry->length = (uint16_t)used;
        entry = (struct ext4_entry *)((uint8_t *)entry + used);
    }
    fill(fs, entry, inode, rest, name, length, mode);
    ext4_known_note(fs, directory->number, name, length, &(struct ext4_place){.buffer = buffer, .entry = entry});
    keep_room(directory, buffer, entry);
    return CELL_OK;
}

cell_error_t ext4_add_in_block(struct ext4_node *directory, struct ext4_buffer *buffer, const char *name, size_t length, uint32_t inode,
                               uint32_t mode)
{
    const struct ext4_last *last = &directory->fs->last;
    uint32_t space = space_of(length);
    struct ext4_entry *entry = last->block == buffer->block ? find_room(directory->fs, buffer, last->at, space) : NULL;

    if (entry == NULL)
        entry = find_room(directory->fs, buffer, 0, space);
    return entry == NULL ? CELL_FULL : add_behind(directory, buffer, entry, name, length, inode, mode);
}

/* An entry with room for another one, and its block, pinned, of a directory without an index; NULL: the directory got an index. */
static cell_error_t make_room(struct ext4_node *directory, uint32_t space, struct ext4_buffer **buffer, struct ext4_entry **entry)
{
    bool indexed = false;
    cell_error_t error = CELL_OK;

    *entry = NULL;
    if (directory->fs->room.directory == directory->number)
        error = find_at_hint(directory, space, buffer, entry);
    if (error == CELL_OK && *entry == NULL)
        error = find_in_all(directory, space, buffer, entry);
    if (error != CELL_OK || *entry != NULL)
        return error;
    error = ext4_index_make(directory, &indexed);
    if (error == CELL_OK && !indexed)
        error = ext4_directory_append(directory, buffer);
    if (error == CELL_OK && !indexed)
        *entry = entry_at(*buffer, 0);
    return error;
}

cell_error_t ext4_directory_add(struct ext4_node *directory, const char *name, size_t length, uint32_t inode, uint32_t mode)
{
    struct ext4_buffer *buffer;
    struct ext4_entry *entry = NULL;
    cell_error_t error = length > EXT4_NAME_MOST ? CELL_NAME_TOO_LONG : before_change(directory);

    if (error == CELL_OK && (directory->inode->flags & EXT4_INODE_INDEX) == 0)
        error = make_room(directory, space_of(length), &buffer, &entry);
    if (error != CELL_OK)
        return error;
    if (entry == NULL)
        return ext4_index_add(directory, name, length, inode, mode);
    error = add_behind(directory, buffer, entry, name, length, inode, mode);
    ext4_put(buffer);
    return error;
}

cell_error_t ext4_directory_make(struct ext4_node *directory, uint32_t parent)
{
    struct ext4 *fs = directory->fs;
    struct ext4_buffer *buffer;
    cell_error_t error = ext4_directory_append(directory, &buffer);

    if (error != CELL_OK)
        return error;
    fill(fs, entry_at(buffer, 0), directory->number, 12, ".", 1, EXT4_MODE_DIRECTORY);
    fill(fs, entry_at(buffer, 12), parent, ext4_entries_end(fs) - 12, "..", 2, EXT4_MODE_DIRECTORY);
    ext4_put(buffer);
    return CELL_OK;
}

/* ---- Removing, and leading elsewhere --------------------------------------------------------------------------------------- */

/* The entry before one in its block; NULL: it is the first. */
static struct ext4_entry *before(const struct ext4_place *place)
{
    uint32_t end = offset_in(place->buffer, place->entry);
    struct ext4_entry *previous = NULL;

    for (uint32_t at = 0; at < end; at += previous->length)
        previous = entry_at(place->buffer, at);
    return previous;
}

cell_error_t ext4_directory_remove(struct ext4_node *directory, const char *name, size_t length)
{
    struct ext4 *fs = directory->fs;
    struct ext4_place place;
    cell_error_t error = before_change(directory);

    if (error == CELL_OK)
        error = ext4_find(directory, name, length, &place);
    if (error != CELL_OK)
        return error;
    struct ext4_entry *previous = before(&place);

    error = ext4_change(fs, place.buffer, place.entry, EXT4_ENTRY_HEAD);
    if (error == CELL_OK && previous != NULL)
        error = ext4_change(fs, place.buffer, previous, EXT4_ENTRY_HEAD);
    if (error == CELL_OK) {
        if (previous != NULL)
            previous->length = (uint16_t)(previous->length + place.entry->length);
        place.entry->inode = 0;
        ext4_known_note(fs, directory->number, name, length, NULL);
        keep_room(directory, place.buffer, previous != NULL ? previous : place.entry);
    }
    ext4_put(place.buffer);
    return error;
}

cell_error_t ext4_directory_set(struct ext4_node *directory, const char *name, size_t length, uint32_t inode, uint32_t mode)
{
    struct ext4_place place;
    cell_error_t error = before_change(directory);

    if (error == CELL_OK)
        error = ext4_find(directory, name, length, &place);
    if (error != CELL_OK)
        return error;
    error = ext4_change(directory->fs, place.buffer, place.entry, EXT4_ENTRY_HEAD);
    if (error == CELL_OK) {
        place.entry->inode = inode;
        place.entry->kind = kind_of(directory->fs, mode);
        ext4_known_note(directory->fs, directory->number, name, length, &place);
    }
    ext4_put(place.buffer);
    return error;
}
