/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/hoard.c: `hoard WHAT [N] [keep]`: takes N of something, or as many as it gets, and prints how many that were, and the error
 * that ended it; with `keep`, it then stays. It shows what one program can take away from all others.
 */
#include <cell/idl/ads.h>
#include <cell/idl/block.h>
#include <cell/idl/console.h>
#include <cell/idl/ep.h>
#include <cell/idl/file.h>
#include <cell/idl/graph.h>
#include <cell/idl/handle.h>
#include <cell/idl/kvstore.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <cell/idl/resspc.h>
#include <cell/idl/template.h>
#include <cell/idl/toy.h>
#include <lib/client/client.h>
#include <lib/client/spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE UINT64_C(4096)
#define SECOND UINT64_C(1000000000)

/* A memory object that is as large as possible, and has no pages. */
static cell_error_t take_lazy(unsigned long number)
{
    cell_cap_t mo;

    (void)number;
    return mo_allocate(cell_rde("MO"), UINT64_C(1) << 28, 1, &mo);
}

/* A large memory object that is attached, and of which the last page is touched. */
static cell_error_t take_touched(unsigned long number)
{
    uint64_t pages = UINT64_C(1) << 20, start;
    cell_cap_t mo;
    cell_error_t error = mo_allocate(cell_rde("MO"), pages, 1, &mo);

    (void)number;
    if (error == CELL_OK)
        error = ads_attach(CSPACE_SELF, mo, 0, 8, CELL_READ | CELL_WRITE, 0, &start);
    if (error == CELL_OK)
        *(volatile char *)(start + (pages - 1) * PAGE) = 1;
    return error;
}

static cell_error_t take_page(unsigned long number)
{
    cell_cap_t mo;

    (void)number;
    return mo_allocate(cell_rde("MO"), 1, 0, &mo);
}

static cell_error_t take_reservation(unsigned long number)
{
    uint64_t start;

    (void)number;
    return ads_reserve(CSPACE_SELF, 0, 1, 8, &start);
}

static cell_error_t take_endpoint(unsigned long number)
{
    cell_cap_t ep;

    (void)number;
    return ep_allocate(cell_rde("EP"), &ep);
}

static cell_error_t make_type(unsigned long number, cell_cap_t *space)
{
    char type[32];
    uint64_t id;

    snprintf(type, sizeof type, "HOARD%lu", number);
    return resspc_create(cell_rde("RESSPC"), type, space, &id);
}

static cell_error_t take_type(unsigned long number)
{
    cell_cap_t space;

    return make_type(number, &space);
}

/* A type that ends at once. */
static cell_error_t pass_type(unsigned long number)
{
    cell_cap_t space;
    cell_error_t error = make_type(number, &space);

    return error == CELL_OK ? resspc_delete(space) : error;
}

static cell_error_t take_snapshot(unsigned long number)
{
    uint64_t snapshot, rows;

    (void)number;
    return graph_extract(CSPACE_SELF, cell_pd_id(), 0, cell_pd_id(), &snapshot, &rows);
}

/* A page that is given to a server. */
static cell_error_t take_gift(unsigned long number)
{
    cell_cap_t mo, there;
    cell_error_t error = mo_allocate(cell_rde("MO"), 1, 0, &mo);

    (void)number;
    if (error == CELL_OK)
        error = handle_give_to_server(cell_rde("TOY"), mo, CELL_READ, &there);
    return error == CELL_OK ? handle_drop(mo) : error;
}

/* ---- Resources of servers ---------------------------------------------- */

static cell_error_t take_toy(unsigned long number)
{
    cell_cap_t toy;

    (void)number;
    return toy_create(cell_rde("TOY"), 0, "", &toy);
}

static cell_error_t take_sample(unsigned long number)
{
    cell_cap_t sample;

    (void)number;
    return template_create(cell_rde("SAMPLE"), &sample);
}

static cell_error_t take_store(unsigned long number)
{
    char name[32] = {0};
    cell_cap_t store;

    snprintf(name, sizeof name, "%lu of PD_%lx", number, (unsigned long)cell_pd_id());
    return kvstore_open(cell_rde("KVSTORE"), name, &store);
}

/* A range of one block, in the first large range of the disk that is free. */
static cell_error_t take_range(unsigned long number)
{
    enum { BLOCKS = 1000 };
    static cell_cap_t large;
    uint64_t first, count;
    cell_cap_t range;
    cell_error_t error = large != 0 ? CELL_OK : CELL_OVERLAP;

    for (uint64_t at = 0; error == CELL_OVERLAP; at += BLOCKS)
        error = block_take(cell_rde("BLOCK"), at, BLOCKS, &large, &first, &count);
    return error == CELL_OK ? block_part(large, number, 1, CELL_READ, &range) : error;
}

static cell_error_t take_file(unsigned long number)
{
    static cell_cap_t root;
    uint64_t id, mode, size;
    cell_cap_t file;
    cell_error_t error = root != 0 ? CELL_OK : file_root(cell_rde("FILE"), &root);

    (void)number;
    return error == CELL_OK ? file_open(root, 1, 0, ".", 1, &file, &id, &mode, &size) : error;
}

/* Begins a text of which the console waits for the end; each thread is a client of its own. */
static int begin_text(void *unused)
{
    char text[CONSOLE_WRITE_TEXT_MOST] = {0};

    (void)unused;
    if (console_write(cell_rde("CONSOLE"), 1, text, 0) != CELL_OK)
        return 1;
    cell_sleep(UINT64_MAX);
    return 0;
}

static cell_error_t take_text(unsigned long number)
{
    struct spawned thread;

    (void)number;
    return cell_thread_create(begin_text, NULL, &thread);
}

static long own_slots(void)
{
    uint64_t state, pages, objects, slots = 0, limit, time;
    char name[32];

    pd_info(CSPACE_SELF, cell_pd_id(), &state, &pages, &objects, &slots, &limit, &time, name);
    return (long)slots;
}

static int send_to_sleep(void *seconds)
{
    return toy_misbehave(cell_rde("TOY"), 3, (uint64_t)(uintptr_t)seconds) != CELL_OK;
}

/* Toys that are dropped while their server sleeps. */
static cell_error_t drop_unheard(unsigned long number)
{
    enum { TOYS = 30 };
    cell_cap_t toys[TOYS];
    struct spawned thread;
    uint64_t value;
    cell_error_t error = CELL_OK;

    (void)number;
    for (unsigned i = 0; i < TOYS && error == CELL_OK; i++) {
        error = toy_create(cell_rde("TOY"), 0, "", &toys[i]);
        if (error == CELL_OK)
            error = toy_get(toys[i], &value);
    }
    if (error == CELL_OK)
        error = cell_thread_create(send_to_sleep, (void *)3, &thread);
    if (error != CELL_OK)
        return error;
    long before = own_slots();

    cell_sleep(SECOND / 5);
    for (unsigned i = 0; i < TOYS; i++)
        handle_drop(toys[i]);
    printf("hoard: %u toys dropped, %s slots less\n", TOYS, own_slots() < before ? "some" : "no");
    cell_sleep(4 * SECOND);
    printf("hoard: when the server knows: %s slots less\n", before - own_slots() >= TOYS ? "as many" : "too few");
    return CELL_OK;
}

/* Lends a server memory whose page is made when it is touched, when the lender's limit allows no further page. */
static cell_error_t lend(unsigned long number)
{
    cell_cap_t mo, there = 0, toy = 0;
    cell_error_t error = toy_create(cell_rde("TOY"), 0, "lent", &toy);

    (void)number;
    if (error == CELL_OK)
        error = mo_allocate(cell_rde("MO"), 1, 1, &mo);
    if (error == CELL_OK)
        error = handle_give_to_server(cell_rde("TOY"), mo, CELL_READ | CELL_WRITE, &there);
    while (error == CELL_OK)
        error = take_page(0);
    if (error != CELL_QUOTA)
        return error;
    error = toy_share(toy, there);
    return error == CELL_OK ? toy_set(toy, 1) : error;
}

/* Tries to lift its own limits. */
static cell_error_t unlimit(unsigned long number)
{
    (void)number;
    return pd_limits(CSPACE_SELF, cell_pd_id(), UINT64_MAX, UINT64_MAX, UINT64_MAX);
}

/* Lifts the limits of the PD with the preceding number, which made this one and its budget, by authority over the system. */
static cell_error_t unlimit_maker(unsigned long number)
{
    (void)number;
    return pd_limits(cell_holds(0), cell_pd_id() - 1, UINT64_MAX, UINT64_MAX, UINT64_MAX);
}

static const struct {
    const char *name;
    cell_error_t (*take)(unsigned long number);
} things[] = {
    {"lazy", take_lazy},
    {"touched", take_touched},
    {"pages", take_page},
    {"reservations", take_reservation},
    {"endpoints", take_endpoint},
    {"types", take_type},
    {"passing-types", pass_type},
    {"snapshots", take_snapshot},
    {"gifts", take_gift},
    {"toys", take_toy},
    {"samples", take_sample},
    {"stores", take_store},
    {"ranges", take_range},
    {"files", take_file},
    {"texts", take_text},
    {"unlimit", unlimit},
    {"unlimit-maker", unlimit_maker},
    {"lent", lend},
    {"unheard", drop_unheard},
};

int main(int argc, char **argv)
{
    unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 0) : ~0ul, taken = 0;
    bool keep = argc > 2 && strcmp(argv[argc - 1], "keep") == 0;
    cell_error_t error = CELL_OK;

    if (keep && argc == 3)
        count = ~0ul;
    for (unsigned i = 0; i < sizeof things / sizeof *things; i++) {
        if (argc < 2 || strcmp(things[i].name, argv[1]) != 0)
            continue;
        while (taken < count && (error = things[i].take(taken)) == CELL_OK)
            taken++;
        printf("hoard: %lu %s: %s\n", taken, argv[1], error == CELL_OK ? "all" : cell_error_text(error));
        if (keep)
            cell_sleep(UINT64_MAX);
        return 0;
    }
    printf("hoard: what?\n");
    return 1;
}
