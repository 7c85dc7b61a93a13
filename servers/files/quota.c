/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/quota.c: see namespace.h. How much namespaces take is kept in memory only; it is counted when they are made. */
#include "servers/files/namespace.h"

#include <stdlib.h>

/* ---- Where files belong -------------------------------------------------------------------------------------------------- */

/* A file that may have a name outside of the namespace it belongs to. */
struct kept {
    struct id_entry entry;   /* its id is the inode's number */
    struct namespace *owner; /* counted as a reference */
};

static struct id_table kept_owners;

static struct kept *kept_of(uint32_t inode)
{
    struct id_entry *entry = id_table_find(&kept_owners, inode);

    return entry == NULL ? NULL : ID_RECORD(entry, struct kept, entry);
}

struct namespace *quota_owner(uint32_t inode, uint32_t directory)
{
    const struct open_inode *of = open_inode_of(inode);
    const struct kept *kept = of == NULL ? kept_of(inode) : NULL;

    return of != NULL ? of->owner : kept != NULL ? kept->owner
                                                 : namespace_of_directory(directory);
}

cell_error_t quota_keep_owner(uint32_t inode, struct namespace *owner)
{
    struct kept *kept = kept_of(inode) != NULL ? NULL : calloc(1, sizeof *kept);

    if (kept == NULL)
        return kept_of(inode) != NULL ? CELL_OK : CELL_NO_MEMORY;
    kept->entry.id = inode;
    if (!id_table_add(&kept_owners, &kept->entry)) {
        free(kept);
        return CELL_NO_MEMORY;
    }
    kept->owner = namespace_refer(owner);
    return CELL_OK;
}

void quota_look_after(uint32_t inode)
{
    struct kept *kept = kept_of(inode);
    struct ext4_stat stat;

    if (kept == NULL || open_inode_of(inode) != NULL ||
        (ext4_stat(files_fs, inode, &stat) == CELL_OK && stat.links != 0))
        return;
    id_table_remove(&kept_owners, &kept->entry);
    namespace_release(kept->owner);
    free(kept);
}

/* ---- Counting what is done ----------------------------------------------------------------------------------------------- */

static struct namespace *charged;
static struct ext4_statfs before;

static bool has_limits(const struct namespace *namespace)
{
    return namespace->most_blocks != 0 || namespace->most_inodes != 0;
}

static struct namespace *limited(struct namespace *namespace)
{
    while (namespace != NULL && (namespace->ended || !has_limits(namespace)))
    namespace = namespace->around;
    return namespace;
}

bool quota_limits(struct namespace *namespace)
{
    return limited(namespace) != NULL;
}

static void lower(uint64_t *left, uint64_t most, uint64_t taken)
{
    uint64_t own = most == 0 ? UINT64_MAX : most > taken ? most - taken
                                                         : 0;

    if (own < *left)
        *left = own;
}

void quota_begin(struct namespace *namespace)
{
    uint64_t blocks = UINT64_MAX, inodes = UINT64_MAX;

    charged = limited(namespace);
    if (charged == NULL)
        return;
    for (struct namespace *at = charged; at != NULL; at = limited(at->around)) {
        lower(&blocks, at->most_blocks, at->blocks);
        lower(&inodes, at->most_inodes, at->inodes);
    }
    ext4_statfs(files_fs, &before);
    ext4_allow(files_fs, blocks, inodes);
}

/* Adds the difference between what was free before and what is now, which may be negative. */
static void count(uint64_t *taken, uint64_t free_before, uint64_t free_now)
{
    uint64_t sum = *taken + free_before - free_now;

    *taken = free_now > free_before && free_now - free_before > *taken ? 0 : sum;
}

cell_error_t quota_end(cell_error_t error)
{
    struct ext4_statfs now;

    if (charged == NULL)
        return error;
    ext4_allow(files_fs, UINT64_MAX, UINT64_MAX);
    ext4_statfs(files_fs, &now);
    for (struct namespace *at = charged; at != NULL; at = limited(at->around)) {
        count(&at->blocks, before.free_blocks, now.free_blocks);
        count(&at->inodes, before.free_files, now.free_files);
    }
    charged = NULL;
    return error;
}

/* ---- Counting what is there ------------------------------------------------------------------------------------------------ */

/* A directory whose entries are yet to be counted. */
struct to_count {
    struct to_count *next;
    uint32_t inode;
};

struct counting {
    struct namespace *namespace;
    struct to_count *directories;
    uint64_t left;
    uint32_t block_size;
};

static void add_taken(struct counting *counting, const struct ext4_stat *stat, bool is_root)
{
    counting->namespace->blocks += stat->blocks_of_512 * 512 / counting->block_size;
    counting->namespace->inodes += is_root ? 0 : 1;
}

static cell_error_t push(struct counting *counting, uint32_t inode)
{
    struct to_count *directory = malloc(sizeof *directory);

    if (directory == NULL)
        return CELL_NO_MEMORY;
    *directory = (struct to_count){counting->directories, inode};
    counting->directories = directory;
    return CELL_OK;
}

/* The new namespace comes between one that is in it and the one around both. */
static void put_between(struct namespace *namespace, uint32_t root)
{
    for (struct namespace *in = namespace_of_directory(root); in != NULL && in->root == root; in = in->around)
        if (in->around == namespace->around) {
            in->around = namespace_refer(namespace);
            namespace_release(namespace->around);
            return;
        }
}

/* A file with several names belongs to the namespace in which it is found first. */
static cell_error_t count_file(struct counting *counting, const struct ext4_stat *stat)
{
    bool directory = (stat->mode & MODE_TYPE) == MODE_DIRECTORY;
    struct namespace *owner = counting->namespace;
    struct open_inode *of = open_inode_of(stat->inode);

    if (counting->left-- == 0)
        return CELL_TOO_LARGE;
    if (!directory && stat->links > 1) {
        const struct kept *kept = kept_of(stat->inode);

        if (kept != NULL)
            return CELL_OK;
        cell_error_t error = quota_keep_owner(stat->inode, owner);

        if (error != CELL_OK)
            return error;
    }
    if (of != NULL && of->owner == owner->around) {
        namespace_release(of->owner);
        of->owner = namespace_refer(owner);
    }
    add_taken(counting, stat, false);
    if (!directory)
        return CELL_OK;
    if (namespace_is_root(stat->inode))
        put_between(owner, stat->inode);
    return push(counting, stat->inode);
}

static bool is_dots(const struct ext4_entry_of *entry)
{
    return entry->name[0] == '.' && (entry->name_length == 1 || (entry->name_length == 2 && entry->name[1] == '.'));
}

static cell_error_t count_directory(struct counting *counting, uint32_t inode)
{
    struct ext4_entry_of entry = {0};
    struct ext4_stat stat;
    cell_error_t error = CELL_OK;

    while (error == CELL_OK && (error = ext4_list(files_fs, inode, entry.next, &entry)) == CELL_OK) {
        if (is_dots(&entry))
            continue;
        error = ext4_stat(files_fs, entry.inode, &stat);
        if (error == CELL_OK)
            error = count_file(counting, &stat);
    }
    return error == CELL_NOT_FOUND ? CELL_OK : error;
}

cell_error_t quota_count(struct namespace *namespace, uint64_t most)
{
    struct counting counting = {.namespace = namespace, .left = most};
    struct ext4_statfs about;
    struct ext4_stat stat;
    cell_error_t error = has_limits(namespace) ? ext4_stat(files_fs, namespace->root, &stat) : CELL_OK;

    if (error != CELL_OK || !has_limits(namespace))
        return error;
    ext4_statfs(files_fs, &about);
    counting.block_size = about.block_size;
    add_taken(&counting, &stat, true);
    error = push(&counting, namespace->root);
    while (counting.directories != NULL) {
        struct to_count *next = counting.directories;
        uint32_t inode = next->inode;

        counting.directories = next->next;
        free(next);
        if (error == CELL_OK)
            error = count_directory(&counting, inode);
    }
    return error;
}

void quota_limit(struct namespace *namespace, struct ext4_statfs *about)
{
    uint64_t blocks = about->free_blocks, inodes = about->free_files;

    for (struct namespace *at = limited(namespace); at != NULL; at = limited(at->around)) {
        lower(&blocks, at->most_blocks, at->blocks);
        lower(&inodes, at->most_inodes, at->inodes);
    }
    if (namespace->most_blocks != 0 && namespace->most_blocks < about->blocks)
        about->blocks = namespace->most_blocks;
    if (namespace->most_inodes != 0 && namespace->most_inodes < about->files)
        about->files = (uint32_t) namespace->most_inodes;
    about->free_blocks = blocks;
    about->free_files = (uint32_t)inodes;
}
