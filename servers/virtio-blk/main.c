/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/virtio-blk: the driver of a virtio disk behind virtio-mmio (idl/block.idl): `virtio-blk NUMBER` drives the board's disk
 * NUMBER, whose registers and interrupt its block in the system description names (`device disk0 pages=1`, `irq disk0`).
 *
 * Data moves between the device and the memory of clients without a copy. A request is answered when an interrupt says that its
 * transfers have ended; requests for which the device has no room wait in the order in which they came.
 */
#include <board.h>
#include <cell/idl/block_server.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/block/ranges.h"
#include "servers/virtio-blk/device.h"

#define SIGNAL_DEVICE 0u

/* A request that is not answered yet. */
struct job {
    struct server_reply reply;
    struct server_bulk *bulk; /* NULL: no data */
    enum transfer_kind kind;
    uint64_t block, count; /* the part that is not begun yet */
    uint64_t page;         /* where that part is in the memory */
    unsigned under_way;
    bool begun;         /* all of it */
    cell_error_t error; /* the first */
    struct job *next;
};

static struct job *waiting, **last = &waiting;
static bool discards;

/* ---- Jobs ---------------------------------------------------------------------- */

static void end_job(struct job *job)
{
    server_answer(&job->reply, job->error, NULL, 0);
    if (job->bulk != NULL)
        server_bulk_release(job->bulk);
    free(job);
}

/* Begins the next transfer of a job; false: the device has no room. */
static bool begin_some(struct job *job)
{
    static struct transfer transfer;
    bool moves = job->bulk != NULL;
    uint64_t count = moves && job->count > TRANSFER_PAGES ? TRANSFER_PAGES : job->count;

    transfer.kind = job->kind;
    transfer.block = job->block;
    transfer.count = count;
    transfer.owner = job;
    for (uint64_t i = 0; moves && i < count && job->error == CELL_OK; i++)
        job->error = server_bulk_physical(job->bulk, job->page + i, &transfer.pages[i]);
    if (job->error != CELL_OK) {
        job->begun = true;
        return true;
    }
    if (!device_begin(&transfer))
        return false;
    job->under_way++;
    job->block += count;
    job->page += count;
    job->count -= count;
    job->begun = job->count == 0;
    return true;
}

/* Begins transfers as long as the device has room. */
static void begin_waiting(void)
{
    while (waiting != NULL && begin_some(waiting)) {
        struct job *job = waiting;

        if (!job->begun)
            continue;
        waiting = job->next;
        if (waiting == NULL)
            last = &waiting;
        if (job->under_way == 0)
            end_job(job);
    }
    device_notify();
}

static void done(void *owner, cell_error_t error)
{
    struct job *job = owner;

    if (job->error == CELL_OK)
        job->error = error;
    if (--job->under_way == 0 && job->begun)
        end_job(job);
}

static void notified(uint64_t bits)
{
    (void)bits;
    device_interrupt(done);
    begin_waiting();
}

/* Keeps the request until the device has done it. `memory`: the memory that it names; 0: none. */
static cell_error_t begin(struct server_request *request, struct job work, cell_cap_t memory)
{
    struct job *job = malloc(sizeof *job);

    if (job == NULL)
        return CELL_NO_MEMORY;
    *job = work;
    cell_error_t error = server_defer(request, &job->reply);

    if (error != CELL_OK) {
        free(job);
        return error;
    }
    if (memory != 0)
        job->bulk = server_bulk_keep(memory);
    *last = job;
    last = &job->next;
    begin_waiting();
    return CELL_OK;
}

/* ---- Requests ------------------------------------------------------------------- */

cell_error_t block_read_serve(void *request, const struct block_read_in *in, struct block_read_out *out)
{
    struct job job = {.kind = TRANSFER_READ, .count = in->count, .page = in->at / CELL_PAGE};
    void *memory;
    cell_error_t error = ranges_find(request, in->first, in->count, &job.block);

    (void)out;
    if (error == CELL_OK)
        error = ranges_memory(request, in->memory, in->at, in->count, CELL_WRITE, &memory);
    return error == CELL_OK ? begin(request, job, in->memory) : error;
}

cell_error_t block_write_serve(void *request, const struct block_write_in *in, struct block_write_out *out)
{
    struct job job = {.kind = TRANSFER_WRITE, .count = in->count, .page = in->at / CELL_PAGE};
    void *memory;
    cell_error_t error = ranges_find_writable(request, in->first, in->count, &job.block);

    (void)out;
    if (error == CELL_OK)
        error = ranges_memory(request, in->memory, in->at, in->count, CELL_READ, &memory);
    return error == CELL_OK ? begin(request, job, in->memory) : error;
}

cell_error_t block_flush_serve(void *request, const struct block_flush_in *in, struct block_flush_out *out)
{
    (void)in;
    (void)out;
    return (disk.flags & DISK_NEEDS_FLUSH) != 0 ? begin(request, (struct job){.kind = TRANSFER_FLUSH}, 0) : CELL_OK;
}

cell_error_t block_discard_serve(void *request, const struct block_discard_in *in, struct block_discard_out *out)
{
    struct job job = {.kind = TRANSFER_DISCARD, .count = in->count};
    cell_error_t error = ranges_find_writable(request, in->first, in->count, &job.block);

    (void)out;
    if (error == CELL_OK && !discards)
        error = CELL_UNSUPPORTED;
    return error == CELL_OK ? begin(request, job, 0) : error;
}

cell_error_t block_map_serve(void *request, const struct block_map_in *in, struct block_map_out *out)
{
    (void)request;
    (void)in;
    (void)out;
    return CELL_UNSUPPORTED;
}

/* ---- The server ------------------------------------------------------------------ */

static cell_error_t start(int argc, char **argv)
{
    struct device_about about;
    uint64_t number = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;

    if (number + 1 > BOARD_DISKS) {
        fprintf(stderr, "virtio-blk: this board has %d disks\n", BOARD_DISKS);
        return CELL_NOT_FOUND;
    }
    cell_error_t error = device_start(BOARD_DISK_IRQ(number), SIGNAL_DEVICE, &about);

    if (error != CELL_OK)
        return error;
    disk.blocks = about.blocks;
    disk.flags = (about.read_only ? DISK_READ_ONLY : 0) | (about.flushes ? DISK_NEEDS_FLUSH : 0);
    disk.in_flight = DEVICE_TRANSFERS;
    discards = about.discards;
    return CELL_OK;
}

static const struct server_type *const types[] = {&block_type, NULL};
static const struct server server = {.types = types, .start = start, .notified = notified};

int main(int argc, char **argv)
{
    return server_run(&server, argc, argv);
}
