/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/ring-check.c: a client that asks by rings (lib/client/ring.h), for tests:
 *
 *   many       several reads of a disk are under way, and each gets its answer
 *   liar       a wrong request gets an error, or the ring ends; there is no other effect
 *   held       while the disk does not answer reads of a file (apps/bad-disk.c), other requests are answered
 *   stopped    while the disk does not answer a sync, reads are answered, and writes later
 *   stay       has a ring until the server is gone
 *
 * It says "ring-check: NAME: as it should be", or what was wrong.
 */
#include <cell/idl/block.h>
#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <cell/idl/server.h>
#include <lib/client/ring.h>
#include <lib/client/signals.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CHECKER "ring-check"
#include "apps/check.h"

#define PAGES 65u /* the first is the ring */
#define ANSWERS 3u
#define ENDED (ANSWERS + 1)

enum { READ = 1,
       WRITE = 2,
       CREATE = 16 };

static cell_cap_t there;
static struct cell_memory memory;
static struct cell_ring ring;
static bool ended;

/* Makes memory that is shared with the server, and a ring in its first page. */
static void make(cell_cap_t server, cell_cap_t handle)
{
    ended = false;
    expect("memory", cell_memory_make(PAGES, &memory), CELL_OK);
    expect("give", handle_give_to_server(server, memory.mo, CELL_READ | CELL_WRITE, &there), CELL_OK);
    expect("ring", cell_ring_make(&ring, server, handle, &memory, there, 0, CELL_PAGE, ANSWERS), CELL_OK);
}

static cell_cap_t take_range(void)
{
    uint64_t first, count;
    cell_cap_t range = 0;

    expect("take", block_take(cell_rde("BLOCK"), 0, 0, &range, &first, &count), CELL_OK);
    return range;
}

/* Waits for the next answer; false: the ring has ended. */
static bool wait_for(struct ring_entry *answer)
{
    seL4_Word bits = 0;

    while (cell_ring_answer(&ring, answer) != CELL_OK) {
        if (ended)
            return false;
        seL4_Wait(CSPACE_NOTIFICATION, &bits);
        ended = (bits & SIGNAL_BIT(ENDED)) != 0;
    }
    return true;
}

static void wait_for_end(void)
{
    struct ring_entry answer;

    while (wait_for(&answer))
        ;
}

static char *page(uint64_t number)
{
    return (char *)memory.address + number * CELL_PAGE;
}

/* ---- Several requests -------------------------------------------------------------- */

static void many(void)
{
    cell_cap_t range = take_range();
    uint64_t room, sum = 0;
    struct ring_entry answer;

    make(cell_rde("BLOCK"), range);
    room = ring.ring.out.room;
    for (uint64_t i = 1; i <= room; i++)
        memset(page(i), (int)i, CELL_PAGE);
    expect("write", block_write(range, there, CELL_PAGE, 0, room), CELL_OK);
    memset(page(1), 0, room * CELL_PAGE);
    for (unsigned round = 0; round < 20; round++) {
        for (uint64_t i = 1; i <= room; i++)
            expect("ask", cell_ring_ask(&ring, i, BLOCK_READ_LABEL, (uint64_t[]){there, i * CELL_PAGE, i - 1, 1}, 4), CELL_OK);
        expect("one more", cell_ring_ask(&ring, 0, BLOCK_FLUSH_LABEL, NULL, 0), CELL_BUSY);
        for (uint64_t i = 1; i <= room && wait_for(&answer); i++) {
            expect("error", answer.label, CELL_OK);
            equal("contents", (uint8_t)page(answer.tag)[CELL_PAGE - 1], answer.tag);
            sum += answer.tag;
        }
    }
    equal("each once", sum, 20 * room * (room + 1) / 2);
    expect("ask", cell_ring_ask(&ring, 77, BLOCK_ABOUT_LABEL, NULL, 0), CELL_OK);
    equal("answer", wait_for(&answer) && answer.tag == 77 && answer.label == CELL_OK && answer.length == 4, true);
}

/* ---- Lies ------------------------------------------------------------------------------ */

/* Sends one request; returns its error. */
static uint64_t ask_once(uint64_t label, const uint64_t *words, uint64_t length)
{
    struct ring_entry entry = {.label = label, .length = length}, answer = {0};
    bool signal;

    for (unsigned i = 0; words != NULL && i < length; i++)
        entry.words[i] = words[i];
    ring_put(&ring.ring.out, &entry, &signal);
    ring.under_way++;
    seL4_Signal(ring.doorbell);
    return wait_for(&answer) ? answer.label : CELL_GONE;
}

static void wrong_requests(cell_cap_t range)
{
    expect("no such operation", ask_once(BLOCK_READ_LABEL + 100, NULL, 0), CELL_BAD_REQUEST);
    expect("no such interface", ask_once(UINT64_MAX, NULL, 0), CELL_BAD_REQUEST);
    expect("too few words", ask_once(BLOCK_READ_LABEL, NULL, 3), CELL_BAD_REQUEST);
    expect("more words than there are", ask_once(BLOCK_READ_LABEL, NULL, UINT64_MAX), CELL_BAD_REQUEST);
    expect("of the space", ask_once(BLOCK_TAKE_LABEL, (uint64_t[]){0, 1}, 2), CELL_WRONG_TYPE);
    expect("no memory of its own", ask_once(BLOCK_READ_LABEL, (uint64_t[]){range, 0, 0, 1}, 4), CELL_BAD_HANDLE);
    expect("outside", ask_once(BLOCK_READ_LABEL, (uint64_t[]){there, PAGES * CELL_PAGE, 0, 1}, 4), CELL_BAD_ARGUMENT);
    expect("a second ring", server_ring(range, there, 0, CELL_PAGE, there, there, NULL), CELL_WRONG_TYPE);
    expect("forget", server_forget(cell_rde("BLOCK"), there), CELL_BUSY);
}

static void too_many_put(void)
{
    struct ring_shared *shared = memory.address;

    __atomic_store_n(&shared->requests_put.count, UINT64_C(1) << 40, __ATOMIC_RELEASE);
}

static void too_many_taken(void)
{
    struct ring_shared *shared = memory.address;

    __atomic_store_n(&shared->answers_taken.count, UINT64_C(1) << 63, __ATOMIC_RELEASE);
    ask_once(BLOCK_FLUSH_LABEL, NULL, 0);
}

/* Puts requests, but never takes an answer. */
static void glutton(void)
{
    struct ring_shared *shared = memory.address;

    for (unsigned i = 0; i < 4; i++) {
        __atomic_store_n(&shared->requests_put.count, shared->requests_taken.count + 10, __ATOMIC_RELEASE);
        seL4_Signal(ring.doorbell);
        block_flush(ring.handle); /* lets the server run */
    }
}

static void liar(void)
{
    static void (*const lies[])(void) = {too_many_put, too_many_taken, glutton};
    uint64_t first, count, flags, in_flight;

    for (unsigned i = 0; i < sizeof lies / sizeof *lies; i++) {
        cell_cap_t range = take_range();

        make(cell_rde("BLOCK"), range);
        wrong_requests(range);
        lies[i]();
        seL4_Signal(ring.doorbell);
        wait_for_end();
        expect("calls go on", block_about(range, &first, &count, &flags, &in_flight), CELL_OK);
        expect("the memory is free", server_forget(cell_rde("BLOCK"), there), CELL_OK);
        expect("drop", handle_drop(range), CELL_OK);
    }
}

/* ---- A disk that holds back -------------------------------------------------------------- */

static cell_cap_t open_file(cell_cap_t root, const char *path, uint64_t flags)
{
    uint64_t id, mode, size;
    cell_cap_t file = 0;

    expect(path, file_open(root, flags, 0600, path, strlen(path), &file, &id, &mode, &size), CELL_OK);
    return file;
}

static void tell_disk(cell_cap_t file, const char *what)
{
    uint64_t done, size;

    memset(page(PAGES - 1), 0, CELL_PAGE);
    snprintf(page(PAGES - 1), CELL_PAGE, "bad-disk: %s", what);
    expect("tell the disk", file_write(file, there, (PAGES - 1) * CELL_PAGE, CELL_PAGE, 0, &done, &size), CELL_OK);
    expect("sync", file_sync(file, 0), CELL_OK);
}

/* Writes more than the cache of the file server holds, so that the beginning is only on the disk. */
static void fill(cell_cap_t file)
{
    uint64_t done, size;

    for (uint64_t part = 0; part < 80; part++) {
        memset(page(1), (int)part + 1, 32 * CELL_PAGE);
        expect("write", file_write(file, there, CELL_PAGE, 32 * CELL_PAGE, part * 32 * CELL_PAGE, &done, &size), CELL_OK);
    }
    expect("sync", file_sync(file, 1), CELL_OK);
}

static void read_100(cell_cap_t file)
{
    uint64_t done;

    for (unsigned i = 0; i < 100; i++)
        expect("read from the cache", file_read(file, there, (PAGES - 1) * CELL_PAGE, CELL_PAGE, 0, &done), CELL_OK);
}

static void held(void)
{
    cell_cap_t root = 0, large, small, copy, copy_there = 0;
    struct ring_entry answer = {0};
    uint64_t done;

    expect("root", file_root(cell_rde("FILE"), &root), CELL_OK);
    copy = open_file(root, "/copy", READ | WRITE | CREATE);
    expect("give", handle_give_to_server(cell_rde("FILE"), copy, CELL_WRITE, &copy_there), CELL_OK);
    large = open_file(root, "/large", READ | WRITE | CREATE);
    small = open_file(root, "/small", READ | WRITE | CREATE);
    make(cell_rde("FILE"), large);
    fill(large);
    tell_disk(small, "holds");
    for (uint64_t i = 0; i < 4; i++)
        expect("ask",
               cell_ring_ask(&ring, i, FILE_READ_LABEL,
                             (uint64_t[]){there, (1 + i * 8) * CELL_PAGE, 8 * CELL_PAGE, i * 32 * CELL_PAGE}, 4),
               CELL_OK);
    /* a part of a block that has to be read first */
    expect("ask", cell_ring_ask(&ring, 4, FILE_WRITE_LABEL, (uint64_t[]){there, (PAGES - 1) * CELL_PAGE, 8, 0}, 4), CELL_OK);
    expect("ask", cell_ring_ask(&ring, 5, FILE_COPY_RANGE_LABEL, (uint64_t[]){copy_there, 10 * 32 * CELL_PAGE, 0, 8 * CELL_PAGE}, 4),
           CELL_OK);
    read_100(small);
    expect("no answer yet", cell_ring_answer(&ring, &answer), CELL_NOT_FOUND);
    printf("ring-check: held\n");
    tell_disk(small, "well");
    for (unsigned i = 0; i < 6 && wait_for(&answer); i++) {
        expect("answer", answer.label, CELL_OK);
        equal("bytes", answer.words[0], answer.tag == 4 ? 8 : 8 * CELL_PAGE);
        if (answer.tag >= 4)
            continue;
        equal("contents", (uint8_t)page(8 + answer.tag * 8)[CELL_PAGE - 1], answer.tag + 1);
    }
    expect("no further answer", cell_ring_answer(&ring, &answer), CELL_NOT_FOUND);
    expect("read the copy", file_read(copy, there, CELL_PAGE, CELL_PAGE, 7 * CELL_PAGE, &done), CELL_OK);
    equal("contents of the copy", (uint8_t)page(1)[0], 11);
}

static void stopped(void)
{
    cell_cap_t root = 0, file, range = 0;
    struct ring_entry answer = {0};
    uint64_t first, count, done, size;

    expect("root", file_root(cell_rde("FILE"), &root), CELL_OK);
    expect("take what the file server has left", block_take(cell_rde("BLOCK"), 16000, 1, &range, &first, &count), CELL_OK);
    file = open_file(root, "/small", READ | WRITE | CREATE);
    make(cell_rde("FILE"), file);
    snprintf(page(1), CELL_PAGE, "bad-disk: stops");
    expect("write", file_write(file, there, CELL_PAGE, CELL_PAGE, 0, &done, &size), CELL_OK);
    expect("ask for a sync", cell_ring_ask(&ring, 1, FILE_SYNC_LABEL, (uint64_t[]){1}, 1), CELL_OK);
    snprintf(page(2), CELL_PAGE, "written later");
    expect("ask for a write", cell_ring_ask(&ring, 2, FILE_WRITE_LABEL, (uint64_t[]){there, 2 * CELL_PAGE, CELL_PAGE, 0}, 4), CELL_OK);
    read_100(file);
    equal("what is there", strcmp(page(PAGES - 1), "bad-disk: stops") == 0, true);
    expect("no answer yet", cell_ring_answer(&ring, &answer), CELL_NOT_FOUND);
    printf("ring-check: stopped\n");
    expect("wake the disk", block_discard(range, 0, 1), CELL_OK);
    for (unsigned i = 0; i < 2 && wait_for(&answer); i++)
        expect("answer", answer.label, CELL_OK);
    read_100(file);
    equal("what is there now", strcmp(page(PAGES - 1), "written later") == 0, true);
}

static void stay(void)
{
    make(cell_rde("BLOCK"), take_range());
    printf("ring-check: it stays\n");
    wait_for_end();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } ways[] = {{"many", many}, {"liar", liar}, {"held", held}, {"stopped", stopped}, {"stay", stay}};

    for (unsigned i = 0; argc > 1 && i < sizeof ways / sizeof *ways; i++)
        if (strcmp(argv[1], ways[i].name) == 0) {
            ways[i].run();
            return checked(argv[1]);
        }
    fprintf(stderr, "ring-check: many, liar, held, stopped or stay\n");
    return 2;
}
