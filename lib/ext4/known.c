/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/known.c: names that were looked for lately, and where their entries are, or that there are none: so that a request which
 * follows a path, and then changes what is there, searches the directory once. A table of a fixed size; a name takes the place of
 * another one. Whatever makes entries move, or may have, forgets all of it.
 */
#include "lib/ext4/internal.h"

#include <stdlib.h>
#include <string.h>

#define NAMES 1024u /* a power of two */

bool ext4_known_open(struct ext4 *fs)
{
    fs->known = calloc(NAMES, sizeof *fs->known);
    fs->known_since = 1;
    return fs->known != NULL;
}

void ext4_known_close(struct ext4 *fs)
{
    free(fs->known);
}

static struct ext4_known *place_of(const struct ext4 *fs, uint32_t directory, const char *name, size_t length)
{
    uint32_t hash = directory;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)name[i]) * 0x01000193u;
    return &fs->known[(hash ^ hash >> 15) % NAMES];
}

/* `.` and `..` are not kept: the latter is changed in its place. */
static bool can_be_known(const char *name, size_t length)
{
    return length > 0 && length <= EXT4_KNOWN_NAME && (length > 2 || name[0] != '.');
}

const struct ext4_known *ext4_known_find(const struct ext4 *fs, uint32_t directory, const char *name, size_t length)
{
    if (!can_be_known(name, length))
        return NULL;
    const struct ext4_known *known = place_of(fs, directory, name, length);

    return known->directory == directory && known->length == length && known->since == fs->known_since &&
                   memcmp(known->name, name, length) == 0
               ? known
               : NULL;
}

void ext4_known_note(struct ext4 *fs, uint32_t directory, const char *name, size_t length, const struct ext4_place *place)
{
    if (!can_be_known(name, length))
        return;
    struct ext4_known *known = place_of(fs, directory, name, length);

    known->directory = directory;
    known->since = fs->known_since;
    known->length = (uint8_t)length;
    known->inode = 0;
    memcpy(known->name, name, length);
    if (place == NULL)
        return;
    known->inode = place->entry->inode;
    known->block = place->buffer->block;
    known->at = (uint16_t)((uint8_t *)place->entry - place->buffer->data);
}

void ext4_known_forget(struct ext4 *fs)
{
    fs->room.directory = 0;
    fs->last.block = 0;
    if (++fs->known_since != 0)
        return;
    memset(fs->known, 0, NAMES * sizeof *fs->known);
    fs->known_since = 1;
}
