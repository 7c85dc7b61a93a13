/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/ext4.h: ext4 file systems, as `mke2fs -t ext4` makes them, on a device of one's own.
 *
 * A mounted file system is a `struct ext4`; its files are named by their inode numbers, and names are looked up a
 * component at a time: walking paths is left to the caller, which knows where a path may lead. Calls are synchronous and must not
 * overlap. What a call changes is changed as a whole or not at all (but a long write, resize, punch or allocation may stop
 * between two of its parts), and is on the disk after ext4_sync(); before, a power cut leaves what one of the calls before
 * left.
 *
 * A device may take its time: a call that would wait for it ends with CELL_LATER, and is to be repeated. It has changed nothing
 * then, but for the parts of a long one. While a sync is under way, which any call may have begun, calls that change something
 * end so, too; those that only read do not.
 *
 * The disk's contents may be hostile: what contradicts itself gives CELL_CORRUPT, and `report` is told the block. Other
 * errors that any call may give: CELL_IO (the device), CELL_LATER, CELL_NO_MEMORY, CELL_NOT_FOUND (no such inode), and for those that
 * change something
 * CELL_READ_ONLY and CELL_FULL.
 */
#pragma once

#include <cell/errors.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the file system lies on. Offsets and lengths are bytes, multiples of the file system's block size (of 1 KiB, until
 * that is known). Errors are CELL_IO, or CELL_GONE if the device is. What was written may reach the disk in any order; all
 * that was written before a flush is there when the flush has answered. */
struct ext4_device {
    uint64_t bytes;
    cell_error_t (*read)(struct ext4_device *device, uint64_t at, void *to, size_t bytes);
    cell_error_t (*write)(struct ext4_device *device, uint64_t at, const void *from, size_t bytes);
    cell_error_t (*flush)(struct ext4_device *device);
    /* NULL: what `write` has taken is written. Or it may fail later, of which this tells, or the next flush: the error of one that
     * was taken since, once. All of them may answer CELL_LATER: `write` has taken nothing then; the others have begun, and are to be
     * called again for the result. */
    cell_error_t (*settle)(struct ext4_device *device);
    /* NULL, or begins to read what a call is about to read. CELL_LATER: the call ends with that error, and is to be repeated
     * when this has been read; CELL_OK: it can be read, or waited for. */
    cell_error_t (*fetch)(struct ext4_device *device, uint64_t at, size_t bytes);
    /* NULL, or EXT4_STAGING_BYTES of memory from which whole units of EXT4_STAGING_UNIT are written without a copy. What was written
     * from there is to stay there until `settle`, or `flush`, has answered. */
    uint8_t *staging;
};
#define EXT4_STAGING_BYTES 65536u
#define EXT4_STAGING_UNIT 4096u

/* A point in time, since 1970. */
struct ext4_time {
    int64_t seconds;
    uint32_t nanoseconds;
};

struct ext4_options {
    bool read_only;
    size_t cache_bytes; /* for blocks; at least EXT4_CACHE_LEAST */
    struct ext4_time (*now)(void);
    void (*report)(const char *text); /* a line for a person, without its end */
    void (*moved)(uint32_t inode);    /* NULL, or called when a file gets or loses blocks */
    void (*changed)(void);            /* NULL, or called when there is something to be written, for the first time since ext4_sync() */
};

#define EXT4_CACHE_LEAST (1u << 20)
#define EXT4_ROOT 2u

struct ext4;

/* Mounts: checks, replays the journal, and deletes files that nobody has open any more. CELL_UNSUPPORTED: a feature that is
 * not known, which `report` names; CELL_CORRUPT: not such a file system. It is read-only if `read_only` says so, if it has no
 * journal, or if a feature allows no more. The device stays the caller's. */
cell_error_t ext4_mount(struct ext4_device *device, const struct ext4_options *options, struct ext4 **mounted);

/* Makes an empty file system on all of a device, of which nothing else is kept. `uuid` tells it from all others.
 * CELL_FULL: the device is too small (of less than about 6 MiB); CELL_TOO_LARGE: of 16 TiB or more. */
cell_error_t ext4_make(struct ext4_device *device, const struct ext4_options *options, const uint8_t uuid[16]);

/* Writes everything, marks it clean, and frees it whatever the result is. */
cell_error_t ext4_unmount(struct ext4 *fs);

/* Frees it without writing anything, as a power cut would. */
void ext4_abandon(struct ext4 *fs);

/* Everything that was done so far is on the disk afterwards. Returns the error of a write that failed before, once. */
cell_error_t ext4_sync(struct ext4 *fs);

/* Whether a sync would have nothing to do, and no error to report. */
bool ext4_is_written(const struct ext4 *fs);
/* Whether a sync is under way. */
bool ext4_is_syncing(const struct ext4 *fs);
/* Continues work that had to wait for the device: a sync, whose result this returns, and freeing blocks that files have lost. */
cell_error_t ext4_go_on(struct ext4 *fs);

struct ext4_statfs {
    uint32_t block_size, files, free_files;
    uint64_t blocks, free_blocks;
    uint64_t id;
    bool read_only;
};
void ext4_statfs(const struct ext4 *fs, struct ext4_statfs *to);

/* From now on calls may take this many blocks and inodes, together and beyond what they free: CELL_QUOTA. UINT64_MAX: no limit. */
void ext4_allow(struct ext4 *fs, uint64_t blocks, uint64_t inodes);

/* ---- Inodes --------------------------------------------------------------------------------------------------------- */

struct ext4_stat {
    uint32_t inode, generation, mode, links, uid, gid, device;
    uint64_t size, blocks_of_512;
    struct ext4_time accessed, modified, changed, made;
};
cell_error_t ext4_stat(struct ext4 *fs, uint32_t inode, struct ext4_stat *to);
/* Whether what is written from now on leaves the times of its file as they are. */
void ext4_keep_times(struct ext4 *fs, bool keep);
/* Some of it: type and permissions, and the size. */
cell_error_t ext4_what(struct ext4 *fs, uint32_t inode, uint32_t *mode, uint64_t *size);

enum ext4_set { EXT4_SET_MODE = 1,
                EXT4_SET_UID = 2,
                EXT4_SET_GID = 4,
                EXT4_SET_ACCESSED = 8,
                EXT4_SET_MODIFIED = 16 };

/* Takes of `from` what the mask names: permissions, owner, group, times. */
cell_error_t ext4_set(struct ext4 *fs, uint32_t inode, unsigned mask, const struct ext4_stat *from);

/* While it is held, a file stays, even without a name. */
cell_error_t ext4_hold(struct ext4 *fs, uint32_t inode);
void ext4_release(struct ext4 *fs, uint32_t inode);

/* ---- Contents ------------------------------------------------------------------------------------------------------- */

/* Reads up to `length` bytes; *done are fewer at the end of the file. CELL_IS_DIRECTORY, CELL_BAD_ARGUMENT: no regular file. */
cell_error_t ext4_read(struct ext4 *fs, uint32_t inode, uint64_t offset, void *to, uint64_t length, uint64_t *done);

/* Writes; with an error, *done bytes have been written nevertheless. CELL_TOO_LARGE: beyond the largest file. */
cell_error_t ext4_write(struct ext4 *fs, uint32_t inode, uint64_t offset, const void *from, uint64_t length, uint64_t *done);

/* Sets the size: what goes is freed, what comes reads as zeros. */
cell_error_t ext4_resize(struct ext4 *fs, uint32_t inode, uint64_t size);

/* Frees whole blocks of a range and makes its ends zeros; the size stays. */
cell_error_t ext4_punch(struct ext4 *fs, uint32_t inode, uint64_t offset, uint64_t length);

/* Allocates what a range lacks, without writing it; it reads as zeros. The size grows unless `keep_size`. */
cell_error_t ext4_allocate(struct ext4 *fs, uint32_t inode, uint64_t offset, uint64_t length, bool keep_size);

/* Finds the next data, or the next hole (at the end of the file at the latest). CELL_NOT_FOUND: none from there on. */
cell_error_t ext4_seek(struct ext4 *fs, uint32_t inode, uint64_t offset, bool hole, uint64_t *found);

/* ---- Where things lie ----------------------------------------------------------------------------------------------- */

/* A range of blocks. */
struct ext4_run {
    uint64_t first, count;
};

/* Blocks of a file that lie in a row, and the nodes of its tree of extents that lead there, from the root's child on. */
#define EXT4_PART_NODES 5u
struct ext4_part {
    uint32_t block; /* of the file */
    struct ext4_run run;
    unsigned node_count;
    uint64_t nodes[EXT4_PART_NODES];
};
/* The first such from a block of the file on. CELL_NOT_FOUND: there are none. */
cell_error_t ext4_next_part(struct ext4 *fs, uint32_t inode, uint64_t block, struct ext4_part *part);

/* Bookkeeping of the file system itself: superblocks, descriptors, bitmaps, inode tables, the journal. Run `number` of many, which may be
 * empty; CELL_NOT_FOUND: there are no more. */
cell_error_t ext4_bookkeeping(struct ext4 *fs, uint64_t number, struct ext4_run *run);

/* ---- Names: a name is 1 to 255 bytes without `/` and zero, and is not `.` or `..` where something is made ------------ */

cell_error_t ext4_lookup(struct ext4 *fs, uint32_t directory, const char *name, size_t length, uint32_t *inode);

struct ext4_entry_of {
    uint32_t inode;
    uint64_t next; /* where the entry behind it may be */
    uint8_t kind;  /* as DT_* of Unix */
    uint8_t name_length;
    const char *name; /* not terminated; until the next call */
};

/* The entry at `cookie` (0: the first) or behind it. CELL_NOT_FOUND: no more. Entries that are made or removed meanwhile are
 * listed or not; others are listed once. */
cell_error_t ext4_list(struct ext4 *fs, uint32_t directory, uint64_t cookie, struct ext4_entry_of *entry);

/* Makes a file of `mode` (type and permissions): a regular file, a directory, a FIFO. Errors: CELL_EXISTS,
 * CELL_NAME_TOO_LONG, CELL_NOT_DIRECTORY, CELL_TOO_MANY_LINKS. */
struct ext4_new {
    uint32_t mode, uid, gid;
};
cell_error_t ext4_create(struct ext4 *fs, uint32_t directory, const char *name, size_t length, const struct ext4_new *new,
                         uint32_t *inode);
cell_error_t ext4_symlink(struct ext4 *fs, uint32_t directory, const char *name, size_t length, const char *target,
                          size_t target_length, uint32_t *inode);
/* *length: room before, bytes of the target after; what does not fit is cut off. CELL_BAD_ARGUMENT: no symbolic link. */
cell_error_t ext4_read_link(struct ext4 *fs, uint32_t inode, char *target, size_t *length);

cell_error_t ext4_link(struct ext4 *fs, uint32_t inode, uint32_t directory, const char *name, size_t length);

/* Removes a name: of an empty directory (CELL_NOT_DIRECTORY, CELL_NOT_EMPTY) or of anything else (CELL_IS_DIRECTORY). */
cell_error_t ext4_unlink(struct ext4 *fs, uint32_t directory, const char *name, size_t length, bool of_directory);

enum ext4_rename { EXT4_RENAME_NO_REPLACE = 1,
                   EXT4_RENAME_EXCHANGE = 2 };

/* One name becomes another, in one step; what had the other name loses it. CELL_LOOP: a directory into itself. */
cell_error_t ext4_rename(struct ext4 *fs, uint32_t from_directory, const char *from, size_t from_length,
                         uint32_t to_directory, const char *to, size_t to_length, unsigned flags);
