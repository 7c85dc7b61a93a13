/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/sqlite/vfs.c: see vfs.h. Bottom-up: pieces of memory, a file's methods, names, the rest. */
#include "lib/sqlite/vfs.h"

#include <cell/idl/clock.h>
#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <sqlite3.h>
#include <string.h>

#define PIECE_PAGES 16u
#define PIECE ((int)(PIECE_PAGES * CELL_PAGE))
/* Bytes that a device writes at once. */
#define SECTOR 512

enum { OPEN_READ = 1,
       OPEN_WRITE = 2,
       OPEN_CREATE = 16,
       OPEN_EXCLUSIVE = 32 };

struct file {
    sqlite3_file base; /* first: SQLite knows no more */
    cell_cap_t handle;
    char *remove; /* its path, if it goes when it is closed; owned */
};

static cell_cap_t directory, there;
static struct cell_memory piece;
static cell_error_t last_error;

void (*sqlite_files_opened)(cell_cap_t file);

/* Notes an error; returns SQLite's code for it. */
static int told(cell_error_t error, int code)
{
    if (error == CELL_OK)
        return SQLITE_OK;
    last_error = error;
    return error == CELL_FULL ? SQLITE_FULL : error == CELL_NO_MEMORY ? SQLITE_NOMEM
                                                                      : code;
}

cell_error_t sqlite_files_error(void)
{
    return last_error;
}

/* ---- A file ---------------------------------------------------------------------------------------------------------------- */

static int do_close(sqlite3_file *base)
{
    struct file *file = (struct file *)base;

    handle_drop(file->handle);
    if (file->remove != NULL) {
        file_remove(directory, 0, file->remove, strlen(file->remove));
        sqlite3_free(file->remove);
    }
    return SQLITE_OK;
}

/* What is beyond the end reads as zeros. */
static int do_read(sqlite3_file *base, void *to, int bytes, sqlite3_int64 offset)
{
    const struct file *file = (const struct file *)base;

    for (int at = 0; at < bytes;) {
        int part = bytes - at < PIECE ? bytes - at : PIECE;
        uint64_t done = 0;
        int code = told(file_read(file->handle, there, 0, (uint64_t)part, (uint64_t)(offset + at), &done), SQLITE_IOERR_READ);

        if (code != SQLITE_OK)
            return code;
        memcpy((char *)to + at, piece.address, done);
        at += (int)done;
        if (done < (uint64_t)part) {
            memset((char *)to + at, 0, (size_t)(bytes - at));
            return SQLITE_IOERR_SHORT_READ;
        }
    }
    return SQLITE_OK;
}

static int do_write(sqlite3_file *base, const void *from, int bytes, sqlite3_int64 offset)
{
    const struct file *file = (const struct file *)base;

    for (int at = 0; at < bytes;) {
        int part = bytes - at < PIECE ? bytes - at : PIECE;
        uint64_t done = 0, size;

        memcpy(piece.address, (const char *)from + at, (size_t)part);
        cell_error_t error = file_write(file->handle, there, 0, (uint64_t)part, (uint64_t)(offset + at), &done, &size);

        if (error == CELL_OK && done == 0)
            error = CELL_FULL;
        if (error != CELL_OK)
            return told(error, SQLITE_IOERR_WRITE);
        at += (int)done;
    }
    return SQLITE_OK;
}

static int do_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    return told(file_resize(((const struct file *)base)->handle, (uint64_t)size), SQLITE_IOERR_TRUNCATE);
}

static int do_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    return told(file_sync(((const struct file *)base)->handle, 0), SQLITE_IOERR_FSYNC);
}

static int do_size(sqlite3_file *base, sqlite3_int64 *size)
{
    uint64_t is[16] = {0};
    cell_error_t error = file_stat(((const struct file *)base)->handle, &is[0], &is[1], &is[2], &is[3], &is[4], &is[5], &is[6],
                                   &is[7], &is[8], &is[9], &is[10], &is[11], &is[12], &is[13], &is[14], &is[15]);

    *size = (sqlite3_int64)is[6];
    return told(error, SQLITE_IOERR_FSTAT);
}

/* A database is one PD's alone: nobody else is asked. */
static int do_lock(sqlite3_file *base, int level)
{
    (void)base;
    (void)level;
    return SQLITE_OK;
}

static int do_check_lock(sqlite3_file *base, int *is_locked)
{
    (void)base;
    *is_locked = 0;
    return SQLITE_OK;
}

static int do_control(sqlite3_file *base, int operation, void *argument)
{
    (void)base;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int do_sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR;
}

/* docs/storage.md, "Power cuts": a file is no longer than what was written of it, and what is beside what is written stays. */
static int do_characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_SAFE_APPEND | SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN;
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = do_close,
    .xRead = do_read,
    .xWrite = do_write,
    .xTruncate = do_truncate,
    .xSync = do_sync,
    .xFileSize = do_size,
    .xLock = do_lock,
    .xUnlock = do_lock,
    .xCheckReservedLock = do_check_lock,
    .xFileControl = do_control,
    .xSectorSize = do_sector_size,
    .xDeviceCharacteristics = do_characteristics,
};

/* ---- Names ----------------------------------------------------------------------------------------------------------------- */

static uint64_t flags_of(int flags)
{
    return OPEN_READ | (flags & SQLITE_OPEN_READWRITE ? OPEN_WRITE : 0u) | (flags & SQLITE_OPEN_CREATE ? OPEN_CREATE : 0u) |
           (flags & SQLITE_OPEN_EXCLUSIVE ? OPEN_EXCLUSIVE : 0u);
}

/* A file without a name is not needed: temporary ones are kept in memory (SQLITE_TEMP_STORE). */
static int do_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *base, int flags, int *flags_out)
{
    struct file *file = (struct file *)base;
    uint64_t id, mode, size;

    (void)vfs;
    *file = (struct file){0};
    if (path == NULL)
        return told(CELL_UNSUPPORTED, SQLITE_CANTOPEN);
    if (flags & SQLITE_OPEN_DELETEONCLOSE && (file->remove = sqlite3_mprintf("%s", path)) == NULL)
        return SQLITE_NOMEM;
    int code = told(file_open(directory, flags_of(flags), 0644, path, strlen(path), &file->handle, &id, &mode, &size),
                    SQLITE_CANTOPEN);

    if (code != SQLITE_OK) {
        sqlite3_free(file->remove);
        return code;
    }
    file->base.pMethods = &methods;
    if (flags_out != NULL)
        *flags_out = flags;
    if (sqlite_files_opened != NULL)
        sqlite_files_opened(file->handle);
    return SQLITE_OK;
}

static int do_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    cell_error_t error = file_remove(directory, 0, path, strlen(path));

    (void)vfs;
    if (error == CELL_NOT_FOUND)
        return SQLITE_IOERR_DELETE_NOENT;
    if (error == CELL_OK && sync)
        error = file_sync(directory, 1);
    return told(error, SQLITE_IOERR_DELETE);
}

static int do_access(sqlite3_vfs *vfs, const char *path, int how, int *yes)
{
    uint64_t is[16];
    cell_error_t error = file_stat_path(directory, 0, path, strlen(path), &is[0], &is[1], &is[2], &is[3], &is[4], &is[5], &is[6],
                                        &is[7], &is[8], &is[9], &is[10], &is[11], &is[12], &is[13], &is[14], &is[15]);

    (void)vfs;
    (void)how;
    *yes = error == CELL_OK;
    return error == CELL_NOT_FOUND ? SQLITE_OK : told(error, SQLITE_IOERR_ACCESS);
}

static int do_full_path(sqlite3_vfs *vfs, const char *path, int room, char *whole)
{
    (void)vfs;
    sqlite3_snprintf(room, whole, "%s", path);
    return SQLITE_OK;
}

/* ---- The rest -------------------------------------------------------------------------------------------------------------- */

static uint64_t nanoseconds(void)
{
    uint64_t now = 0, resolution, frequency;

    clock_now(&now, &resolution, &frequency);
    return now;
}

/* Tells apart journals and row numbers, which needs no secrets. */
static int do_randomness(sqlite3_vfs *vfs, int bytes, char *to)
{
    uint64_t state = nanoseconds() ^ cell_pd_id() << 48;

    (void)vfs;
    for (int i = 0; i < bytes; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        to[i] = (char)(state >> 56);
    }
    return bytes;
}

static int do_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    cell_sleep((uint64_t)microseconds * 1000);
    return microseconds;
}

/* Milliseconds since noon of 24 November 4714 BC; the machine's time begins at 1970. */
static int do_time(sqlite3_vfs *vfs, sqlite3_int64 *time)
{
    (void)vfs;
    *time = INT64_C(210866760000000) + (sqlite3_int64)(nanoseconds() / 1000000);
    return SQLITE_OK;
}

static int do_time_in_days(sqlite3_vfs *vfs, double *days)
{
    sqlite3_int64 time;

    do_time(vfs, &time);
    *days = (double)time / 86400000.0;
    return SQLITE_OK;
}

static int do_last_error(sqlite3_vfs *vfs, int room, char *text)
{
    (void)vfs;
    sqlite3_snprintf(room, text, "%s", cell_error_text(last_error));
    return (int)last_error;
}

static sqlite3_vfs vfs = {
    .iVersion = 2,
    .szOsFile = sizeof(struct file),
    .mxPathname = FILE_OPEN_PATH_MOST,
    .zName = "cell",
    .xOpen = do_open,
    .xDelete = do_delete,
    .xAccess = do_access,
    .xFullPathname = do_full_path,
    .xRandomness = do_randomness,
    .xSleep = do_sleep,
    .xCurrentTime = do_time_in_days,
    .xGetLastError = do_last_error,
    .xCurrentTimeInt64 = do_time,
};

/* Called by SQLite as it begins and ends. */
int sqlite3_os_init(void)
{
    return sqlite3_vfs_register(&vfs, 1);
}

int sqlite3_os_end(void)
{
    return SQLITE_OK;
}

cell_error_t sqlite_files_begin(void)
{
    cell_cap_t server = cell_rde("FILE");

    if (server == 0)
        return CELL_DENIED;
    cell_error_t error = piece.mo != 0 ? CELL_OK : cell_memory_make(PIECE_PAGES, &piece);

    if (error == CELL_OK && there == 0)
        error = handle_give_to_server(server, piece.mo, CELL_READ | CELL_WRITE, &there);
    if (error == CELL_OK && directory == 0)
        error = file_root(server, &directory);
    return error;
}
