/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/system/extract.c: what extraction costs. The system is extracted as it
 * is, then with PROCESSES more PDs and MEMORIES more memory objects; two points
 * give what a node or edge costs, and what is paid whatever the size: the request
 * itself and asking the servers. Reading the CSV is measured in the same way.
 */
#include <cell/idl/graph.h>
#include <cell/idl/mo.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <lib/client/client.h>
#include <lib/client/spawn.h>

#include "bench/system/measure.h"

#define PROCESSES 200u
#define MEMORIES 200u
/* Nanoseconds after which all of them wait. */
#define SETTLE UINT64_C(100000000)

struct point {
    uint64_t rows, taking, reading;
};

static uint64_t lines_of(const char *text, uint64_t size)
{
    uint64_t lines = 0;

    for (uint64_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    return lines;
}

static struct point extract(const struct cell_memory *memory)
{
    struct point point = {0};
    cell_cap_t root = cell_holds(0);
    uint64_t snapshot, rows, got = 1, start = measure_now();

    measure_need(graph_extract(root, 0, 1, 0, &snapshot, &rows), "extract");
    point.taking = measure_now() - start;
    for (uint64_t at = 0; got != 0; at += got) {
        start = measure_now();
        measure_need(graph_read(snapshot, memory->mo, at, &got), "read");
        point.reading += measure_now() - start;
        point.rows += lines_of(memory->address, got);
    }
    measure_need(graph_close(snapshot), "close");
    return point;
}

static void row(const char *name, uint64_t cost, uint64_t less, uint64_t rows)
{
    measure_row(name, cost > less ? cost - less : 0, rows);
}

static void rows_of(const char *each, const char *whole, uint64_t small, uint64_t large,
                    const struct point *a, const struct point *b)
{
    uint64_t more = b->rows - a->rows;

    row(each, large, small, more);
    row(whole, small, (large - small) * a->rows / more, 1);
}

static void grow(struct spawned *children)
{
    struct spawn spawn;
    cell_cap_t mo;

    for (unsigned i = 0; i < PROCESSES; i++) {
        spawn_begin(&spawn, "child", "process", "program=bench-child");
        spawn_line(&spawn, "args wait");
        measure_need(spawn_run(&spawn, &children[i]), children[i].fault);
    }
    for (unsigned i = 0; i < MEMORIES; i++)
        measure_need(mo_allocate(cell_rde("MO"), 1, 0, &mo), "MO");
    /* They have all begun to wait before the clock runs. */
    measure_need(cell_sleep(SETTLE), "sleep");
}

void bench_extraction(void)
{
    static struct spawned children[PROCESSES];
    struct cell_memory memory;

    measure_need(cell_memory_make(16, &memory), "memory");
    extract(&memory); /* warm */
    struct point small = extract(&memory);

    grow(children);
    struct point large = extract(&memory);

    rows_of("extract, per node or edge", "extract, whatever the size", small.taking, large.taking, &small,
            &large);
    rows_of("CSV of it, per node or edge", "CSV of it, whatever the size", small.reading, large.reading,
            &small, &large);
    for (unsigned i = 0; i < PROCESSES; i++) {
        measure_need(pd_terminate(children[i].pd, children[i].id, 255, 255), "terminate");
        measure_need(handle_drop(children[i].pd), "release");
    }
    cell_memory_free(&memory);
}
