/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/files/disk.c: a range of a disk (idl/block.idl), read and written through memory that is shared with its server.
 * Its unit is 4 KiB; what is written in smaller pieces is read first.
 *
 *   page 0          the ring
 *   then            a window for what the server waits for, in calls: writes, and reads of requests that change something
 *   then, WINDOWS   windows for what is read through the ring, while other requests are served
 *
 * A window of the ring is filled for a request that could not go on, and is free again when that, or another one, has taken what is
 * in it into the cache.
 */
#include <cell/idl/block.h>
#include <cell/idl/handle.h>
#include <lib/client/ring.h>
#include <lib/client/signals.h>
#include <limits.h>
#include <string.h>

#include "servers/files/files.h"

#define UNIT 4096u
#define WINDOW_UNITS 16u
_Static_assert(WINDOW_UNITS *UNIT == EXT4_STAGING_BYTES && UNIT == EXT4_STAGING_UNIT, "the window for calls is what is written from");
#define WINDOWS 7u

#define SIGNAL_ANSWERS 0u
#define SIGNAL_ENDED 1u

struct window {
    enum { FREE,
           ASKED,
           HERE } state;
    bool stale; /* written since it was asked for */
    cell_error_t error;
    uint64_t first, count;
};

static cell_cap_t range, there;
static struct cell_memory memory;
static struct cell_ring ring;
static bool ring_ended;
static struct window windows[WINDOWS];
static unsigned next_window; /* that is used again if none is free */
struct disk_patience disk_patience;

#define ANY_WINDOW SIGNAL_BIT(WINDOWS)

/* The errors that a file system knows. */
static cell_error_t told(cell_error_t error)
{
    return error == CELL_OK || error == CELL_GONE ? error : CELL_IO;
}

/* Bytes that one request can be for. */
static size_t piece(uint64_t at, size_t bytes)
{
    size_t most = WINDOW_UNITS * UNIT - at % UNIT;

    return bytes < most ? bytes : most;
}

/* The units that bytes are in, of which one request can be for all. */
static uint64_t units(uint64_t at, size_t bytes)
{
    return (at % UNIT + bytes + UNIT - 1) / UNIT;
}

/* Where in the memory the window for calls is, and one of the ring. */
static uint64_t place_of(const struct window *window)
{
    return UNIT + (window == NULL ? 0 : (uint64_t)(window - windows + 1) * WINDOW_UNITS * UNIT);
}

static uint8_t *contents(const struct window *window)
{
    return (uint8_t *)memory.address + place_of(window);
}

/* ---- Reading through the ring ------------------------------------------------------------------------------------------------ */

/* The window that has, or will have, these units. */
static struct window *find_window(uint64_t first, uint64_t count)
{
    for (struct window *window = windows; window < windows + WINDOWS; window++)
        if (window->state != FREE && !window->stale && first >= window->first && first + count <= window->first + window->count)
            return window;
    return NULL;
}

/* One that is free, or holds what nobody has taken for the longest time; NULL: all are asked for. */
static struct window *take_window(void)
{
    for (struct window *window = windows; window < windows + WINDOWS; window++)
        if (window->state == FREE)
            return window;
    for (unsigned i = 0; i < WINDOWS; i++) {
        struct window *window = &windows[next_window++ % WINDOWS];

        if (window->state == HERE)
            return window;
    }
    return NULL;
}

static cell_error_t ask(uint64_t first, uint64_t count)
{
    struct window *window = take_window();

    if (window == NULL) {
        disk_patience.awaited |= ANY_WINDOW;
        return CELL_LATER;
    }
    const uint64_t words[] = {there, place_of(window), first, count};

    if (cell_ring_ask(&ring, (uint64_t)(window - windows), BLOCK_READ_LABEL, words, 4) != CELL_OK)
        return CELL_OK; /* the ring is of no use: a call finds out why */
    *window = (struct window){.state = ASKED, .first = first, .count = count};
    disk_patience.awaited |= SIGNAL_BIT(window - windows);
    return CELL_LATER;
}

static cell_error_t fetch_disk(struct ext4_device *device, uint64_t at, size_t bytes)
{
    uint64_t first = at / UNIT, count = units(at, piece(at, bytes));
    struct window *window;

    (void)device;
    if (!disk_patience.none || ring_ended)
        return CELL_OK;
    window = find_window(first, count);
    if (window != NULL && window->state == HERE)
        return CELL_OK;
    if (window == NULL)
        return ask(first, count);
    disk_patience.awaited |= SIGNAL_BIT(window - windows);
    return CELL_LATER;
}

/* What is in these units changes. */
static void spoil(uint64_t first, uint64_t count)
{
    for (struct window *window = windows; window < windows + WINDOWS; window++)
        if (first < window->first + window->count && window->first < first + count) {
            window->stale = window->state == ASKED;
            window->state = window->state == ASKED ? ASKED : FREE;
        }
}

static void take_answer(const struct ring_entry *answer)
{
    struct window *window = &windows[answer->tag % WINDOWS];

    if (window->state != ASKED)
        return;
    window->state = window->stale ? FREE : HERE;
    window->error = told((cell_error_t)answer->label);
}

static bool any_window(void)
{
    for (unsigned i = 0; i < WINDOWS; i++)
        if (windows[i].state != ASKED)
            return true;
    return false;
}

/* All that is under way will not be answered. */
static void end_ring(void)
{
    ring_ended = true;
    for (unsigned i = 0; i < WINDOWS; i++)
        windows[i].state = FREE;
}

void disk_notified(uint64_t bits)
{
    uint64_t answered = 0;
    struct ring_entry answer;
    cell_error_t error;

    if ((bits & (SIGNAL_BIT(SIGNAL_ANSWERS) | SIGNAL_BIT(SIGNAL_ENDED))) == 0)
        return;
    while ((error = cell_ring_answer(&ring, &answer)) == CELL_OK) {
        take_answer(&answer);
        answered |= SIGNAL_BIT(answer.tag % WINDOWS);
    }
    if (error == CELL_GONE || (bits & SIGNAL_BIT(SIGNAL_ENDED)) != 0) {
        end_ring();
        answered = UINT64_MAX;
    }
    server_again(answered, UINT_MAX);
    while (any_window() && server_again(ANY_WINDOW, 1))
        ;
}

/* ---- Reading and writing -------------------------------------------------------------------------------------------------------- */

/* Reads units into the window for calls, from its unit `to` on. */
static cell_error_t read_units(uint64_t first, uint64_t count, uint64_t to)
{
    return told(block_read(range, there, place_of(NULL) + to * UNIT, first, count));
}

/* Has units read, and says where they are. */
static cell_error_t get_units(uint64_t first, uint64_t count, const uint8_t **at)
{
    struct window *window = find_window(first, count);

    *at = contents(NULL);
    if (window == NULL || window->state != HERE)
        return read_units(first, count, 0);
    *at = contents(window) + (first - window->first) * UNIT;
    if (first + count == window->first + window->count)
        window->state = FREE;
    return window->error;
}

static cell_error_t read_disk(struct ext4_device *device, uint64_t at, void *to, size_t bytes)
{
    uint8_t *target = to;

    (void)device;
    while (bytes > 0) {
        size_t part = piece(at, bytes);
        const uint8_t *from;
        cell_error_t error = get_units(at / UNIT, units(at, part), &from);

        if (error != CELL_OK)
            return error;
        memcpy(target, from + at % UNIT, part);
        target += part;
        at += part;
        bytes -= part;
    }
    return CELL_OK;
}

/* Reads the units of which only a part will be written. */
static cell_error_t read_ends(uint64_t at, size_t bytes)
{
    uint64_t first = at / UNIT, last = (at + bytes - 1) / UNIT;
    cell_error_t error = at % UNIT != 0 || bytes < UNIT ? read_units(first, 1, 0) : CELL_OK;

    if (error == CELL_OK && last != first && (at + bytes) % UNIT != 0)
        error = read_units(last, 1, last - first);
    return error;
}

/* Writes units from the memory, where they are at a place. */
static cell_error_t write_units(uint64_t place, uint64_t first, uint64_t count)
{
    spoil(first, count);
    return told(block_write(range, there, place, first, count));
}

static cell_error_t write_disk(struct ext4_device *device, uint64_t at, const void *from, size_t bytes)
{
    const uint8_t *source = from;

    if (source >= device->staging && source < device->staging + EXT4_STAGING_BYTES)
        return write_units(place_of(NULL) + (uint64_t)(source - device->staging), at / UNIT, bytes / UNIT);
    while (bytes > 0) {
        size_t part = piece(at, bytes);
        cell_error_t error = read_ends(at, part);

        if (error != CELL_OK)
            return error;
        memcpy(contents(NULL) + at % UNIT, source, part);
        error = write_units(place_of(NULL), at / UNIT, units(at, part));
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

cell_cap_t disk_range(void)
{
    return range;
}

uint64_t disk_first, disk_blocks;

cell_error_t disk_start(struct ext4_device *device)
{
    uint64_t first, count = 0;
    cell_cap_t server = cell_rde("BLOCK");
    cell_error_t error = block_take(server, disk_first, disk_blocks, &range, &first, &count);

    if (error == CELL_OK)
        error = cell_memory_make(1 + (1 + WINDOWS) * WINDOW_UNITS, &memory);
    if (error == CELL_OK)
        error = handle_give_to_server(server, memory.mo, CELL_READ | CELL_WRITE, &there);
    if (error == CELL_OK)
        error = cell_ring_make(&ring, server, range, &memory, there, 0, UNIT, SIGNAL_ANSWERS);
    *device = (struct ext4_device){.bytes = count * UNIT,
                                   .read = read_disk,
                                   .write = write_disk,
                                   .flush = flush_disk,
                                   .fetch = fetch_disk,
                                   .staging = contents(NULL)};
    return error;
}
