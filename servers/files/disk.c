/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/disk.c: a range of a disk (idl/block.idl), read and written through memory that is shared with its server.
 * Its unit is 4 KiB; what is written in smaller pieces is read first. */
#include <cell/idl/block.h>
#include <cell/idl/handle.h>
#include <string.h>

#include "servers/files/files.h"

#define UNIT 4096u
#define WINDOW_UNITS 16u

static cell_cap_t range, there;
static struct cell_memory window;

/* The errors that a file system knows. */
static cell_error_t told(cell_error_t error)
{
    return error == CELL_OK || error == CELL_GONE ? error : CELL_IO;
}

/* Bytes of the window that one request can be for. */
static size_t piece(uint64_t at, size_t bytes)
{
    size_t most = WINDOW_UNITS * UNIT - at % UNIT;

    return bytes < most ? bytes : most;
}

static cell_error_t fetch(uint64_t first, uint64_t count, uint64_t to)
{
    return told(block_read(range, there, to * UNIT, first, count));
}

static cell_error_t read_disk(struct ext4_device *device, uint64_t at, void *to, size_t bytes)
{
    uint8_t *target = to;

    (void)device;
    while (bytes > 0) {
        size_t part = piece(at, bytes), skip = at % UNIT;
        cell_error_t error = fetch(at / UNIT, (skip + part + UNIT - 1) / UNIT, 0);

        if (error != CELL_OK)
            return error;
        memcpy(target, (uint8_t *)window.address + skip, part);
        target += part;
        at += part;
        bytes -= part;
    }
    return CELL_OK;
}

/* Reads the units of which only a part will be written. */
static cell_error_t fetch_ends(uint64_t at, size_t bytes)
{
    uint64_t first = at / UNIT, last = (at + bytes - 1) / UNIT;
    cell_error_t error = at % UNIT != 0 || bytes < UNIT ? fetch(first, 1, 0) : CELL_OK;

    if (error == CELL_OK && last != first && (at + bytes) % UNIT != 0)
        error = fetch(last, 1, last - first);
    return error;
}

static cell_error_t write_disk(struct ext4_device *device, uint64_t at, const void *from, size_t bytes)
{
    const uint8_t *source = from;

    (void)device;
    while (bytes > 0) {
        size_t part = piece(at, bytes), skip = at % UNIT;
        cell_error_t error = fetch_ends(at, part);

        if (error != CELL_OK)
            return error;
        memcpy((uint8_t *)window.address + skip, source, part);
        error = told(block_write(range, there, 0, at / UNIT, (skip + part + UNIT - 1) / UNIT));
        if (error != CELL_OK)
            return error;
        source += part;
        at += part;
        bytes -= part;
    }
    return CELL_OK;
}

static cell_error_t flush_disk(struct ext4_device *device)
{
    (void)device;
    return told(block_flush(range));
}

uint64_t disk_first, disk_blocks;

cell_error_t disk_start(struct ext4_device *device)
{
    uint64_t first, count = 0;
    cell_error_t error = block_take(cell_rde("BLOCK"), disk_first, disk_blocks, &range, &first, &count);

    if (error == CELL_OK)
        error = cell_memory_make(WINDOW_UNITS, &window);
    if (error == CELL_OK)
        error = handle_give_to_server(cell_rde("BLOCK"), window.mo, CELL_READ | CELL_WRITE, &there);
    *device = (struct ext4_device){.bytes = count * UNIT, .read = read_disk, .write = write_disk, .flush = flush_disk};
    return error;
}
