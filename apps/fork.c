/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/fork.c: a program that copies itself; both go on.
 *
 *   fork           each changes memory of every kind, and says whether the other sees that
 *   fork toys      the copy uses a handle and a request edge of the old one
 *   fork thread    a thread with more edges than its root CNode has room for copies itself
 *   fork deep N    copies of copies
 *   fork hold      both stay
 *   fork part      both stay; each has written another one of the pages that they share */
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <cell/idl/toy.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES 200u /* of a heap that takes several pieces to copy */

static int in_data = 1;
static __thread int in_tls = 2;

static int copy(const char *name, struct spawned *child)
{
    /* Otherwise both would print what is in the buffer. */
    fflush(stdout);
    cell_error_t error = cell_fork(name, child);

    if (error != CELL_OK)
        printf("fork: %s%s%s\n", cell_error_text(error), *child->fault != 0 ? ": " : "", child->fault);
    return error == CELL_OK ? 0 : 1;
}

static uint64_t wait_for(const struct spawned *child)
{
    uint64_t cause = 99, code = 99;

    pd_wait(child->pd, child->id, &cause, &code);
    handle_drop(child->pd);
    return cause == 0 ? code : 1000 + cause;
}

static int count(void)
{
    struct cell_memory mapped;
    struct spawned child;
    uint64_t on_stack = 3;
    char *on_heap = malloc(PAGES * CELL_PAGE);
    double real = 0.5;

    if (on_heap == NULL || cell_memory_make(2, &mapped) != CELL_OK)
        return 1;
    memset(on_heap, 4, PAGES * CELL_PAGE);
    memset(mapped.address, 5, 2 * CELL_PAGE);
    /* Puts it into a floating point register. */
    __asm__ volatile(""
                     : "+w"(real));
    uint64_t me = cell_pd_id();

    if (copy("child", &child) != 0)
        return 1;
    bool same = in_data == 1 && in_tls == 2 && on_stack == 3 && on_heap[PAGES * CELL_PAGE - 1] == 4 &&
                ((char *)mapped.address)[CELL_PAGE] == 5 && real == 0.5;

    if (child.id == 0) {
        printf("fork: child: %s, %s\n", same ? "all there" : "something is missing", cell_pd_id() != me ? "another PD" : "the same PD");
        in_data = in_tls = 9;
        on_stack = 9;
        memset(on_heap, 9, PAGES * CELL_PAGE);
        memset(mapped.address, 9, 2 * CELL_PAGE);
        void *more = malloc(300 * CELL_PAGE);

        return more != NULL ? 17 : 1;
    }
    uint64_t code = wait_for(&child);

    same = same && in_data == 1 && in_tls == 2 && on_stack == 3 && on_heap[CELL_PAGE] == 4 && *(char *)mapped.address == 5;
    printf("fork: parent: %s, the child exited with %lu\n", same ? "nothing changed" : "something changed", code);
    free(on_heap);
    cell_memory_free(&mapped);
    return same && code == 17 ? 0 : 1;
}

static int toys(void)
{
    cell_cap_t toy, hole;
    struct spawned child;
    uint64_t value = 0;

    /* The toy's handle is behind a place in the table that is empty when the program is copied. */
    if (toy_create(cell_rde("TOY"), 1, "hole", &hole) != CELL_OK || toy_create(cell_rde("TOY"), 5, "toy", &toy) != CELL_OK)
        return 1;
    toy_destroy(hole);
    if (copy("child", &child) != 0)
        return 1;
    if (child.id == 0) {
        cell_error_t error = toy_add(toy, 2, &value);

        printf("fork: child: %s, the toy is %lu\n", cell_error_text(error), value);
        return toy_create(cell_rde("TOY"), 1, "own", &hole) == CELL_OK && toy_destroy(hole) == CELL_OK ? 0 : 1;
    }
    uint64_t code = wait_for(&child);

    toy_get(toy, &value);
    printf("fork: parent: %lu, the toy is %lu\n", code, value);
    return toy_destroy(toy) == CELL_OK && code == 0 && value == 7 ? 0 : 1;
}

/* Uses a toy through an edge that is not in the root CNode. */
static cell_error_t toy_by_edge(uint64_t *value)
{
    cell_cap_t space = cell_rde("TOY"), toy;

    if (space < CSPACE_AT(CSPACE_PRIVATE, 0))
        return CELL_NOT_FOUND;
    cell_error_t error = toy_create(space, 5, "toy", &toy);

    if (error == CELL_OK)
        error = toy_add(toy, 2, value);
    return error == CELL_OK ? toy_destroy(toy) : error;
}

static int copy_of_thread(void *argument)
{
    struct spawned child;
    uint64_t value = 0, me = cell_pd_id();

    (void)argument;
    in_tls = 6;
    if (toy_by_edge(&value) != CELL_OK || copy("child", &child) != 0)
        return 1;
    bool same = in_tls == 6 && (child.id == 0) == (cell_pd_id() != me);
    cell_error_t error = toy_by_edge(&value);

    printf("fork: %s: %s, %s, %lu\n", child.id == 0 ? "child" : "thread", same ? "all there" : "something is missing",
           cell_error_text(error), value);
    if (child.id == 0)
        return same && error == CELL_OK ? 18 : 1;
    return wait_for(&child) == 18 && same && error == CELL_OK ? 19 : 1;
}

static int thread(void)
{
    struct spawned thread;

    if (cell_thread_create(copy_of_thread, NULL, &thread) != CELL_OK)
        return 1;
    uint64_t code = wait_for(&thread);

    printf("fork: the thread exited with %lu\n", code);
    return code != 19;
}

static int deep(int depth)
{
    struct spawned child;

    if (depth == 0)
        return 0;
    if (copy("child", &child) != 0)
        return 200;
    return child.id == 0 ? deep(depth - 1) : (int)wait_for(&child) + 1;
}

static int hold(void)
{
    struct spawned child;

    if (copy("child", &child) != 0)
        return 1;
    if (child.id != 0)
        printf("fork: both hold\n");
    fflush(stdout);
    cell_sleep(UINT64_MAX);
    return 1;
}

static int part(void)
{
    struct cell_memory mapped;
    struct spawned child;

    if (cell_memory_make(8, &mapped) != CELL_OK)
        return 1;
    /* Only the two address spaces keep the memory then. */
    handle_drop(mapped.mo);
    memset(mapped.address, 5, 8 * CELL_PAGE);
    if (copy("child", &child) != 0)
        return 1;
    ((char *)mapped.address)[(child.id == 0 ? 3 : 1) * CELL_PAGE] = 6;
    printf("fork: PD_%lx wrote at %lx\n", (unsigned long)cell_pd_id(), (unsigned long)(uintptr_t)mapped.address);
    fflush(stdout);
    cell_sleep(UINT64_MAX);
    return 1;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "toys") == 0)
        return toys();
    if (strcmp(what, "thread") == 0)
        return thread();
    if (strcmp(what, "hold") == 0)
        return hold();
    if (strcmp(what, "part") == 0)
        return part();
    if (strcmp(what, "deep") != 0)
        return count();
    /* Copies of the program come here, too. */
    uint64_t first = cell_pd_id();
    int wanted = argc > 2 ? atoi(argv[2]) : 3;
    int sum = deep(wanted);

    if (cell_pd_id() != first)
        return sum;
    printf("fork: %d copies\n", sum);
    return sum != wanted;
}
