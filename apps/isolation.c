/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/isolation.c: tries what a PD of a preset can really reach, to compare that with the model.
 *
 *   isolation PRESET       makes two PDs of that preset and tries, in each of them and then in itself: every page in the ranges in
 *                          which something is mapped, and samples of all other addresses; every place for a handle or an edge;
 *                          which PDs it may look at. Then all stay.
 *   isolation PRESET hold  makes them only
 *
 * It prints, each line in one piece (tests/boot/isolation.py reads them):
 *
 *   isolation: PD_7.0 maps 400000 7 rx         this many pages can be read, written, executed (in context 0)
 *   isolation: PD_7.0 holds MO 1 2a rw         a handle: type, space, object, rights
 *   isolation: PD_7.0 asks MO 1                an edge: type, space
 *   isolation: PD_7.0 looks at PD_3
 *   isolation: PD_7.0 finds 8 at 409010        a word that PD 8 wrote last; 0: nobody has written it
 *   isolation: PD_7.0 done
 */
#include <cell/idl/context.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/ntfn.h>
#include <cell/idl/pd.h>
#include <lib/client/call.h>
#include <lib/client/context.h>
#include <lib/client/library.h>
#include <lib/client/spawn.h>
#include <lib/words/words.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/touch/touch.h"

#define SECOND UINT64_C(1000000000)
#define PAGE UINT64_C(4096)
/* All that is mapped lies in these ranges (the test checks that). */
#define PROGRAM_END UINT64_C(0x600000)
#define PLACED_START UINT64_C(0x10000000)
#define PLACED_END UINT64_C(0x10080000)
#define PLACES 80u
#define PDS 24u
#define HEAP_PAGES 100u
#define COMMIT_PAGES 64u
#define INSTRUCTION_RET 0xd65f03c0u

/* ---- One access ------------------------------------------------------- */

/* The address of a return instruction in a readable page. If there is none and the page is writable, writes one into its last word,
 * whose value goes to *kept. 0: there is none, and none can be written. */
static uint64_t return_in(uint64_t page, bool writable, uint32_t *kept)
{
    volatile uint32_t *words = (volatile uint32_t *)page, *last = words + PAGE / 4 - 1;

    *kept = *last;
    for (unsigned i = 0; i < PAGE / 4; i++)
        if (words[i] == INSTRUCTION_RET)
            return page + i * 4;
    if (!writable)
        return 0;
    *last = INSTRUCTION_RET;
    __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb"
                     :
                     : "r"(last)
                     : "memory");
    return (uint64_t)last;
}

/* The rights at a page. On this machine, a page that cannot be read cannot be written; whether it can be executed is tried. */
static unsigned rights_at(uint64_t page)
{
    uint32_t kept;

    if (!touch_read(page))
        return touch_execute(page) ? CELL_EXECUTE : 0;
    unsigned rights = CELL_READ | (touch_write(page) ? CELL_WRITE : 0);
    uint64_t there = return_in(page, (rights & CELL_WRITE) != 0, &kept);

    if (there != 0 && touch_execute(there))
        rights |= CELL_EXECUTE;
    if ((rights & CELL_WRITE) != 0)
        *(volatile uint32_t *)(page + PAGE - 4) = kept;
    return rights;
}

/* ---- All addresses ---------------------------------------------------- */

struct run {
    uint64_t start, pages;
    unsigned rights;
};

/* The beginning of a line. */
static const char *who(void)
{
    static __thread char text[48];
    uint64_t context = 0;

    context_current(&context);
    snprintf(text, sizeof text, "isolation: PD_%lx.%lx", (unsigned long)cell_pd_id(), (unsigned long)context);
    return text;
}

static void tell_run(const struct run *run)
{
    char letters[CELL_RIGHTS_SIZE];

    if (run->pages == 0 || run->rights == 0)
        return;
    cell_rights_text(run->rights, letters);
    printf("%s maps %lx %lu %s\n", who(), (unsigned long)run->start, (unsigned long)run->pages, letters);
}

static void walk(uint64_t start, uint64_t end, uint64_t step)
{
    struct run run = {start, 0, 0};

    for (uint64_t at = start; at < end; at += step) {
        unsigned rights = rights_at(at);

        if (rights != run.rights || step != PAGE) {
            tell_run(&run);
            run = (struct run){at, 0, rights};
        }
        run.pages++;
    }
    tell_run(&run);
}

static void walk_all(void)
{
    walk(0, PROGRAM_END, PAGE);
    walk(PLACED_START, PLACED_END, PAGE);
    walk(PROGRAM_END, PLACED_START, PAGE << 9);
    walk(PLACED_END, PAGE << 18, PAGE << 9);
    walk(PAGE << 18, PAGE << 27, PAGE << 18);
    /* Beyond what a region can have, the kernel's half among it. */
    for (unsigned bit = 39; bit < 64; bit++) {
        walk((UINT64_C(1) << bit) - PAGE, UINT64_C(1) << bit, PAGE);
        walk(UINT64_C(1) << bit, (UINT64_C(1) << bit) + PAGE, PAGE);
        walk(-(UINT64_C(1) << bit), -(UINT64_C(1) << bit) + PAGE, PAGE);
    }
}

/* ---- Handles, edges, PDs ----------------------------------------------- */

/* Prints what the root task says of a place. If it says that a place is empty, a call there must not be answered either. */
static void try_place(cell_cap_t at)
{
    uint64_t giver, space, object, rights;
    char type[32], letters[CELL_RIGHTS_SIZE];

    if (handle_about(at, &giver, &space, &object, &rights, type) != CELL_OK) {
        if (touch_call(at) >= CELL_FIRST_ERROR)
            printf("%s gets an answer at %lx\n", who(), (unsigned long)at);
        return;
    }
    cell_rights_text((unsigned)rights, letters);
    if (at >> CSPACE_INDEX_BITS != CSPACE_COMMON)
        printf("%s asks %s %lx\n", who(), type, (unsigned long)space);
    else
        printf("%s holds %s %lx %lx %s\n", who(), type, (unsigned long)space, (unsigned long)object, letters);
}

static bool looks(cell_cap_t by, uint64_t id)
{
    uint64_t ignored;
    char name[32];

    return pd_info(by, id, &ignored, &ignored, &ignored, &ignored, &ignored, &ignored, name) == CELL_OK;
}

/* Tries to look at a PD by its own authority, and by each handle in its table. */
static void try_pd(uint64_t id)
{
    bool may = looks(CSPACE_SELF, id);

    for (unsigned i = 0; i < PLACES && !may; i++)
        may = looks(CSPACE_AT(CSPACE_COMMON, i), id);
    if (may)
        printf("%s looks at PD_%lx\n", who(), (unsigned long)id);
}

/* ---- A PD --------------------------------------------------------------- */

enum { MARK_DATA,
       MARK_HEAP,
       MARK_STACK,
       MARK_PLACED,
       MARKS };

/* Words of the creator in memory of each kind. */
static uint64_t *marks[MARKS], data_mark;
/* Notifications: that a PD may begin to try everything, and that it has done so. */
static cell_cap_t begin, ended;
static bool holds; /* makes them only */

static void see_marks(bool write)
{
    for (unsigned i = 0; i < MARKS; i++) {
        volatile uint64_t *mark = marks[i];

        if (mark == NULL || !touch_read((uint64_t)mark))
            continue;
        if (*mark >= PDS) /* another thing of this PD's is there */
            continue;
        printf("%s finds %lx at %lx\n", who(), (unsigned long)*mark, (unsigned long)(uintptr_t)mark);
        if (write && touch_write((uint64_t)mark))
            *mark = cell_pd_id();
    }
}

/* Commits the heap's pages, which are otherwise made only when a program asks for them. */
static void fill_heap(void)
{
    for (uint64_t first = 0; first < HEAP_PAGES; first += COMMIT_PAGES)
        pd_commit_heap(first, first + COMMIT_PAGES < HEAP_PAGES ? COMMIT_PAGES : HEAP_PAGES - first, HEAP_PAGES);
}

static void try_all(bool write)
{
    struct touch_frame frame;

    fill_heap();
    if (touch_begin(&frame) != CELL_OK) {
        printf("isolation: no upcalls\n");
        return;
    }
    walk_all();
    for (unsigned slot = CSPACE_FIRST_EDGE; slot < CSPACE_PRIVATE; slot++)
        try_place(CSPACE_DIRECT(slot));
    for (unsigned i = 0; i < PLACES; i++) {
        try_place(CSPACE_AT(CSPACE_PRIVATE, i));
        try_place(CSPACE_AT(CSPACE_COMMON, i));
    }
    for (uint64_t id = 0; id < PDS; id++)
        try_pd(id);
    see_marks(write);
    touch_end();
    printf("%s done\n", who());
    fflush(stdout);
}

static int probe(void *unused)
{
    (void)unused;
    try_all(true);
    return 0;
}

static int probe_and_stay(void *unused)
{
    seL4_Word badge;

    seL4_Wait(begin, &badge);
    probe(unused);
    seL4_Signal(ended);
    cell_sleep(UINT64_MAX);
    return 0;
}

/* ---- Each preset ---------------------------------------------------------- */

static int failed(const char *what, const struct spawned *spawned)
{
    printf("isolation: %s: %s\n", what, spawned->fault);
    return 1;
}

/* Makes a process of this program, which gets the addresses of the marks as arguments. */
static int make_process(struct spawned *made)
{
    char words[MARKS][20], *arguments[MARKS];
    struct spawn spawn;

    for (unsigned i = 0; i < MARKS; i++) {
        snprintf(words[i], sizeof words[i], "%#lx", (unsigned long)(uintptr_t)marks[i]);
        arguments[i] = words[i];
    }
    spawn_begin(&spawn, "probed", "process", "program=isolation");
    spawn_line(&spawn, "  rde CONSOLE");
    spawn_line(&spawn, "  give %#lx rights=r", (unsigned long)begin);
    spawn_line(&spawn, "  give %#lx rights=w", (unsigned long)ended);
    spawn_arguments(&spawn, MARKS, arguments);
    return spawn_run(&spawn, made) == CELL_OK ? 0 : failed("process", made);
}

/* Makes a thread that runs a function of this program, with edges for CONSOLE and MO. */
static int make_thread(const char *preset, struct spawned *made)
{
    char entry[32];
    struct spawn spawn;

    snprintf(entry, sizeof entry, "entry=%#lx", (unsigned long)(uintptr_t)probe_and_stay);
    spawn_begin(&spawn, "probed", preset, entry);
    spawn_line(&spawn, "  rde CONSOLE");
    spawn_line(&spawn, "  rde MO");
    return spawn_run(&spawn, made) == CELL_OK ? 0 : failed(preset, made);
}

static int make_plain_thread(struct spawned *made)
{
    return make_thread("thread", made);
}

static int make_isolated_stack(struct spawned *made)
{
    return make_thread("thread-isolated-stack", made);
}

static int make_isolated_heap(struct spawned *made)
{
    return make_thread("thread-isolated-heap", made);
}

static int make_library(struct spawned *made)
{
    return cell_library_create("probed", probe, made) == CELL_OK ? 0 : failed("library", made);
}

static void run_library(const struct spawned *made)
{
    int result;
    cell_error_t error = cell_library_call(made, NULL, 100 * SECOND, &result);

    if (error != CELL_OK)
        printf("isolation: call: %s\n", cell_error_text(error));
}

static int make_fork(struct spawned *made)
{
    if (cell_fork("probed", made) != CELL_OK)
        return failed("fork", made);
    if (made->id == 0)
        exit(probe_and_stay(NULL));
    return 0;
}

/* Makes a context that has a page of its own where the placed mark is. */
static int make_context(struct spawned *made)
{
    char line[64];

    snprintf(line, sizeof line, "region %#lx disjoint pages=1", (unsigned long)(uintptr_t)marks[MARK_PLACED]);
    return cell_context_create(line, made) == CELL_OK ? 0 : failed("context", made);
}

static void run_context(const struct spawned *made)
{
    context_switch(made->id);
    probe(NULL);
    context_switch(0);
}

/* Makes a snapshot, overwrites the marks, and rolls back, after which another address space is in use. */
static int make_snapshot(struct spawned *made)
{
    if (cell_context_snapshot(made) != CELL_OK)
        return failed("snapshot", made);
    if (made->id == 0 || holds)
        return 0;
    for (unsigned i = 0; i < MARKS; i++)
        *marks[i] = 1;
    context_roll_back(made->id);
    return 1;
}

static void run_nothing(const struct spawned *made)
{
    (void)made;
}

static void run_other(const struct spawned *made)
{
    seL4_Word badge;

    (void)made;
    seL4_Signal(begin);
    seL4_Wait(ended, &badge);
}

struct way {
    const char *preset;
    int (*make)(struct spawned *made);
    void (*run)(const struct spawned *made);
};

static const struct way ways[] = {
    {"process", make_process, run_other},
    {"library", make_library, run_library},
    {"fork", make_fork, run_other},
    {"context", make_context, run_context},
    {"snapshot", make_snapshot, run_nothing},
    {"thread", make_plain_thread, run_other},
    {"thread-isolated-stack", make_isolated_stack, run_other},
    {"thread-isolated-heap", make_isolated_heap, run_other},
};

static int try_preset(const struct way *way)
{
    struct spawned made[2];

    for (unsigned i = 0; i < 2; i++)
        if (way->make(&made[i]) != 0)
            return 1;
    for (unsigned i = 0; i < 2 && !holds; i++)
        way->run(&made[i]);
    if (!holds)
        try_all(false);
    cell_sleep(UINT64_MAX);
    return 1;
}

/* Makes the marks, which are 0, and the notifications. */
static bool prepare(uint64_t *stack_mark)
{
    struct cell_memory placed;

    if (cell_memory_make(1, &placed) != CELL_OK || ntfn_allocate(cell_rde("NTFN"), &begin) != CELL_OK ||
        ntfn_allocate(cell_rde("NTFN"), &ended) != CELL_OK)
        return false;
    marks[MARK_DATA] = &data_mark;
    marks[MARK_HEAP] = calloc(1, sizeof **marks);
    marks[MARK_STACK] = stack_mark;
    marks[MARK_PLACED] = placed.address;
    return true;
}

int main(int argc, char **argv)
{
    uint64_t stack_mark = 0;

    if (argc > MARKS) { /* a process made by make_process() */
        for (unsigned i = 0; i < MARKS; i++)
            marks[i] = (uint64_t *)strtoul(argv[1 + i], NULL, 0);
        begin = CSPACE_AT(CSPACE_COMMON, 0);
        ended = CSPACE_AT(CSPACE_COMMON, 1);
        return probe_and_stay(NULL);
    }
    if (argc < 2 || !prepare(&stack_mark))
        return 2;
    holds = argc > 2;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (strcmp(argv[1], ways[i].preset) == 0)
            return try_preset(&ways[i]);
    return 2;
}
