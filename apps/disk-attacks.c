/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/disk-attacks.c: a hostile client of a disk (idl/block.idl) and of the frame's bulk data (lib/server/server.h):
 *
 *   wild ROUNDS     random requests: handles, offsets near 2^63, lengths near 2^64
 *   small           memory objects that are smaller than the request says, huge, write-only, or dropped after they were given;
 *                   handles that the server does not know
 *   poor            memory whose pages it cannot pay for
 *   copy            memory that is a copy, whose pages another memory object has, too
 *   die             ends while it has ranges, and memory that the server knows
 *   crowd           takes ranges and gives memory until its allowance is used up
 *
 * It says "disk-attacks: NAME: as it should be", or what was wrong.
 */
#include <cell/idl/ads.h>
#include <cell/idl/block.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/server.h>
#include <lib/client/client.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECKER "disk-attacks"
#include "apps/check.h"
#include "apps/random.h"

#define PAGES 4u
#define BLOCKS 64u
/* Beyond SERVER_BULK_PAGES. */
#define TOO_MANY_PAGES 4097u
#define POOR_PAGES 900u
/* A place in the server's table that is always empty. */
#define NOWHERE 0xf0ffff00u

static cell_cap_t server, range, there;
static struct cell_memory memory;
static cell_error_t begin(void)
{
    uint64_t first, count;

    server = cell_rde("BLOCK");
    cell_error_t error = cell_memory_make(PAGES, &memory);

    if (error == CELL_OK)
        error = handle_give_to_server(server, memory.mo, CELL_READ | CELL_WRITE, &there);
    if (error == CELL_OK)
        error = block_take(server, 0, BLOCKS, &range, &first, &count);
    return error;
}

/* Memory that the server does not know takes the place of what it does. */
static void forget_memory(void)
{
    server_forget(server, there);
    cell_memory_free(&memory);
    expect("memory", cell_memory_make(PAGES, &memory), CELL_OK);
}

/* ---- Random requests ---------------------------------------------------------- */

static uint64_t wild_number(void)
{
    static const uint64_t edges[] = {0, 1, 4096, UINT64_C(1) << 31, UINT64_C(1) << 52, INT64_MAX, UINT64_MAX};
    uint64_t near = edges[random_next() % (sizeof edges / sizeof *edges)];

    switch (random_next() % 4) {
    case 0:
        return random_next();
    case 1:
        return random_next() % (2 * BLOCKS);
    default:
        return near + random_next() % 5 - 2;
    }
}

static cell_cap_t wild_handle(void)
{
    const cell_cap_t handles[] = {there, range, server, memory.mo, CSPACE_SELF, 0, CSPACE_ENDPOINT, random_next()};

    return handles[random_next() % (sizeof handles / sizeof *handles)];
}

/* Sends random requests; ranges that it gets are given up at once. */
static void wild(unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        uint64_t words[8], label = (uint64_t)BLOCK_INTERFACE << 16 | (random_next() % 10);
        unsigned count = (unsigned)(random_next() % 6);

        for (unsigned w = 0; w < 8; w++)
            words[w] = random_next() % 3 == 0 ? wild_handle() : wild_number();
        if (random_next() % 2 == 0)
            words[0] = there;
        cell_error_t error = cell_call(random_next() % 4 == 0 ? server : range, label, words, count, 4);

        if (error == CELL_OK && (label & 0xffff) <= 2)
            handle_drop(words[0]);
    }
}

static cell_error_t attack_wild(int argc, char **argv)
{
    uint64_t *words = memory.address;

    wild(argc > 2 ? (unsigned)atoi(argv[2]) : 1000);
    /* The disk works as before. */
    words[0] = 4711;
    expect("write", block_write(range, there, 0, 1, 1), CELL_OK);
    words[0] = 0;
    expect("read", block_read(range, there, 0, 1, 1), CELL_OK);
    return words[0] == 4711 ? CELL_OK : CELL_CORRUPT;
}

/* ---- Memory that does not fit the request ----------------------------------------- */

static void attack_offsets(void)
{
    static const uint64_t wrong[] = {4096, UINT64_C(4096) * PAGES, UINT64_C(1) << 63, UINT64_MAX - 4095,
                                     (UINT64_C(1) << 63) - 4096};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        expect("read behind the end", block_read(range, there, wrong[i], 0, PAGES), CELL_BAD_ARGUMENT);
        expect("write from behind the end", block_write(range, there, wrong[i], 0, PAGES), CELL_BAD_ARGUMENT);
    }
    expect("read off a page", block_read(range, there, 8, 0, 1), CELL_BAD_ARGUMENT);
    expect("read more than there is", block_read(range, there, 0, 0, PAGES + 1), CELL_BAD_ARGUMENT);
    expect("a block that is not in the range", block_read(range, there, 0, BLOCKS, 1), CELL_BAD_ARGUMENT);
    expect("the last and one more", block_read(range, there, 0, BLOCKS - 1, 2), CELL_BAD_ARGUMENT);
    expect("a block near 2^64", block_read(range, there, 0, UINT64_MAX, 1), CELL_BAD_ARGUMENT);
    expect("blocks that wrap around", block_discard(range, UINT64_MAX - 1, 2), CELL_BAD_ARGUMENT);
}

static void give_and_read(const char *what, uint64_t pages, unsigned flags, unsigned rights, cell_error_t right)
{
    cell_cap_t mo = 0, given = 0;

    expect("allocate", mo_allocate(cell_rde("MO"), pages, flags, &mo), CELL_OK);
    expect("give", handle_give_to_server(server, mo, rights, &given), CELL_OK);
    /* The server has a handle of its own, so this one can go. */
    mo_release(mo);
    expect(what, block_read(range, given, 0, 0, 1), right);
    if (right == CELL_OK) {
        expect("again", block_read(range, given, 0, 0, 1), right);
        expect("forget", server_forget(server, given), CELL_OK);
        expect("after that", block_read(range, given, 0, 0, 1), CELL_BAD_HANDLE);
    }
    expect("forget what was never read, or what is not known", server_forget(server, given), right == CELL_OK ? CELL_BAD_HANDLE : CELL_OK);
}

static cell_error_t attack_small(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    attack_offsets();
    give_and_read("memory that was dropped", 1, 0, CELL_READ | CELL_WRITE, CELL_OK);
    give_and_read("memory without pages", 64, 1, CELL_READ | CELL_WRITE, CELL_OK);
    give_and_read("very much memory", TOO_MANY_PAGES, 1, CELL_READ | CELL_WRITE, CELL_TOO_LARGE);
    give_and_read("memory to read", 1, 0, CELL_READ, CELL_DENIED);
    give_and_read("memory to write only", 1, 0, CELL_WRITE, CELL_DENIED);
    expect("a handle of ours", block_read(range, memory.mo, 0, 0, 1), CELL_BAD_HANDLE);
    expect("nothing", block_read(range, NOWHERE, 0, 0, 1), CELL_BAD_HANDLE);
    return CELL_OK;
}

/* Runs under a limit of fewer pages. The server must not find that out by faulting on them. */
static cell_error_t attack_poor(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    give_and_read("memory that nobody pays for", POOR_PAGES, 1, CELL_READ | CELL_WRITE, CELL_QUOTA);
    give_and_read("memory that it has", 1, 0, CELL_READ | CELL_WRITE, CELL_OK);
    return CELL_OK;
}

/* ---- Memory that is a copy -------------------------------------------------------- */

/* A copy of `memory`, attached, and given; its first word is `old`. */
static volatile uint64_t *make_copy(uint64_t old, cell_cap_t *given)
{
    uint64_t start = 0;
    cell_cap_t copy = 0;

    *(volatile uint64_t *)memory.address = old;
    expect("copy", mo_copy(cell_rde("MO"), memory.mo, &copy), CELL_OK);
    expect("attach", ads_attach(CSPACE_SELF, copy, 0, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, 0, &start), CELL_OK);
    expect("give", handle_give_to_server(server, copy, CELL_READ | CELL_WRITE, given), CELL_OK);
    mo_release(copy);
    return (volatile uint64_t *)start;
}

static void drop_copy(const volatile uint64_t *copy, cell_cap_t given)
{
    expect("forget", server_forget(server, given), CELL_OK);
    expect("remove", ads_remove(CSPACE_SELF, (uint64_t)copy), CELL_OK);
}

/* What is read into it is not in the other one; what is written from it is what is in it, also when it got pages of its own meanwhile. */
static cell_error_t attack_copy(int argc, char **argv)
{
    cell_cap_t given = 0;

    (void)argc;
    (void)argv;
    *(volatile uint64_t *)memory.address = 1;
    expect("write", block_write(range, there, 0, 0, 1), CELL_OK);
    forget_memory();
    const volatile uint64_t *read = make_copy(2, &given);

    expect("read into it", block_read(range, given, 0, 0, 1), CELL_OK);
    equal("what was read", *read, 1);
    equal("the other one", *(volatile uint64_t *)memory.address, 2);
    drop_copy(read, given);
    volatile uint64_t *written = make_copy(3, &given);

    expect("write from it", block_write(range, given, 0, 0, 1), CELL_OK);
    *written = 4;
    expect("once more", block_write(range, given, 0, 0, 1), CELL_OK);
    *written = 5;
    expect("read", block_read(range, given, 0, 0, 1), CELL_OK);
    equal("what was written", *written, 4);
    equal("the other one still", *(volatile uint64_t *)memory.address, 3);
    drop_copy(written, given);
    return CELL_OK;
}

/* ---- Ending, and allowances -------------------------------------------------------- */

static cell_error_t attack_die(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    expect("write", block_write(range, there, 0, 0, PAGES), CELL_OK);
    exit(0);
}

static cell_error_t attack_crowd(int argc, char **argv)
{
    cell_error_t error = CELL_OK;
    unsigned parts = 0, gifts = 0;
    cell_cap_t part, given;

    (void)argc;
    (void)argv;
    while (error == CELL_OK && parts < 2000) {
        error = block_part(range, parts % BLOCKS, 1, CELL_READ, &part);
        parts += error == CELL_OK;
        if (parts % 2 == 0 && error == CELL_OK) {
            error = handle_give_to_server(server, memory.mo, CELL_READ | CELL_WRITE, &given);
            gifts += error == CELL_OK;
            /* The same memory is mapped for this client already. */
            if (error == CELL_OK)
                expect("the same memory once more", block_read(range, given, 0, 0, 1), parts > 2 ? CELL_EXISTS : CELL_OK);
        }
    }
    expect("the end", error, CELL_QUOTA);
    printf("disk-attacks: %u ranges and %u gifts\n", parts, gifts);
    return CELL_OK;
}

/* -------------------------------------------------------------------------------- */

static const struct attack {
    const char *name;
    cell_error_t (*run)(int argc, char **argv);
} attacks[] = {{"wild", attack_wild}, {"small", attack_small}, {"poor", attack_poor},
               {"copy", attack_copy}, {"die", attack_die},     {"crowd", attack_crowd}};

int main(int argc, char **argv)
{
    cell_error_t error = begin();

    if (error != CELL_OK) {
        printf("disk-attacks: %s\n", cell_error_text(error));
        return 1;
    }
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (argc > 1 && strcmp(attacks[i].name, argv[1]) == 0) {
            expect(argv[1], attacks[i].run(argc, argv), CELL_OK);
            return checked(argv[1]);
        }
    printf("disk-attacks: which attack?\n");
    return 1;
}
