/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/system/many.c: what a process costs when there are others: one more
 * beside FEW and beside MANY that wait; and giving to one of them.
 */
#include <cell/idl/mo.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <lib/client/client.h>
#include <lib/client/spawn.h>

#include "bench/system/measure.h"

#define FEW 10u
#define MANY 1000u
#define ROUNDS 32u

static struct spawned alive[MANY];
static unsigned count;

static struct spawned start_waiting(void)
{
    struct spawn spawn;
    struct spawned child;

    spawn_begin(&spawn, "waiting", "process", "program=bench-child");
    spawn_line(&spawn, "args wait");
    measure_need(spawn_run(&spawn, &child), child.fault);
    return child;
}

static void end(const struct spawned *child)
{
    measure_need(pd_terminate(child->pd, child->id, 255, 255), "terminate");
    measure_need(handle_drop(child->pd), "release");
}

/* Brings the number of those that wait to `wanted`, and measures one more. */
static void bench_beside(unsigned wanted, const char *name, const char *ending)
{
    uint64_t making = 0, destroying = 0;

    while (count < wanted)
        alive[count++] = start_waiting();
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t start = measure_now();
        struct spawned child = start_waiting();

        making += measure_now() - start;
        start = measure_now();
        end(&child);
        destroying += measure_now() - start;
    }
    measure_row(name, making, ROUNDS);
    measure_row(ending, destroying, ROUNDS);
}

static void bench_give(void)
{
    cell_cap_t memory = cell_rde("MO"), handle;
    uint64_t there;

    measure_need(mo_allocate(memory, 1, 0, &handle), "MO");
    uint64_t start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(handle_give(alive[i % count].pd, alive[i % count].id, handle, CELL_READ, &there), "give");
    measure_row("give a resource to a PD", measure_now() - start, ROUNDS);
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        measure_need(handle_give_edge(alive[i % count].pd, alive[i % count].id, memory, &there), "share");
    measure_row("share an RDE", measure_now() - start, ROUNDS);
    measure_need(mo_release(handle), "release");
}

void bench_many(void)
{
    bench_beside(FEW, "process create beside 10", "process destroy beside 10");
    bench_give();
    bench_beside(MANY, "process create beside 1000", "process destroy beside 1000");
    while (count > 0)
        end(&alive[--count]);
}
