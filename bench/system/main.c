/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/system/main.c: instructions of requests to the root task, and of PDs
 * coming and going, from request to answer, as rows for the runner. Boot to here
 * is the first row. Ends the machine when it is done.
 *
 * Bottom-up: requests about memory, other objects, PDs; extraction is in extract.c.
 */
#include <cell/idl/ads.h>
#include <cell/idl/cpu.h>
#include <cell/idl/ep.h>
#include <cell/idl/machine.h>
#include <cell/idl/mo.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <lib/client/client.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <string.h>

#include "bench/system/measure.h"

#define ROUNDS 32u
#define READ_WRITE (CELL_READ | CELL_WRITE)

static cell_cap_t mo_space, ads_space, cpu_space, ep_space;
static cell_cap_t handles[ROUNDS];
static uint64_t starts[ROUNDS];

/* ---- Memory ----------------------------------------------------------- */

static void bench_null(void)
{
    uint64_t pages;

    measure_need(mo_allocate(mo_space, 1, 0, &handles[0]), "MO");
    measure_need(mo_size(handles[0], &pages), "size");
    uint64_t start = measure_now();

    for (unsigned i = 0; i < 100; i++)
        mo_size(handles[0], &pages);
    measure_row("null request", measure_now() - start, 100);
    measure_need(mo_release(handles[0]), "release");
}

static void bench_mo(uint64_t pages)
{
    char name[64];
    uint64_t start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(mo_allocate(mo_space, pages, 0, &handles[i]), "MO");
    snprintf(name, sizeof name, "MO allocate %lu pages", (unsigned long)pages);
    measure_row(name, measure_now() - start, ROUNDS);
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(mo_release(handles[i]), "release");
    snprintf(name, sizeof name, "MO free %lu pages", (unsigned long)pages);
    measure_row(name, measure_now() - start, ROUNDS);
}

static void attach_all(cell_cap_t ads, uint64_t flags)
{
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(ads_attach(ads, handles[i], 0, CELL_REGION_GENERIC, READ_WRITE, flags,
                                &starts[i]),
                     "attach");
}

static void remove_all(cell_cap_t ads)
{
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(ads_remove(ads, starts[i]), "remove");
}

static void bench_attach(cell_cap_t ads, uint64_t pages, const char *what)
{
    char name[64];

    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(mo_allocate(mo_space, pages, 0, &handles[i]), "MO");
    /* Page tables are there before the clock runs. */
    attach_all(ads, 0);
    remove_all(ads);
    uint64_t start = measure_now();

    attach_all(ads, 0);
    snprintf(name, sizeof name, "attach %lu pages%s", (unsigned long)pages, what);
    measure_row(name, measure_now() - start, ROUNDS);
    start = measure_now();
    remove_all(ads);
    snprintf(name, sizeof name, "remove %lu pages%s", (unsigned long)pages, what);
    measure_row(name, measure_now() - start, ROUNDS);
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(mo_release(handles[i]), "release");
}

#define LARGE_ROUNDS 10u
#define LARGE_PAGES 512u

/* 2 MiB, in pages of 4 KiB or in one. */
static void bench_2m(uint64_t flags, const char *what)
{
    cell_cap_t mo = 0;
    uint64_t made = 0, attached = 0, removed = 0, freed = 0, start, at;
    char name[64];

    for (unsigned i = 0; i <= LARGE_ROUNDS; i++) {
        /* In the first round tables are made. */
        if (i == 1)
            made = attached = removed = freed = 0;
        start = measure_now();
        measure_need(mo_allocate(mo_space, LARGE_PAGES, flags, &mo), "MO");
        made += measure_now() - start;
        start = measure_now();
        measure_need(ads_attach(CSPACE_SELF, mo, 0, CELL_REGION_GENERIC, READ_WRITE, 0, &at), "attach");
        attached += measure_now() - start;
        start = measure_now();
        measure_need(ads_remove(CSPACE_SELF, at), "remove");
        removed += measure_now() - start;
        start = measure_now();
        measure_need(mo_release(mo), "release");
        freed += measure_now() - start;
    }
    const struct {
        const char *operation;
        uint64_t total;
    } rows[] = {{"MO allocate", made}, {"attach", attached}, {"remove", removed}, {"MO free", freed}};

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(name, sizeof name, "%s 2 MiB, %s", rows[i].operation, what);
        measure_row(name, rows[i].total, LARGE_ROUNDS);
    }
}

static void bench_touch(void)
{
    uint64_t at, start = measure_now();

    measure_need(mo_allocate(mo_space, 100, 1, &handles[0]), "MO on touch");
    measure_need(ads_attach(CSPACE_SELF, handles[0], 0, CELL_REGION_GENERIC, READ_WRITE, 0, &at),
                 "attach");
    for (unsigned i = 0; i < 100; i++)
        *(volatile char *)(at + i * CELL_PAGE) = 1;
    measure_row("allocate, attach and touch 100 pages", measure_now() - start, 1);
    measure_need(ads_remove(CSPACE_SELF, at), "remove");
    measure_need(mo_release(handles[0]), "release");
}

/* ---- Other objects ---------------------------------------------------- */

static void bench_ads(void)
{
    uint64_t start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(ads_create(ads_space, &handles[i]), "ADS");
    measure_row("ADS create", measure_now() - start, ROUNDS);
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(ads_release(handles[i]), "release");
    measure_row("ADS delete", measure_now() - start, ROUNDS);
}

static void bench_objects(void)
{
    uint64_t start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(ep_allocate(ep_space, &handles[i]), "EP");
    measure_row("EP allocate", measure_now() - start, ROUNDS);
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(handle_drop(handles[i]), "release");
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(cpu_create(cpu_space, &handles[i]), "CPU");
    measure_row("CPU create", measure_now() - start, ROUNDS);
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(cpu_release(handles[i]), "release");
}

/* ---- PDs -------------------------------------------------------------- */

/* The child's exit code is the time at which its main began. */
static void collect(struct spawned *child, uint64_t *began)
{
    uint64_t cause;

    measure_need(pd_wait(child->pd, child->id, &cause, began), "wait");
    measure_need(handle_drop(child->pd), "release");
}

static void bench_process(const char *regions, const char *what)
{
    struct spawn spawn;
    struct spawned child;
    char name[96];
    uint64_t began, total = 0, whole = 0;

    for (unsigned i = 0; i < ROUNDS + 2; i++) {
        uint64_t start = measure_now();

        spawn_begin(&spawn, "child", "process", "program=bench-child");
        if (regions[0] != 0)
            spawn_line(&spawn, "%s", regions);
        measure_need(spawn_run(&spawn, &child), child.fault);
        collect(&child, &began);
        if (i < 2)
            continue;
        total += began - start;
        whole += measure_now() - start;
    }
    snprintf(name, sizeof name, "process create to main, %s", what);
    measure_row(name, total, ROUNDS);
    snprintf(name, sizeof name, "process create, exit, collect, %s", what);
    measure_row(name, whole, ROUNDS);
}

/* Where memory is of which children get a copy. */
#define COPIED UINT64_C(0x60000000)
#define COPIED_PAGES 100u

/* Memory that is copied when a process is made, and what the first write to each page costs then. */
static void bench_copies(void)
{
    char line[80];
    uint64_t at, start;
    struct spawn spawn;
    struct spawned child;

    measure_need(mo_allocate(mo_space, COPIED_PAGES, 0, &handles[0]), "MO");
    measure_need(ads_attach(CSPACE_SELF, handles[0], COPIED, CELL_REGION_GENERIC, READ_WRITE, 0, &at), "attach");
    snprintf(line, sizeof line, "region %#lx copied at=%#lx rights=rw", (unsigned long)at, (unsigned long)at);
    bench_process(line, "100 pages copied");
    spawn_begin(&spawn, "child", "process", "program=bench-child");
    spawn_line(&spawn, "%s", line);
    spawn_line(&spawn, "args wait");
    measure_need(spawn_run(&spawn, &child), child.fault);
    start = measure_now();
    for (unsigned i = 0; i < COPIED_PAGES; i++)
        *(volatile char *)(at + i * CELL_PAGE) = 1;
    measure_row("write first to a page that a copy has", measure_now() - start, COPIED_PAGES);
    measure_need(pd_terminate(child.pd, child.id, 255, 255), "terminate");
    measure_need(handle_drop(child.pd), "release");
    measure_need(ads_remove(CSPACE_SELF, at), "remove");
    measure_need(mo_release(handles[0]), "release");
}

/* Terminating processes that wait forever. */
static void bench_destroy(void)
{
    struct spawn spawn;
    struct spawned child;
    uint64_t total = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        spawn_begin(&spawn, "child", "process", "program=bench-child");
        spawn_line(&spawn, "args wait");
        measure_need(spawn_run(&spawn, &child), child.fault);
        uint64_t start = measure_now();

        measure_need(pd_terminate(child.pd, child.id, 255, 255), "terminate");
        total += measure_now() - start;
        measure_need(handle_drop(child.pd), "release");
    }
    measure_row("process destroy", total, ROUNDS);
}

static volatile uint64_t thread_began;

static int thread_waiting(void *argument)
{
    (void)argument;
    cell_sleep(UINT64_C(86400000000000));
    return 0;
}

static void bench_thread_destroy(void)
{
    uint64_t total = 0;
    struct spawned thread;

    for (unsigned i = 0; i < ROUNDS; i++) {
        measure_need(cell_thread_create(thread_waiting, NULL, &thread), thread.fault);
        uint64_t start = measure_now();

        measure_need(pd_terminate(thread.pd, thread.id, 255, 255), "terminate");
        total += measure_now() - start;
        measure_need(handle_drop(thread.pd), "release");
    }
    measure_row("thread destroy", total, ROUNDS);
}

static int thread_main(void *argument)
{
    (void)argument;
    thread_began = measure_now();
    return 0;
}

static void bench_thread(void)
{
    uint64_t code, total = 0, whole = 0;
    struct spawned thread;

    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t start = measure_now();

        measure_need(cell_thread_create(thread_main, NULL, &thread), thread.fault);
        collect(&thread, &code);
        total += thread_began - start;
        whole += measure_now() - start;
    }
    measure_row("thread create to its function", total, ROUNDS);
    measure_row("thread create and join", whole, ROUNDS);
}

int main(void)
{
    uint64_t booted;

    measure_init();
    booted = measure_now();
    measure_row("boot to the first program", booted, 1);
    mo_space = cell_rde("MO"), ads_space = cell_rde("ADS"), cpu_space = cell_rde("VCPU");
    ep_space = cell_rde("EP");
    bench_null();
    for (int warm = 0; warm < 2; warm++) {
        bench_mo(1);
        bench_mo(100);
        bench_attach(CSPACE_SELF, 1, "");
        bench_attach(CSPACE_SELF, 100, "");
        bench_2m(0, "512 pages");
        bench_2m(2, "one page");
        bench_touch();
        bench_ads();
        bench_objects();
    }
    bench_process("", "as configured");
    bench_process("region heap disjoint pages=100\nregion stack disjoint pages=16 guard", "all present");
    bench_process("region heap disjoint pages=100 on-touch\nregion stack disjoint pages=16 guard on-touch",
                  "on touch");
    bench_copies();
    bench_destroy();
    bench_thread();
    bench_thread_destroy();
    bench_presets();
    bench_many();
    bench_extraction();
    return machine_power_off(cell_holds(0), 0, 0) != CELL_OK;
}
