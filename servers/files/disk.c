/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/files/disk.c: a range of a disk (idl/block.idl), read and written through memory that is shared with its server.
 * Its unit is 4 KiB; what is written in smaller pieces is read first.
 *
 *   page 0          the ring
 *   then            a window for what is read and written in calls
 *   then, READS     windows for what is read through the ring
 *   then, WRITES    windows for what is written through it
 *   then            one window in which ext4 itself prepares what is written (`staging`, lib/ext4/ext4.h)
 *
 * A request that may be repeated (disk_begin) does not wait: it asks through the ring, ends with CELL_LATER, and other requests
 * are served. A window that has been read is free again when that request, or another one, has taken it into the cache. A write
 * counts as done when it is in a window; until it is answered, its units are read from there, and not written again. A request that
 * cannot be repeated uses calls, and waits for writes that are in the way. A disk that is in memory is used by calls only.
 */
#include <cell/idl/block.h>
#include <cell/idl/handle.h>
#include <lib/client/ring.h>
#include <lib/client/signals.h>
#include <limits.h>
#include <string.h>

#include "lib/block/ranges.h"
#include "servers/files/files.h"

#define UNIT 4096u
#define WINDOW_UNITS 17u /* 64 KiB, which may begin within a unit */
#define READS 7u
#define WRITES 4u
#define STAGE (READS + WRITES)
#define FLUSH_TAG (STAGE + 1u)
_Static_assert(WINDOW_UNITS *UNIT >= EXT4_STAGING_BYTES && UNIT == EXT4_STAGING_UNIT, "what is staged fits its window");

#define SIGNAL_ANSWERS 0u
#define SIGNAL_ENDED 1u

struct window {
    enum { FREE,
           ASKED,
           HERE } state;
    bool stale; /* written since it was asked for */
    cell_error_t error;
    uint64_t first, count;
    uint64_t skip; /* units in front of them */
};

static cell_cap_t range, there;
static struct cell_memory memory;
static struct cell_ring ring;
static bool ring_ended;
static struct window windows[STAGE + 1]; /* for reads, for writes, and the stage; the index is the tag */
static unsigned next_window;             /* the one that a read uses again if none is free */
static struct window flush;              /* HERE: answered */
static bool needs_flush;
static unsigned writes;                  /* under way */
static cell_error_t write_error;         /* of a write; the next settle or flush returns it */
static uint64_t answered_meanwhile;      /* what answers that were taken by wait_for() have let go on, as bits */
struct disk_patience disk_patience;

#define ANY_READ SIGNAL_BIT(FLUSH_TAG + 1u)
#define ANY_WRITE SIGNAL_BIT(FLUSH_TAG + 2u)

/* Reduces an error of the disk to those that the file system knows. */
static cell_error_t told(cell_error_t error)
{
    return error == CELL_OK || error == CELL_GONE ? error : CELL_IO;
}

/* How many bytes from `at` on one request can be for. */
static size_t piece(uint64_t at, size_t bytes)
{
    size_t most = WINDOW_UNITS * UNIT - at % UNIT;

    return bytes < most ? bytes : most;
}

/* How many units these bytes lie in; one request can be for all of them. */
static uint64_t units(uint64_t at, size_t bytes)
{
    return (at % UNIT + bytes + UNIT - 1) / UNIT;
}

/* Where a window is in the shared memory; NULL: the window for calls. */
static uint64_t place_of(const struct window *window)
{
    return UNIT + (window == NULL ? 0 : (uint64_t)(window - windows + 1) * WINDOW_UNITS * UNIT);
}

static uint8_t *contents(const struct window *window)
{
    return (uint8_t *)memory.address + place_of(window);
}

/* The contents of a unit that the window has. */
static uint8_t *unit_in(const struct window *window, uint64_t unit)
{
    return contents(window) + (window->skip + unit - window->first) * UNIT;
}

static uint64_t bit_of(const struct window *window)
{
    return SIGNAL_BIT(window - windows);
}

static bool waits_for_nothing(void)
{
    return disk_patience.none && !ring_ended;
}

/* Notes that the request has to be repeated when one of these windows is answered. */
static cell_error_t later(uint64_t awaited)
{
    disk_patience.awaited |= awaited;
    return CELL_LATER;
}

static bool overlap(const struct window *window, uint64_t first, uint64_t count)
{
    return window->state != FREE && first < window->first + window->count && window->first < first + count;
}

/* The first of `many` windows that overlaps the units; NULL: none. */
static struct window *overlapping(struct window *from, unsigned many, uint64_t first, uint64_t count)
{
    for (struct window *window = from; window < from + many; window++)
        if (overlap(window, first, count))
            return window;
    return NULL;
}

/* A write under way that has some of these units. */
static struct window *find_write(uint64_t first, uint64_t count)
{
    return writes == 0 ? NULL : overlapping(windows + READS, WRITES + 1, first, count);
}

static bool holds_all(const struct window *window, uint64_t first, uint64_t count)
{
    return first >= window->first && first + count <= window->first + window->count;
}

static struct window *find_free(struct window *from, unsigned many)
{
    for (struct window *window = from; window < from + many; window++)
        if (window->state == FREE)
            return window;
    return NULL;
}

/* ---- Answers ---------------------------------------------------------------------------------------------------------------- */

/* Takes an answer; returns, as bits, what can go on. */
static uint64_t take_answer(const struct ring_entry *answer)
{
    struct window *window = answer->tag == FLUSH_TAG ? &flush : &windows[answer->tag % FLUSH_TAG];

    if (window->state != ASKED)
        return 0;
    window->error = told((cell_error_t)answer->label);
    if (window == &flush) {
        flush.state = HERE;
        return SIGNAL_BIT(FLUSH_TAG);
    }
    if (window >= windows + READS) {
        window->state = FREE;
        writes--;
        write_error = window->error == CELL_OK ? write_error : window->error;
        return bit_of(window) | ANY_WRITE;
    }
    window->state = window->stale ? FREE : HERE;
    return bit_of(window) | ANY_READ;
}

/* The disk's server has ended: what is under way will not be answered. */
static void end_ring(void)
{
    ring_ended = true;
    if (find_write(0, UINT64_MAX) != NULL || flush.state == ASKED)
        write_error = CELL_GONE;
    for (unsigned i = 0; i <= STAGE; i++)
        windows[i].state = FREE;
    writes = 0;
    flush.state = FREE;
}

/* Takes all answers that are there; returns, as bits, what can go on. */
static uint64_t take_answers(void)
{
    uint64_t answered = 0;
    struct ring_entry answer;
    cell_error_t error;

    while (!ring_ended && (error = cell_ring_answer(&ring, &answer)) != CELL_NOT_FOUND) {
        if (error == CELL_OK)
            answered |= take_answer(&answer);
        else
            end_ring();
    }
    return ring_ended ? UINT64_MAX : answered;
}

/* Waits until a window has its answer, by calls: with each, the disk's server serves the ring as well. */
static void wait_for(const struct window *window)
{
    uint64_t first, count, flags, under_way;

    while (window->state == ASKED) {
        if (block_about(range, &first, &count, &flags, &under_way) == CELL_GONE)
            end_ring();
        answered_meanwhile |= take_answers();
    }
}

static bool any_read(void)
{
    for (unsigned i = 0; i < READS; i++)
        if (windows[i].state != ASKED)
            return true;
    return false;
}

void disk_notified(uint64_t bits)
{
    uint64_t answered;

    if ((bits & (SIGNAL_BIT(SIGNAL_ANSWERS) | SIGNAL_BIT(SIGNAL_ENDED))) == 0)
        return;
    if ((bits & SIGNAL_BIT(SIGNAL_ENDED)) != 0 && !ring_ended)
        end_ring();
    answered = take_answers() | answered_meanwhile;
    answered_meanwhile = 0;
    if (writeback_go_on())
        answered |= DISK_SYNCED;
    server_again(answered & ~(ANY_READ | ANY_WRITE), UINT_MAX);
    while (find_free(windows + READS, WRITES) != NULL && server_again(ANY_WRITE, 1))
        ;
    while (any_read() && server_again(ANY_READ, 1))
        ;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------------------ */

/* The window that has, or will have, these units. */
static struct window *find_read(uint64_t first, uint64_t count)
{
    for (struct window *window = windows; window < windows + READS; window++)
        if (window->state != FREE && !window->stale && holds_all(window, first, count))
            return window;
    return NULL;
}

/* A window that is free, or one whose contents nobody has taken yet, in turn; NULL: all are under way. */
static struct window *take_window(void)
{
    struct window *window = find_free(windows, READS);

    for (unsigned i = 0; i < READS && window == NULL; i++) {
        struct window *next = &windows[next_window++ % READS];

        window = next->state == HERE ? next : NULL;
    }
    return window;
}

static cell_error_t ask(uint64_t first, uint64_t count)
{
    struct window *window = take_window();

    if (window == NULL)
        return later(ANY_READ);
    const uint64_t words[] = {there, place_of(window), first, count};

    if (cell_ring_ask(&ring, (uint64_t)(window - windows), BLOCK_READ_LABEL, words, 4) != CELL_OK)
        return CELL_OK; /* the ring cannot be used: the call that follows returns the error */
    *window = (struct window){.state = ASKED, .first = first, .count = count};
    return later(bit_of(window));
}

/* Asks for units, unless they are there. CELL_LATER: they are not yet. */
static cell_error_t fetch_units(uint64_t first, uint64_t count)
{
    const struct window *window = find_write(first, count);

    if (window != NULL)
        return holds_all(window, first, count) ? CELL_OK : later(bit_of(window));
    window = find_read(first, count);
    if (window == NULL)
        return ask(first, count);
    return window->state == HERE ? CELL_OK : later(bit_of(window));
}

static cell_error_t fetch_disk(struct ext4_device *device, uint64_t at, size_t bytes)
{
    (void)device;
    return waits_for_nothing() ? fetch_units(at / UNIT, units(at, piece(at, bytes))) : CELL_OK;
}

/* Replaces units in the window for calls, which holds those from `first` on, by what is being written there. */
static void put_writes(uint64_t first, uint64_t count)
{
    for (const struct window *window = windows + READS; writes > 0 && window <= windows + STAGE; window++)
        for (uint64_t unit = window->first; overlap(window, first, count) && unit < window->first + window->count; unit++)
            if (unit >= first && unit < first + count)
                memcpy(contents(NULL) + (unit - first) * UNIT, unit_in(window, unit), UNIT);
}

/* Reads units by a call, into the window for calls. */
static cell_error_t read_units(uint64_t first, uint64_t count)
{
    cell_error_t error = told(block_read(range, there, place_of(NULL), first, count));

    if (error == CELL_OK)
        put_writes(first, count);
    return error;
}

/* Reads units, and returns where they are in *at. */
static cell_error_t get_units(uint64_t first, uint64_t count, const uint8_t **at)
{
    const struct window *written = find_write(first, count);
    struct window *window = written == NULL ? find_read(first, count) : NULL;

    if (written != NULL && holds_all(written, first, count)) {
        *at = unit_in(written, first);
        return CELL_OK;
    }
    *at = contents(NULL);
    if (window == NULL || window->state != HERE)
        return read_units(first, count);
    *at = unit_in(window, first);
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

/* ---- Writing ------------------------------------------------------------------------------------------------------------------ */

/* These units are about to change: what was read of them is not valid any more. */
static void spoil(uint64_t first, uint64_t count)
{
    for (struct window *window = windows; window < windows + READS; window++)
        if (overlap(window, first, count)) {
            window->stale = window->state == ASKED;
            window->state = window->state == ASKED ? ASKED : FREE;
        }
}

/* Whether only a part of the first unit, or of the last one (`last`), will be written. */
static bool is_partial(uint64_t at, size_t bytes, bool last)
{
    return last ? (at + bytes) % UNIT != 0 : at % UNIT != 0 || bytes < UNIT;
}

/* Asks for the units at both ends that are written in part. CELL_LATER: they are not there yet. */
static cell_error_t fetch_ends(uint64_t at, size_t bytes)
{
    uint64_t first = at / UNIT, last = (at + bytes - 1) / UNIT;
    cell_error_t error = is_partial(at, bytes, false) ? fetch_units(first, 1) : CELL_OK;
    cell_error_t other = last != first && is_partial(at, bytes, true) ? fetch_units(last, 1) : CELL_OK;

    return error == CELL_OK ? other : error;
}

/* Reads them to their places in `to`, which will hold all units. */
static cell_error_t read_ends(uint64_t at, size_t bytes, uint8_t *to)
{
    uint64_t first = at / UNIT, last = (at + bytes - 1) / UNIT;
    const uint8_t *from;
    cell_error_t error = CELL_OK;

    if (is_partial(at, bytes, false) && (error = get_units(first, 1, &from)) == CELL_OK)
        memmove(to, from, UNIT);
    if (error == CELL_OK && last != first && is_partial(at, bytes, true) && (error = get_units(last, 1, &from)) == CELL_OK)
        memmove(to + (last - first) * UNIT, from, UNIT);
    return error;
}

/* Asks for a write of units that are in a window, behind `skip` others. CELL_BUSY: the ring cannot be used. */
static cell_error_t ask_write(struct window *window, uint64_t skip, uint64_t first, uint64_t count)
{
    const uint64_t words[] = {there, place_of(window) + skip * UNIT, first, count};

    spoil(first, count);
    if (cell_ring_ask(&ring, (uint64_t)(window - windows), BLOCK_WRITE_LABEL, words, 4) != CELL_OK)
        return CELL_BUSY;
    *window = (struct window){.state = ASKED, .first = first, .count = count, .skip = skip};
    writes++;
    return CELL_OK;
}

/* Writes through the ring. CELL_BUSY: the ring cannot be used. */
static cell_error_t begin_write(uint64_t at, const void *from, size_t bytes)
{
    uint64_t first = at / UNIT, count = units(at, bytes);
    struct window *window = find_write(first, count);

    if (window != NULL)
        return later(bit_of(window));
    window = find_free(windows + READS, WRITES);
    if (window == NULL)
        return later(ANY_WRITE);
    cell_error_t error = fetch_ends(at, bytes);

    if (error == CELL_OK)
        error = read_ends(at, bytes, contents(window));
    if (error != CELL_OK)
        return error;
    memcpy(contents(window) + at % UNIT, from, bytes);
    return ask_write(window, 0, first, count);
}

/* The same for what is in the stage already: nothing is copied. */
static cell_error_t begin_staged(uint64_t skip, uint64_t first, uint64_t count)
{
    struct window *window = find_write(first, count), *stage = &windows[STAGE];

    if (window == NULL && stage->state != FREE)
        window = stage;
    return window == NULL ? ask_write(stage, skip, first, count) : later(bit_of(window));
}

/* Writes units by a call, after writes under way that overlap them. */
static cell_error_t write_units(uint64_t place, uint64_t first, uint64_t count)
{
    const struct window *window;

    while ((window = find_write(first, count)) != NULL)
        wait_for(window);
    spoil(first, count);
    return told(block_write(range, there, place, first, count));
}

/* Writes by a call. */
static cell_error_t write_now(uint64_t at, const void *from, size_t bytes)
{
    uint64_t first = at / UNIT, count = units(at, bytes);
    static uint8_t all[WINDOW_UNITS * UNIT]; /* put together here if ends have to be read, since reading uses the window */
    bool whole = at % UNIT == 0 && bytes % UNIT == 0;
    uint8_t *to = whole ? contents(NULL) : all;
    cell_error_t error = read_ends(at, bytes, to);

    if (error != CELL_OK)
        return error;
    memcpy(to + at % UNIT, from, bytes);
    if (!whole)
        memcpy(contents(NULL), all, count * UNIT);
    return write_units(place_of(NULL), first, count);
}

static cell_error_t write_staged(uint64_t first, uint64_t count, uint64_t skip)
{
    cell_error_t error = waits_for_nothing() ? begin_staged(skip, first, count) : CELL_BUSY;

    return error == CELL_BUSY ? write_units(place_of(&windows[STAGE]) + skip * UNIT, first, count) : error;
}

static cell_error_t write_disk(struct ext4_device *device, uint64_t at, const void *from, size_t bytes)
{
    const uint8_t *source = from;

    if (source >= device->staging && source < device->staging + EXT4_STAGING_BYTES)
        return write_staged(at / UNIT, bytes / UNIT, (uint64_t)(source - device->staging) / UNIT);
    while (bytes > 0) {
        size_t part = piece(at, bytes);
        cell_error_t error = waits_for_nothing() ? begin_write(at, source, part) : CELL_BUSY;

        if (error == CELL_BUSY)
            error = write_now(at, source, part);
        if (error != CELL_OK)
            return error;
        source += part;
        at += part;
        bytes -= part;
    }
    return CELL_OK;
}

/* Returns, once, the error of a write that had counted as done. */
static cell_error_t take_error(void)
{
    cell_error_t error = write_error;

    write_error = CELL_OK;
    return error;
}

static cell_error_t settle_disk(struct ext4_device *device)
{
    const struct window *window;

    (void)device;
    while ((window = find_write(0, UINT64_MAX)) != NULL) {
        if (waits_for_nothing())
            return later(bit_of(window));
        wait_for(window);
    }
    return take_error();
}

static cell_error_t flush_disk(struct ext4_device *device)
{
    cell_error_t error = flush.state == FREE ? settle_disk(device) : CELL_OK;

    if (error != CELL_OK || !needs_flush)
        return error;
    if (flush.state == FREE && waits_for_nothing() && cell_ring_ask(&ring, FLUSH_TAG, BLOCK_FLUSH_LABEL, NULL, 0) == CELL_OK)
        flush.state = ASKED;
    if (flush.state == FREE)
        return told(block_flush(range));
    if (flush.state == ASKED && waits_for_nothing())
        return later(SIGNAL_BIT(FLUSH_TAG));
    wait_for(&flush);
    flush.state = FREE;
    return ring_ended ? CELL_GONE : flush.error;
}

cell_cap_t disk_range(void)
{
    return range;
}

uint64_t disk_first, disk_blocks;

cell_error_t disk_start(struct ext4_device *device)
{
    uint64_t first, count = 0, flags = 0, under_way;
    cell_cap_t server = cell_rde("BLOCK");
    cell_error_t error = block_take(server, disk_first, disk_blocks, &range, &first, &count);

    if (error == CELL_OK)
        error = block_about(range, &first, &count, &flags, &under_way);
    disk_patience.never = (flags & DISK_IS_PROMPT) != 0;
    needs_flush = (flags & DISK_NEEDS_FLUSH) != 0;
    if (error == CELL_OK)
        error = cell_memory_make(1 + (1 + READS + WRITES + 1) * WINDOW_UNITS, &memory);
    if (error == CELL_OK)
        error = handle_give_to_server(server, memory.mo, CELL_READ | CELL_WRITE, &there);
    if (error == CELL_OK)
        error = cell_ring_make(&ring, server, range, &memory, there, 0, UNIT, SIGNAL_ANSWERS);
    *device = (struct ext4_device){.bytes = count * UNIT,
                                   .read = read_disk,
                                   .write = write_disk,
                                   .flush = flush_disk,
                                   .settle = settle_disk,
                                   .fetch = fetch_disk,
                                   .staging = contents(&windows[STAGE])};
    return error;
}
