/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/follow.c: do regions that are shared because of their kind stay shared when they grow or are replaced?
 *
 *   follow stack      with two PDs of preset thread-isolated-stack
 *   follow context    with two contexts
 *   follow hold       as `stack`, but then all stay
 *   follow attack     while one of two puts regions in the way and removes what it shares, and ends in the middle of that, again and again
 *
 * Each line has the values of a word as the program itself and each of the two read it; 0: reading it faults.
 */
#include <cell/idl/ads.h>
#include <cell/idl/context.h>
#include <cell/idl/mo.h>
#include <cell/idl/ntfn.h>
#include <cell/idl/pd.h>
#include <lib/client/context.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/touch/touch.h"

#define OTHERS 2u
#define PAGE UINT64_C(4096)
#define FOREVER UINT64_MAX

/* ---- Jobs, which run in each of the address spaces ----------------------- */

enum job { JOB_READ,   /* the word at `at` */
           JOB_MAKE,   /* `at`: of malloc, with `value` in its last word, whose address is the answer */
           JOB_ATTACH, /* a page of kind HEAP with `value`, at `at` */
           JOB_BLOCK,  /* of kind GENERIC */
           JOB_REMOVE };

static enum job job;
static uint64_t at, value, answer;
static cell_error_t error;

static void attach_page(enum cell_region kind)
{
    cell_cap_t mo = 0;
    uint64_t start;

    error = mo_allocate(cell_rde("MO"), 1, 0, &mo);
    if (error == CELL_OK)
        error = ads_attach(CSPACE_SELF, mo, at, kind, CELL_READ | CELL_WRITE, 0, &start);
    if (error == CELL_OK)
        *(volatile uint64_t *)at = value;
    if (mo != 0)
        mo_release(mo);
}

static void make(void)
{
    char *block = malloc(at);

    answer = block == NULL ? 0 : (uint64_t)block + at - 8;
    if (block != NULL)
        *(volatile uint64_t *)answer = value;
}

static void run(void)
{
    struct touch_frame frame;

    error = CELL_OK;
    switch (job) {
    case JOB_READ:
        touch_begin(&frame);
        answer = touch_read(at) ? *(volatile uint64_t *)at : 0;
        touch_end();
        break;
    case JOB_MAKE:
        make();
        break;
    case JOB_ATTACH:
        attach_page(CELL_REGION_HEAP);
        break;
    case JOB_BLOCK:
        attach_page(CELL_REGION_GENERIC);
        break;
    case JOB_REMOVE:
        error = ads_remove(CSPACE_SELF, at);
        break;
    }
}

/* ---- The others ---------------------------------------------------------- */

static struct spawned others[OTHERS];
static cell_cap_t begin[OTHERS], ended;
static bool contexts;

static int serve(void *number)
{
    seL4_Word badge;

    for (;;) {
        seL4_Wait(begin[(uintptr_t)number], &badge);
        run();
        seL4_Signal(ended);
    }
    return 0;
}

static cell_error_t make_sharer(unsigned number, int (*function)(void *))
{
    char first[64];
    struct spawn spawn;

    snprintf(first, sizeof first, "entry=%#lx argument=%u", (unsigned long)(uintptr_t)function, number);
    spawn_begin(&spawn, "sharer", "thread-isolated-stack", first);
    spawn_edges(&spawn);
    spawn_line(&spawn, "linked");
    return spawn_run(&spawn, &others[number]);
}

static cell_error_t make_other(unsigned number)
{
    return contexts ? cell_context_create("", &others[number]) : make_sharer(number, serve);
}

static uint64_t let_do(unsigned number, enum job what, uint64_t where, uint64_t word)
{
    seL4_Word badge;

    job = what;
    at = where;
    value = word;
    if (number == OTHERS) {
        run();
    } else if (contexts) {
        context_switch(others[number].id);
        run();
        context_switch(0);
    } else {
        seL4_Signal(begin[number]);
        seL4_Wait(ended, &badge);
    }
    return answer;
}

#define SELF OTHERS

/* Prints the word at an address as the program itself and the others read it. */
static void tell(const char *what, uint64_t where)
{
    uint64_t own = let_do(SELF, JOB_READ, where, 0), first = let_do(0, JOB_READ, where, 0);

    printf("follow: %s: %lu %lu %lu\n", what, (unsigned long)own, (unsigned long)first,
           (unsigned long)let_do(1, JOB_READ, where, 0));
}

/* ---- Growth, and regions in the way ---------------------------------------- */

static uint64_t heap_end(void)
{
    uint64_t end = 0, start, pages, kind, rights;

    for (uint64_t from = 0; ads_find(CSPACE_SELF, from, &start, &pages, &kind, &rights) == CELL_OK; from = start + pages * PAGE)
        if (kind == CELL_REGION_HEAP)
            end = start + pages * PAGE;
    return end;
}

static void grow(void)
{
    tell("grown", let_do(SELF, JOB_MAKE, 600 << 10, 11));
    tell("grown by another", let_do(0, JOB_MAKE, 2 << 20, 12));
}

/* Tries to grow the heap where one of the others has a region of another kind. */
static void in_the_way(void)
{
    uint64_t end = heap_end();

    let_do(1, JOB_BLOCK, end + PAGE, 13);
    tell("in the way", end + PAGE);
    printf("follow: malloc: %#lx\n", (unsigned long)let_do(SELF, JOB_MAKE, 8 << 20, 14));
    let_do(SELF, JOB_ATTACH, end + PAGE, 15);
    printf("follow: attach: %s\n", cell_error_text(error));
    tell("nothing has changed", end + PAGE);
    let_do(1, JOB_REMOVE, end + PAGE, 0);
    tell("out of the way", let_do(SELF, JOB_MAKE, 8 << 20, 16));
}

static void replace(void)
{
    uint64_t end = heap_end();

    let_do(SELF, JOB_ATTACH, end, 21);
    tell("attached", end);
    let_do(SELF, JOB_REMOVE, end, 0);
    tell("removed", end);
    let_do(SELF, JOB_ATTACH, end, 22);
    tell("replaced", end);
    let_do(0, JOB_REMOVE, end, 0);
    tell("removed by another", end);
    let_do(SELF, JOB_REMOVE, end, 0);
    tell("removed at last", end);
}

/* ---- An attack --------------------------------------------------------------- */

#define ROUNDS 12u
#define ROUNDS_OF_ONE 4u
#define FAR 64u /* pages behind the heap */

static uint64_t heap_was;

/* Puts pages of its own where the heap would grow, and removes whatever is there: first right behind the heap, until it may go on. */
static int harass(void *number)
{
    uint64_t seed = 1, start, place = heap_was;
    seL4_Word badge;
    cell_cap_t mo;

    if (mo_allocate(cell_rde("MO"), 1, 0, &mo) != CELL_OK)
        return 1;
    for (bool first = true;; first = false) {
        ads_attach(CSPACE_SELF, mo, place, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, 0, &start);
        if (first) {
            seL4_Signal(ended);
            seL4_Wait(begin[(uintptr_t)number], &badge);
        }
        ads_remove(CSPACE_SELF, place);
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        place = heap_was + (seed >> 33) % FAR * PAGE;
    }
    return 0;
}

/* What the program attaches, the other that does as it is asked has, and what it does not, nobody has. */
static bool alike(uint64_t where, uint64_t wanted)
{
    return let_do(SELF, JOB_READ, where, 0) == wanted && let_do(1, JOB_READ, where, 0) == wanted;
}

static void attack(void)
{
    unsigned attached = 0, refused = 0, wrong = 0;
    seL4_Word badge;

    heap_was = heap_end();
    for (unsigned i = 0; i < ROUNDS; i++) {
        bool first = i % ROUNDS_OF_ONE == 0;

        if (first) {
            pd_terminate(others[0].pd, others[0].id, 255, 255);
            wrong += make_sharer(0, harass) != CELL_OK;
            seL4_Wait(ended, &badge);
        }
        let_do(SELF, JOB_ATTACH, heap_was, i + 1);
        bool is_there = error == CELL_OK;

        attached += is_there;
        refused += error == CELL_OVERLAP || error == CELL_BUSY;
        wrong += (first && error != CELL_OVERLAP) || !alike(heap_was, is_there ? i + 1 : 0);
        if (first)
            seL4_Signal(begin[0]);
        while (is_there && (error = ads_remove(CSPACE_SELF, heap_was)) == CELL_BUSY)
            ;
        wrong += (is_there && error != CELL_OK) || !alike(heap_was, 0);
    }
    pd_terminate(others[0].pd, others[0].id, 255, 255);
    let_do(SELF, JOB_ATTACH, heap_was, ROUNDS + 1);
    wrong += error != CELL_OK || !alike(heap_was, ROUNDS + 1) || attached + refused != ROUNDS;
    printf("follow: attack: refused at least thrice: %d, wrong: %u\n", refused >= ROUNDS / ROUNDS_OF_ONE, wrong);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "stack";

    contexts = strcmp(what, "context") == 0;
    for (unsigned i = 0; i < OTHERS; i++)
        if (ntfn_allocate(cell_rde("NTFN"), &begin[i]) != CELL_OK)
            return 1;
    if (ntfn_allocate(cell_rde("NTFN"), &ended) != CELL_OK)
        return 1;
    for (unsigned i = 0; i < OTHERS; i++) {
        error = make_other(i);
        if (error != CELL_OK) {
            printf("follow: %s: %s\n", cell_error_text(error), others[i].fault);
            return 1;
        }
    }
    if (strcmp(what, "attack") == 0) {
        attack();
        return 0;
    }
    grow();
    if (strcmp(what, "hold") == 0) {
        printf("follow: held\n");
        cell_sleep(FOREVER);
    }
    replace();
    in_the_way();
    printf("follow: done\n");
    return 0;
}
