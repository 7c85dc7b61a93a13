/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/files.h: descriptors and the files behind them. An open file description has functions for what it is (struct
 * file_kind); descriptors refer to it.
 */
#pragma once

#include "lib/linux/linux.h"

struct description;

/* What set changes: the bits of file.set (idl/file.idl) say which. */
struct attributes {
    unsigned mask;
    bool is_owner; /* of chown, whatever it changes */
    uint32_t mode, uid, gid;
    struct linux_timespec accessed, modified;
};
enum { ATTRIBUTE_MODE = 1,
       ATTRIBUTE_UID = 2,
       ATTRIBUTE_GID = 4,
       ATTRIBUTE_ACCESSED = 8,
       ATTRIBUTE_MODIFIED = 16 };

/* Memory whose pages are those of the file; the kind keeps it. */
struct file_memory {
    cell_cap_t mo;
    uint64_t pages;
    const uint8_t *bytes; /* where the personality has it */
    bool any_time;        /* it can be written without being told (load) */
};

/* What a kind of file can do; NULL: it cannot. Results are Linux's. */
struct file_kind {
    int64_t (*read)(struct description *description, uint64_t to, uint64_t count, uint64_t offset);
    int64_t (*write)(struct description *description, uint64_t from, uint64_t count, uint64_t offset);
    int64_t (*stat)(struct description *description, struct linux_stat *stat); /* of size too: description->size is up to date then */
    int64_t (*ioctl)(struct description *description, uint64_t request, uint64_t argument);
    int64_t (*resize)(struct description *description, uint64_t size);
    int64_t (*allocate)(struct description *description, uint64_t mode, uint64_t offset, uint64_t length);
    int64_t (*find)(struct description *description, uint64_t offset, bool hole); /* SEEK_DATA and SEEK_HOLE */
    int64_t (*sync)(struct description *description, bool data_only);
    int64_t (*set)(struct description *description, const struct attributes *attributes);
    int64_t (*list)(struct description *description, uint64_t to, uint64_t count); /* getdents64; moves the offset */
    int64_t (*statfs)(struct description *description, struct linux_statfs *statfs);
    int64_t (*memory)(struct description *description, struct file_memory *memory);                /* -ENODEV: its pages cannot be mapped */
    int64_t (*load)(struct description *description, uint64_t page, uint64_t pages, bool written); /* makes pages present, from one on:
        how many are; 0: it is behind the end. `written`: they may be changed at any time from now on */
    bool (*ready)(struct description *description); /* can be read without waiting; NULL: always */
    void (*close)(struct description *description);
    bool seeks; /* it has an offset */
};

struct description {
    const struct file_kind *kind;
    uint32_t flags; /* O_… */
    uint32_t uses;  /* descriptors, and calls under way */
    uint64_t offset, size;
    uint64_t data, id; /* the kind's own */
    uint32_t mode;     /* likewise */
    struct disk_map *map; /* of a server's file; NULL: none yet, */
    bool unmapped;        /* or it cannot have one */
    uint32_t requests;    /* reads and writes before it has one */
    char *name;        /* an absolute path, in memory of heap_get(); NULL: it has none */
};

extern const struct file_kind file_terminal, file_null, file_zero, file_full, file_random, file_archive, file_disk, file_memory, file_text,
    file_directory;

/* ---- Descriptors (descriptors.c) ------------------------------------------- */

/* The most of RLIMIT_NOFILE, and what it is now. */
#define DESCRIPTORS_MOST 1024u
extern uint64_t descriptors_most;

/* Standard input, output and error. */
void files_start(void);

/* The description of a descriptor, to be given back by description_put(); NULL: it is not open. */
struct description *description_get(uint64_t number);
void description_hold(struct description *description);
void description_put(struct description *description);
/* A new description without data; NULL: no memory. */
struct description *description_new(const struct file_kind *kind, uint32_t flags);
/* A new descriptor; the description is used up. */
int64_t descriptor_new(struct description *description, uint64_t lowest, bool cloexec);
/* FD_CLOEXEC of an open descriptor. */
bool descriptor_cloexec(uint64_t number);
void descriptor_set_cloexec(uint64_t number, bool cloexec);
/* The lowest open descriptor at or above `number`; -1: none. */
int64_t descriptor_next(uint64_t number);
/* A further descriptor for what `number` refers to. */
int64_t descriptor_duplicate(uint64_t number, uint64_t lowest, bool cloexec);

/* ---- Opening (files.c) -------------------------------------------------------- */

#define PATH_MOST 4096u

/* The path of a call: 0, -EFAULT, -ENAMETOOLONG, -ENOENT (it is empty). */
int64_t path_get(uint64_t at, char *path);
/* Opens a path; with O_PATH and O_WRONLY to change what stat tells. */
int64_t open_path(int32_t directory, const char *path, uint32_t flags, uint32_t mode, struct description **opened);
/* The same for a path of a call; with AT_EMPTY_PATH an empty one means the descriptor itself. `at_flags`: AT_…, also
 * AT_SYMLINK_NOFOLLOW. */
int64_t open_at(uint64_t directory, uint64_t at, uint32_t flags, uint64_t at_flags, struct description **opened);

/* ---- Files of the boot archive (archive.c) -------------------------------------- */

/* Maps a file of the boot archive into the personality's zone, to be read; a path begins at the archive's names. */
int64_t archive_map(const char *path, uint64_t *address, uint64_t *size);
void archive_unmap(uint64_t address);
/* Opens one, read-only. */
int64_t archive_open(const char *path, uint32_t flags, struct description **opened);

/* ---- Reading and writing (transfer.c) ----------------------------------------------- */

/* At `offset`, or where the description stands (all ones). */
int64_t transfer_bytes(struct description *description, bool write, uint64_t at, uint64_t count, uint64_t offset);

call_function files_openat, files_fstat, files_fstatat, files_statx, files_faccessat, files_faccessat2, files_readlinkat, files_getcwd,
    files_umask, files_statfs, files_fstatfs;
call_function descriptors_close, descriptors_close_range, descriptors_dup, descriptors_dup3;
call_function transfer_read, transfer_write, transfer_readv, transfer_writev, transfer_pread, transfer_pwrite, transfer_preadv,
    transfer_pwritev, transfer_preadv2, transfer_pwritev2, transfer_lseek, transfer_sendfile, transfer_copy_range;
call_function control_fcntl, control_flock, control_ioctl;
/* select.c */
call_function select_pselect6, select_ppoll;
call_function attributes_ftruncate, attributes_truncate, attributes_fallocate, attributes_fadvise, attributes_readahead, attributes_fsync,
    attributes_fdatasync, attributes_sync, attributes_syncfs, attributes_sync_range, attributes_fchmod, attributes_fchmodat,
    attributes_fchown, attributes_fchownat, attributes_utimensat, attributes_no_xattr, attributes_getdents64;
call_function memory_file_create;
