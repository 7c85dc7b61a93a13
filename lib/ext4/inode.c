/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/ext4/inode.c: inodes, where they lie in blocks of the inode tables. ("Index Nodes") */
#include "lib/ext4/internal.h"

#include <stddef.h>
#include <string.h>

cell_error_t ext4_node_raw(struct ext4 *fs, uint32_t number, struct ext4_node *node)
{
    struct ext4_lately *lately = &fs->lately[number % EXT4_LATELY];
    struct ext4_buffer *of_group;
    struct ext4_descriptor *descriptor;

    if (number == 0 || number > fs->inodes)
        return CELL_NOT_FOUND;
    if (lately->number == number) {
        lately->buffer->pins++;
        lately->buffer->used = true;
        *node = (struct ext4_node){fs, lately->buffer, lately->inode, number};
        return CELL_OK;
    }
    uint32_t group = (number - 1) / fs->inodes_per_group, index = (number - 1) % fs->inodes_per_group;
    uint32_t per_block = fs->block_size / fs->inode_size;
    cell_error_t error = ext4_group(fs, group, &of_group, &descriptor);

    if (error != CELL_OK)
        return error;
    uint64_t block = ext4_group_inode_table(fs, descriptor) + index / per_block;

    error = ext4_get(fs, block, EXT4_INODES, group, 0, &node->buffer);
    if (error != CELL_OK)
        return error;
    node->fs = fs;
    node->number = number;
    node->inode = (struct ext4_inode *)(node->buffer->data + index % per_block * fs->inode_size);
    *lately = (struct ext4_lately){node->buffer, node->inode, number};
    return CELL_OK;
}

static uint64_t bit_of(const struct ext4_node *node)
{
    return UINT64_C(1) << (size_t)((uint8_t *)node->inode - node->buffer->data) / node->fs->inode_size;
}

/* What is wrong with a file's inode, or NULL. */
static const char *fault_of(const struct ext4_node *node)
{
    const struct ext4 *fs = node->fs;
    const struct ext4_inode *inode = node->inode;

    if (fs->inode_size > EXT4_INODE_SMALL && EXT4_INODE_SMALL + inode->extra_size > fs->inode_size)
        return "an inode says that it is larger than it is";
    if (fs->checksums && ext4_inode_checksum(fs, node->number, inode) != ext4_inode_stored_checksum(fs, inode))
        return "the checksum of an inode is wrong";
    if (ext4_node_size(node) >> (fs->block_bits + 32) != 0 || ext4_node_size(node) >> 63 != 0)
        return "an inode says that its file is too large";
    return NULL;
}

cell_error_t ext4_node(struct ext4 *fs, uint32_t number, struct ext4_node *node)
{
    bool used;
    cell_error_t error = ext4_node_raw(fs, number, node);

    if (error != CELL_OK)
        return error;
    if (node->buffer->checked & bit_of(node)) {
        if (node->inode->mode != 0)
            return CELL_OK;
        ext4_put(node->buffer);
        return CELL_NOT_FOUND;
    }
    error = ext4_inode_used(fs, number, &used);
    if (error == CELL_OK && (!used || node->inode->mode == 0))
        error = CELL_NOT_FOUND;
    if (error == CELL_OK) {
        const char *fault = fault_of(node);

        if (fault != NULL)
            error = ext4_corrupt(fs, node->buffer->block, fault);
    }
    if (error == CELL_OK)
        node->buffer->checked |= bit_of(node);
    else
        ext4_put(node->buffer);
    return error;
}

void ext4_node_put(struct ext4_node *node)
{
    ext4_put(node->buffer);
}

cell_error_t ext4_node_change(struct ext4_node *node)
{
    uint32_t bytes = node->fs->inode_size < sizeof *node->inode ? node->fs->inode_size : (uint32_t)sizeof *node->inode;

    node->buffer->stale |= bit_of(node);
    return ext4_change(node->fs, node->buffer, node->inode, bytes);
}

uint64_t ext4_node_size(const struct ext4_node *node)
{
    return node->inode->size_lo | (uint64_t)node->inode->size_hi << 32;
}

void ext4_node_set_size(struct ext4_node *node, uint64_t size)
{
    node->inode->size_lo = (uint32_t)size;
    node->inode->size_hi = (uint32_t)(size >> 32);
}

/* Units of 512 bytes that one unit of the inode's count is. */
static uint64_t unit(const struct ext4_node *node)
{
    return (node->fs->ro_compat & EXT4_RO_HUGE_FILE) && (node->inode->flags & EXT4_INODE_HUGE) ? node->fs->block_size / 512 : 1;
}

static uint64_t counted(const struct ext4_node *node)
{
    return node->inode->blocks_lo |
           (node->fs->ro_compat & EXT4_RO_HUGE_FILE ? (uint64_t)node->inode->blocks_hi << 32 : 0);
}

uint64_t ext4_node_blocks(const struct ext4_node *node)
{
    return counted(node) * unit(node);
}

cell_error_t ext4_node_count_blocks(struct ext4_node *node, int64_t blocks)
{
    int64_t units = (int64_t)(node->fs->block_size / 512 / unit(node));
    int64_t count = (int64_t)counted(node) + blocks * units;

    if (count < 0 || count >> 48 != 0)
        return ext4_corrupt(node->fs, node->buffer->block, "an inode's count of blocks is wrong");
    if (node->fs->options.moved != NULL)
        node->fs->options.moved(node->number);
    node->inode->blocks_lo = (uint32_t)count;
    node->inode->blocks_hi = (uint16_t)(count >> 32);
    return CELL_OK;
}

/* ---- Times: 34 bits of seconds and 30 of nanoseconds, of which the inode proper has 32 ------------------------------------ */

static bool has(const struct ext4_node *node, size_t end_of_field)
{
    return node->fs->inode_size > EXT4_INODE_SMALL && EXT4_INODE_SMALL + node->inode->extra_size >= end_of_field;
}

#define HAS(node, field) has(node, offsetof(struct ext4_inode, field) + sizeof(uint32_t))

static struct ext4_time time_of(uint32_t seconds, uint32_t extra)
{
    return (struct ext4_time){.seconds = (int32_t)seconds + ((int64_t)(extra & 3) << 32), .nanoseconds = extra >> 2};
}

static uint32_t extra_of(struct ext4_time time)
{
    return time.nanoseconds << 2 | (uint32_t)((time.seconds - (int32_t)time.seconds) >> 32 & 3);
}

static void set_changed(struct ext4_node *node, struct ext4_time time)
{
    node->inode->ctime = (uint32_t)time.seconds;
    if (HAS(node, ctime_extra))
        node->inode->ctime_extra = extra_of(time);
}

static void set_modified(struct ext4_node *node, struct ext4_time time)
{
    node->inode->mtime = (uint32_t)time.seconds;
    if (HAS(node, mtime_extra))
        node->inode->mtime_extra = extra_of(time);
}

static void set_accessed(struct ext4_node *node, struct ext4_time time)
{
    node->inode->atime = (uint32_t)time.seconds;
    if (HAS(node, atime_extra))
        node->inode->atime_extra = extra_of(time);
}

void ext4_node_touch(struct ext4_node *node, bool modified)
{
    struct ext4_time now = node->fs->options.now();

    if (node->fs->keeps_times)
        return;
    set_changed(node, now);
    if (modified)
        set_modified(node, now);
}

/* ---- Making one, telling and setting what it is ------------------------------------------------------------------------------ */

cell_error_t ext4_node_make(struct ext4 *fs, uint32_t number, const struct ext4_new *new, struct ext4_node *node)
{
    struct ext4_time now = fs->options.now();
    cell_error_t error = ext4_node_raw(fs, number, node);

    if (error != CELL_OK)
        return error;
    node->buffer->stale |= bit_of(node);
    error = ext4_change(fs, node->buffer, node->inode, fs->inode_size);
    if (error != CELL_OK) {
        ext4_put(node->buffer);
        return error;
    }
    uint32_t generation = node->inode->generation + 1;

    memset(node->inode, 0, fs->inode_size);
    node->inode->mode = (uint16_t) new->mode;
    node->inode->uid_lo = (uint16_t) new->uid;
    node->inode->uid_hi = (uint16_t)(new->uid >> 16);
    node->inode->gid_lo = (uint16_t) new->gid;
    node->inode->gid_hi = (uint16_t)(new->gid >> 16);
    node->inode->links = 1;
    node->inode->generation = generation;
    if (fs->inode_size > EXT4_INODE_SMALL) {
        node->inode->extra_size = sizeof *node->inode - EXT4_INODE_SMALL;
        node->inode->btime = (uint32_t)now.seconds;
        node->inode->btime_extra = extra_of(now);
    }
    set_accessed(node, now);
    ext4_node_touch(node, true);
    node->buffer->checked |= bit_of(node);
    return CELL_OK;
}

static void tell(const struct ext4_node *node, struct ext4_stat *to)
{
    const struct ext4_inode *inode = node->inode;
    uint32_t type = ext4_type(node);

    *to = (struct ext4_stat){
        .inode = node->number,
        .generation = inode->generation,
        .mode = inode->mode,
        .links = inode->links,
        .uid = inode->uid_lo | (uint32_t)inode->uid_hi << 16,
        .gid = inode->gid_lo | (uint32_t)inode->gid_hi << 16,
        .device = type == EXT4_MODE_CHARACTER || type == EXT4_MODE_BLOCK ? inode->block[0] != 0 ? inode->block[0] : inode->block[1] : 0,
        .size = ext4_node_size(node),
        .blocks_of_512 = ext4_node_blocks(node),
        .accessed = time_of(inode->atime, HAS(node, atime_extra) ? inode->atime_extra : 0),
        .modified = time_of(inode->mtime, HAS(node, mtime_extra) ? inode->mtime_extra : 0),
        .changed = time_of(inode->ctime, HAS(node, ctime_extra) ? inode->ctime_extra : 0),
        .made = HAS(node, btime_extra) ? time_of(inode->btime, inode->btime_extra) : (struct ext4_time){0},
    };
}

cell_error_t ext4_stat(struct ext4 *fs, uint32_t inode, struct ext4_stat *to)
{
    struct ext4_node node;
    cell_error_t error = ext4_node(fs, inode, &node);

    if (error != CELL_OK)
        return error;
    tell(&node, to);
    ext4_node_put(&node);
    return CELL_OK;
}

void ext4_keep_times(struct ext4 *fs, bool keep)
{
    fs->keeps_times = keep;
}

cell_error_t ext4_what(struct ext4 *fs, uint32_t inode, uint32_t *mode, uint64_t *size)
{
    struct ext4_node node;
    cell_error_t error = ext4_node(fs, inode, &node);

    if (error != CELL_OK)
        return error;
    *mode = node.inode->mode;
    *size = ext4_node_size(&node);
    ext4_node_put(&node);
    return CELL_OK;
}

static cell_error_t set(struct ext4_node *node, unsigned mask, const struct ext4_stat *from)
{
    cell_error_t error = ext4_node_change(node);

    if (error != CELL_OK)
        return error;
    if (mask & EXT4_SET_MODE)
        node->inode->mode = (uint16_t)((node->inode->mode & EXT4_MODE_TYPE) | (from->mode & 07777));
    if (mask & EXT4_SET_UID) {
        node->inode->uid_lo = (uint16_t)from->uid;
        node->inode->uid_hi = (uint16_t)(from->uid >> 16);
    }
    if (mask & EXT4_SET_GID) {
        node->inode->gid_lo = (uint16_t)from->gid;
        node->inode->gid_hi = (uint16_t)(from->gid >> 16);
    }
    ext4_node_touch(node, false);
    if (mask & EXT4_SET_ACCESSED)
        set_accessed(node, from->accessed);
    if (mask & EXT4_SET_MODIFIED)
        set_modified(node, from->modified);
    return CELL_OK;
}

cell_error_t ext4_set(struct ext4 *fs, uint32_t inode, unsigned mask, const struct ext4_stat *from)
{
    struct ext4_node node;
    cell_error_t error = ext4_begin(fs);

    if (error != CELL_OK)
        return error;
    error = ext4_node(fs, inode, &node);
    if (error == CELL_OK) {
        error = set(&node, mask, from);
        ext4_node_put(&node);
    }
    return ext4_end(fs, error);
}
