/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/index.c: indices of directories: trees of one or two levels of nodes, in blocks of the directory, that tell in which block
 * names of a hash are. The lowest bit of a hash in the index says that names of the same hash begin in the block before. ("Hash
 * Tree Directories")
 *
 * Bottom-up: nodes, ways, finding, splitting, adding, making.
 */
#include "lib/ext4/internal.h"

#include <string.h>

#define LEVELS_MOST 2u
#define BLOCK_BYTES_MOST 4096u
#define LEAST_ENTRY 12u
#define CONTINUED 1u

/* ---- Nodes ------------------------------------------------------------------------------------------------------------------ */

static struct ext4_entry *entry_at(const struct ext4_buffer *buffer, uint32_t at)
{
    return (struct ext4_entry *)(buffer->data + at);
}

static struct ext4_index_root *root_of(const struct ext4_buffer *buffer)
{
    return (struct ext4_index_root *)(buffer->data + EXT4_INDEX_ROOT_AT);
}

uint32_t ext4_index_entries_at(const uint8_t *block)
{
    return ((const struct ext4_entry *)block)->inode == 0 ? EXT4_INDEX_NODE_AT
                                                          : EXT4_INDEX_ROOT_AT + (uint32_t)sizeof(struct ext4_index_root);
}

uint32_t ext4_index_limit(const struct ext4 *fs, uint32_t at)
{
    uint32_t tail = fs->checksums ? sizeof(struct ext4_index_tail) : 0;

    return (fs->block_size - at - tail) / (uint32_t)sizeof(struct ext4_index_entry);
}

static struct ext4_index_entry *entries_of(const struct ext4_buffer *buffer)
{
    return (struct ext4_index_entry *)(buffer->data + ext4_index_entries_at(buffer->data));
}

static const char *fault_of(const struct ext4 *fs, const struct ext4_buffer *buffer, bool root)
{
    const struct ext4_index_entry *entries = entries_of(buffer);

    if (!ext4_is_index_node(fs, buffer->data) || (entry_at(buffer, 0)->inode != 0) != root)
        return "no node of a directory's index, where one should be";
    if (entries->limit != ext4_index_limit(fs, ext4_index_entries_at(buffer->data)) || entries->count == 0 ||
        entries->count > entries->limit)
        return "a node of a directory's index does not say how large it is";
    return NULL;
}

static cell_error_t get_node(struct ext4_node *directory, uint32_t block, struct ext4_buffer **buffer)
{
    cell_error_t error = ext4_directory_block(directory, block, buffer);
    const char *fault = error != CELL_OK ? NULL : fault_of(directory->fs, *buffer, block == 0);

    if (fault == NULL)
        return error;
    error = ext4_corrupt(directory->fs, (*buffer)->block, fault);
    ext4_put(*buffer);
    return error;
}

cell_error_t ext4_has_index(struct ext4_node *directory, bool *has)
{
    const struct ext4 *fs = directory->fs;
    struct ext4_buffer *buffer;

    *has = false;
    if ((directory->inode->flags & EXT4_INODE_INDEX) == 0 || !ext4_can_hash(fs))
        return CELL_OK;
    cell_error_t error = ext4_directory_block(directory, 0, &buffer);

    if (error != CELL_OK)
        return error;
    const struct ext4_index_root *root = root_of(buffer);

    *has = fault_of(fs, buffer, true) == NULL && root->hash == EXT4_HASH_HALF_MD4 && root->length == sizeof *root &&
           root->levels < LEVELS_MOST && root->flags == 0;
    ext4_put(buffer);
    return CELL_OK;
}

/* ---- Ways -------------------------------------------------------------------------------------------------------------------- */

struct way {
    struct ext4_buffer *node[LEVELS_MOST]; /* pinned */
    uint32_t at[LEVELS_MOST];              /* the entry that is followed */
    uint32_t depth;                        /* nodes */
};

static void put_way(struct way *way)
{
    while (way->depth > 0)
        ext4_put(way->node[--way->depth]);
}

/* The last entry of a node whose hash is not above one; the first has none. */
static uint32_t last_before(const struct ext4_index_entry *entries, uint32_t hash)
{
    uint32_t low = 1, high = entries->count;

    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (entries[middle].hash <= hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

static uint32_t below(const struct way *way)
{
    return entries_of(way->node[way->depth - 1])[way->at[way->depth - 1]].block;
}

/* Goes on downwards, to the block of a hash. */
static cell_error_t go_down(struct ext4_node *directory, struct way *way, uint32_t levels, uint32_t hash)
{
    cell_error_t error = CELL_OK;

    while (error == CELL_OK && way->depth < levels) {
        uint32_t block = below(way);

        error = block == 0 ? ext4_corrupt(directory->fs, way->node[0]->block, "an index of a directory leads to itself")
                           : get_node(directory, block, &way->node[way->depth]);
        if (error == CELL_OK) {
            way->at[way->depth] = last_before(entries_of(way->node[way->depth]), hash);
            way->depth++;
        }
    }
    if (error != CELL_OK)
        put_way(way);
    return error;
}

static cell_error_t find_way(struct ext4_node *directory, uint32_t hash, struct way *way)
{
    *way = (struct way){.depth = 0};
    cell_error_t error = get_node(directory, 0, &way->node[0]);

    if (error != CELL_OK)
        return error;
    way->at[0] = last_before(entries_of(way->node[0]), hash);
    way->depth = 1;
    return go_down(directory, way, root_of(way->node[0])->levels + 1u, hash);
}

/* Leads to the next block, if names of the hash go on there. */
static cell_error_t continue_way(struct ext4_node *directory, uint32_t hash, struct way *way, bool *continued)
{
    uint32_t levels = way->depth;

    *continued = false;
    while (way->depth > 0 && way->at[way->depth - 1] + 1u == entries_of(way->node[way->depth - 1])->count)
        ext4_put(way->node[--way->depth]);
    if (way->depth == 0 || entries_of(way->node[way->depth - 1])[way->at[way->depth - 1] + 1].hash != (hash | CONTINUED)) {
        put_way(way);
        return CELL_OK;
    }
    way->at[way->depth - 1]++;
    *continued = true;
    return go_down(directory, way, levels, 0);
}

static cell_error_t get_leaf(struct ext4_node *directory, const struct way *way, struct ext4_buffer **buffer)
{
    uint32_t block = below(way);

    return block == 0 ? ext4_corrupt(directory->fs, way->node[0]->block, "an index of a directory leads to itself")
                      : ext4_directory_block(directory, block, buffer);
}

cell_error_t ext4_index_block(struct ext4_node *directory, uint32_t hash, uint32_t *block, uint64_t *next)
{
    struct way way;
    cell_error_t error = find_way(directory, hash, &way);

    if (error != CELL_OK)
        return error;
    *block = below(&way);
    *next = EXT4_HASH_END;
    for (uint32_t level = way.depth; level-- > 0 && *next == EXT4_HASH_END;) {
        const struct ext4_index_entry *entries = entries_of(way.node[level]);

        if (way.at[level] + 1u < entries->count)
            *next = entries[way.at[level] + 1].hash;
    }
    if (*block == 0 || *next <= hash)
        error = ext4_corrupt(directory->fs, way.node[0]->block, "an index of a directory leads to itself");
    put_way(&way);
    return error;
}

/* ---- Finding ------------------------------------------------------------------------------------------------------------------ */

/* The hash of a name, which is needed again when a name that is not there is added. */
static uint32_t hash_of(struct ext4 *fs, const char *name, size_t length)
{
    struct ext4_hashed *last = &fs->hashed;

    if (length == last->length && memcmp(name, last->name, length) == 0)
        return last->hash;
    uint32_t hash = ext4_hash(fs, name, length).major;

    if (length > sizeof last->name)
        return hash;
    last->hash = hash;
    last->length = (uint8_t)length;
    memcpy(last->name, name, length);
    return hash;
}

cell_error_t ext4_index_find(struct ext4_node *directory, const char *name, size_t length, struct ext4_place *place)
{
    uint32_t hash = hash_of(directory->fs, name, length);
    struct way way;
    bool more = true;
    cell_error_t error = find_way(directory, hash, &way);

    while (error == CELL_OK && more) {
        error = get_leaf(directory, &way, &place->buffer);
        if (error != CELL_OK)
            break;
        place->entry = ext4_find_in_block(directory->fs, place->buffer, name, length);
        if (place->entry != NULL) {
            put_way(&way);
            return CELL_OK;
        }
        ext4_put(place->buffer);
        error = continue_way(directory, hash, &way, &more);
    }
    put_way(&way);
    return error == CELL_OK ? CELL_NOT_FOUND : error;
}

/* ---- Splitting ------------------------------------------------------------------------------------------------------------------ */

/* An entry of a block that is split. */
struct piece {
    uint32_t hash;
    uint16_t at, length;
};

static struct piece pieces[BLOCK_BYTES_MOST / LEAST_ENTRY];
static uint8_t copy[BLOCK_BYTES_MOST];

/* The entries of a copied block behind `from`, by their hashes. Returns how many. */
static uint32_t sort_pieces(const struct ext4 *fs, uint32_t from)
{
    uint32_t count = 0;

    for (uint32_t at = from; at < ext4_entries_end(fs);) {
        const struct ext4_entry *entry = (const struct ext4_entry *)(copy + at);

        if (entry->inode != 0) {
            struct piece piece = {ext4_hash(fs, entry->name, entry->name_length).major, (uint16_t)at,
                                  (uint16_t)((EXT4_ENTRY_HEAD + entry->name_length + 3u) & ~3u)};
            uint32_t place = count++;

            for (; place > 0 && pieces[place - 1].hash > piece.hash; place--)
                pieces[place] = pieces[place - 1];
            pieces[place] = piece;
        }
        at += entry->length;
    }
    return count;
}

/* Puts pieces of the copy into a block, of which nothing else is kept. */
static void put_pieces(struct ext4 *fs, struct ext4_buffer *to, uint32_t first, uint32_t count)
{
    struct ext4_entry *last = entry_at(to, 0);
    uint32_t at = 0, end = ext4_entries_end(fs);

    ext4_known_forget(fs);
    memset(to->data, 0, end);
    for (uint32_t i = first; i < first + count; i++) {
        last = entry_at(to, at);
        memcpy(last, copy + pieces[i].at, pieces[i].length);
        last->length = pieces[i].length;
        at += pieces[i].length;
    }
    last->length = (uint16_t)(end - (uint32_t)((uint8_t *)last - to->data));
}

/* Adds an entry behind the one that a way follows in a node that has room; which has been noted as changed. */
static void insert(struct ext4_buffer *node, uint32_t at, uint32_t hash, uint32_t block)
{
    struct ext4_index_entry *entries = entries_of(node);

    memmove(&entries[at + 2], &entries[at + 1], (entries->count - at - 1u) * sizeof *entries);
    entries[at + 1].hash = hash;
    entries[at + 1].block = block;
    entries->count++;
}

static cell_error_t change_all(struct ext4 *fs, struct ext4_buffer *buffer)
{
    return ext4_change(fs, buffer, buffer->data, fs->block_size);
}

/* Of the pieces in their order, those from here on are moved: about half of the bytes. */
static uint32_t half_of(const struct ext4 *fs, uint32_t count)
{
    uint32_t bytes = 0, from = count;

    while (from > 1 && bytes + pieces[from - 1].length / 2u <= fs->block_size / 2)
        bytes += pieces[--from].length;
    return from < count ? from : count - 1;
}

/* Moves the names with the higher hashes of a block to a new one. */
static cell_error_t split_leaf(struct ext4_node *directory, struct way *way, struct ext4_buffer *leaf)
{
    struct ext4 *fs = directory->fs;
    struct ext4_buffer *node = way->node[way->depth - 1], *new;
    uint32_t block = ext4_blocks_of(fs, ext4_node_size(directory));

    memcpy(copy, leaf->data, fs->block_size);
    uint32_t count = sort_pieces(fs, 0);

    if (count < 2)
        return ext4_corrupt(fs, leaf->block, "a block of a directory is full of nothing");
    uint32_t from = half_of(fs, count), hash = pieces[from].hash;
    cell_error_t error = ext4_directory_append(directory, &new);

    if (error != CELL_OK)
        return error;
    error = change_all(fs, leaf);
    if (error == CELL_OK)
        error = change_all(fs, node);
    if (error == CELL_OK) {
        put_pieces(fs, new, from, count - from);
        put_pieces(fs, leaf, 0, from);
        insert(node, way->at[way->depth - 1], hash | (hash == pieces[from - 1].hash ? CONTINUED : 0), block);
    }
    ext4_put(new);
    return error;
}

/* Makes a node in a new block of the directory of entries of another one. */
static cell_error_t new_node(struct ext4_node *directory, const struct ext4_index_entry *from, uint32_t count, struct ext4_buffer **node)
{
    struct ext4 *fs = directory->fs;
    cell_error_t error = ext4_directory_append(directory, node);

    if (error != CELL_OK)
        return error;
    memset((*node)->data, 0, fs->block_size);
    entry_at(*node, 0)->length = (uint16_t)fs->block_size;
    struct ext4_index_entry *entries = entries_of(*node);

    memcpy(entries, from, count * sizeof *entries);
    entries->limit = (uint16_t)ext4_index_limit(fs, EXT4_INDEX_NODE_AT);
    entries->count = (uint16_t)count;
    return CELL_OK;
}

/* Makes room in the lowest node of a way. */
static cell_error_t split_node(struct ext4_node *directory, struct way *way)
{
    struct ext4 *fs = directory->fs;
    struct ext4_buffer *root = way->node[0], *full = way->node[way->depth - 1], *new;
    struct ext4_index_entry *entries = entries_of(full);
    uint32_t block = ext4_blocks_of(fs, ext4_node_size(directory)), keep = way->depth == 1 ? 0 : entries->count / 2;

    if (way->depth > 1 && entries_of(root)->count == entries_of(root)->limit)
        return CELL_FULL;
    cell_error_t error = new_node(directory, &entries[keep], entries->count - keep, &new);

    if (error == CELL_OK) {
        error = change_all(fs, root);
        ext4_put(new);
    }
    if (error == CELL_OK && full != root)
        error = change_all(fs, full);
    if (error != CELL_OK)
        return error;
    if (full == root) {
        root_of(root)->levels = 1;
        entries->count = 1;
        entries->block = block;
    } else {
        insert(root, way->at[0], entries[keep].hash, block);
        entries->count = (uint16_t)keep;
    }
    return CELL_OK;
}

/* ---- Adding --------------------------------------------------------------------------------------------------------------------- */

/* Adds a name where there is room for it, or makes some; *done: it is added. */
static cell_error_t add_or_split(struct ext4_node *directory, struct way *way, const char *name, size_t length, uint32_t inode,
                                 uint32_t mode, bool *done)
{
    const struct ext4_index_entry *entries = entries_of(way->node[way->depth - 1]);
    struct ext4_buffer *leaf;
    cell_error_t error = get_leaf(directory, way, &leaf);

    if (error != CELL_OK)
        return error;
    if (!ext4_is_index_node(directory->fs, leaf->data) || !directory->fs->checksums)
        error = ext4_add_in_block(directory, leaf, name, length, inode, mode);
    else
        error = ext4_corrupt(directory->fs, leaf->block, "a node of a directory's index, where names should be");
    *done = error == CELL_OK;
    if (error == CELL_FULL)
        error = entries->count == entries->limit ? split_node(directory, way) : split_leaf(directory, way, leaf);
    ext4_put(leaf);
    return error;
}

cell_error_t ext4_index_add(struct ext4_node *directory, const char *name, size_t length, uint32_t inode, uint32_t mode)
{
    uint32_t hash = hash_of(directory->fs, name, length);
    cell_error_t error = CELL_OK;
    bool done = false;

    while (error == CELL_OK && !done) {
        struct way way;

        error = find_way(directory, hash, &way);
        if (error != CELL_OK)
            break;
        error = add_or_split(directory, &way, name, length, inode, mode, &done);
        put_way(&way);
    }
    return error;
}

/* ---- Making ----------------------------------------------------------------------------------------------------------------------- */

/* Whether a block begins with `.` and `..`, as the first one of a directory does. */
static bool begins_directory(const struct ext4_buffer *buffer)
{
    const struct ext4_entry *self = entry_at(buffer, 0), *parent = entry_at(buffer, 12);

    return self->length == 12 && self->name_length == 1 && self->name[0] == '.' && parent->name_length == 2 &&
           memcmp(parent->name, "..", 2) == 0;
}

/* Moves the names to a second block, and makes the first one the index. */
static cell_error_t make(struct ext4_node *directory, struct ext4_buffer *first)
{
    struct ext4 *fs = directory->fs;
    struct ext4_buffer *second;
    uint32_t behind = 12u + entry_at(first, 12)->length;

    memcpy(copy, first->data, fs->block_size);
    uint32_t count = sort_pieces(fs, behind);
    cell_error_t error = ext4_directory_append(directory, &second);

    if (error != CELL_OK)
        return error;
    put_pieces(fs, second, 0, count);
    ext4_put(second);
    error = change_all(fs, first);
    if (error == CELL_OK)
        error = ext4_node_change(directory);
    if (error != CELL_OK)
        return error;
    memset(first->data + EXT4_INDEX_ROOT_AT, 0, fs->block_size - EXT4_INDEX_ROOT_AT);
    entry_at(first, 12)->length = (uint16_t)(fs->block_size - 12);
    *root_of(first) = (struct ext4_index_root){.hash = EXT4_HASH_HALF_MD4, .length = sizeof(struct ext4_index_root)};
    struct ext4_index_entry *entries = entries_of(first);

    entries->limit = (uint16_t)ext4_index_limit(fs, ext4_index_entries_at(first->data));
    entries->count = 1;
    entries->block = 1;
    directory->inode->flags |= EXT4_INODE_INDEX;
    return CELL_OK;
}

cell_error_t ext4_index_make(struct ext4_node *directory, bool *made)
{
    const struct ext4 *fs = directory->fs;
    struct ext4_buffer *first;

    *made = false;
    if ((fs->compat & EXT4_COMPAT_DIR_INDEX) == 0 || !ext4_can_hash(fs) || ext4_node_size(directory) != fs->block_size)
        return CELL_OK;
    cell_error_t error = ext4_directory_block(directory, 0, &first);

    if (error != CELL_OK)
        return error;
    *made = begins_directory(first);
    if (*made)
        error = make(directory, first);
    ext4_put(first);
    return error;
}
