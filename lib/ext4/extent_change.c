/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/extent_change.c: adding to and taking from a tree of extents. Each node but the root is at a block of its own;
 * an index entry begins where the first entry of its node does.
 */
#include "lib/ext4/extent.h"

#include <string.h>

/* Before entries from `from` on are changed, and one more behind them; the head too. */
static cell_error_t change_level(struct ext4_node *node, struct ext4_level *level, int from)
{
    if (level->buffer == NULL)
        return ext4_node_change(node);
    cell_error_t error = ext4_change(node->fs, level->buffer, level->head, sizeof *level->head);
    uint32_t end = level->head->entries < level->head->max ? level->head->entries + 1u : level->head->max;

    if (error != CELL_OK || (uint32_t)from >= end)
        return error;
    return ext4_change(node->fs, level->buffer, &ext4_extents(level->head)[from],
                       (end - (uint32_t)from) * sizeof(struct ext4_extent));
}

/* Lets the entries above a level begin where its first entry does. */
static cell_error_t correct_above(struct ext4_node *node, struct ext4_path *path, uint32_t level)
{
    uint32_t first = ext4_extents(path->levels[level].head)[0].first;

    while (level-- > 0) {
        struct ext4_level *above = &path->levels[level];
        struct ext4_extent_index *index = &ext4_indices(above->head)[above->at];

        if (index->first == first)
            return CELL_OK;
        cell_error_t error = change_level(node, above, above->at);

        if (error != CELL_OK)
            return error;
        index->first = first;
        if (above->at > 0)
            return CELL_OK;
    }
    return CELL_OK;
}

static cell_error_t insert_at(struct ext4_node *node, struct ext4_level *level, int at, const void *entry)
{
    struct ext4_extent *entries = ext4_extents(level->head);
    cell_error_t error = change_level(node, level, at);

    if (error != CELL_OK)
        return error;
    memmove(&entries[at + 1], &entries[at], (size_t)(level->head->entries - at) * sizeof *entries);
    memcpy(&entries[at], entry, sizeof *entries);
    level->head->entries++;
    return CELL_OK;
}

/* ---- Room ------------------------------------------------------------------------------------------------------------- */

/* Takes a block for a node of the tree. */
static cell_error_t new_node(struct ext4_node *node, uint32_t depth, struct ext4_buffer **buffer)
{
    struct ext4 *fs = node->fs;
    struct ext4_run taken;
    cell_error_t error = ext4_take_blocks(fs, node->buffer->block, 1, &taken);

    if (error == CELL_OK)
        error = ext4_node_change(node);
    if (error == CELL_OK)
        error = ext4_node_count_blocks(node, 1);
    if (error == CELL_OK)
        error = ext4_get_new(fs, taken.first, EXT4_EXTENTS, node->number, ext4_inode_seed(node), buffer);
    if (error == CELL_OK)
        *(struct ext4_extent_header *)(*buffer)->data = (struct ext4_extent_header){
            .magic = EXT4_EXTENT_MAGIC, .max = (uint16_t)ext4_extent_room(fs), .depth = (uint16_t)depth};
    return error;
}

static struct ext4_extent_index index_to(const struct ext4_buffer *buffer)
{
    struct ext4_extent_header *head = (struct ext4_extent_header *)buffer->data;

    return (struct ext4_extent_index){
        .first = ext4_extents(head)[0].first, .leaf_lo = (uint32_t)buffer->block, .leaf_hi = (uint16_t)(buffer->block >> 32)};
}

/* Moves what is in the inode to a node of its own, which the inode then leads to. */
static cell_error_t grow(struct ext4_node *node)
{
    struct ext4_extent_header *root = (struct ext4_extent_header *)node->inode->block;
    struct ext4_buffer *buffer;

    if (root->depth == EXT4_EXTENT_DEPTH_MOST)
        return CELL_TOO_LARGE;
    cell_error_t error = new_node(node, root->depth, &buffer);

    if (error != CELL_OK)
        return error;
    struct ext4_extent_header *head = (struct ext4_extent_header *)buffer->data;

    head->entries = root->entries;
    memcpy(head + 1, root + 1, root->entries * sizeof(struct ext4_extent));
    struct ext4_extent_index index = index_to(buffer);

    root->entries = 1;
    root->depth++;
    memcpy(root + 1, &index, sizeof index);
    ext4_put(buffer);
    return CELL_OK;
}

/* Moves entries of a full node to a new one behind it; the level above has room. */
static cell_error_t split(struct ext4_node *node, struct ext4_path *path, uint32_t level)
{
    struct ext4_level *full = &path->levels[level], *above = &path->levels[level - 1];
    int count = full->head->entries;
    int keep = full->at == count - 1 ? count - 1 : count / 2; /* files mostly grow at their end */
    struct ext4_buffer *buffer;
    cell_error_t error = new_node(node, full->head->depth, &buffer);

    if (error != CELL_OK)
        return error;
    struct ext4_extent_header *head = (struct ext4_extent_header *)buffer->data;

    head->entries = (uint16_t)(count - keep);
    memcpy(head + 1, ext4_extents(full->head) + keep, (size_t)(count - keep) * sizeof(struct ext4_extent));
    struct ext4_extent_index index = index_to(buffer);

    error = change_level(node, full, keep);
    if (error == CELL_OK)
        error = insert_at(node, above, above->at + 1, &index);
    if (error == CELL_OK)
        full->head->entries = (uint16_t)keep;
    ext4_put(buffer);
    return error;
}

/* Finds the way to a leaf for a block, and makes room in it. */
static cell_error_t path_with_room(struct ext4_node *node, uint32_t block, struct ext4_path *path)
{
    for (;;) {
        cell_error_t error = ext4_path(node, block, path);

        if (error != CELL_OK)
            return error;
        uint32_t level = path->depth;

        while (level > 0 && path->levels[level].head->entries == path->levels[level].head->max)
            level--;
        bool room = path->levels[level].head->entries < path->levels[level].head->max;

        if (level == path->depth && room)
            return CELL_OK;
        error = room ? split(node, path, level + 1) : CELL_OK;
        ext4_path_put(path);
        if (!room)
            error = grow(node);
        if (error != CELL_OK)
            return error;
    }
}

/* ---- Adding --------------------------------------------------------------------------------------------------------------- */

static struct ext4_extent extent_of(uint32_t block, uint64_t first, uint32_t count, bool unwritten)
{
    return (struct ext4_extent){.first = block,
                                .length = (uint16_t)(count + (unwritten ? EXT4_EXTENT_LENGTH_MOST : 0)),
                                .start_hi = (uint16_t)(first >> 32),
                                .start_lo = (uint32_t)first};
}

/* Whether the second of two extents goes on where the first one ends, and both can be one. */
static bool joins(const struct ext4_extent *first, const struct ext4_extent *second)
{
    uint32_t length = ext4_extent_length(first) + ext4_extent_length(second);
    bool unwritten = ext4_extent_unwritten(first);

    return unwritten == ext4_extent_unwritten(second) && first->first + ext4_extent_length(first) == second->first &&
           ext4_extent_start(first) + ext4_extent_length(first) == ext4_extent_start(second) &&
           length <= EXT4_EXTENT_LENGTH_MOST - (unwritten ? 1 : 0);
}

/* Joins an extent with one that is there, if it can be; *joined: it was. */
static cell_error_t join(struct ext4_node *node, struct ext4_path *path, const struct ext4_extent *added, bool *joined)
{
    struct ext4_level *leaf = &path->levels[path->depth];
    struct ext4_extent *before = leaf->at < 0 ? NULL : &ext4_extents(leaf->head)[leaf->at];
    struct ext4_extent *behind = leaf->at + 1 < leaf->head->entries ? &ext4_extents(leaf->head)[leaf->at + 1] : NULL;
    cell_error_t error = CELL_OK;

    *joined = true;
    if (before != NULL && joins(before, added)) {
        error = change_level(node, leaf, leaf->at);
        if (error == CELL_OK)
            before->length = (uint16_t)(before->length + ext4_extent_length(added));
        return error;
    }
    if (behind != NULL && joins(added, behind)) {
        error = change_level(node, leaf, leaf->at + 1);
        if (error != CELL_OK)
            return error;
        *behind = extent_of(added->first, ext4_extent_start(added), ext4_extent_length(added) + ext4_extent_length(behind),
                            ext4_extent_unwritten(added));
        return leaf->at < 0 ? correct_above(node, path, path->depth) : CELL_OK;
    }
    *joined = false;
    return CELL_OK;
}

cell_error_t ext4_extent_add(struct ext4_node *node, uint32_t block, uint64_t first, uint32_t count, bool unwritten)
{
    struct ext4_extent added = extent_of(block, first, count, unwritten);
    struct ext4_path path;
    bool joined;
    cell_error_t error = ext4_path(node, block, &path);

    if (error != CELL_OK)
        return error;
    error = join(node, &path, &added, &joined);
    ext4_path_put(&path);
    if (error != CELL_OK || joined)
        return error;
    error = path_with_room(node, block, &path);
    if (error != CELL_OK)
        return error;
    struct ext4_level *leaf = &path.levels[path.depth];

    error = insert_at(node, leaf, leaf->at + 1, &added);
    if (error == CELL_OK && leaf->at < 0)
        error = correct_above(node, &path, path.depth);
    ext4_path_put(&path);
    return error;
}

/* ---- Taking out ------------------------------------------------------------------------------------------------------------ */

/* Takes an entry out of a level; a node without entries is freed, and its entry above is taken out as well. */
static cell_error_t remove_entry(struct ext4_node *node, struct ext4_path *path, uint32_t level)
{
    for (;; level--) {
        struct ext4_level *from = &path->levels[level];
        struct ext4_extent *entries = ext4_extents(from->head);
        cell_error_t error = change_level(node, from, from->at);

        if (error != CELL_OK)
            return error;
        memmove(&entries[from->at], &entries[from->at + 1],
                (size_t)(from->head->entries - from->at - 1) * sizeof *entries);
        from->head->entries--;
        if (from->head->entries > 0)
            return from->at == 0 ? correct_above(node, path, level) : CELL_OK;
        if (level == 0) {
            from->head->depth = 0;
            return CELL_OK;
        }
        uint64_t block = from->buffer->block;

        ext4_put(from->buffer);
        from->buffer = NULL;
        error = ext4_node_change(node);
        if (error == CELL_OK)
            error = ext4_node_count_blocks(node, -1);
        if (error == CELL_OK)
            error = ext4_free_blocks(node->fs, block, 1, true);
        if (error != CELL_OK)
            return error;
    }
}

/* Cuts `count` blocks, `skip` behind its beginning, out of the extent at a path's end. */
static cell_error_t cut(struct ext4_node *node, struct ext4_path *path, uint32_t skip, uint32_t count)
{
    struct ext4_level *leaf = &path->levels[path->depth];
    struct ext4_extent *extent = &ext4_extents(leaf->head)[leaf->at];
    struct ext4_extent was = *extent;
    uint32_t length = ext4_extent_length(&was), behind = length - skip - count;
    uint64_t start = ext4_extent_start(&was);
    bool unwritten = ext4_extent_unwritten(&was);

    if (skip == 0 && behind == 0)
        return remove_entry(node, path, path->depth);
    cell_error_t error = change_level(node, leaf, leaf->at);

    if (error != CELL_OK)
        return error;
    if (skip == 0) {
        *extent = extent_of(was.first + count, start + count, behind, unwritten);
        return leaf->at == 0 ? correct_above(node, path, path->depth) : CELL_OK;
    }
    *extent = extent_of(was.first, start, skip, unwritten);
    return behind == 0 ? CELL_OK : ext4_extent_add(node, was.first + skip + count, start + skip + count, behind, unwritten);
}

/* Where the way goes on that found nothing in its leaf: before the leaf, if there is something; else *done. */
static void step_left(const struct ext4_path *path, uint32_t from, uint32_t *to, bool *done)
{
    *done = true;
    for (uint32_t level = path->depth; level-- > 0;) {
        const struct ext4_level *above = &path->levels[level];
        uint32_t first = ext4_indices(above->head)[above->at].first;

        if (above->at == 0)
            continue;
        *done = first <= from || first > *to;
        *to = first - 1;
        return;
    }
}

/* Takes out the last extent, or part of one, that lies in `from` … *to, and moves *to before it. */
static cell_error_t remove_last(struct ext4_node *node, uint32_t from, uint32_t *to, bool free, bool *done)
{
    struct ext4_path path;
    cell_error_t error = ext4_path(node, *to, &path);

    if (error != CELL_OK)
        return error;
    const struct ext4_level *leaf = &path.levels[path.depth];
    const struct ext4_extent *extent = leaf->at < 0 ? NULL : &ext4_extents(leaf->head)[leaf->at];
    uint32_t last = extent == NULL ? 0 : extent->first + ext4_extent_length(extent) - 1;

    *done = extent == NULL || last < from;
    if (extent == NULL) {
        step_left(&path, from, to, done);
    } else if (!*done) {
        uint32_t first = extent->first > from ? extent->first : from, skip = first - extent->first;
        uint32_t count = (last < *to ? last : *to) - first + 1;
        uint64_t start = ext4_extent_start(extent) + skip;

        error = cut(node, &path, skip, count);
        if (error == CELL_OK && free)
            error = ext4_node_change(node);
        if (error == CELL_OK && free)
            error = ext4_node_count_blocks(node, -(int64_t)count);
        if (error == CELL_OK && free)
            error = ext4_free_blocks(node->fs, start, count, ext4_type(node) != EXT4_MODE_REGULAR);
        *done = first == from;
        *to = first - 1;
    }
    ext4_path_put(&path);
    return error;
}

cell_error_t ext4_extent_remove(struct ext4_node *node, uint32_t from, uint32_t to, bool free, bool *done)
{
    cell_error_t error = CELL_OK;

    *done = from > to;
    while (error == CELL_OK && !*done && !ext4_step_full(node->fs))
        error = remove_last(node, from, &to, free, done);
    return error;
}
