/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/busy.c: keeps a system busy while its model is taken; prints nothing, so that
 * other output stays readable.
 *
 *   busy SECONDS      makes toys, shares pages and toys with children that use them,
 *                     fault, make threads or are killed, and gives it all up again
 *   busy many N M     makes N children that make M toys each; when all are made,
 *                     reports to the runner that it is ready, and stays
 */
#include <cell/idl/clock.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <cell/idl/toy.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND UINT64_C(1000000000)

static cell_cap_t server;

/* ---- Children --------------------------------------------------------------- */

static int nothing(void *argument)
{
    (void)argument;
    return 0;
}

static int do_fault(uint64_t number)
{
    volatile char *nowhere = (volatile char *)number;

    __asm__ volatile("" : "+r"(nowhere));
    return *nowhere;
}

static int do_thread(uint64_t number)
{
    struct spawned thread;
    uint64_t cause, code;

    (void)number;
    if (cell_thread_create(nothing, NULL, &thread) != CELL_OK)
        return 1;
    return pd_wait(thread.pd, thread.id, &cause, &code) != CELL_OK;
}

/* Uses the toy that it was given. */
static int do_use(uint64_t number)
{
    uint64_t where = 0, space, object, value, kind;
    char type[32];

    while (handle_held(CSPACE_SELF, cell_pd_id(), where, &where, &space, &object, &value, &kind,
                   type) == CELL_OK)
        if (kind == 0 && strcmp(type, "TOY") == 0)
            return toy_add(where, number, &value) != CELL_OK;
    return 1;
}

static int do_stay(uint64_t number)
{
    cell_cap_t toy;

    while (number-- > 0)
        if (toy_create(server, number, number % 2 == 0 ? "even" : "", &toy) != CELL_OK)
            return 1;
    cell_ready();
    while (cell_sleep(3600 * SECOND) == CELL_OK)
        ;
    return 1;
}

static const struct {
    const char *word;
    int (*run)(uint64_t number);
} lives[] = {{"use", do_use}, {"fault", do_fault}, {"thread", do_thread}, {"stay", do_stay}};

#define LIVES (sizeof lives / sizeof *lives)

static cell_error_t start(const char *life, uint64_t number, cell_cap_t toy, struct spawned *child)
{
    struct spawn spawn;
    char digits[24];
    char *arguments[2] = {(char *)life, digits};

    snprintf(digits, sizeof digits, "%lu", (unsigned long)number);
    spawn_begin(&spawn, "busy-child", "process", "program=busy");
    spawn_edges(&spawn);
    if (toy != 0)
        spawn_line(&spawn, "  give %#lx rights=rw", toy);
    spawn_arguments(&spawn, 2, arguments);
    return spawn_run(&spawn, child);
}

/* ---- Churn ------------------------------------------------------------------- */

static cell_error_t share(cell_cap_t toy, struct cell_memory *page)
{
    cell_cap_t there;
    cell_error_t error = cell_memory_make(1, page);

    if (error == CELL_OK)
        error = handle_give_to_server(server, page->mo, CELL_READ | CELL_WRITE, &there);
    return error == CELL_OK ? toy_share(toy, there) : error;
}

static cell_error_t churn_once(unsigned round)
{
    struct cell_memory page = {0};
    struct spawned child;
    uint64_t cause, code;
    cell_cap_t toy;
    cell_error_t error = toy_create(server, round, "busy, \"too\"", &toy);

    if (error == CELL_OK)
        error = share(toy, &page);
    if (error == CELL_OK)
        error = start(lives[round % LIVES].word, 0, toy, &child);
    if (error != CELL_OK)
        return error;
    if (round % LIVES == LIVES - 1)
        pd_terminate(child.pd, child.id, 255, 255);
    error = pd_wait(child.pd, child.id, &cause, &code);
    handle_drop(child.pd);
    handle_drop(toy);
    cell_memory_free(&page);
    return error;
}

static cell_error_t now(uint64_t *time)
{
    uint64_t resolution, frequency;

    return clock_now(time, &resolution, &frequency);
}

static cell_error_t churn(uint64_t seconds)
{
    uint64_t begin, time;
    cell_error_t error = now(&begin);

    time = begin;
    for (unsigned round = 0; error == CELL_OK && time - begin < seconds * SECOND; round++) {
        error = churn_once(round);
        if (error == CELL_OK)
            error = now(&time);
    }
    return error;
}

/* ---- Many -------------------------------------------------------------------- */

static cell_error_t many(unsigned long children, unsigned long toys)
{
    struct spawned child;
    cell_error_t error = CELL_OK;

    for (unsigned long i = 0; i < children && error == CELL_OK; i++)
        error = start("stay", toys, 0, &child);
    if (error == CELL_OK)
        do_stay(0);
    return error;
}

int main(int argc, char **argv)
{
    uint64_t number = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    cell_error_t error;

    server = cell_rde("TOY");
    for (size_t i = 0; argc > 1 && i < LIVES; i++)
        if (strcmp(argv[1], lives[i].word) == 0)
            return lives[i].run(number);
    if (argc > 3 && strcmp(argv[1], "many") == 0)
        error = many(number, strtoull(argv[3], NULL, 10));
    else
        error = churn(argc > 1 ? strtoull(argv[1], NULL, 10) : 1);
    if (error != CELL_OK)
        printf("busy: %s\n", cell_error_text(error));
    return error != CELL_OK;
}
