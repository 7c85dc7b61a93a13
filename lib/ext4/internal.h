/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/internal.h: what the files of this folder share. Bottom-up: crc, cache, change (steps and their undoing),
 * journal, group, bitmap, inode, extent, directory, orphan, file, name, super.
 */
#pragma once

#include "lib/ext4/ext4.h"
#include "lib/ext4/format.h"

/* ---- Buffers: blocks in memory -------------------------------------------------------------------------------------- */

/* What a block is: how its contents are checked when it is read, and its checksum made before it is written. A block that is
 * two things, or one thing of two owners, is an error of the disk. */
enum ext4_kind {
    EXT4_DATA,
    EXT4_SUPER,
    EXT4_DESCRIPTORS,  /* owner: number among the descriptors' blocks */
    EXT4_BLOCK_BITMAP, /* owner: group */
    EXT4_INODE_BITMAP, /* owner: group */
    EXT4_INODES,       /* owner: group */
    EXT4_DIRECTORY,    /* owner: inode */
    EXT4_EXTENTS,      /* owner: inode */
    EXT4_BLOCK_MAP,    /* owner: inode */
    EXT4_XATTRS,
    EXT4_ORPHANS,     /* owner: inode of the orphan file */
    EXT4_LINK_TARGET, /* owner: inode */
};

enum ext4_state {
    EXT4_CLEAN,
    EXT4_DIRTY,     /* data to be written before the next commit */
    EXT4_CHANGED,   /* metadata that the running transaction changes: stays in memory until the commit */
    EXT4_COMMITTED, /* metadata that is in the journal and has yet to be written home */
    EXT4_STATES,
};

struct ext4_buffer {
    struct ext4_buffer *previous, *next; /* in the list of its state, oldest first */
    struct ext4_buffer *next_of_hash;
    uint8_t *data;
    uint64_t block;
    uint64_t checked; /* of inodes: bits of those whose checksum was found right */
    uint64_t stale;   /* of inodes and descriptors: bits of those whose checksum has to be made */
    uint32_t owner;
    uint32_t seed; /* for the checksum of what belongs to an inode */
    uint32_t pins; /* who uses it now */
    uint8_t kind, state;
    bool used; /* since the cache looked for one to be given up */
};

/* An array of them that grows. */
struct ext4_ranges {
    struct ext4_run *at;
    size_t count, room;
};

/* The one step that is being made (ext4_begin … ext4_end). */
struct ext4_step {
    bool open;
    size_t touched; /* buffers that have joined the transaction since it began */
    uint8_t *undo;  /* records of what was there before */
    size_t undo_bytes, undo_room;
    struct ext4_ranges freed, freed_meta;
    uint64_t free_blocks; /* before */
    uint32_t free_inodes;
};

/* Buffers that one step may change; a longer work asks ext4_step_full() and takes several. */
#define EXT4_STEP_BLOCKS 96u

/* Where a commit is, and the checkpoint that may come behind it. */
enum ext4_phase {
    EXT4_REST, /* steps can be made */
    EXT4_COMMIT_DATA,
    EXT4_COMMIT_SETTLE,
    EXT4_COMMIT_SUPER,
    EXT4_COMMIT_LOG,
    EXT4_COMMIT_LOG_FLUSH,
    EXT4_COMMIT_RECORD,
    EXT4_COMMIT_RECORD_FLUSH,
    EXT4_CHECKPOINT_HOME,
    EXT4_CHECKPOINT_HOME_FLUSH,
    EXT4_CHECKPOINT_SUPER,
    EXT4_CHECKPOINT_EMPTY,
    EXT4_COMMIT_DATA_FLUSH, /* instead of a log: there was nothing but data */
};

struct ext4_journal {
    struct ext4_ranges runs; /* where its blocks are */
    uint32_t blocks, first;  /* its length; the first block of the log */
    uint32_t head;           /* the next one to be written */
    uint32_t sequence;       /* of the running transaction */
    uint32_t features, seed;
    bool empty;               /* its superblock says: nothing to replay */
    struct ext4_ranges freed; /* blocks that the running transaction frees, by number */
    uint64_t *revoked;        /* of these, metadata */
    size_t revoked_count, revoked_room;
    size_t limit;   /* buffers of a transaction */
    uint8_t *super; /* its superblock */
    uint8_t *stage; /* blocks of the log that are written together */
    bool own_stage; /* it is not the device's */
    bool sent;      /* blocks in the device's staging memory may not be written yet */
    uint32_t staged, written;
    uint16_t stage_used[EXT4_STAGING_BYTES / 1024]; /* bytes of each that need not be zeros, but for a sum at its end */
    enum ext4_phase phase;
    bool checkpoint;          /* when the commit has ended */
    bool data;                /* it has written some */
    bool flushing;            /* the device has not answered a flush */
    size_t revoked_done;      /* that the log has */
    struct ext4_buffer *next; /* that it has not */
};

/* A name that was looked for. */
#define EXT4_KNOWN_NAME 41u
struct ext4_known {
    uint64_t block;            /* of the file system */
    uint32_t directory, inode; /* inode 0: there is no such name */
    uint32_t since;            /* `known_since`; otherwise nothing is known */
    uint16_t at;               /* of the entry in the block */
    uint8_t length;
    char name[EXT4_KNOWN_NAME];
};

/* The hash of the name that was looked for last in an index. */
struct ext4_hashed {
    uint32_t hash;
    uint8_t length; /* 0: nothing */
    char name[EXT4_KNOWN_NAME];
};

/* What is known of the bitmap of a group: its first bits are set. */
#define EXT4_FULL 16u
struct ext4_full {
    uint32_t group, bits;
};

/* An inode that was used lately. */
#define EXT4_LATELY 64u
struct ext4_lately {
    struct ext4_buffer *buffer; /* in the cache */
    struct ext4_inode *inode;
    uint32_t number; /* 0: nothing */
};

struct ext4 {
    struct ext4_device *device;
    struct ext4_options options;
    uint32_t block_size, block_bits;
    uint64_t blocks, free_blocks, least_free_blocks; /* ext4_allow() */
    uint32_t first_block, groups, blocks_per_group, inodes, inodes_per_group, free_inodes, least_free_inodes;
    uint32_t inode_size, descriptor_size, descriptors_per_block, flex_groups;
    uint32_t compat, incompat, ro_compat, checksum_seed;
    bool checksums, read_only;
    bool unsettled;           /* before the replay: descriptors may be older or newer than their checksums */
    bool keeps_times;         /* ext4_keep_times() */
    bool told_of_changes;     /* options.changed() was called */
    cell_error_t write_error; /* of data, for the next sync */
    bool home_written;        /* metadata of the log, since the device has last said that all is well */
    bool data_written;        /* data, since the last flush began */

    struct ext4_buffer *super; /* pinned */
    struct ext4_super *super_data;
    struct ext4_buffer **descriptors;

    struct ext4_buffer lists[EXT4_STATES]; /* heads */
    size_t counts[EXT4_STATES];
    struct ext4_buffer **hash;
    size_t hash_mask, buffers, buffers_most, taken;
    uint8_t *gathered; /* blocks that are read or written together */

    struct ext4_step step;
    struct ext4_journal journal;

    struct ext4_known *known; /* names: a table */
    uint32_t known_since;     /* grows when all are forgotten */
    /* The entry behind which a name without an index may be put: where one was put or taken last. */
    struct ext4_room {
        uint32_t directory; /* 0: nothing is known */
        uint16_t at;
        uint64_t block;
    } room;
    /* The same of the last entry of the block that was searched last for a name that is not there; block 0: nothing is known. */
    struct ext4_last {
        uint64_t block;
        uint32_t at;
    } last;
    struct ext4_hashed hashed;
    struct ext4_full full[2][EXT4_FULL];    /* of inodes, of blocks; by the last digits of groups */
    struct ext4_lately lately[EXT4_LATELY]; /* by the last digits of their numbers */

    struct ext4_held **held;      /* files that are in use: a hash table */
    struct ext4_held *held_spare; /* a record that is not in use, or NULL */
    struct ext4_unfinished *unfinished;
    uint32_t group_hint;     /* where blocks were found last */
};

/* Reports a contradiction at a block; returns CELL_CORRUPT. */
cell_error_t ext4_corrupt(const struct ext4 *fs, uint64_t block, const char *what);
void ext4_report(const struct ext4 *fs, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- crc.c ------------------------------------------------------------------------------------------------------------- */

/* CRC-32C without inversion before and after. */
uint32_t ext4_crc(uint32_t crc, const void *data, size_t bytes);
/* The same of zeros, of which there are fewer than 8 KiB. */
uint32_t ext4_crc_zeros(uint32_t crc, size_t bytes);
/* The four bytes (as a number) that, between what gave `before` and `data`, make the whole's CRC what is wanted. */
uint32_t ext4_crc_filler(uint32_t before, const void *data, size_t bytes, uint32_t wanted);

/* ---- cache.c ----------------------------------------------------------------------------------------------------------- */

cell_error_t ext4_cache_open(struct ext4 *fs);
void ext4_cache_close(struct ext4 *fs);

/* The block's buffer, read if need be; pinned until ext4_put(). `seed`: ext4_inode_seed() of an owner that is an inode. */
cell_error_t ext4_get(struct ext4 *fs, uint64_t block, enum ext4_kind kind, uint32_t owner, uint32_t seed,
                      struct ext4_buffer **buffer);
/* The same for a block that has just been allocated: zeros. Metadata joins the transaction. */
cell_error_t ext4_get_new(struct ext4 *fs, uint64_t block, enum ext4_kind kind, uint32_t owner, uint32_t seed,
                          struct ext4_buffer **buffer);
/* As ext4_get(), of a block of a file. */
struct ext4_node;
cell_error_t ext4_get_of(const struct ext4_node *node, uint64_t block, enum ext4_kind kind, struct ext4_buffer **buffer);
/* The same for data that will be overwritten as a whole: whatever was in memory. */
cell_error_t ext4_get_whole(struct ext4 *fs, uint64_t block, uint32_t owner, struct ext4_buffer **buffer);
/* Reads what is not in memory of up to `count` blocks of data, in one go. */
cell_error_t ext4_read_ahead(struct ext4 *fs, uint64_t block, uint32_t count, uint32_t owner);
void ext4_put(struct ext4_buffer *buffer);
/* Puts the buffer into another state. */
void ext4_set_state(struct ext4 *fs, struct ext4_buffer *buffer, enum ext4_state state);
/* Forgets buffers of a range of blocks, whatever they hold. */
void ext4_forget(struct ext4 *fs, uint64_t first, uint64_t count);
/* Whether what is in memory of a range of blocks can belong to files, and nobody uses it now. */
bool ext4_can_forget(const struct ext4 *fs, uint64_t first, uint64_t count);
/* Writes all buffers of a state (EXT4_DIRTY, EXT4_COMMITTED), which then are clean. */
cell_error_t ext4_write_all(struct ext4 *fs, enum ext4_state state);
/* The device, by blocks. */
cell_error_t ext4_read_block(struct ext4 *fs, uint64_t block, void *to);
cell_error_t ext4_write_block(struct ext4 *fs, uint64_t block, const void *from);

/* ---- change.c: steps, which are done as a whole or undone ---------------------------------------------------------------- */

cell_error_t ext4_begin(struct ext4 *fs);
/* Ends a step: with an error, everything since ext4_begin() is undone. Returns the error. */
cell_error_t ext4_end(struct ext4 *fs, cell_error_t error);
/* Whether a long work should end its step and go on with another one. */
bool ext4_step_full(const struct ext4 *fs);
/* Before bytes of metadata are changed: keeps what they were; the buffer joins the transaction. */
cell_error_t ext4_change(struct ext4 *fs, struct ext4_buffer *buffer, const void *at, size_t bytes);
/* Notes that the step made a buffer. */
cell_error_t ext4_note_new(struct ext4 *fs, struct ext4_buffer *buffer);
/* Notes that the step frees blocks. */
cell_error_t ext4_note_freed(struct ext4 *fs, uint64_t first, uint64_t count, bool meta);
/* Whether a block was freed and may not be used yet; *next is the first one behind that may be. */
bool ext4_is_freed(const struct ext4 *fs, uint64_t block, uint64_t *next);
/* The first freed block in first … first + count - 1, or first + count. */
uint64_t ext4_first_freed(const struct ext4 *fs, uint64_t first, uint64_t count);
/* After a step has failed: whether it may work now, as blocks were waiting for a commit, which has been made; else *error is
 * why not. */
bool ext4_again(struct ext4 *fs, cell_error_t *error);
void ext4_step_close(struct ext4 *fs);
bool ext4_ranges_add(struct ext4_ranges *runs, uint64_t first, uint64_t count);

/* ---- journal.c, replay.c, log.c, commit.c ------------------------------------------------------------------------ */

cell_error_t ext4_journal_open(struct ext4 *fs);
void ext4_journal_close(struct ext4 *fs);
/* Replays what is in the log. *replayed: there was something. */
cell_error_t ext4_journal_replay(struct ext4 *fs, bool *replayed);
/* Commits, and empties the log, if the transaction or the log would not hold one more step. */
cell_error_t ext4_journal_make_room(struct ext4 *fs);
/* Goes on with a commit that the device has kept waiting; CELL_OK: none is under way. */
cell_error_t ext4_commit_go_on(struct ext4 *fs);
/* Makes the running transaction durable. */
cell_error_t ext4_commit(struct ext4 *fs);
/* Begins to write the running transaction into the log; writes it (again, after CELL_LATER); and the record by which it counts. */
void ext4_log_begin(struct ext4 *fs);
cell_error_t ext4_log_write(struct ext4 *fs);
cell_error_t ext4_log_write_record(struct ext4 *fs);
/* The most blocks of the log that a transaction takes; whether it can have so many revoked blocks. */
size_t ext4_log_blocks(const struct ext4 *fs, size_t changed, size_t revoked);
bool ext4_log_holds(const struct ext4 *fs, size_t revoked);
/* The same, and writes everything home, so that the log is empty. */
cell_error_t ext4_checkpoint(struct ext4 *fs);
/* Where a block of the journal is, by its number in it. */
uint64_t ext4_journal_block(const struct ext4 *fs, uint32_t number);
/* Says where the log begins (0: nowhere), with the running transaction. */
cell_error_t ext4_journal_write_super(struct ext4 *fs, uint32_t start);
/* The checksum of a block whose own field, at `at`, counts as zero. */
uint32_t ext4_journal_checksum(const struct ext4 *fs, const uint8_t *block, size_t at);
uint32_t ext4_tag_checksum(const struct ext4 *fs, uint32_t sequence, const uint8_t *data);
/* Bytes of a tag without the UUID. */
uint32_t ext4_tag_bytes(const struct ext4 *fs);
static inline bool ext4_journal_sums(const struct ext4 *fs)
{
    return (fs->journal.features & (EXT4_JOURNAL_CSUM_2 | EXT4_JOURNAL_CSUM_3)) != 0;
}
static inline uint32_t ext4_be32(uint32_t value)
{
    return __builtin_bswap32(value);
}

/* ---- checksum.c: of each kind of block ------------------------------------------------------------------------------------- */

/* Checks what has been read. */
cell_error_t ext4_check(struct ext4 *fs, struct ext4_buffer *buffer);
/* Makes checksums before a commit. */
void ext4_sum(struct ext4 *fs, struct ext4_buffer *buffer);
uint32_t ext4_super_checksum(const struct ext4_super *super);
uint32_t ext4_inode_checksum(const struct ext4 *fs, uint32_t number, const struct ext4_inode *inode);
uint32_t ext4_inode_stored_checksum(const struct ext4 *fs, const struct ext4_inode *inode);

/* ---- group.c ------------------------------------------------------------------------------------------------------------ */

/* What is wrong with a descriptor, or NULL. */
const char *ext4_descriptor_fault(const struct ext4 *fs, const struct ext4_descriptor *descriptor);
/* A group's descriptor, in a buffer that stays. */
cell_error_t ext4_group(struct ext4 *fs, uint32_t group, struct ext4_buffer **buffer, struct ext4_descriptor **descriptor);
/* Before it is changed. */
cell_error_t ext4_group_change(struct ext4 *fs, uint32_t group);
uint64_t ext4_group_inode_table(const struct ext4 *fs, const struct ext4_descriptor *descriptor);
/* A count that has two halves; the high one is there with large descriptors only. */
uint32_t ext4_group_count(const struct ext4 *fs, uint16_t lo, uint16_t hi);
/* Whether a group has a copy of superblock and descriptors. */
bool ext4_group_has_super(const struct ext4 *fs, uint32_t group);
/* Blocks of a group: fewer in the last one. */
uint32_t ext4_group_blocks(const struct ext4 *fs, uint32_t group);
/* Where a group's bookkeeping is, by number; an empty run: it has none of that kind. */
#define EXT4_GROUP_RUNS 4u
cell_error_t ext4_group_run(struct ext4 *fs, uint32_t group, unsigned number, struct ext4_run *run);
/* Bitmaps, made first if they have never been used and the step changes something. */
cell_error_t ext4_block_bitmap(struct ext4 *fs, uint32_t group, struct ext4_buffer **bitmap);
cell_error_t ext4_inode_bitmap(struct ext4 *fs, uint32_t group, struct ext4_buffer **bitmap);

/* ---- bitmap.c: allocation -------------------------------------------------------------------------------------------------- */

/* Takes up to `want` free blocks in a row, at `goal` or as near behind it as there are. */
cell_error_t ext4_take_blocks(struct ext4 *fs, uint64_t goal, uint32_t want, struct ext4_run *taken);
/* Bits may be clear, from one on. */
void ext4_bits_cleared(struct ext4 *fs, const struct ext4_buffer *bitmap, uint32_t first);
cell_error_t ext4_free_blocks(struct ext4 *fs, uint64_t first, uint64_t count, bool meta);
cell_error_t ext4_take_inode(struct ext4 *fs, uint32_t near, bool directory, uint32_t *number);
cell_error_t ext4_free_inode(struct ext4 *fs, uint32_t number, bool directory);
/* Whether the number is marked as used. */
cell_error_t ext4_inode_used(struct ext4 *fs, uint32_t number, bool *used);

/* ---- inode.c ------------------------------------------------------------------------------------------------------------ */

/* An inode in use: a pinned buffer and a pointer into it. */
struct ext4_node {
    struct ext4 *fs;
    struct ext4_buffer *buffer;
    struct ext4_inode *inode;
    uint32_t number;
};

/* Gets a file's inode: CELL_NOT_FOUND if it is not in use. */
cell_error_t ext4_node(struct ext4 *fs, uint32_t number, struct ext4_node *node);
/* Gets one whatever it holds. */
cell_error_t ext4_node_raw(struct ext4 *fs, uint32_t number, struct ext4_node *node);
void ext4_node_put(struct ext4_node *node);
/* Before its fields are changed. */
cell_error_t ext4_node_change(struct ext4_node *node);
uint32_t ext4_inode_seed(const struct ext4_node *node);
uint64_t ext4_node_size(const struct ext4_node *node);
void ext4_node_set_size(struct ext4_node *node, uint64_t size);
uint64_t ext4_node_blocks(const struct ext4_node *node);
/* Adds or subtracts file-system blocks. The node has been changed. */
cell_error_t ext4_node_count_blocks(struct ext4_node *node, int64_t blocks);
void ext4_node_touch(struct ext4_node *node, bool modified);
/* Fills a new one. */
cell_error_t ext4_node_make(struct ext4 *fs, uint32_t number, const struct ext4_new *new, struct ext4_node *node);
static inline uint32_t ext4_type(const struct ext4_node *node)
{
    return node->inode->mode & EXT4_MODE_TYPE;
}
static inline bool ext4_is_directory(const struct ext4_node *node)
{
    return ext4_type(node) == EXT4_MODE_DIRECTORY;
}

/* ---- extent.c, extent_change.c, block_map.c --------------------------------------------------------------------------------- */

/* Where blocks of a file are. `first` is 0: a hole. */
struct ext4_mapping {
    uint64_t first;
    uint32_t count; /* from the one that was asked for; of a hole: up to the next data, or as many as can be told */
    bool unwritten;
};
cell_error_t ext4_map(struct ext4_node *node, uint32_t block, struct ext4_mapping *to);
cell_error_t ext4_map_by_blocks(struct ext4_node *node, uint32_t block, struct ext4_mapping *to);
/* Adds a run to a file's blocks; none of them has been there. */
cell_error_t ext4_extent_add(struct ext4_node *node, uint32_t block, uint64_t first, uint32_t count, bool unwritten);
/* Takes blocks of `from` … `to` out of the file, from the end, as many as the step can hold; *done: all. `free`: the blocks are
 * freed as well. */
cell_error_t ext4_extent_remove(struct ext4_node *node, uint32_t from, uint32_t to, bool free, bool *done);
/* Whether a node of the tree is well-formed. `room`: entries that it can hold. */
const char *ext4_extent_fault(const struct ext4_extent_header *head, uint32_t room);
uint32_t ext4_extent_room(const struct ext4 *fs);

/* ---- directory.c, directory_change.c ------------------------------------------------------------------------------------------ */

/* Finds an entry: its buffer (pinned) and its place. */
struct ext4_place {
    struct ext4_buffer *buffer;
    struct ext4_entry *entry;
};
cell_error_t ext4_find(struct ext4_node *directory, const char *name, size_t length, struct ext4_place *place);

/* What is known of a name without looking; NULL: nothing. */
const struct ext4_known *ext4_known_find(const struct ext4 *fs, uint32_t directory, const char *name, size_t length);
/* Notes where the entry of a name is; NULL: there is none. */
void ext4_known_note(struct ext4 *fs, uint32_t directory, const char *name, size_t length, const struct ext4_place *place);
/* Entries may be elsewhere now, or a directory is gone. */
void ext4_known_forget(struct ext4 *fs);
bool ext4_known_open(struct ext4 *fs);
void ext4_known_close(struct ext4 *fs);

cell_error_t ext4_directory_block(struct ext4_node *directory, uint32_t block, struct ext4_buffer **buffer);
/* The number of its blocks. CELL_NOT_DIRECTORY: it is not a directory. */
cell_error_t ext4_directory_blocks(struct ext4_node *directory, uint32_t *count);
/* The entry of a name in a block, or NULL. */
struct ext4_entry *ext4_find_in_block(struct ext4 *fs, const struct ext4_buffer *buffer, const char *name, size_t length);
const char *ext4_directory_fault(const struct ext4 *fs, const struct ext4_buffer *buffer);
/* Bytes of a block for entries. */
uint32_t ext4_entries_end(const struct ext4 *fs);
/* The same of one that may be a node of an index, which is an entry without a name. */
uint32_t ext4_block_end(const struct ext4 *fs, const uint8_t *block);
/* Whether a block is a node of an index. */
bool ext4_is_index_node(const struct ext4 *fs, const uint8_t *block);
/* Adds a name that is not there, as the caller has found out. */
cell_error_t ext4_directory_add(struct ext4_node *directory, const char *name, size_t length, uint32_t inode, uint32_t mode);
cell_error_t ext4_directory_remove(struct ext4_node *directory, const char *name, size_t length);
/* Lets an entry lead to another inode. */
cell_error_t ext4_directory_set(struct ext4_node *directory, const char *name, size_t length, uint32_t inode, uint32_t mode);
/* The same in one block. CELL_FULL: it has no room. */
cell_error_t ext4_add_in_block(struct ext4_node *directory, struct ext4_buffer *buffer, const char *name, size_t length, uint32_t inode,
                               uint32_t mode);
/* Makes an empty block behind the last one. */
cell_error_t ext4_directory_append(struct ext4_node *directory, struct ext4_buffer **buffer);
/* Makes the first block of a new directory. */
cell_error_t ext4_directory_make(struct ext4_node *directory, uint32_t parent);
cell_error_t ext4_directory_empty(struct ext4_node *directory, bool *empty);

/* ---- hash.c, index.c: where in a directory a name is ---------------------------------------------------------------------------- */

/* The hash of a name, and a second one by which names with the same are put in order. */
struct ext4_hash {
    uint32_t major, minor;
};
struct ext4_hash ext4_hash(const struct ext4 *fs, const char *name, size_t length);
/* Whether names of this file system have one. */
bool ext4_can_hash(const struct ext4 *fs);

/* Where a node's entries begin, and how many there can be. */
uint32_t ext4_index_entries_at(const uint8_t *block);
uint32_t ext4_index_limit(const struct ext4 *fs, uint32_t at);
/* Whether a directory has an index that can be used. */
cell_error_t ext4_has_index(struct ext4_node *directory, bool *has);
/* As ext4_find(), ext4_directory_add(), of such a directory; CELL_FULL: the index is, too. */
cell_error_t ext4_index_find(struct ext4_node *directory, const char *name, size_t length, struct ext4_place *place);
cell_error_t ext4_index_add(struct ext4_node *directory, const char *name, size_t length, uint32_t inode, uint32_t mode);
/* The block where names of a hash begin, and the hash where those of the block behind it do: odd if it goes on; EXT4_HASH_END: there is
 * none. */
#define EXT4_HASH_END (UINT64_C(1) << 32)
cell_error_t ext4_index_block(struct ext4_node *directory, uint32_t hash, uint32_t *block, uint64_t *next);
/* What is in the cache may change: forgets what was kept of it for listing. */
void ext4_list_forget(void);
/* Makes one for a directory of one block, which is full; *made: false if it cannot have one. */
cell_error_t ext4_index_make(struct ext4_node *directory, bool *made);

/* ---- orphan.c: files without a name that are yet to be deleted, or to be cut -------------------------------------------------- */

cell_error_t ext4_orphan_add(struct ext4_node *node);
/* Deletes those that a crash has left. */
cell_error_t ext4_orphans_clean(struct ext4 *fs);
/* Deletes a file without names, in as many steps as it takes. */
cell_error_t ext4_delete(struct ext4 *fs, uint32_t number);
/* Deletes it in the step that is being made. */
cell_error_t ext4_delete_now(struct ext4_node *node);
/* Whether that is possible: it is small, and not in use. */
bool ext4_can_delete_now(const struct ext4_node *node);

/* ---- held.c: files in use, and what is left to be done for files ---------------------------------------------------------------- */

bool ext4_is_held(const struct ext4 *fs, uint32_t number);
void ext4_held_close(struct ext4 *fs);
/* Deletes or (`cut`) cuts an orphan: now, or when the device lets it. */
cell_error_t ext4_finish_later(struct ext4 *fs, uint32_t number, bool cut);
/* Whether a file is being cut; and ends that. */
bool ext4_is_being_cut(const struct ext4 *fs, uint32_t number);
cell_error_t ext4_finish_cut(struct ext4 *fs, uint32_t number);
/* Does all work that is left. */
cell_error_t ext4_finish_all(struct ext4 *fs);

/* ---- file.c ---------------------------------------------------------------------------------------------------------------- */

/* Cuts a file that is an orphan down to its size, in steps. */
cell_error_t ext4_cut(struct ext4 *fs, uint32_t number);
/* The first block of a file that lies behind its size. */
static inline uint32_t ext4_blocks_of(const struct ext4 *fs, uint64_t size)
{
    return (uint32_t)((size + fs->block_size - 1) >> fs->block_bits);
}
