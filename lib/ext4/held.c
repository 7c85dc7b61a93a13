/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/held.c: files that are in use, which stay even without a name; and files that are to be deleted or cut, for which the
 * device was not ready (CELL_LATER). They are orphans on the disk meanwhile.
 */
#include "lib/ext4/internal.h"

#include <stdlib.h>

#define BUCKETS 1024u

struct ext4_held {
    struct ext4_held *next;
    uint32_t number, count;
};

static struct ext4_held **held_at(const struct ext4 *fs, uint32_t number)
{
    struct ext4_held **at = &fs->held[number % BUCKETS];

    while (*at != NULL && (*at)->number != number)
        at = &(*at)->next;
    return at;
}

bool ext4_is_held(const struct ext4 *fs, uint32_t number)
{
    return fs->held != NULL && *held_at(fs, number) != NULL;
}

static cell_error_t count_up(struct ext4 *fs, uint32_t number)
{
    if (fs->held == NULL && (fs->held = calloc(BUCKETS, sizeof(struct ext4_held *))) == NULL)
        return CELL_NO_MEMORY;
    struct ext4_held **at = held_at(fs, number);

    if (*at == NULL) {
        *at = fs->held_spare != NULL ? fs->held_spare : malloc(sizeof **at);
        if (*at == NULL)
            return CELL_NO_MEMORY;
        fs->held_spare = NULL;
        **at = (struct ext4_held){.number = number};
    }
    (*at)->count++;
    return CELL_OK;
}

/* ---- Work that is left ---------------------------------------------------------------------------------------------------- */

struct ext4_unfinished {
    struct ext4_unfinished *next;
    uint32_t number;
    bool cut; /* it has more blocks than its size says */
};

static struct ext4_unfinished **unfinished_at(struct ext4 *fs, uint32_t number)
{
    struct ext4_unfinished **at = &fs->unfinished;

    while (*at != NULL && (*at)->number != number)
        at = &(*at)->next;
    return at;
}

static void drop(struct ext4_unfinished **at)
{
    struct ext4_unfinished *dropped = *at;

    *at = dropped->next;
    free(dropped);
}

static cell_error_t finish(struct ext4 *fs, uint32_t number, bool cut)
{
    struct ext4_node node;
    cell_error_t error = ext4_node(fs, number, &node);

    if (error != CELL_OK)
        return error;
    bool without_name = node.inode->links == 0;

    ext4_node_put(&node);
    if (without_name && !ext4_is_held(fs, number))
        return ext4_delete(fs, number);
    return cut ? ext4_cut(fs, number) : CELL_OK;
}

/* Does the work, or notes it for later; a file stays noted while it has more blocks than its size says. */
static cell_error_t try(struct ext4 *fs, uint32_t number, bool cut)
{
    cell_error_t error = finish(fs, number, cut);
    struct ext4_unfinished **at = unfinished_at(fs, number);

    if (*at != NULL && error != CELL_LATER && (error == CELL_OK || !cut))
        drop(at);
    if (*at != NULL || error != CELL_LATER)
        return error;
    *at = calloc(1, sizeof **at);
    if (*at == NULL)
        return CELL_NO_MEMORY;
    (*at)->number = number;
    (*at)->cut = cut;
    return error;
}

cell_error_t ext4_finish_later(struct ext4 *fs, uint32_t number, bool cut)
{
    cell_error_t error = try(fs, number, cut || ext4_is_being_cut(fs, number));

    return error == CELL_LATER ? CELL_OK : error;
}

bool ext4_is_being_cut(const struct ext4 *fs, uint32_t number)
{
    const struct ext4_unfinished *at = fs->unfinished;

    while (at != NULL && at->number != number)
        at = at->next;
    return at != NULL && at->cut;
}

cell_error_t ext4_finish_cut(struct ext4 *fs, uint32_t number)
{
    return ext4_is_being_cut(fs, number) ? try(fs, number, true) : CELL_OK;
}

cell_error_t ext4_finish_all(struct ext4 *fs)
{
    cell_error_t error = CELL_OK;

    while (fs->unfinished != NULL && error == CELL_OK)
        error = try(fs, fs->unfinished->number, fs->unfinished->cut);
    return error;
}

/* ---- Files in use ---------------------------------------------------------------------------------------------------------- */

cell_error_t ext4_hold(struct ext4 *fs, uint32_t inode)
{
    struct ext4_node node;
    cell_error_t error = ext4_node(fs, inode, &node);

    if (error != CELL_OK)
        return error;
    ext4_node_put(&node);
    return count_up(fs, inode);
}

void ext4_release(struct ext4 *fs, uint32_t inode)
{
    struct ext4_held **at = fs->held == NULL ? NULL : held_at(fs, inode);

    if (at == NULL || *at == NULL || --(*at)->count > 0)
        return;
    struct ext4_held *held = *at;

    *at = held->next;
    free(fs->held_spare);
    fs->held_spare = held;
    ext4_finish_later(fs, inode, false); /* if this fails, the next mount does it */
}

void ext4_held_close(struct ext4 *fs)
{
    for (uint32_t i = 0; fs->held != NULL && i < BUCKETS; i++)
        while (fs->held[i] != NULL) {
            struct ext4_held *held = fs->held[i];

            fs->held[i] = held->next;
            free(held);
        }
    free(fs->held);
    free(fs->held_spare);
    fs->held = NULL;
    fs->held_spare = NULL;
    while (fs->unfinished != NULL)
        drop(&fs->unfinished);
}
