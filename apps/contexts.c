/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/contexts.c: a program with several address spaces.
 *
 *   contexts           keeps a key that can be read in one of them only
 *   contexts back N    overwrites all memory N times, and each time goes back to a snapshot
 *   contexts many N    makes N contexts, each with a page of its own
 *   contexts hold      stays, with one context and one snapshot
 *   contexts faults    faults in a context
 *   contexts search    looks for the key of one context in another one */
#include <cell/idl/ads.h>
#include <cell/idl/context.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <lib/client/client.h>
#include <lib/client/context.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/touch/secret.h"

#define KEY 0x5ec2e7u
#define PAGES 200u

static struct cell_memory vault;

/* A context that has its own vault. */
static int make(uint64_t *number)
{
    char lines[64];
    struct spawned made;

    snprintf(lines, sizeof lines, "region %#lx disjoint pages=1", (unsigned long)(uintptr_t)vault.address);
    cell_error_t error = cell_context_create(lines, &made);

    *number = made.id;
    if (error != CELL_OK)
        printf("contexts: %s%s%s\n", cell_error_text(error), *made.fault != 0 ? ": " : "", made.fault);
    return error == CELL_OK ? 0 : 1;
}

static volatile uint32_t *key(void)
{
    return vault.address;
}

static int keep_key(void)
{
    uint64_t inside, other, current = 9;
    uint32_t seen = 9, elsewhere = 9;

    if (make(&inside) != 0 || make(&other) != 0 || context_switch(inside) != CELL_OK)
        return 1;
    *key() = KEY;
    uint32_t sealed = *key() ^ 1;

    context_current(&current);
    if (context_switch(0) != CELL_OK)
        return 1;
    seen = *key();
    if (context_switch(other) != CELL_OK)
        return 1;
    elsewhere = *key();
    if (context_switch(inside) != CELL_OK)
        return 1;
    bool kept = *key() == KEY && current == inside;

    printf("contexts: sealed %#x, outside %u, in another %u, %s inside\n", sealed, seen, elsewhere, kept ? "kept" : "lost");
    printf("contexts: drop where it runs: %s\n", cell_error_text(context_drop(inside)));
    context_switch(0);
    printf("contexts: drop: %s, again: %s, switch: %s\n", cell_error_text(context_drop(inside)),
           cell_error_text(context_drop(inside)), cell_error_text(context_switch(inside)));
    return sealed != (KEY ^ 1) || seen != 0 || elsewhere != 0 || !kept || context_drop(other) != CELL_OK;
}

/* A word in shared memory, which keeps its value when the program goes back to a snapshot. */
static volatile uint32_t *shared_word(void)
{
    cell_cap_t mo;
    uint64_t start;

    if (mo_allocate(cell_rde("MO"), 1, 0, &mo) != CELL_OK ||
        ads_attach(CSPACE_SELF, mo, 0, CELL_REGION_SHARED_FRAMES, CELL_READ | CELL_WRITE, 0, &start) != CELL_OK)
        return NULL;
    handle_drop(mo);
    return (volatile uint32_t *)start;
}

/* Overwrites memory of every kind, then goes back. */
static int go_back(unsigned rounds)
{
    static char data[100];
    volatile uint32_t *count = shared_word();
    struct spawned snapshot;
    uint64_t local = 1; /* in a register or on the stack */
    char *heap = malloc(PAGES * CELL_PAGE);

    if (heap == NULL || count == NULL)
        return 1;
    memset(heap, 1, PAGES * CELL_PAGE);
    memset(data, 1, sizeof data);
    *key() = 1;
    do {
        if (cell_context_snapshot(&snapshot) != CELL_OK)
            return 2;
        if (heap[CELL_PAGE] != 1 || data[1] != 1 || *key() != 1 || local != 1)
            return 3;
    } while (snapshot.id == 0 && ++*count < rounds);
    if (snapshot.id == 0) {
        printf("contexts: %u times back\n", *count);
        return 0;
    }
    if (context_switch(snapshot.id) != CELL_NOT_FOUND)
        return 4;
    memset(heap, 2, PAGES * CELL_PAGE);
    memset(data, 2, sizeof data);
    *key() = 2;
    local = 2;
    __asm__ volatile(""
                     : "+r"(local));
    context_roll_back(snapshot.id);
    return 5;
}

static int many(unsigned count)
{
    uint64_t *numbers = malloc(count * sizeof *numbers);

    if (numbers == NULL)
        return 1;
    for (unsigned i = 0; i < count; i++) {
        if (make(&numbers[i]) != 0 || context_switch(numbers[i]) != CELL_OK)
            return 1;
        *key() = i;
    }
    for (unsigned i = 0; i < count; i++)
        if (context_switch(numbers[i]) != CELL_OK || *key() != i)
            return 2;
    context_switch(0);
    printf("contexts: %u, each with its own\n", count);
    for (unsigned i = 0; i < count; i += 2) /* the others end with the program */
        context_drop(numbers[i]);
    free(numbers);
    return *key() != 0;
}

/* Looks for the key of one context in another: in its memory, and in the answers to requests that name the key's address. It must not
 * be found there; in the context that has it, it must be. */
static int search(void)
{
    volatile uint64_t *secret = vault.address;
    uint64_t inside, other, number, masked = UINT64_C(0x1f2e3d4c5b6a7988), counts[3];

    if (make(&inside) != 0 || make(&other) != 0 || context_switch(inside) != CELL_OK)
        return 1;
    *secret = masked ^ SECRET_MASK;
    counts[0] = secret_seen(masked, (uintptr_t)secret);
    for (number = 0; number < 2; number++) {
        context_switch(number == 0 ? 0 : other);
        counts[1 + number] = secret_seen(masked, (uintptr_t)secret);
    }
    context_switch(0);
    printf("contexts: seen %u inside, %u outside, %u in another\n", (unsigned)counts[0], (unsigned)counts[1],
           (unsigned)counts[2]);
    return 0;
}

static int hold(void)
{
    uint64_t number;
    struct spawned snapshot;

    if (make(&number) != 0 || cell_context_snapshot(&snapshot) != CELL_OK || context_switch(number) != CELL_OK)
        return 1;
    *key() = KEY;
    printf("contexts: held\n");
    fflush(stdout);
    cell_sleep(UINT64_MAX);
    return 1;
}

static int fault(void)
{
    uint64_t number;

    if (make(&number) != 0 || context_switch(number) != CELL_OK)
        return 1;
    /* In a context, too, pages of the stack are made when they are touched. */
    volatile char frame[40000];

    frame[0] = frame[20000] = 1;
    __asm__ volatile("str wzr, [%0]"
                     :
                     : "r"(UINT64_C(8))
                     : "memory");
    return frame[0];
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    unsigned count = argc > 2 ? (unsigned)atoi(argv[2]) : 20;

    if (cell_memory_make(1, &vault) != CELL_OK)
        return 1;
    if (strcmp(what, "back") == 0)
        return go_back(count);
    if (strcmp(what, "many") == 0)
        return many(count);
    if (strcmp(what, "hold") == 0)
        return hold();
    if (strcmp(what, "search") == 0)
        return search();
    return strcmp(what, "faults") == 0 ? fault() : keep_key();
}
