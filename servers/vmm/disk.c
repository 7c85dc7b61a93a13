/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/disk.c: see disk.h. Bottom-up: windows, ranges and files, requests as the thread does them, the thread, the disk. */
#include "servers/vmm/disk.h"

#include <cell/idl/block.h>
#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <cell/idl/server.h>
#include <cell/idl/word.h>
#include <lib/client/spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK UINT64_C(4096)
#define WINDOW_BLOCKS UINT64_C(64)
#define READ_ONLY 1u

/* What a disk is stored in: a range or a file. Data for `at` goes through the window, where it is at `at` % BLOCK. */
struct kind {
    const char *type; /* of the server */
    bool in_blocks;   /* it reads and writes whole ones */
    cell_error_t (*open)(struct disk *disk, const struct disk_wish *wish);
    bool (*read)(const struct disk *disk, uint64_t at, uint64_t bytes);
    bool (*write)(const struct disk *disk, uint64_t at, uint64_t bytes);
    bool (*flush)(const struct disk *disk);
};

/* Memory through which data goes. */
struct window {
    struct cell_memory memory;
    const char *type; /* of the disk's server */
    cell_cap_t there; /* as it knows the memory */
    struct window *next;
};

struct disk {
    cell_cap_t store;
    const struct kind *kind;
    struct window *window;
    uint64_t bytes;
    bool read_only;
    cell_cap_t thread; /* 0: there is none */
    uint64_t thread_id;
    uint32_t job; /* 1: there is one, 2: it is done; the thread waits for 1 */
    struct virtio_chain chain;
    struct disk_request request;
    enum disk_status status;
};

uint32_t disk_events;

/* ---- Windows ---------------------------------------------------------------------- */

static struct window *behind; /* left behind: requests were under way when their disk was closed */

/* False: a request still uses it. */
static bool window_free(struct window *window)
{
    if (window->there != 0 && server_forget(cell_rde(window->type), window->there) == CELL_BUSY)
        return false;
    if (window->memory.mo != 0)
        cell_memory_free(&window->memory);
    free(window);
    return true;
}

/* Frees those that can be freed by now. */
static void windows_look(void)
{
    for (struct window **at = &behind; *at != NULL;) {
        struct window *window = *at, *next = window->next;

        if (window_free(window))
            *at = next;
        else
            at = &window->next;
    }
}

static void window_close(struct window *window)
{
    if (window == NULL || window_free(window))
        return;
    window->next = behind;
    behind = window;
}

static cell_error_t window_open(const char *type, struct window **opened)
{
    struct window *window = calloc(1, sizeof *window);

    windows_look();
    if (window == NULL)
        return CELL_NO_MEMORY;
    window->type = type;
    cell_error_t error = cell_memory_make(WINDOW_BLOCKS, &window->memory);

    if (error == CELL_OK)
        error = handle_give_to_server(cell_rde(type), window->memory.mo, CELL_READ | CELL_WRITE, &window->there);
    if (error != CELL_OK) {
        window_close(window);
        return error;
    }
    *opened = window;
    return CELL_OK;
}

/* ---- A range ----------------------------------------------------------------------- */

static uint64_t blocks(uint64_t at, uint64_t bytes)
{
    return (at % BLOCK + bytes + BLOCK - 1) / BLOCK;
}

static bool range_read(const struct disk *disk, uint64_t at, uint64_t bytes)
{
    return block_read(disk->store, disk->window->there, 0, at / BLOCK, blocks(at, bytes)) == CELL_OK;
}

static bool range_write(const struct disk *disk, uint64_t at, uint64_t bytes)
{
    return block_write(disk->store, disk->window->there, 0, at / BLOCK, blocks(at, bytes)) == CELL_OK;
}

static bool range_flush(const struct disk *disk)
{
    return block_flush(disk->store) == CELL_OK;
}

static cell_error_t range_open(struct disk *disk, const struct disk_wish *wish)
{
    uint64_t first = wish->first, count = wish->blocks == UINT64_MAX ? 0 : wish->blocks, flags = 0, in_flight;
    cell_error_t error = block_take(cell_rde("BLOCK"), first, count, &disk->store, &first, &count);

    if (error == CELL_OK)
        error = block_about(disk->store, &first, &count, &flags, &in_flight);
    disk->bytes = count * BLOCK;
    disk->read_only = (flags & READ_ONLY) != 0;
    return error;
}

static const struct kind range_kind = {"BLOCK", true, range_open, range_read, range_write, range_flush};

/* ---- A file ------------------------------------------------------------------------ */

/* Flags of file.open and file.lock. */
enum { OPEN_READ = 1,
       OPEN_WRITE = 2,
       LOCK_EXCLUSIVE = 1,
       LOCK_OF_HANDLE = 8 };

static bool file_read_all(const struct disk *disk, uint64_t at, uint64_t bytes)
{
    uint64_t done = 0;

    return file_read(disk->store, disk->window->there, at % BLOCK, bytes, at, &done) == CELL_OK && done == bytes;
}

static bool file_write_all(const struct disk *disk, uint64_t at, uint64_t bytes)
{
    uint64_t done = 0, size;

    return file_write(disk->store, disk->window->there, at % BLOCK, bytes, at, &done, &size) == CELL_OK && done == bytes;
}

static bool file_flush(const struct disk *disk)
{
    return file_sync(disk->store, 0) == CELL_OK;
}

static cell_error_t open_in(struct disk *disk, cell_cap_t root, const char *path, uint64_t *mode)
{
    const size_t length = strlen(path);
    uint64_t id;
    cell_error_t error = file_open(root, OPEN_READ | OPEN_WRITE, 0, path, length, &disk->store, &id, mode, &disk->bytes);

    disk->read_only = error == CELL_DENIED || error == CELL_READ_ONLY;
    return disk->read_only ? file_open(root, OPEN_READ, 0, path, length, &disk->store, &id, mode, &disk->bytes) : error;
}

static cell_error_t file_open_locked(struct disk *disk, const struct disk_wish *wish)
{
    cell_cap_t root;
    uint64_t mode = 0;
    cell_error_t error = file_root(cell_rde("FILE"), &root);

    if (error != CELL_OK)
        return error;
    error = open_in(disk, root, wish->file, &mode);
    handle_drop(root);
    disk->bytes -= disk->bytes % DISK_SECTOR;
    if (error == CELL_OK && (!S_ISREG(mode) || disk->bytes == 0))
        error = CELL_BAD_ARGUMENT;
    if (error == CELL_OK)
        error = file_lock(disk->store, LOCK_OF_HANDLE | (disk->read_only ? 0 : LOCK_EXCLUSIVE), 0, 0, 0);
    return error == CELL_BUSY ? CELL_OVERLAP : error;
}

static const struct kind file_kind = {"FILE", false, file_open_locked, file_read_all, file_write_all, file_flush};

/* ---- What the thread does ------------------------------------------------------ */

/* Moves a piece that fits the window. A write to a range that begins or ends within a block first reads the blocks. */
static bool piece(struct disk *disk, uint64_t done, uint64_t bytes)
{
    const struct disk_request *request = &disk->request;
    const uint64_t at = request->at + done;
    char *data = (char *)disk->window->memory.address + at % BLOCK;
    const bool around = disk->kind->in_blocks && (at % BLOCK != 0 || bytes % BLOCK != 0);

    if ((request->what == DISK_READ || around) && !disk->kind->read(disk, at, bytes))
        return false;
    if (request->what == DISK_READ) {
        virtio_copy_in(&disk->chain, request->data_at + done, data, bytes);
        return true;
    }
    virtio_copy_out(&disk->chain, request->data_at + done, data, bytes);
    return disk->kind->write(disk, at, bytes);
}

static enum disk_status transfer(struct disk *disk)
{
    const struct disk_request *request = &disk->request;

    for (uint64_t done = 0; done < request->bytes;) {
        const uint64_t most = WINDOW_BLOCKS * BLOCK - (request->at + done) % BLOCK, left = request->bytes - done;
        const uint64_t bytes = left < most ? left : most;

        if (!piece(disk, done, bytes))
            return DISK_ERROR;
        done += bytes;
    }
    return DISK_OK;
}

static int work(void *argument)
{
    struct disk *disk = argument;
    uint64_t woken;

    while (disk->store != 0) {
        const uint32_t job = __atomic_load_n(&disk->job, __ATOMIC_ACQUIRE);

        if (job != 1) {
            word_wait(CSPACE_SELF, (uint64_t)&disk->job, job, UINT64_MAX, 0, &woken);
            continue;
        }
        disk->status = disk->request.what != DISK_FLUSH ? transfer(disk) : disk->kind->flush(disk) ? DISK_OK
                                                                                                   : DISK_ERROR;
        __atomic_store_n(&disk->job, 2, __ATOMIC_RELEASE);
        __atomic_add_fetch(&disk_events, 1, __ATOMIC_RELEASE);
        word_wake(CSPACE_SELF, (uint64_t)&disk_events, 1, &woken);
    }
    return 0;
}

/* ---- The thread -------------------------------------------------------------------- */

bool disk_is_busy(const struct disk *disk)
{
    return __atomic_load_n(&disk->job, __ATOMIC_ACQUIRE) != 0;
}

cell_error_t disk_begin(struct disk *disk, const struct virtio_chain *chain, const struct disk_request *request)
{
    struct spawned spawned;
    uint64_t woken;

    if (disk->thread == 0) {
        cell_error_t error = cell_thread_create(work, disk, &spawned);

        if (error != CELL_OK)
            return error;
        disk->thread = spawned.pd;
        disk->thread_id = spawned.id;
    }
    disk->chain = *chain;
    disk->request = *request;
    __atomic_store_n(&disk->job, 1, __ATOMIC_RELEASE);
    word_wake(CSPACE_SELF, (uint64_t)&disk->job, 1, &woken);
    return CELL_OK;
}

bool disk_ended(struct disk *disk, struct virtio_chain *chain, struct disk_request *request, enum disk_status *status)
{
    if (__atomic_load_n(&disk->job, __ATOMIC_ACQUIRE) != 2)
        return false;
    *chain = disk->chain;
    *request = disk->request;
    *status = disk->status;
    __atomic_store_n(&disk->job, 0, __ATOMIC_RELEASE);
    return true;
}

void disk_stop(struct disk *disk)
{
    if (disk == NULL || disk->thread == 0)
        return;
    pd_terminate(disk->thread, disk->thread_id, 255, 255);
    handle_drop(disk->thread);
    disk->thread = 0;
    disk->job = 0;
}

/* ---- The disk ------------------------------------------------------------------------ */

cell_cap_t disk_store(const struct disk *disk)
{
    return disk->store;
}

uint64_t disk_bytes(const struct disk *disk)
{
    return disk->bytes;
}

bool disk_read_only(const struct disk *disk)
{
    return disk->read_only;
}

static cell_error_t open(struct disk *disk, const struct disk_wish *wish)
{
    disk->kind = wish->file[0] != 0 ? &file_kind : &range_kind;
    cell_error_t error = cell_rde(disk->kind->type) == 0 ? CELL_NO_SERVER : disk->kind->open(disk, wish);

    return error == CELL_OK ? window_open(disk->kind->type, &disk->window) : error;
}

cell_error_t disk_open(const struct disk_wish *wish, struct disk **opened)
{
    struct disk *disk;

    if (wish->blocks == 0 && wish->file[0] == 0)
        return CELL_OK;
    disk = calloc(1, sizeof *disk);
    cell_error_t error = disk == NULL ? CELL_NO_MEMORY : open(disk, wish);

    if (error == CELL_OK)
        *opened = disk;
    else
        disk_close(disk);
    return error;
}

void disk_close(struct disk *disk)
{
    if (disk == NULL)
        return;
    disk_stop(disk);
    if (disk->store != 0)
        handle_drop(disk->store);
    window_close(disk->window);
    free(disk);
}
