/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/disk.c: see disk.h. Bottom-up: what the thread does, the thread, the disk. */
#include "servers/vmm/disk.h"

#include <cell/idl/block.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <cell/idl/server.h>
#include <cell/idl/word.h>
#include <lib/client/spawn.h>
#include <stdlib.h>

#define BLOCK UINT64_C(4096)
#define WINDOW_BLOCKS UINT64_C(64)
#define READ_ONLY 1u

/* Memory through which data go. */
struct window {
    struct cell_memory memory;
    cell_cap_t there; /* as the disk's server knows it */
    struct window *next;
};

struct disk {
    cell_cap_t range;
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

static struct window *behind; /* by requests that were under way when their disk was closed */

/* False: a request uses it still. */
static bool window_free(struct window *window)
{
    if (window->there != 0 && server_forget(cell_rde("BLOCK"), window->there) == CELL_BUSY)
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

static cell_error_t window_open(struct window **opened)
{
    struct window *window = calloc(1, sizeof *window);

    windows_look();
    cell_error_t error = window == NULL ? CELL_NO_MEMORY : cell_memory_make(WINDOW_BLOCKS, &window->memory);

    if (error == CELL_OK)
        error = handle_give_to_server(cell_rde("BLOCK"), window->memory.mo, CELL_READ | CELL_WRITE, &window->there);
    if (error != CELL_OK) {
        window_close(window);
        return error;
    }
    *opened = window;
    return CELL_OK;
}

/* ---- What the thread does ------------------------------------------------------ */

/* Through the window, as much as fits. A write that begins or ends within a block reads what is around it. */
static bool piece(struct disk *disk, uint64_t done, uint64_t bytes)
{
    const struct disk_request *request = &disk->request;
    const uint64_t at = request->at + done, first = at / BLOCK, skip = at % BLOCK;
    const uint64_t count = (skip + bytes + BLOCK - 1) / BLOCK;
    char *window = disk->window->memory.address;
    const bool whole = skip == 0 && bytes % BLOCK == 0;

    if ((request->what == DISK_READ || !whole) && block_read(disk->range, disk->window->there, 0, first, count) != CELL_OK)
        return false;
    if (request->what == DISK_READ) {
        virtio_copy_in(&disk->chain, request->data_at + done, window + skip, bytes);
        return true;
    }
    virtio_copy_out(&disk->chain, request->data_at + done, window + skip, bytes);
    return block_write(disk->range, disk->window->there, 0, first, count) == CELL_OK;
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

    while (disk->range != 0) {
        const uint32_t job = __atomic_load_n(&disk->job, __ATOMIC_ACQUIRE);

        if (job != 1) {
            word_wait(CSPACE_SELF, (uint64_t)&disk->job, job, UINT64_MAX, 0, &woken);
            continue;
        }
        disk->status = disk->request.what != DISK_FLUSH ? transfer(disk) : block_flush(disk->range) == CELL_OK ? DISK_OK
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

cell_cap_t disk_range(const struct disk *disk)
{
    return disk->range;
}

uint64_t disk_bytes(const struct disk *disk)
{
    return disk->bytes;
}

bool disk_read_only(const struct disk *disk)
{
    return disk->read_only;
}

static cell_error_t open(struct disk *disk, uint64_t first, uint64_t blocks)
{
    const cell_cap_t edge = cell_rde("BLOCK");
    uint64_t count = 0, flags = 0, in_flight;
    cell_error_t error = edge == 0 ? CELL_DENIED : block_take(edge, first, blocks, &disk->range, &first, &count);

    if (error == CELL_OK)
        error = block_about(disk->range, &first, &count, &flags, &in_flight);
    disk->bytes = count * BLOCK;
    disk->read_only = (flags & READ_ONLY) != 0;
    return error == CELL_OK ? window_open(&disk->window) : error;
}

cell_error_t disk_open(uint64_t first, uint64_t count, struct disk **opened)
{
    struct disk *disk = calloc(1, sizeof *disk);
    cell_error_t error = disk == NULL ? CELL_NO_MEMORY : open(disk, first, count);

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
    if (disk->range != 0)
        handle_drop(disk->range);
    window_close(disk->window);
    free(disk);
}
