/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/system/presets.c: making and ending what is made of a PD that runs: a library, a copy, a context,
 * a snapshot; and going there and back.
 */
#include <cell/idl/context.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <lib/client/context.h>
#include <lib/client/library.h>

#include "bench/system/measure.h"

#define ROUNDS 32u

static int nothing(void *argument)
{
    (void)argument;
    return 0;
}

static void end(const struct spawned *pd)
{
    measure_need(pd_terminate(pd->pd, pd->id, 255, 255), "terminate");
    measure_need(handle_drop(pd->pd), "release");
}

static void bench_library(void)
{
    uint64_t making = 0, calling = 0, ending = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct spawned library;
        int result;
        uint64_t start = measure_now();

        measure_need(cell_library_create("library", nothing, &library), library.fault);
        making += measure_now() - start;
        start = measure_now();
        for (unsigned j = 0; j < ROUNDS; j++)
            measure_need(cell_library_call(&library, NULL, UINT64_MAX, &result), "call");
        calling += measure_now() - start;
        start = measure_now();
        end(&library);
        ending += measure_now() - start;
    }
    measure_row("library create", making, ROUNDS);
    measure_row("library call and return", calling, ROUNDS * ROUNDS);
    measure_row("library destroy", ending, ROUNDS);
}

static void bench_fork(void)
{
    uint64_t making = 0, ending = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct spawned child;
        uint64_t start = measure_now(), cause, code;

        measure_need(cell_fork("copy", &child), child.fault);
        if (child.id == 0)
            pd_exit(0);
        making += measure_now() - start;
        measure_need(pd_wait(child.pd, child.id, &cause, &code), "wait");
        start = measure_now();
        measure_need(handle_drop(child.pd), "release");
        ending += measure_now() - start;
    }
    measure_row("fork", making, ROUNDS);
    measure_row("fork destroy", ending, ROUNDS);
}

static void bench_context(void)
{
    uint64_t making = 0, switching = 0, dropping = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct spawned context;
        uint64_t start = measure_now();

        measure_need(cell_context_create("", &context), context.fault);
        making += measure_now() - start;
        start = measure_now();
        for (unsigned j = 0; j < ROUNDS; j++) {
            measure_need(context_switch(context.id), "switch");
            measure_need(context_switch(0), "switch");
        }
        switching += measure_now() - start;
        start = measure_now();
        measure_need(context_drop(context.id), "drop");
        dropping += measure_now() - start;
    }
    measure_row("context create", making, ROUNDS);
    measure_row("context switch", switching, 2 * ROUNDS * ROUNDS);
    measure_row("context drop", dropping, ROUNDS);
}

static void bench_snapshot(void)
{
    uint64_t making = 0, dropping = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct spawned snapshot;
        uint64_t start = measure_now();

        measure_need(cell_context_snapshot(&snapshot), snapshot.fault);
        making += measure_now() - start;
        start = measure_now();
        measure_need(context_drop(snapshot.id), "drop");
        dropping += measure_now() - start;
    }
    measure_row("snapshot", making, ROUNDS);
    measure_row("snapshot drop", dropping, ROUNDS);
}

void bench_presets(void)
{
    bench_library();
    bench_fork();
    bench_context();
    bench_snapshot();
}
