/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/liar.c: a resource server that misbehaves when the root
 * task asks it for its part of the model. `liar HOW`:
 *
 *   lie      answers with wrong facts of all kinds, then says that it is done
 *   much     answers with more and more resources, without an end
 *   error    says that it failed           silent   fetches the work, says nothing
 *   loop     loops forever                 asleep   never looks
 *   exit     ends                          fault    faults
 *
 * It does not use the frame (lib/server), which would answer properly.
 */
#include <cell/idl/pd.h>
#include <cell/idl/resspc.h>
#include <lib/client/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MILLISECOND UINT64_C(1000000)
#define EXTRACT 1u
/* Length of a chain of mappings, which is longer than what the root task follows. */
#define CHAIN 40u
/* Layers of a graph, and their width: it has more paths than could ever be followed. */
#define LAYERS 12u
#define WIDTH 12u

static cell_cap_t space;

static void done(uint64_t item, uint64_t result)
{
    resspc_done(item, result);
}

/* ---- Lies -------------------------------------------------------------------- */

static void wrong_types(void)
{
    static const char *const types[] = {
        "",     "NA",   "null", "NaN",   "A B",        "A_B",      "A,B", "\"", "\xc3\xa4",
        "\x01", "PD",   "ADS",  "VMR",   "MO",         "RESSPC",   "PCPU",
        "TOY2", "LIES", "x",    "SPACE", "ABCDEFGHIJKLMNOPQRSTUVWXYZ12345"};
    cell_cap_t handle;
    uint64_t id;

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        resspc_create(cell_rde("RESSPC"), types[i], &handle, &id);
}

static void wrong_names(void)
{
    static const char *const names[] = {
        "a,b", "\"", "a \"b\", c", "\n", "\r\n,,NONE,HOLD,PD_0,PD_0,", "\xff\xfe", "%", "%41",
        "NaN", "null", "NA", " ", "\x7f", "=1+1", "0123456789abcdef0123456789abcde"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        resspc_create_resource(space, 1000 + i, names[i]);
    resspc_create_resource(space, UINT64_MAX, "the space itself");
    resspc_create_resource(space, UINT64_MAX - 1, "");
}

/* Makes a resource, and a handle of its own on it; 0: it got none. */
static cell_cap_t own(uint64_t object)
{
    uint64_t badge;
    cell_cap_t there = 0;

    resspc_create_resource(space, object, "");
    resspc_give(space, object, cell_pd_id(), CELL_ALL, &badge, &there);
    return there;
}

static void wrong_maps(void)
{
    static const char *const types[] = {"MO", "PD", "RESSPC", "ADS", "CONSOLE", "TOY"};
    cell_cap_t handle[CHAIN], first = own(1);

    for (unsigned meta = 0; meta < 2; meta++) {
        for (uint64_t cptr = 0; cptr < 64; cptr++) {
            resspc_map(space, 1, cptr, meta);
            resspc_map(space, 1, CSPACE_AT(CSPACE_COMMON, cptr), meta);
            resspc_map(space, UINT64_MAX, CSPACE_AT(CSPACE_COMMON, cptr), meta);
            resspc_map(space, 77777, CSPACE_AT(CSPACE_COMMON, cptr), meta);
        }
        for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
            resspc_map(space, 1, cell_rde(types[i]), meta);
            resspc_map(space, UINT64_MAX, cell_rde(types[i]), meta);
        }
        resspc_map(space, 1, space, meta);
        resspc_map(space, UINT64_MAX, space, meta);
        resspc_map(space, 1, first, meta);
        resspc_map(space, 1, CSPACE_SELF, meta);
    }
    /* A circle that is longer than what the root task follows. */
    for (uint64_t i = 0; i < CHAIN; i++)
        handle[i] = own(100 + i);
    for (uint64_t i = 0; i < CHAIN; i++)
        resspc_map(space, 100 + i, handle[(i + 1) % CHAIN], 0);
}

/* Maps every resource of a layer onto every one of the next: few edges, but many paths. */
static void many_paths(void)
{
    for (uint64_t layer = LAYERS; layer-- > 1;) {
        for (uint64_t to = 0; to < WIDTH; to++) {
            cell_cap_t handle = own(10000 + layer * WIDTH + to);

            for (uint64_t from = 0; from < WIDTH; from++) {
                resspc_create_resource(space, 10000 + (layer - 1) * WIDTH + from, "");
                resspc_map(space, 10000 + (layer - 1) * WIDTH + from, handle, 0);
            }
        }
    }
}

static void lie(uint64_t item)
{
    uint64_t badge;
    cell_cap_t there;

    wrong_types();
    wrong_names();
    wrong_maps();
    many_paths();
    resspc_give(space, 1, 0, CELL_ALL, &badge, &there);
    resspc_give(space, 1, 99999, CELL_ALL, &badge, &there);
    resspc_give(space, 424242, cell_pd_id(), CELL_ALL, &badge, &there);
    for (uint64_t other = 0; other < 100; other++)
        if (other != item)
            done(other, other);
    done(UINT64_MAX, 0);
    done(item, 0);
    done(item, 0);
}

static void give_much(uint64_t item)
{
    (void)item;
    for (uint64_t i = 0;; i++)
        if (resspc_create_resource(space, 1 + i, "much") != CELL_OK)
            cell_sleep(MILLISECOND);
}

/* ---- Other ways -------------------------------------------------------------- */

static void fail(uint64_t item)
{
    done(item, 0xdeadbeef12345678);
}

static void say_nothing(uint64_t item)
{
    (void)item;
}

static void loop(uint64_t item)
{
    (void)item;
    for (;;)
        __asm__ volatile("");
}

static void leave(uint64_t item)
{
    exit((int)item);
}

static void read_null(uint64_t item)
{
    volatile char *nowhere = (volatile char *)(item & 0);

    __asm__ volatile("" : "+r"(nowhere));
    (void)*nowhere;
}

static const struct {
    const char *word;
    void (*answer)(uint64_t item);
} ways[] = {
    {"lie", lie},   {"much", give_much}, {"error", fail},      {"silent", say_nothing},
    {"loop", loop}, {"exit", leave},     {"fault", read_null}, {"asleep", NULL},
};

static void serve(void (*answer)(uint64_t item))
{
    uint64_t kind, item, of_space, object, badge, more;

    for (;;) {
        kind = 0;
        if (answer != NULL)
            resspc_next_work(&kind, &item, &of_space, &object, &badge, &more);
        if (kind == EXTRACT)
            answer(item);
        else if (kind != 0)
            done(item, 0);
        else
            cell_sleep(MILLISECOND);
    }
}

int main(int argc, char **argv)
{
    uint64_t id;

    for (size_t i = 0; argc > 1 && i < sizeof ways / sizeof *ways; i++) {
        if (strcmp(argv[1], ways[i].word) != 0)
            continue;
        cell_error_t error = resspc_create(cell_rde("RESSPC"), "LIE", &space, &id);

        if (error != CELL_OK) {
            printf("liar: %s\n", cell_error_text(error));
            return 1;
        }
        resspc_create_resource(space, 1, "one");
        printf("liar: %s\n", argv[1]);
        cell_ready();
        serve(ways[i].answer);
    }
    printf("liar: which way?\n");
    return 1;
}
