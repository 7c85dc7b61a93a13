/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/files.h: what the source files of the server share. */
#pragma once

#include <lib/ext4/ext4.h>
#include <lib/server/server.h>

/* The file system that is served. */
extern struct ext4 *files_fs;
extern const struct server_type file_type;

struct namespace;

/* Sets the size of a file, which may be mapped, for a request that has changed nothing so far. CELL_LATER: as disk_ready(). */
cell_error_t data_resize(const struct server_request *request, struct namespace *owner, uint32_t inode, uint64_t size);

/* ---- disk.c: the range of a disk, as lib/ext4 wants it ------------------------------------------------------------ */

/* The part of the disk that is taken, in blocks of 4 KiB; disk_blocks 0: all behind disk_first. */
extern uint64_t disk_first, disk_blocks;
/* Takes it through the request edge for BLOCK. */
cell_error_t disk_start(struct ext4_device *device);
/* Its handle, and the unit of ranges in the model, in bytes. */
cell_cap_t disk_range(void);
#define DISK_UNIT 4096u
/* Between disk_begin() and disk_end(), nothing waits for the disk: where it would have to, the result is CELL_LATER, with which the
 * request ends, to be repeated. So the request must have changed nothing before. `progress`: see server_later(). */
extern struct disk_patience {
    bool none;        /* do not wait */
    bool never;       /* `none` is never set, as the disk answers calls at once */
    uint64_t awaited; /* windows that had to be waited for, as bits */
} disk_patience;
/* The event that a sync has ended, as a bit beside those of the windows. */
#define DISK_SYNCED (UINT64_C(1) << 63)
/* How often a request is repeated before it waits for the disk after all: what it has read may leave the cache before it has
 * everything it needs. */
#define DISK_CALLS_MOST 100u
/* `request` NULL: no client waits for what follows. */
static inline void disk_begin(const struct server_request *request)
{
    disk_patience.none = !disk_patience.never && (request == NULL || request->source == NULL || request->source->calls < DISK_CALLS_MOST);
}
/* Ends it without a result; returns what has to be waited for, as bits. */
static inline uint64_t disk_awaited(void)
{
    uint64_t awaited = disk_patience.awaited;

    disk_patience.none = false;
    disk_patience.awaited = 0;
    return awaited;
}
static inline cell_error_t disk_end(cell_error_t error, uint64_t progress)
{
    uint64_t awaited = disk_awaited();

    /* even where CELL_LATER has become another error on the way */
    return awaited == 0 ? error : server_later(awaited, progress);
}
/* The same for something that makes a change: if that succeeded, the request is not repeated. */
static inline cell_error_t disk_end_change(cell_error_t error, uint64_t progress)
{
    uint64_t awaited = disk_awaited();

    if (error == CELL_OK || awaited == 0)
        return error;
    return server_later(ext4_is_syncing(files_fs) ? DISK_SYNCED : awaited, progress);
}
/* For a change that cannot be repeated once it has begun: CELL_LATER while it would have to wait for a sync. */
static inline cell_error_t disk_ready(void)
{
    return ext4_is_syncing(files_fs) ? server_later(DISK_SYNCED, 0) : CELL_OK;
}
/* Signals of the ring: requests that waited for the disk go on. */
void disk_notified(uint64_t bits);

/* ---- clock.c -------------------------------------------------------------------------------------------------------- */

/* Sets what the time was at the start of the machine, in seconds since 1970; 0: by the machine's clock. */
void clock_start(uint64_t seconds);
/* The time now. */
struct ext4_time clock_read(void);

/* ---- open.c: what clients have open ------------------------------------------------------------------------------------ */

/* A file that somebody has open, in whatever namespace. */
struct open_inode {
    struct id_entry entry;   /* its id is the inode's number */
    struct namespace *owner; /* that the file belongs to; counted as a reference */
    struct lock *locks;      /* by their first bytes */
    struct lock_wait *waits; /* for locks, the first one first */
    struct lock_wait **last_wait;
    struct open_file *files;
    struct open_inode *next_changed, **link_changed; /* graph.c; NULL: the model knows it */
    unsigned users;                                  /* resources, including those whose last handle is being given up */
};

/* A FILE resource: there is one for each file and namespace, and another one for handles that only append. */
struct open_file {
    struct id_entry entry; /* its id is the resource's number */
    uint32_t inode;
    bool append; /* writes go to the end */
    bool mapped; /* mapped_leave() when it goes */
    struct open_inode *of; /* NULL: it stands for a namespace */
    struct open_file *next_of_inode, **link_of_inode;
    struct namespace *namespace; /* that it is in; `of` NULL: that it stands for, until that ends */
    struct open_file *next_in_namespace, **link_in_namespace;
};

struct place;
/* Opens what is at a place for the client of a request, with these rights. */
cell_error_t open_make(const struct server_request *request, const struct place *place, unsigned rights, bool append,
                       cell_cap_t *there);
/* A resource that stands for a namespace, in that of the request. */
cell_error_t open_stand_in(const struct server_request *request, struct namespace *namespace, const char *name, cell_cap_t *there);
/* The file behind a request's handle; NULL: there is none. Notes in the handle's `data` which errors need not be reported to it
 * (writeback_errors()), if it is used for the first time. */
struct open_file *open_of(const struct server_request *request);
/* The namespace that the handle of a request stands for; NULL: none. */
struct namespace *open_namespace(const struct server_request *request);
/* The file behind a handle that a request names; 0: that of the request. It may be of another namespace. CELL_BAD_HANDLE. */
cell_error_t open_named(const struct server_request *request, cell_cap_t handle, const struct open_file **file);
/* Gives such a handle up, unless the request, whose result is `error`, will be repeated. Returns that. */
cell_error_t open_give_up(cell_cap_t handle, cell_error_t error);
/* Nobody holds the resource any more. */
void open_freed(uint64_t space, uint64_t object);
/* The same, for a caller that has its record. */
void open_close(struct open_file *file);
/* The record of a file that somebody has open; NULL: nobody has. */
struct open_inode *open_inode_of(uint32_t inode);
/* A number that no FILE has had. */
uint64_t open_new_number(void);

/* ---- graph.c: facts for the model ---------------------------------------------------------------------------------------- */

/* The FILEs of an open file, or its blocks, have changed. */
void graph_changed(struct open_inode *of);
/* The blocks of a file have changed, which may be open. */
void graph_moved(uint32_t inode);
/* Nobody has it open any more. */
void graph_forget(struct open_inode *of);
/* Reports what has changed since the last time, up to a number of facts. CELL_AGAIN: there are more. */
cell_error_t graph_extract(uint64_t space);
/* How far the blocks of a file have been reported; all zeros: nothing has. */
struct graph_told {
    uint64_t block;
    uint64_t nodes[EXT4_PART_NODES]; /* of the part before */
};
/* Goes on reporting a file's blocks, and those of its tree, as those of a resource. CELL_NOT_FOUND: all are reported. */
cell_error_t graph_tell_blocks(struct graph_told *told, uint32_t inode, uint64_t space, uint64_t object, unsigned *facts_left);

/* ---- whole.c: all files, in the model --------------------------------------------------------------------------------------- */

/* Goes on with an extraction (server_extracts_all()); at its beginning, what the one before has reported is taken back. CELL_OK: all
 * is reported, or *facts_left is 0. */
cell_error_t whole_tell(uint64_t extraction, unsigned *facts_left);

/* ---- writeback.c: when what was changed reaches the disk ----------------------------------------------------------------- */

/* Sets how many seconds after a change it is written at the latest; 0: only when somebody asks, or the cache is full. */
void writeback_start(uint64_t seconds);
/* Something has been changed, or may be changed without a request (in mapped pages): begins to wait. */
void writeback_later(void);
/* Writes everything, if the wait has ended. */
void writeback_notified(uint64_t bits);
/* Writes everything, for a request. An error is reported once to each handle, by the next sync that comes through it. */
cell_error_t writeback_sync(const struct server_request *request);
/* Goes on with a sync, and with freeing what files have lost. False: a sync is still under way. */
bool writeback_go_on(void);
/* How many errors there have been, plus 1: those need not be reported to a handle that is used for the first time now. */
uint64_t writeback_errors(void);

/* ---- locks.c --------------------------------------------------------------------------------------------------------------- */

/* An owner of locks, a handle or a client, is gone: its locks go, and its requests that wait are answered. */
void locks_handle_gone(const struct server_handle *handle);
void locks_client_gone(struct server_client *client);
/* Nobody has the file open any more. */
void locks_file_gone(struct open_inode *of);

/* ---- walk.c: paths ----------------------------------------------------------------------------------------------------- */

/* Where a path leads. */
struct place {
    uint32_t directory; /* that the last name is in */
    char name[256];
    size_t length;
    uint32_t inode;    /* 0: there is nothing of that name */
    uint32_t mode;     /* type and permissions of what is there */
    uint64_t size;     /* if it is there, and has a name */
    bool as_directory; /* the path ended in a slash */
};

/* Follows a path from a directory of a namespace, with symbolic links; one at its end only if `follow`. CELL_NOT_FOUND: something before
 * the last name is missing; CELL_NOT_DIRECTORY; CELL_LOOP: more than 40 links; CELL_NAME_TOO_LONG; CELL_BAD_ARGUMENT: a zero is in it. */
cell_error_t walk(const struct namespace *in, uint32_t from, const char *path, size_t length, bool follow, struct place *place);
/* The same; CELL_NOT_FOUND if there is nothing. */
cell_error_t walk_to(const struct namespace *in, uint32_t from, const char *path, size_t length, bool follow,
                     struct place *place);

#define MODE_TYPE 0xf000u
#define MODE_DIRECTORY 0x4000u
#define MODE_REGULAR 0x8000u
#define MODE_LINK 0xa000u
#define MODE_FIFO 0x1000u
