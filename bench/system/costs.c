/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/system/costs.c: what each preset costs, as rows for the runner: making and ending a PD of it, a request to what runs in it; a
 * server's end under each cleanup policy; a lock. This program has a lower priority than all that it makes, so what the root task does
 * later
 * for those counts, too.
 *
 *   bench-costs answer ENDPOINT      is another process, which answers
 */
#include <cell/idl/ads.h>
#include <cell/idl/context.h>
#include <cell/idl/cpu.h>
#include <cell/idl/ep.h>
#include <cell/idl/handle.h>
#include <cell/idl/machine.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <lib/client/call.h>
#include <lib/client/context.h>
#include <lib/client/library.h>
#include <lib/runtime/runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/system/measure.h"

#define ROUNDS 32u
#define WARM 2u
#define CALLS 200u

static cell_cap_t endpoint;

static void row(const char *preset, const char *what, uint64_t total, uint64_t samples)
{
    char name[96];

    snprintf(name, sizeof name, "%s: %s", preset, what);
    measure_row(name, total, samples);
}

/* ---- What answers ------------------------------------------------------- */

static __attribute__((noinline)) uint64_t add(uint64_t word)
{
    __asm__ volatile(""
                     : "+r"(word));
    return word + 1;
}

static _Noreturn int answer(void *unused)
{
    seL4_Word badge, word = 0, none = 0;

    (void)unused;
    seL4_RecvWithMRs(endpoint, &badge, &word, &none, &none, &none);
    for (;;) {
        word = add(word);
        seL4_ReplyRecvWithMRs(endpoint, seL4_MessageInfo_new(CELL_OK, 0, 0, 1), &badge, &word, &none, &none, &none);
    }
}

static int answer_call(void *argument)
{
    return (int)add((uintptr_t)argument);
}

/* ---- Making --------------------------------------------------------------- */

static void run(struct spawn *spawn, struct spawned *made)
{
    measure_need(spawn_run(spawn, made), made->fault);
}

static void make_process(const char *preset, struct spawned *made)
{
    struct spawn spawn;

    spawn_begin(&spawn, "answers", preset, "program=bench-costs");
    spawn_line(&spawn, "  priority 100");
    spawn_line(&spawn, "  give %#lx rights=r", (unsigned long)endpoint);
    spawn_line(&spawn, "  args answer %#lx", (unsigned long)CSPACE_AT(CSPACE_COMMON, 0));
    run(&spawn, made);
}

static void make_thread(const char *preset, struct spawned *made)
{
    struct spawn spawn;
    char entry[32];

    snprintf(entry, sizeof entry, "entry=%#lx", (unsigned long)(uintptr_t)answer);
    spawn_begin(&spawn, "answers", preset, entry);
    spawn_line(&spawn, "  priority 100");
    run(&spawn, made);
}

static void make_library(const char *preset, struct spawned *made)
{
    (void)preset;
    measure_need(cell_library_create("answers", answer_call, made), made->fault);
}

static void make_fork(const char *preset, struct spawned *made)
{
    struct spawn spawn;

    spawn_begin(&spawn, "answers", preset, "");
    spawn_line(&spawn, "  priority 100");
    run(&spawn, made);
    if (made->id == 0)
        answer(NULL);
}

static void make_context(const char *preset, struct spawned *made)
{
    (void)preset;
    measure_need(cell_context_create("", made), made->fault);
}

static void make_snapshot(const char *preset, struct spawned *made)
{
    (void)preset;
    measure_need(cell_context_snapshot(made), made->fault);
}

/* ---- Asking, and ending ------------------------------------------------------ */

static void ask_endpoint(const struct spawned *made)
{
    uint64_t word = 1;

    (void)made;
    measure_need(cell_call(endpoint, 0, &word, 1, 1), "call");
}

static void ask_library(const struct spawned *made)
{
    int result;

    measure_need(cell_library_call(made, (void *)1, UINT64_MAX, &result), "library call");
}

static void ask_context(const struct spawned *made)
{
    measure_need(context_switch(made->id), "there");
    add(1);
    measure_need(context_switch(0), "back");
}

static void end_pd(const struct spawned *made)
{
    measure_need(pd_terminate(made->pd, made->id, 255, 255), "terminate");
    measure_need(handle_drop(made->pd), "release");
}

static void end_context(const struct spawned *made)
{
    measure_need(context_drop(made->id), "drop");
}

static const struct way {
    const char *preset;
    void (*make)(const char *preset, struct spawned *made);
    void (*ask)(const struct spawned *made); /* NULL: there is no server to ask */
    void (*end)(const struct spawned *made);
} ways[] = {
    {"thread", make_thread, ask_endpoint, end_pd},
    {"thread-isolated-stack", make_thread, ask_endpoint, end_pd},
    {"thread-isolated-heap", make_thread, ask_endpoint, end_pd},
    {"process", make_process, ask_endpoint, end_pd},
    {"fork", make_fork, ask_endpoint, end_pd},
    {"library", make_library, ask_library, end_pd},
    {"context", make_context, ask_context, end_context},
    {"snapshot", make_snapshot, NULL, end_context},
};

static void measure_way(const struct way *way)
{
    struct spawned made;
    uint64_t making = 0, asking = 0, ending = 0;

    for (unsigned i = 0; i < WARM + ROUNDS; i++) {
        uint64_t start = measure_now(), made_at, asked_at;

        way->make(way->preset, &made);
        made_at = measure_now();
        if (way->ask != NULL)
            for (unsigned j = 0; j < CALLS; j++)
                way->ask(&made);
        asked_at = measure_now();
        way->end(&made);
        if (i < WARM)
            continue;
        making += made_at - start;
        asking += asked_at - made_at;
        ending += measure_now() - asked_at;
    }
    row(way->preset, "create", making, ROUNDS);
    row(way->preset, "destroy", ending, ROUNDS);
    if (way->ask != NULL)
        row(way->preset, "request", asking, (uint64_t)ROUNDS * CALLS);
}

static void measure_function(void)
{
    uint64_t start = measure_now();

    for (unsigned j = 0; j < CALLS; j++)
        add(j);
    row("function", "request", measure_now() - start, CALLS);
}

static void measure_lock(void)
{
    struct runtime_mutex mutex = {0};
    uint64_t start = measure_now();

    for (unsigned j = 0; j < CALLS; j++) {
        runtime_mutex_lock(&mutex, RUNTIME_FOREVER);
        runtime_mutex_unlock(&mutex);
    }
    measure_row("lock: take and give back", measure_now() - start, CALLS);
}

/* ---- Operations that the kernel has as well (presets.py) -------------------------------- */

static void measure_memory(void)
{
    cell_cap_t mo[ROUNDS];
    uint64_t at[ROUNDS], start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(mo_allocate(cell_rde("MO"), 1, 0, &mo[i]), "MO");
    measure_row("framework: frame", measure_now() - start, ROUNDS);
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(ads_attach(CSPACE_SELF, mo[i], 0, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, 0, &at[i]), "attach");
    measure_row("framework: map", measure_now() - start, ROUNDS);
    for (unsigned i = 0; i < ROUNDS; i++) {
        measure_need(ads_remove(CSPACE_SELF, at[i]), "remove");
        measure_need(mo_release(mo[i]), "release");
    }
}

static void measure_objects(void)
{
    cell_cap_t made[ROUNDS];
    uint64_t start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(ads_create(cell_rde("ADS"), &made[i]), "ADS");
    measure_row("framework: address space", measure_now() - start, ROUNDS);
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(ads_release(made[i]), "release");
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(cpu_create(cell_rde("VCPU"), &made[i]), "CPU");
    measure_row("framework: CPU", measure_now() - start, ROUNDS);
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(cpu_release(made[i]), "release");
}

static void measure_giving(void)
{
    struct spawned made;
    cell_cap_t mo, there;

    make_process("process", &made);
    measure_need(mo_allocate(cell_rde("MO"), 1, 0, &mo), "MO");
    uint64_t start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(handle_give(made.pd, made.id, mo, CELL_READ, &there), "give");
    measure_row("framework: capability transfer", measure_now() - start, ROUNDS);
    end_pd(&made);
    measure_need(mo_release(mo), "release");
}

/* ---- Cleanup: disk, files on it, a database in them, an application ------------------- */

#define LAYERS 4u

/* The next is made when the one before serves. The edges go: who has one depends on the server. */
static void make_layers(struct spawned *made)
{
    static const char *const types[LAYERS + 1] = {"", "BLOCKS", "FILES", "TABLES", "WINDOWS"};
    cell_cap_t edges[LAYERS];

    for (unsigned i = 0; i < LAYERS; i++) {
        struct spawn spawn;

        spawn_begin(&spawn, types[i + 1], "process", "program=layer");
        spawn_line(&spawn, "  rde RESSPC");
        if (i > 0)
            spawn_line(&spawn, "  rde %s", types[i]);
        spawn_line(&spawn, "  serves %s", types[i + 1]);
        spawn_line(&spawn, "  priority 100");
        spawn_line(&spawn, "  args %s %s", types[i + 1], types[i]);
        run(&spawn, &made[i]);
        cell_error_t error;

        while ((error = handle_edge_to(made[i].pd, made[i].id, types[i + 1], &edges[i])) == CELL_NOT_FOUND)
            cell_sleep(UINT64_C(1000000));
        measure_need(error, "edge");
        cell_sleep(UINT64_C(1000000)); /* what it asks the one below */
    }
    for (unsigned i = 0; i < LAYERS; i++)
        measure_need(handle_drop(edges[i]), "release");
}

static void measure_policy(unsigned pd_depth, unsigned space_depth)
{
    struct spawned made[LAYERS];
    uint64_t total = 0;
    char name[64];

    for (unsigned i = 0; i < WARM + ROUNDS / 4; i++) {
        make_layers(made);
        uint64_t start = measure_now();

        measure_need(pd_terminate(made[0].pd, made[0].id, pd_depth, space_depth), "terminate");
        if (i >= WARM)
            total += measure_now() - start;
        for (unsigned j = 1; j < LAYERS; j++)
            pd_terminate(made[j].pd, made[j].id, 0, 0);
        for (unsigned j = 0; j < LAYERS; j++)
            measure_need(handle_drop(made[j].pd), "release");
    }
    snprintf(name, sizeof name, "cleanup: PD depth %u, space depth %u", pd_depth, space_depth);
    measure_row(name, total, ROUNDS / 4);
}

int main(int argc, char **argv)
{
    static const unsigned policies[][2] = {{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 2}, {2, 0}, {3, 0}};

    if (argc > 2) {
        endpoint = strtoul(argv[2], NULL, 0);
        answer(NULL);
    }
    measure_init();
    measure_need(ep_allocate(cell_rde("EP"), &endpoint), "EP");
    measure_function();
    measure_lock();
    for (unsigned i = 0; i < 2; i++) { /* the first warms up */
        measure_memory();
        measure_objects();
        measure_giving();
    }
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        measure_way(&ways[i]);
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        measure_policy(policies[i][0], policies[i][1]);
    return machine_power_off(cell_holds(0), 0, 0) != CELL_OK;
}
