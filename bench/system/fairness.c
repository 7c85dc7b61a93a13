/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/system/fairness.c: how long a PD waits for the root task. First the longest
 * step of its loop with what would take long if it were not done in pieces; then the worst
 * answer to a null request while ATTACKERS PDs with a lower ceiling ask for all they can
 * (apps/pressure.c). Ends the machine when it is done.
 */
#include <cell/idl/ads.h>
#include <cell/idl/bench.h>
#include <cell/idl/clock.h>
#include <cell/idl/graph.h>
#include <cell/idl/machine.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <lib/client/client.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <string.h>

#include "bench/system/fairness.h"
#include "bench/system/measure.h"

#define ATTACKERS 100u
#define PROBES 3000u
/* Nanoseconds between two of them, in which the attackers run. */
#define PAUSE UINT64_C(200000)
#define PAGES UINT64_C(20000)
#define READ_WRITE (CELL_READ | CELL_WRITE)

/* ---- The longest steps of the root task -------------------------------- */

/* Nanoseconds of a step (authority.md, Time). */
#define BOUND UINT64_C(50000)
#define BOUND_MAKING UINT64_C(200000)

static bool is_making(uint64_t label)
{
    return label == PD_CREATE_LABEL || label == PD_MAKE_LABEL || label == PD_THREAD_LABEL;
}

static void note_too_long(const char *what, uint64_t step, uint64_t time)
{
    char name[96];

    snprintf(name, sizeof name, "too long, by step %lx: %s", (unsigned long)step, what);
    measure_row(name, time, 1);
}

void fairness_tell(const char *what)
{
    uint64_t longest = 0, making = 0, time, step;
    char name[96];

    for (measure_need(bench_longest(&time, &step), "longest"); time != 0; bench_longest(&time, &step)) {
        uint64_t *of = is_making(step) ? &making : &longest;

        if (time > *of)
            *of = time;
        if (time > (is_making(step) ? BOUND_MAKING : BOUND))
            note_too_long(what, step, time);
    }
    snprintf(name, sizeof name, "longest step: %s", what);
    measure_row(name, longest, 1);
    if (making == 0)
        return;
    snprintf(name, sizeof name, "longest step of making: %s", what);
    measure_row(name, making, 1);
}

void fairness_begin(void)
{
    uint64_t time, step;

    do
        measure_need(bench_longest(&time, &step), "longest");
    while (time != 0);
}

/* ---- Large requests --------------------------------------------------- */

static void large_memory(void)
{
    cell_cap_t mo;
    uint64_t start;

    fairness_begin();
    measure_need(mo_allocate(cell_rde("MO"), PAGES, 0, &mo), "MO");
    fairness_tell("MO allocate 20000 pages");
    measure_need(ads_attach(CSPACE_SELF, mo, 0, CELL_REGION_GENERIC, READ_WRITE, 0, &start), "attach");
    fairness_tell("attach 20000 pages");
    measure_need(ads_remove(CSPACE_SELF, start), "remove");
    fairness_tell("remove 20000 pages");
    measure_need(mo_release(mo), "release");
    cell_sleep(UINT64_C(100000000));
    fairness_tell("MO free 20000 pages");
}

#define LARGE UINT64_C(512)
#define FLAGS_2M 2u
#define FLAGS_TOUCH 1u

/* Pages of 2 MiB that small ones were in: allocated, touched, added to what there is, and made for another PD. */
static void large_pages(void)
{
    static const char text[] = "pd child process program=bench-child\n  region 0x40000000 disjoint pages=1024 page=2M\n  args wait\n";
    struct pd_make_fault fault;
    uint64_t start, pd, id;
    cell_cap_t mo;

    fairness_begin();
    measure_need(mo_allocate(cell_rde("MO"), 2 * LARGE, FLAGS_2M, &mo), "MO");
    measure_need(mo_resize(mo, 3 * LARGE), "resize");
    measure_need(mo_release(mo), "release");
    measure_need(mo_allocate(cell_rde("MO"), 2 * LARGE, FLAGS_2M | FLAGS_TOUCH, &mo), "MO");
    measure_need(ads_attach(CSPACE_SELF, mo, 0, CELL_REGION_GENERIC, READ_WRITE, 0, &start), "attach");
    *(volatile uint64_t *)start = 1;
    *(volatile uint64_t *)(start + LARGE * 4096) = 1;
    measure_need(ads_remove(CSPACE_SELF, start), "remove");
    measure_need(mo_release(mo), "release");
    fairness_tell("pages of 2 MiB");
    measure_need(pd_make(cell_rde("PD"), text, sizeof text - 1, &pd, &id, &fault), "a process with pages of 2 MiB");
    fairness_tell("a process with pages of 2 MiB");
    measure_need(pd_terminate(pd, id, 255, 255), "terminate");
}

static void start(const char *argument, const char *lines, struct spawned *spawned)
{
    struct spawn spawn;
    char command[32];
    char *arguments[] = {"attack", command};

    snprintf(command, sizeof command, "%s", argument);
    spawn_begin(&spawn, "attacker", "process", "program=pressure");
    spawn_line(&spawn, "  ceiling 100");
    spawn_line(&spawn, "  %s", lines);
    spawn_edges(&spawn);
    spawn_arguments(&spawn, 2, arguments);
    measure_need(spawn_run(&spawn, spawned), spawned->fault);
}

/* A process that is made with much memory, and with many handles. */
static void large_makes(void)
{
    static const char *const lines[][2] = {
        {"a process with 5000 pages", "region 0x40000000 disjoint pages=5000"},
        {"a process with 1000 handles", "give MO rights=rw"},
    };
    static cell_cap_t mos[1000];

    for (unsigned i = 0; i < sizeof mos / sizeof *mos; i++)
        measure_need(mo_allocate(cell_rde("MO"), 1, 1, &mos[i]), "MO");
    for (unsigned i = 0; i < sizeof lines / sizeof *lines; i++) {
        char text[256];
        struct pd_make_fault fault;
        uint64_t pd, id;
        int length = snprintf(text, sizeof text, "pd child process program=bench-child\n  %s\n  args wait\n",
                              lines[i][1]);

        fairness_begin();
        measure_need(pd_make(cell_rde("PD"), text, (uint64_t)length, &pd, &id, &fault), lines[i][1]);
        fairness_tell(lines[i][0]);
        measure_need(pd_terminate(pd, id, 255, 255), "terminate");
    }
    for (unsigned i = 0; i < sizeof mos / sizeof *mos; i++)
        measure_need(mo_release(mos[i]), "release");
}

/* PDs that have much. */
static void large_ends(void)
{
    static const char *const kinds[] = {"threads", "memory", "handles", "gifts", "snapshots", "requests"};

    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct spawned spawned;
        char what[64];

        start(kinds[i], "linked", &spawned);
        cell_sleep(UINT64_C(1000000000));
        snprintf(what, sizeof what, "making many %s", kinds[i]);
        fairness_tell(what);
        measure_need(pd_terminate(spawned.pd, spawned.id, 255, 255), "terminate");
        cell_sleep(UINT64_C(100000000));
        snprintf(what, sizeof what, "terminate a PD with many %s", kinds[i]);
        fairness_tell(what);
    }
}

/* Pages that another PD pays for are made when they are attached. */
static int attach_missing(void *mo)
{
    uint64_t start;

    return ads_attach(CSPACE_SELF, (cell_cap_t)mo, 0, CELL_REGION_GENERIC, READ_WRITE, 0, &start) != CELL_OK;
}

static void missing_pages(void)
{
    struct spawned spawned;
    uint64_t cause, code;
    cell_cap_t mo;

    measure_need(mo_allocate(cell_rde("MO"), 1000, 1, &mo), "MO");
    fairness_begin();
    measure_need(cell_thread_create(attach_missing, (void *)mo, &spawned), "thread");
    measure_need(pd_wait(spawned.pd, spawned.id, &cause, &code), "wait");
    fairness_tell("attach 1000 pages that are missing");
    measure_need(code == 0 ? CELL_OK : CELL_GONE, "attach");
    measure_need(mo_release(mo), "release");
}

/* The text of a snapshot, in order, and from its end back. */
static void read_snapshot(void)
{
    uint64_t snapshot, rows, bytes = 1, at = 0;
    cell_cap_t mo;

    measure_need(mo_allocate(cell_rde("MO"), 16, 0, &mo), "MO");
    measure_need(graph_extract(cell_holds(0), 0, 1, 0, &snapshot, &rows), "extract");
    fairness_begin();
    for (; bytes != 0; at += bytes)
        measure_need(graph_read(snapshot, mo, at, &bytes), "read");
    measure_need(graph_read(snapshot, mo, 0, &bytes), "read");
    measure_need(graph_read(snapshot, mo, at, &bytes), "read");
    fairness_tell("read a snapshot");
    measure_need(graph_close(snapshot), "close");
    measure_need(mo_release(mo), "release");
}

/* ---- Under attack ------------------------------------------------------ */

/* The worst time from the moment at which it wants to go on, whatever the root task is at then,
 * to the answer of a null request. */
static uint64_t probe(unsigned probes)
{
    uint64_t worst = 0, now, resolution, frequency;

    for (unsigned i = 0; i < probes; i++) {
        uint64_t pause = PAUSE + i % 7 * 1000, start = measure_now();

        measure_need(cell_sleep(pause), "sleep");
        measure_need(clock_now(&now, &resolution, &frequency), "null request");
        uint64_t took = measure_now() - start - pause;

        if (took > worst)
            worst = took;
    }
    return worst;
}

/* One PD with many threads that all want the same. */
static void crowds(void)
{
    static const char *const kinds[] = {"sleepers", "askers"};

    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct spawned spawned;
        char what[80];

        start(kinds[i], "linked", &spawned);
        cell_sleep(UINT64_C(500000000));
        fairness_begin();
        snprintf(what, sizeof what, "timer to null request answered among many %s, worst", kinds[i]);
        measure_row(what, probe(1000), 1);
        snprintf(what, sizeof what, "many %s", kinds[i]);
        fairness_tell(what);
        measure_need(pd_terminate(spawned.pd, spawned.id, 255, 255), "terminate");
        cell_sleep(UINT64_C(500000000));
    }
}

static void attack(void)
{
    static const char *const kinds[] = {"null", "large", "fault", "fork", "sleep"};
    static struct spawned attackers[ATTACKERS];

    for (unsigned i = 0; i < ATTACKERS; i++)
        start(kinds[i % (sizeof kinds / sizeof *kinds)], "linked", &attackers[i]);
    measure_row("timer to null request answered under 100 attackers, worst", probe(PROBES), 1);
    uint64_t first;

    fairness_tell("under 100 attackers");
    first = measure_now();

    for (unsigned i = 0; i < ATTACKERS; i++)
        measure_need(pd_terminate(attackers[i].pd, attackers[i].id, 255, 255), "terminate");
    measure_row("ending 100 attackers", measure_now() - first, 1);
    cell_sleep(UINT64_C(100000000));
    fairness_tell("ending 100 attackers");
}

int main(void)
{
    measure_init();
    measure_row("timer to null request answered, worst", probe(100), 1);
    large_memory();
    large_pages();
    large_makes();
    large_ends();
    missing_pages();
    read_snapshot();
    fairness_reach();
    crowds();
    attack();
    machine_power_off(cell_holds(0), 0, 0);
    return 1;
}
