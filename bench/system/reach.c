/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/system/reach.c: requests that reach much of the system at once: who depends on a PD, who may ask
 * many servers, models, a program with much data. For bench/system/fairness.c.
 */
#include <cell/idl/ads.h>
#include <cell/idl/graph.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <cell/idl/resspc.h>
#include <lib/client/client.h>
#include <lib/client/spawn.h>
#include <stdio.h>

#include "bench/system/fairness.h"
#include "bench/system/measure.h"

#define DEPENDENTS 500u
#define SPACES 1500u
#define EDGES 450u
#define REGIONS 250u
#define ALL 254u

static int wait_long(void *argument)
{
    (void)argument;
    cell_sleep(UINT64_MAX);
    return 0;
}

static void settle(void)
{
    cell_sleep(UINT64_C(300000000));
    fairness_begin();
}

static uint64_t make(const char *text, int length, cell_cap_t *pd)
{
    struct pd_make_fault fault;
    uint64_t id;

    cell_error_t error = pd_make(cell_rde("PD"), text, (uint64_t)length, pd, &id, &fault);

    measure_need(error, fault.text);
    return id;
}

/* Many threads whose faults one thread handles depend on that one. */
static void many_dependents(void)
{
    struct spawned handler;
    uint64_t number, pds, spaces, count;
    uint8_t list[800];
    char text[128];
    cell_cap_t pd;

    measure_need(cell_thread_create(wait_long, NULL, &handler), "thread");
    for (unsigned i = 0; i < DEPENDENTS; i++)
        make(text, snprintf(text, sizeof text, "pd t thread entry=%p\n  fault PD_%lx\n", (void *)wait_long, (unsigned long)handler.id),
             &pd);
    settle();
    measure_need(pd_foresee(handler.pd, handler.id, ALL, ALL, 0, &number, &pds, &spaces, list, &count), "foresee");
    if (pds != DEPENDENTS + 1)
        measure_fail(CELL_NOT_FOUND, "not all depend on it");
    fairness_tell("foresee an end with many PDs");
    measure_need(pd_terminate(handler.pd, handler.id, ALL, ALL), "terminate");
    fairness_tell("terminate a PD and all that depend on it");
    settle();
}

/* Makes a PD from lines that may be too much to be planned at once. */
static void attempt(const char *text, int length, const char *what)
{
    struct pd_make_fault fault;
    uint64_t pd, id;

    fairness_begin();
    cell_error_t error = pd_make(cell_rde("PD"), text, (uint64_t)length, &pd, &id, &fault);

    fairness_tell(what);
    if (error == CELL_OK) {
        measure_need(pd_terminate(pd, id, 0, 0), "terminate");
        handle_drop(pd);
    } else if (error != CELL_BAD_CONFIG) {
        measure_fail(error, what);
    }
}

/* Spaces of this program, to each of which it has an edge; and more edges and regions than go into one plan. */
static void many_edges(void)
{
    static cell_cap_t spaces[SPACES], edges[EDGES];
    char text[1024];
    uint64_t id;
    cell_cap_t pd;
    int length;

    for (unsigned i = 0; i < SPACES; i++)
        measure_need(resspc_create(cell_rde("RESSPC"), "THING", &spaces[i], &id), "space");
    fairness_tell("make many spaces");
    for (unsigned i = 0; i < EDGES; i++)
        measure_need(handle_edge_to(cell_holds(0), cell_pd_id(), "THING", &edges[i]), "edge");
    id = make(text, snprintf(text, sizeof text, "pd child process program=bench-child\n  rde *\n  args wait\n"), &pd);
    fairness_tell("a process with many edges");
    measure_need(pd_terminate(pd, id, 0, 0), "terminate");
    length = snprintf(text, sizeof text, "pd child process program=bench-child\n");
    for (unsigned i = 0; i < 40; i++)
        length += snprintf(text + length, sizeof text - (size_t)length, "  rde MO\n");
    attempt(text, length, "40 edges of a creator with many");
    length = snprintf(text, sizeof text, "pd child process program=bench-child\n");
    for (unsigned i = 0; i < 40; i++)
        length += snprintf(text + length, sizeof text - (size_t)length, "  rde *\n");
    attempt(text, length, "40 times many edges");
    settle();
    for (unsigned i = 0; i < EDGES; i++)
        measure_need(handle_drop(edges[i]), "drop");
    for (unsigned i = 0; i < SPACES; i++)
        measure_need(resspc_delete(spaces[i]), "delete");
    settle();
}

/* A copy of this program with many regions. */
static void many_regions(void)
{
    static const char text[] = "pd copy fork\n";
    static uint64_t starts[REGIONS];
    uint64_t id;
    cell_cap_t pd, mo;

    measure_need(mo_allocate(cell_rde("MO"), 1, 0, &mo), "MO");
    for (unsigned i = 0; i < REGIONS; i++)
        measure_need(ads_attach(CSPACE_SELF, mo, 0, CELL_REGION_GENERIC, CELL_READ, 0, &starts[i]), "attach");
    fairness_begin();
    id = make(text, sizeof text - 1, &pd);
    if (pd == 0)
        cell_sleep(UINT64_MAX);
    fairness_tell("a copy with many regions");
    measure_need(pd_terminate(pd, id, 0, 0), "terminate");
    for (unsigned i = 0; i < REGIONS; i++)
        measure_need(ads_remove(CSPACE_SELF, starts[i]), "remove");
    measure_need(mo_release(mo), "release");
    settle();
}

/* A program with much data. */
static void large_program(void)
{
    static const char text[] = "pd large process program=bench-large\n";
    uint64_t cause, code, id;
    cell_cap_t pd;

    fairness_begin();
    id = make(text, sizeof text - 1, &pd);
    measure_need(pd_wait(pd, id, &cause, &code), "wait");
    fairness_tell("a program with much data");
    if (cause != 0 || code != 0)
        measure_fail(CELL_BAD_ELF, "its data");
    settle();
}

static void model(const char *what)
{
    uint64_t snapshot, rows;

    measure_need(graph_extract(cell_holds(0), 0, 1, 0, &snapshot, &rows), "extract");
    fairness_tell(what);
    measure_need(graph_close(snapshot), "close");
    cell_sleep(UINT64_C(300000000));
    fairness_tell("close a model");
}

#define MODEL_MOS 5000u

/* Models of the system, where there is much, and after much has gone. */
static void models(void)
{
    static cell_cap_t mos[MODEL_MOS];
    struct cell_memory memory;

    measure_need(cell_memory_make(20000, &memory), "memory");
    for (unsigned i = 0; i < MODEL_MOS; i++)
        measure_need(mo_allocate(cell_rde("MO"), 1, 1, &mos[i]), "MO");
    fairness_begin();
    model("a model of the system");
    for (unsigned i = 0; i < MODEL_MOS; i++)
        measure_need(mo_release(mos[i]), "release");
    cell_memory_free(&memory);
    model("a model after much has gone");
    settle();
}

void fairness_reach(void)
{
    many_dependents();
    many_edges();
    many_regions();
    large_program();
    models();
}
