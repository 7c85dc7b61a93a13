/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/mapper.c: at random, maps memory objects and parts of them, gives and drops them, and removes, moves and changes the
 * rights of ranges; then prints what can be read and written in each page, which it finds out by threads that may
 * fault, to compare that with the model.
 *
 *   mapper SEED ROUNDS    makes memory objects, gives some of them to CHILDREN other processes of this program,
 *                         prints what it has, and stays
 *
 * Each page of a memory object begins with a number of its own, its tag; some tags get lost. It prints:
 *
 *   mapper: PD_7 holds 1c rw                 a handle: the object's number, rights
 *   mapper: PD_7 maps 50003000 r=1 w=0 tag=3 a page
 *   mapper: PD_7 sees 0 of 12                physical addresses, and memory objects, in a model of itself
 *   mapper: PD_7 done
 */
#include <cell/idl/ads.h>
#include <cell/idl/graph.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <lib/client/spawn.h>
#include <lib/words/words.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHILDREN 3u
#define OBJECTS 6u
#define OBJECT_PAGES 6u
/* The range of addresses that it uses. */
#define WINDOW UINT64_C(0x50000000)
#define WINDOW_PAGES 24u
#define PAGE 4096u

static uint64_t state;
static cell_cap_t objects[OBJECTS];
static unsigned object_rights[OBJECTS], object_count;
static unsigned object_pages[OBJECTS];

static unsigned any(unsigned below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % below;
}

static void need(cell_error_t error, const char *what)
{
    if (error == CELL_OK)
        return;
    printf("mapper: PD_%lx: %s: %s\n", (unsigned long)cell_pd_id(), what, cell_error_text(error));
    exit(1);
}

/* ---- Trying ---------------------------------------------------------- */

static int read_there(void *argument)
{
    (void)*(volatile uint64_t *)argument;
    return 0;
}

static int write_there(void *argument)
{
    volatile uint64_t *there = argument;

    /* Does not read first, as that might fault instead. The second half of a page holds no tag. */
    there[256] = 1;
    return 0;
}

static bool works(int (*access)(void *), uint64_t address)
{
    struct spawned spawned;
    uint64_t cause, code;

    need(cell_thread_create(access, (void *)address, &spawned), "thread");
    need(pd_wait(spawned.pd, spawned.id, &cause, &code), "wait");
    need(handle_drop(spawned.pd), "drop");
    return cause == 0;
}

/* ---- Changes at random ------------------------------------------------- */

/* Accepts errors that random arguments can cause; others end the program. */
static void may(cell_error_t error, const char *what)
{
    if (error != CELL_OVERLAP && error != CELL_NO_SLOTS && error != CELL_NOT_FOUND && error != CELL_DENIED &&
        error != CELL_BUSY)
        need(error, what);
}

static uint64_t any_address(unsigned pages)
{
    return WINDOW + any(WINDOW_PAGES - pages + 1) * PAGE;
}

static unsigned any_rights(unsigned allowed)
{
    return CELL_READ | (any(8) & allowed & (unsigned)~CELL_GRANT);
}

static void map_some(void)
{
    unsigned which = any(object_count), first = any(object_pages[which]);
    unsigned pages = 1 + any(object_pages[which] - first), kind = any(CELL_REGION_KINDS);
    bool anywhere = any(2);
    uint64_t start;

    if ((object_rights[which] & CELL_READ) == 0)
        return;
    if (any(3) == 0)
        may(ads_attach(CSPACE_SELF, objects[which], any_address(object_pages[which]), kind,
                       any_rights(object_rights[which]), 0, &start),
            "attach");
    else
        may(ads_attach_part(CSPACE_SELF, objects[which], first, pages, anywhere ? WINDOW : any_address(pages),
                            anywhere ? WINDOW + WINDOW_PAGES * PAGE : 0, kind, any_rights(object_rights[which]),
                            any(2) | (any(4) != 0 ? 4 : 0), &start),
            "attach a part");
}

static void change_some(void)
{
    unsigned pages = 1 + any(6);

    switch (any(4)) {
    case 0:
        may(ads_remove_part(CSPACE_SELF, any_address(pages), pages), "remove a part");
        break;
    case 1:
        may(ads_remove(CSPACE_SELF, any_address(1)), "remove");
        break;
    case 2:
        may(ads_change_rights(CSPACE_SELF, any_address(pages), pages, any(4) == 0 ? 0 : any_rights(CELL_ALL)),
            "change rights");
        break;
    default:
        may(ads_move(CSPACE_SELF, any_address(pages), pages, any_address(pages)), "move");
    }
}

/* Punches and resizes objects before others map them. New pages have no tag. */
static void shape(void)
{
    for (unsigned i = 0; i < 4 * OBJECTS; i++) {
        unsigned which = any(OBJECTS);
        uint64_t pages;

        map_some();
        may(any(3) == 0 ? mo_punch(objects[which], any(OBJECT_PAGES), 1 + any(3))
                        : mo_resize(objects[which], 1 + any(2 * OBJECT_PAGES)),
            "punch, or resize");
        need(mo_size(objects[which], &pages), "size");
        object_pages[which] = (unsigned)pages;
    }
}

static void drop_one(void)
{
    if (object_count < 2)
        return;
    unsigned which = any(object_count);

    need(handle_drop(objects[which]), "drop");
    objects[which] = objects[--object_count];
    object_rights[which] = object_rights[object_count];
    object_pages[which] = object_pages[object_count];
}

static void change(unsigned rounds)
{
    for (unsigned i = 0; i < rounds && object_count != 0; i++) {
        unsigned choice = any(10);

        if (choice < 4)
            map_some();
        else if (choice < 9)
            change_some();
        else
            drop_one();
    }
}

/* ---- The first process ----------------------------------------------------- */

static void make_objects(void)
{
    for (; object_count < OBJECTS; object_count++) {
        uint64_t start;

        unsigned pages = 1 + any(OBJECT_PAGES);

        need(mo_allocate(cell_rde("MO"), pages, 0, &objects[object_count]), "allocate");
        need(ads_attach(CSPACE_SELF, objects[object_count], 0, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, 0, &start),
             "attach");
        for (unsigned i = 0; i < pages; i++)
            *(uint64_t *)(start + i * PAGE) = (object_count + 1) * 16 + i;
        need(ads_remove(CSPACE_SELF, start), "remove");
        object_rights[object_count] = CELL_ALL;
        object_pages[object_count] = pages;
    }
}

static void make_child(unsigned number, const char *rounds)
{
    char seed[16], role[] = "child", *arguments[3] = {seed, (char *)rounds, role};
    struct spawned spawned;
    struct spawn spawn;

    snprintf(seed, sizeof seed, "%lu", (unsigned long)(state >> 40) + number);
    spawn_begin(&spawn, "mapper", "process", "program=mapper");
    spawn_edges(&spawn);
    for (unsigned i = 0; i < OBJECTS; i++)
        if (any(3) != 0)
            spawn_line(&spawn, "  give %#lx rights=%s", (unsigned long)objects[i], (const char *[]){"r", "rw", "rwx"}[any(3)]);
    spawn_arguments(&spawn, 3, arguments);
    if (spawn_run(&spawn, &spawned) != CELL_OK) {
        printf("mapper: child: %s\n", spawned.fault);
        exit(1);
    }
}

/* ---- The result -------------------------------------------------------------- */

static void find_objects(void)
{
    uint64_t where = 0, space, object, rights, kind;
    char type[32];

    while (handle_held(CSPACE_SELF, cell_pd_id(), where, &where, &space, &object, &rights, &kind, type) == CELL_OK)
        if (kind == 0 && strcmp(type, "MO") == 0 && object_count < OBJECTS) {
            uint64_t pages;

            need(mo_size(where, &pages), "size");
            object_pages[object_count] = (unsigned)pages;
            objects[object_count] = where;
            object_rights[object_count++] = (unsigned)rights;
        }
}

/* Counts the memory objects in a model of itself, and those whose physical address it shows. */
static void look(void)
{
    static const char row[] = ",MO,,,,0x";
    static char text[32 * 4096];
    uint64_t snapshot, rows, bytes, seen = 0, all = 0;
    struct cell_memory memory;

    need(cell_memory_make(1, &memory), "memory");
    need(graph_extract(CSPACE_SELF, cell_pd_id(), 0, cell_pd_id(), &snapshot, &rows), "extract");
    for (uint64_t at = 0; at < sizeof text - 1; at += bytes) {
        need(graph_read(snapshot, memory.mo, at, &bytes), "read");
        if (bytes == 0)
            break;
        memcpy(text + at, memory.address, bytes < sizeof text - 1 - at ? bytes : sizeof text - 1 - at);
    }
    need(graph_close(snapshot), "close");
    for (const char *at = text; (at = strstr(at, row)) != NULL; all++) {
        at += sizeof row - 1;
        seen += *at != '0';
    }
    cell_memory_free(&memory);
    printf("mapper: PD_%lx sees %lu of %lu\n", (unsigned long)cell_pd_id(), (unsigned long)seen, (unsigned long)all);
}

static void tell(void)
{
    unsigned long pd = cell_pd_id();

    for (unsigned i = 0; i < object_count; i++) {
        uint64_t giver, space, object, rights;
        char type[32], letters[CELL_RIGHTS_SIZE];

        need(handle_about(objects[i], &giver, &space, &object, &rights, type), "about");
        cell_rights_text((unsigned)rights, letters);
        printf("mapper: PD_%lx holds %lx %s\n", pd, (unsigned long)object, letters);
    }
    for (uint64_t at = WINDOW; at < WINDOW + WINDOW_PAGES * PAGE; at += PAGE) {
        bool readable = works(read_there, at), writable = works(write_there, at);

        printf("mapper: PD_%lx maps %lx r=%d w=%d tag=%lu\n", pd, (unsigned long)at, readable, writable,
               readable ? (unsigned long)*(uint64_t *)at : 0);
    }
    look();
    printf("mapper: PD_%lx done\n", pd);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    state = strtoul(argv[1], NULL, 0) * UINT64_C(0x9e3779b97f4a7c15);
    if (argc == 3) {
        make_objects();
        shape();
        for (unsigned i = 0; i < CHILDREN; i++)
            make_child(i, argv[2]);
    } else {
        find_objects();
    }
    change((unsigned)strtoul(argv[2], NULL, 0));
    tell();
    cell_sleep(UINT64_MAX);
    return 0;
}
